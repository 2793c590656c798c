#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that get in each other's way: a sealing child that is stopped, with
the writer going on and with the writer killed; a second writer on a directory
in use; several that start at once on a new one.

Environment: BUILD, STOPS, RACES, SEED.
"""

import glob
import os
import shutil
import signal
import subprocess
import sys
import time

import drill
from kill import children_of, wait_until

N_STOPS = drill.number("STOPS", "1")
N_RACES = drill.number("RACES", "2")


class Writer:
    """A fault_writer in the background."""

    def __init__(self, campaign, count, pause_ms, told):
        self.told = told
        with open(told, "a", encoding="ascii") as stream:
            self.process = subprocess.Popen(
                [drill.WRITER, campaign, str(count), str(pause_ms), "50"],
                stdout=stream,
                stderr=subprocess.PIPE,
                text=True,
            )
        self.pid = self.process.pid

    def lines(self):
        with open(self.told, encoding="ascii") as stream:
            return stream.read().splitlines()

    def end(self, number=None):
        if number:
            self.process.send_signal(number)
        _, text = self.process.communicate(timeout=120)
        return self.process.returncode, text


def journals(campaign):
    return len(glob.glob(campaign + "/journal/*.journal"))


def stat_of(pid):
    """Fields of /proc/PID/stat behind the name; of none, those of a dead one."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            return stream.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"] + ["0"] * 20


def is_set_up(pid):
    """It has lowered its priority: the last thing it does before its work."""
    return int(stat_of(pid)[16]) > 0


def stop_child(writer):
    """Stops a sealing child; its process id."""
    child = []

    def found():
        child[:] = filter(is_set_up, children_of(writer.pid))
        return child

    wait_until(found, 20)
    os.kill(child[0], signal.SIGSTOP)
    return child[0]


def good_after(campaign, acknowledged):
    """(lost, undetected) when the next start is over."""
    start = drill.run(drill.WRITER, campaign, "0", "0")
    after, _ = drill.lines_of(campaign)
    verify = drill.run(drill.SPINDRIFT, "verify", campaign)
    if start.returncode or verify.returncode:
        print(start.stderr, verify.stdout, verify.stderr)
    bad = start.returncode or verify.returncode or journals(campaign)
    return len(set(acknowledged) - after), int(bool(bad))


def check_stopped(work, number):
    """The child is stopped for two rotations and then goes on."""
    campaign, told = f"{work}/stop{number}", f"{work}/told{number}"
    writer = Writer(campaign, 60, 20, told)
    child = stop_child(writer)
    n_lines, n_journals = len(writer.lines()), journals(campaign)
    wait_until(lambda: len(writer.lines()) >= n_lines + 13, 20)
    good = drill.claim("a_stopped_child_stops_nobody", len(writer.lines()) > n_lines)
    # One journal for each rotation, and no further child.
    good &= drill.claim(
        "a_stopped_child_keeps_journals_waiting",
        journals(campaign) >= n_journals + 2 and children_of(writer.pid) == [child],
    )
    os.kill(child, signal.SIGCONT)
    code, text = writer.end()
    good &= drill.claim(
        "all_is_sealed_afterwards", code == 0 and not journals(campaign)
    )
    if not good:
        print(text)
    lost, undetected = good_after(campaign, writer.lines())
    return len(writer.lines()), lost, undetected + (not good)


def check_stopped_and_killed(work, number):
    campaign, told = f"{work}/dead{number}", f"{work}/told_dead{number}"
    writer = Writer(campaign, 1000, 20, told)
    child = stop_child(writer)
    wait_until(lambda: journals(campaign) > 2, 20)
    writer.end(signal.SIGKILL)
    lost, undetected = good_after(campaign, writer.lines())
    good = drill.claim(
        "a_stopped_child_ends_with_its_writer", stat_of(child)[0] in "XZ"
    )
    return len(writer.lines()), lost, undetected + (not good)


def check_second(work):
    """A second writer is refused, whatever the first does just now."""
    campaign, told = work + "/second", work + "/told_second"
    writer = Writer(campaign, 100000, 5, told)
    wait_until(lambda: writer.lines(), 10)
    good = True
    for _ in range(N_RACES):
        time.sleep(0.1)
        done = drill.run(drill.WRITER, campaign, "5", "0")
        one_line = done.stderr.count("\n") == 1 and str(writer.pid) in done.stderr
        good &= done.returncode == 1 and one_line and not done.stdout
        if not good:
            print(done.stderr)
    drill.claim("a_second_writer_is_refused_in_one_line", good)
    writer.end(signal.SIGKILL)
    lost, undetected = good_after(campaign, writer.lines())
    return len(writer.lines()), lost, undetected + (not good)


def check_race(work, number):
    """Several start on nothing at once: one of them makes it."""
    campaign = f"{work}/race{number}"
    writers = [
        Writer(campaign, 20, 20, f"{work}/told_race{number}.{i}") for i in range(4)
    ]
    codes = [writer.end()[0] for writer in writers]
    lines = [line for writer in writers for line in writer.lines()]
    good = sorted(codes) == [0, 1, 1, 1] and len(lines) == 20
    if not good:
        print(codes, len(lines))
    lost, undetected = good_after(campaign, lines)
    return len(lines), lost, undetected + (not good)


def repeat(kind, n, check):
    sums = [0, 0, 0]
    for i in range(n):
        sums = [a + b for a, b in zip(sums, check(i))]
    drill.row(kind, n, *sums)
    return sums[1:] == [0, 0]


def main():
    work = drill.work_directory("processes")
    good = repeat(
        "sealing child stopped, goes on", N_STOPS, lambda i: check_stopped(work, i)
    )
    good &= repeat(
        "sealing child stopped, writer killed",
        N_STOPS,
        lambda i: check_stopped_and_killed(work, i),
    )
    good &= repeat("second writer, while one runs", 1, lambda _: check_second(work))
    good &= repeat(
        "four writers at once on a new directory",
        N_RACES,
        lambda i: check_race(work, i),
    )
    drill.claim("processes_do_not_cost_what_was_acknowledged", good)
    if not good:
        print("kept in", work)
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
