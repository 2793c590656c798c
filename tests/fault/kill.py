#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A writer, or its sealing child, is killed (-9) at random moments, also while it
starts, recovers or seals: every interval that was acknowledged must be there
afterwards, once, bit by bit, for readers before any recovery and after it.

Environment: BUILD, KILLS, SEED.
"""

import collections
import glob
import os
import shutil
import subprocess
import sys
import time

import drill

N_KILLS = drill.number("KILLS", "12")


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
            return [int(child) for child in stream.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def kill(pid):
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return False
    return True


def wait_until(holds, limit_s):
    end = time.monotonic() + limit_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)


class Kills:
    def __init__(self, work):
        self.work = work
        self.campaign = work + "/c"
        self.rng, self.seed = drill.seeded()
        self.told = work + "/acknowledged"
        self.log = open(work + "/log", "w", encoding="utf-8")
        self.n_writers = self.n_sealers = self.n_idle = 0

    def acknowledged(self):
        """Whole lines; the last may be torn by the kill."""
        if not os.path.exists(self.told):
            return []
        with open(self.told, encoding="ascii") as stream:
            return [line.strip() for line in stream if line.endswith("\n")]

    def start(self, count):
        with open(self.told, "a", encoding="ascii") as told:
            return subprocess.Popen(
                [drill.WRITER, self.campaign, str(count), "5", "50"],
                stdout=told,
                stderr=self.log,
            )

    def kill_sealer(self, writer):
        """Of a writer that goes on; it must seal again what was left."""
        wait_until(lambda: children_of(writer.pid), 2)
        time.sleep(self.rng.random() * 0.03)
        self.n_sealers += sum(kill(pid) for pid in children_of(writer.pid))

    def kill_writer(self, number):
        size = os.path.getsize(self.told) if number else 0
        writer = self.start(100000)
        # Every third time it may still be starting, or recovering.
        if number % 3:
            wait_until(lambda: os.path.getsize(self.told) > size, 10)
        if number % 4 == 1:
            self.kill_sealer(writer)
        if number % 4 == 2:
            wait_until(lambda: children_of(writer.pid), 2)
        time.sleep(self.rng.random() * 0.2)
        self.n_idle += writer.poll() is not None
        self.n_writers += kill(writer.pid)
        writer.wait()
        # The line may be torn: what follows is to start on a new one.
        with open(self.told, "a+b") as told:
            if told.tell() and not self.acknowledged_ends():
                told.write(b"\n")

    def acknowledged_ends(self):
        with open(self.told, "rb") as told:
            told.seek(-1, os.SEEK_END)
            return told.read() == b"\n"

    def run(self):
        number = 0
        while self.n_writers + self.n_sealers < N_KILLS:
            self.kill_writer(number)
            number += 1


def check(kills):
    acknowledged = set(kills.acknowledged())
    # A torn line is none.
    acknowledged = {line for line in acknowledged if line.count(" ") == 2}
    campaign = kills.campaign
    before, done = drill.lines_of(campaign)
    good = drill.claim("reading_after_kills_works", done.returncode == 0)
    last = kills.start(3).wait()
    good &= drill.claim("writer_recovers", last == 0)
    good &= drill.claim("journals_are_sealed", not os.listdir(campaign + "/journal"))
    leftover = glob.glob(campaign + "/**/*.tmp", recursive=True)
    good &= drill.claim("no_temporary_is_left", not leftover)
    verify = drill.run(drill.SPINDRIFT, "verify", campaign)
    good &= drill.claim("campaign_verifies", verify.returncode == 0)
    done = drill.run(drill.READER, campaign)
    after = collections.Counter(done.stdout.splitlines())
    lost = (acknowledged - before) | (acknowledged - set(after))
    good &= drill.claim("nothing_acknowledged_is_lost_before", acknowledged <= before)
    good &= drill.claim(
        "nothing_acknowledged_is_lost_after", acknowledged <= set(after)
    )
    twice = [line for line, n in after.items() if n > 1]
    good &= drill.claim("every_interval_is_there_once", not twice)
    n = len(acknowledged)
    good &= drill.claim(
        "kills_hit_a_running_writer",
        n >= kills.n_writers // 2 and not kills.n_idle,
    )
    print(verify.stdout.strip())
    bad = int(verify.returncode != 0)
    drill.row(
        f"kill -9: writer {kills.n_writers}, sealing child {kills.n_sealers}",
        kills.n_writers + kills.n_sealers,
        n,
        len(lost),
        len(twice) + bad,
    )
    return good


def main():
    kills = Kills(drill.work_directory("kill"))
    kills.run()
    good = check(kills)
    kills.log.close()
    if not good:
        print(f"seed {kills.seed}, kept in {kills.work}")
        with open(kills.work + "/log", encoding="utf-8") as stream:
            print("".join(stream.readlines()[-20:]))
        return 1
    shutil.rmtree(kills.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
