#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One random bit flipped, or the file cut at a random length, in each kind of
file of a campaign that was killed: verify names the file, no reader returns a
value that was never written, the next start comes up, and nothing is lost but
what stood in the damaged place: one record of a journal or, where it was cut,
those behind the cut; one segment; nothing at all of manifest.jsonl and
campaign.json.

Environment: BUILD, DAMAGES (of each kind), SEED.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import drill

N_DAMAGES = drill.number("DAMAGES", "3")
N_INTERVALS = 23  # three hours that are sealed, and five intervals that are not
FILES = {
    "journal": "journal/*.journal",
    "segment": "raw/*/*/*/*.h5",
    "manifest.jsonl": "manifest.jsonl",
    "campaign.json": "campaign.json",
    "campaign.json.copy": "campaign.json.copy",
}


def read_manifest(campaign):
    path = campaign + "/manifest.jsonl"
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.endswith("\n")]


def try_base(path, pause_ms):
    """The lines acknowledged, or None when sealing did not keep up."""
    command = [drill.WRITER, path, str(N_INTERVALS), str(pause_ms), "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        lines = [writer.stdout.readline().strip() for _ in range(N_INTERVALS)]
        writer.send_signal(signal.SIGSTOP)
        # A child that is at work goes on; the next is not started.
        end = time.monotonic() + 10
        while len(read_manifest(path)) < N_INTERVALS // 6 and time.monotonic() < end:
            time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
    good = len(glob.glob(path + "/journal/*.journal")) == 1
    return lines if good and len(read_manifest(path)) == N_INTERVALS // 6 else None


def make_base(path):
    """The lines acknowledged of a writer that was killed with a journal open."""
    for pause_ms in (100, 400, 1500):
        lines = try_base(path, pause_ms)
        if lines:
            return lines
        shutil.rmtree(path)
    raise RuntimeError("sealing does not keep up")


class Damage:
    def __init__(self, work):
        self.work = work
        self.base = work + "/base"
        self.rng, self.seed = drill.seeded()
        self.lines = make_base(self.base)
        self.log = []
        self.n_undetected = self.n_lost = self.n_refused = 0

    def flip(self, path):
        with open(path, "r+b") as stream:
            content = bytearray(stream.read())
            at = self.rng.randrange(len(content))
            content[at] ^= 1 << self.rng.randrange(8)
            stream.seek(0)
            stream.write(content)
        return f"flipped in byte {at} of {len(content)}"

    def cut(self, path):
        size = os.path.getsize(path)
        length = self.rng.randrange(size)
        os.truncate(path, length)
        return f"cut to {length} of {size}"

    def n_expendable(self, kind, how, file):
        """How many intervals stood in the damaged place."""
        if kind == "journal":
            return 1 if how == self.flip else N_INTERVALS % 6
        if kind == "segment":
            return sum(
                e["intervals"] for e in read_manifest(self.base) if e["path"] == file
            )
        return 0

    def check(self, kind, how):
        campaign = self.work + "/c"
        shutil.copytree(self.base, campaign)
        path = self.rng.choice(sorted(glob.glob(f"{campaign}/{FILES[kind]}")))
        file = os.path.relpath(path, campaign)
        what = f"{file}: {how(path)}"
        n = len(self.log)
        found = drill.run(drill.SPINDRIFT, "verify", campaign)
        told = found.stdout + found.stderr
        # A manifest without its end names fewer segments, and those are named.
        names = [file] + ["not in manifest.jsonl"] * (kind == "manifest.jsonl")
        if found.returncode != 1 or not any(name in told for name in names):
            self.n_undetected += 1
            self.log.append(f"{what}: not found: {told}")
        before, _ = drill.lines_of(campaign)
        start = drill.run(drill.WRITER, campaign, "0", "0")
        if start.returncode:
            self.n_refused += 1
            self.log.append(f"{what}: does not start: {start.stderr}")
        after, _ = drill.lines_of(campaign)
        false = (before | after) - set(self.lines)
        if false:
            self.n_undetected += 1
            self.log.append(f"{what}: read what was not written: {false}")
        n_missing = len(set(self.lines) - after)
        n_lost = n_missing - self.n_expendable(kind, how, file)
        if n_lost > 0:
            self.n_lost += n_lost
            self.log.append(f"{what}: lost {n_missing}: {start.stderr}")
        if kind != "segment" and kind != "campaign.json.copy":
            self.check_good(campaign, what, start)
        if os.environ.get("VERBOSE"):
            print(f"{what}: missing {n_missing}\n{told}{start.stderr}")
        if len(self.log) == n:
            shutil.rmtree(campaign)
        else:
            os.rename(campaign, f"{self.work}/failed{n}")

    def check_good(self, campaign, what, start):
        """What is left of it is a good campaign again."""
        done = drill.run(drill.SPINDRIFT, "verify", campaign)
        if done.returncode:
            self.n_undetected += 1
            self.log.append(
                f"{what}: not mended: {start.stderr}{done.stdout}{done.stderr}"
            )


def main():
    damage = Damage(drill.work_directory("damage"))
    for name, how in ("bit flipped", damage.flip), ("cut short", damage.cut):
        for kind in FILES:
            before = damage.n_lost, damage.n_undetected + damage.n_refused
            for _ in range(N_DAMAGES):
                damage.check(kind, how)
            drill.row(
                f"{name}: {kind}",
                N_DAMAGES,
                N_DAMAGES * N_INTERVALS,
                damage.n_lost - before[0],
                damage.n_undetected + damage.n_refused - before[1],
            )
    drill.claim("every_damage_is_found_and_named", not damage.n_undetected)
    drill.claim("every_damaged_campaign_goes_on", not damage.n_refused)
    drill.claim("damage_costs_no_more_than_its_place", not damage.n_lost)
    if damage.log:
        print(f"seed {damage.seed}, kept in {damage.work}")
        print("\n".join(damage.log[:20]))
        return 1
    shutil.rmtree(damage.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
