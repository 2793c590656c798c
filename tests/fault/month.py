#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A simulated month: intervals of 10 s go through the writer that collect uses,
each waiting for the disk, as fast as it goes; the writer is killed (-9) at
random moments and started again some intervals later. Every interval that was
acknowledged must be there, `info` must show every gap, of the right length and
cause, and no other, and the writer's memory must not grow.

Environment: BUILD, DAYS, SUBNETS, DAY_KILLS, SEED, MONTH_DIR (a disk with room:
a month of 5,000 subnets takes 30 GB).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import drill

INTERVAL_S = 10
DAY = 8640
DAYS = drill.number("DAYS", "1")
SUBNETS = drill.number("SUBNETS", "200")
DAY_KILLS = drill.number("DAY_KILLS", "3")
GENERATE = drill.BUILD + "/tests/campaign_generate"
WARM = 720  # intervals until all of a run's memory is in use
# Pages that come and go: less than this is flat.
FLAT_KIB = 2048


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def resident_kib(pid):
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * 4
    except (FileNotFoundError, ProcessLookupError):
        return 0


class Month:
    def __init__(self, work):
        self.campaign = work + "/c"
        self.rng, self.seed = drill.seeded()
        self.starts = set()
        self.gaps = []  # (start, end), seconds
        self.append_us = []
        self.slopes = []  # KiB per day, of each run
        self.growth = 0  # KiB, the largest

    def run_once(self, n, kill_at):
        """Until it is done, or killed; whether it ended well."""
        command = [GENERATE, "-o", self.campaign, "--subnets", str(SUBNETS)]
        command += ["--intervals", str(n), "--live", str(self.rng.randint(1, 60))]
        end, count, sizes = None, 0, []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            for line in writer.stdout:
                field = line.split()
                if field[0] == "end":
                    end = int(field[1])
                    continue
                if end is not None:
                    self.gaps.append((end, int(field[0])))
                    end = None
                self.starts.add(int(field[0]))
                self.append_us.append(int(field[1]))
                count += 1
                if count % 60 == 0:
                    sizes.append((count, resident_kib(writer.pid)))
                if count == kill_at:
                    time.sleep(self.rng.random() * 0.05)
                    writer.send_signal(signal.SIGKILL)
        self.note_memory(sizes)
        return writer.returncode == 0

    def note_memory(self, sizes):
        sizes = [(n, kib) for n, kib in sizes if n >= WARM and kib]
        if len(sizes) < 10:
            return
        mean_n = sum(n for n, _ in sizes) / len(sizes)
        mean = sum(kib for _, kib in sizes) / len(sizes)
        slope = sum((n - mean_n) * (kib - mean) for n, kib in sizes)
        slope /= sum((n - mean_n) ** 2 for n, _ in sizes)
        self.slopes.append(slope * DAY)
        third = len(sizes) // 3
        first = sum(kib for _, kib in sizes[:third]) / third
        last = sum(kib for _, kib in sizes[-third:]) / third
        self.growth = max(self.growth, last - first)

    def run(self):
        total = DAYS * DAY
        kills = sorted(self.rng.sample(range(1, total), DAYS * DAY_KILLS))
        good = True
        for until in kills + [total]:
            left = total - len(self.starts)
            kill_at = until - len(self.starts)
            if until == total:
                good &= self.run_once(left, 0)
            elif kill_at > 0:
                self.run_once(left, kill_at)
        return good


def read_info(campaign):
    done = drill.run(drill.SPINDRIFT, "info", "-q", "-j", campaign)
    return json.loads(done.stdout)["coverage"]


def rates(month, seconds, cpu_s):
    campaign = month.campaign
    size = sum(
        os.path.getsize(os.path.join(where, name))
        for where, _, names in os.walk(campaign + "/raw")
        for name in names
    )
    n = len(month.starts)
    append = sorted(month.append_us)
    hours = sum(len(names) for _, _, names in os.walk(campaign + "/raw"))
    slope = max(month.slopes, key=abs, default=0)
    print(
        f"month: {DAYS} days, {n} intervals of {SUBNETS} subnets in"
        f" {seconds:.0f} s ({n / seconds:.0f} a second);"
        f" {size / 1e6:.0f} MB, {size / n / SUBNETS:.1f} bytes per (subnet, interval);"
        f" acknowledged in {append[n // 2] / 1000:.1f} ms, 99 % in"
        f" {append[n * 99 // 100] / 1000:.1f} ms; {hours} segments,"
        f" {cpu_s / hours:.2f} s of CPU each, all included; memory"
        f" {slope:+.0f} KiB a day"
    )


def check(month, ended_well):
    coverage = read_info(month.campaign)
    shown = {(g["start"], g["end"], g["cause"]) for g in coverage["gaps"]}
    expected = {(utc(a), utc(b), "not_running") for a, b in month.gaps}
    n = coverage["n_intervals"]
    # One may be on disk and not be said before the kill.
    n_lost = max(0, len(month.starts) - n)
    verify = drill.run(drill.SPINDRIFT, "verify", "-q", month.campaign)
    good = drill.claim("the_last_run_seals_everything", ended_well)
    good &= drill.claim("info_shows_every_gap_and_no_other", shown == expected)
    good &= drill.claim(
        "every_interval_is_there",
        0 <= n - len(month.starts) <= len(month.gaps),
    )
    good &= drill.claim("the_month_verifies", verify.returncode == 0)
    good &= drill.claim("memory_is_flat", month.growth < FLAT_KIB)
    drill.row(
        f"simulated {DAYS} day(s), {SUBNETS} subnets, killed",
        len(month.gaps),
        len(month.starts),
        n_lost,
        len(expected - shown) + (verify.returncode != 0),
    )
    if not good:
        print(shown ^ expected, n, len(month.starts), month.growth)
        print(verify.stdout, verify.stderr)
    return good


def main():
    place = os.environ.get("MONTH_DIR")
    if place:
        work = f"{place}/spindrift-month.{random.randrange(1 << 32)}"
        os.makedirs(work)
    else:
        work = drill.work_directory("month")
    drill.limit_s += 60 * DAYS
    month = Month(work)
    begin, cpu = time.monotonic(), os.times()
    ended_well = month.run()
    seconds, after = time.monotonic() - begin, os.times()
    used = after.children_user + after.children_system
    used -= cpu.children_user + cpu.children_system
    rates(month, seconds, used)
    good = check(month, ended_well)
    if good:
        shutil.rmtree(work)
    else:
        print(f"seed {month.seed}, kept in {work}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
