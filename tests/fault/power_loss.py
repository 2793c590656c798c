#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Simulated power cuts: a writer runs over power_loss.so, and for random moments
of its run a random state that the disk could be in is made (crash_state.py).
From each of them the next start must come up, every interval acknowledged until
then must read back bit by bit, before and after that start, and the campaign
must verify. Each round goes on from a state of the round before, so that
recovery is cut too.

Environment: BUILD, STATES (in all), SEED.
"""

import copy
import os
import shutil
import sys

import crash_state
import drill

N_STATES = drill.number("STATES", "40")
STATES_PER_ROUND = 10
INTERVALS = 9  # a round: at least one seal while it runs, and one at its end


def trace_run(root, trace, n):
    """A run over a disk that is watched."""
    done = drill.run(
        drill.WRITER,
        root + "/c",
        str(n),
        "0",
        "10",
        LD_PRELOAD=drill.PRELOAD,
        FAULT_TRACE=trace,
        FAULT_ROOT=root,
        **drill.SANITIZED,
    )
    if done.returncode:
        raise RuntimeError("the writer failed: " + done.stderr)


class PowerLoss:
    def __init__(self, work):
        self.work = work
        self.rng, self.seed = drill.seeded()
        self.n_states = self.n_told = 0
        self.n_lost = self.n_bad = self.n_refused = 0
        self.acknowledged = set()
        self.log = []

    def fail(self, what, path, done):
        self.log.append(f"{what}: {os.path.basename(path)}: {done.stderr.strip()}")

    def check_state(self, path, acknowledged):
        """One power cut: before the next start, that start, and after it."""
        campaign = path + "/c"
        self.n_states += 1
        self.n_told += len(acknowledged)
        if acknowledged:
            before, done = drill.lines_of(campaign)
            if acknowledged - before:
                self.n_lost += len(acknowledged - before)
                self.fail("lost before the start", path, done)
        done = drill.run(drill.WRITER, campaign, "0", "0")
        if done.returncode:
            self.n_refused += 1
            self.fail("does not start", path, done)
            return
        after, done = drill.lines_of(campaign)
        if acknowledged - after:
            self.n_lost += len(acknowledged - after)
            self.fail("lost", path, done)
        done = drill.run(drill.SPINDRIFT, "verify", campaign)
        if done.returncode:
            self.n_bad += 1
            self.fail("does not verify: " + done.stdout, path, done)

    def cut(self, model, operations, path):
        """Makes a state of a random moment; what was acknowledged before it."""
        tree, nodes = copy.deepcopy(model)
        end = self.rng.randrange(len(operations) + 1)
        # Half of them right after something that changes a directory.
        changes = [i for i, o in enumerate(operations) if o[0][0] in "CMRUS"]
        if changes and self.rng.random() < 0.5:
            end = self.rng.choice(changes) + self.rng.randrange(3)
        told = "".join(crash_state.play(operations[:end], nodes))
        crash_state.write_tree(tree, path, self.rng)
        return self.acknowledged | set(told.splitlines())

    def run_round(self, number, base, n_states):
        """Returns a state of this round in which nobody has started yet."""
        root = f"{self.work}/run{number}"
        trace = f"{self.work}/trace{number}"
        shutil.copytree(base, root)
        nodes = {}
        model = (crash_state.read_tree(root, nodes), nodes)
        trace_run(root, trace, INTERVALS)
        operations = crash_state.read_trace(trace)
        for i in range(n_states):
            path = f"{self.work}/state{number}.{i}"
            acknowledged = self.cut(model, operations, path)
            n = len(self.log)
            self.check_state(path, acknowledged)
            if len(self.log) == n or len(self.log) > 20:
                shutil.rmtree(path)
        next_base = f"{self.work}/base{number}"
        self.acknowledged = self.cut(model, operations, next_base)
        shutil.rmtree(root)
        os.unlink(trace)
        return next_base

    def run(self):
        base = self.work + "/base"
        os.mkdir(base)
        number = 0
        while self.n_states < N_STATES:
            # A campaign of its own every few rounds: its creation is cut too.
            if number % 5 == 0:
                base, self.acknowledged = self.work + "/base", set()
            base = self.run_round(number, base, STATES_PER_ROUND)
            number += 1


def main():
    loss = PowerLoss(drill.work_directory("power"))
    loss.run()
    drill.claim("every_power_cut_can_be_started_from", not loss.n_refused)
    drill.claim("no_acknowledged_interval_is_lost_by_a_power_cut", not loss.n_lost)
    drill.claim("every_campaign_verifies_after_a_power_cut", not loss.n_bad)
    drill.row(
        "power cut",
        loss.n_states,
        loss.n_told,
        loss.n_lost,
        loss.n_bad + loss.n_refused,
    )
    if loss.log:
        print(f"seed {loss.seed}, states kept in {loss.work}")
        print("\n".join(loss.log[:20]))
        return 1
    shutil.rmtree(loss.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
