#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that fails: system calls of a running writer return EIO, EROFS or
ENOSPC, or write half, now and then; a file system that the kernel makes
read-only under it; a start on one that is read-only. Intervals that were
acknowledged stay, those that were lost are named gaps, and the next start on a
good disk goes on.

Environment: BUILD, ERRORS (runs of each kind), SEED.
"""

import errno
import os
import shutil
import subprocess
import sys
import time

import drill

N_RUNS = drill.number("ERRORS", "1")
N_INTERVALS = 30
OPERATIONS = {
    "write": ("pwrite", "write"),
    "sync": ("fdatasync", "fsync"),
    "name": ("open", "rename", "unlink", "mkdir", "ftruncate"),
}
KINDS = [
    ("EIO", "write", errno.EIO),
    ("EIO", "sync", errno.EIO),
    ("EIO", "name", errno.EIO),
    ("EROFS", "write", errno.EROFS),
    ("EROFS", "name", errno.EROFS),
    ("ENOSPC", "write", errno.ENOSPC),
    ("ENOSPC", "sync", errno.ENOSPC),
    ("short write", "write", 0),
]


class DiskErrors:
    def __init__(self, work):
        self.work = work
        self.rng, self.seed = drill.seeded()
        self.log = []
        self.n_failures = 0

    def fail(self, what, *outputs):
        self.log.append(": ".join([what, *(o.strip() for o in outputs)]))

    def write(self, campaign, n, **environment):
        done = drill.run(drill.WRITER, campaign, str(n), "0", "20", **environment)
        return set(done.stdout.splitlines()), done

    def check(self, what, campaign, acknowledged):
        """The disk is good again: (lost, undetected)."""
        told, done = self.write(campaign, 3)
        acknowledged = acknowledged | told
        if done.returncode:
            self.fail(what, "does not start again", done.stderr)
        after, _ = drill.lines_of(campaign)
        lost = len(acknowledged - after)
        if lost:
            self.fail(what, f"lost {lost}", done.stderr)
        verify = drill.run(drill.SPINDRIFT, "verify", campaign)
        if verify.returncode:
            self.fail(what, "does not verify", verify.stdout, verify.stderr)
        return lost, int(bool(verify.returncode or done.returncode))

    def run_injected(self, name, group, number):
        """(acknowledged, lost, undetected) of one run."""
        campaign = f"{self.work}/{name}-{group}-{len(os.listdir(self.work))}"
        inject = self.work + "/inject"
        acknowledged, _ = self.write(campaign, 8)
        with open(inject, "w", encoding="ascii") as stream:
            for operation in OPERATIONS[group]:
                percent = self.rng.choice((3, 10, 30))
                print(operation, number, percent, file=stream)
        told, done = self.write(
            campaign,
            N_INTERVALS,
            LD_PRELOAD=drill.PRELOAD,
            FAULT_INJECT=inject,
            **drill.SANITIZED,
        )
        os.unlink(inject)
        # A short write is completed; the others are said.
        n_lost = N_INTERVALS - len(told)
        self.n_failures += n_lost
        if done.returncode < 0 or (n_lost and "spindrift: " not in done.stderr):
            self.fail(name, "dies or is silent", str(done.returncode), done.stderr)
        lost, undetected = self.check(f"{name} {group}", campaign, acknowledged | told)
        if not lost and not undetected:
            shutil.rmtree(campaign)
        return len(acknowledged | told), lost, undetected

    def run_kind(self, name, group, number):
        sums = [0, 0, 0]
        for _ in range(N_RUNS):
            sums = [a + b for a, b in zip(sums, self.run_injected(name, group, number))]
        drill.row(f"{name} of {', '.join(OPERATIONS[group])}", N_RUNS, *sums)
        return sums[1:] == [0, 0]


def mounted(*command):
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def check_read_only_start(errors):
    """A tmpfs that is remounted read-only between two runs."""
    disk = errors.work + "/tmpfs"
    os.mkdir(disk)
    if not mounted("mount", "-t", "tmpfs", "-o", "size=64m", "drill", disk):
        print("ok read_only # SKIP mounting is not permitted here")
        return
    try:
        campaign = disk + "/c"
        acknowledged, _ = errors.write(campaign, 8)
        mounted("mount", "-o", "remount,ro", disk)
        told, done = errors.write(campaign, 1)
        refused = done.returncode == 1 and done.stderr.count("\n") == 1
        drill.claim("a_read_only_disk_refuses_in_one_line", refused and not told)
        if not refused:
            errors.fail("read-only", done.stderr)
        before, _ = drill.lines_of(campaign)
        drill.claim("readers_need_no_writing", acknowledged <= before)
        mounted("mount", "-o", "remount,rw", disk)
        lost, undetected = errors.check("read-only start", campaign, acknowledged)
        lost += len(acknowledged - before)
        drill.row("read-only at the start", 1, len(acknowledged), lost, undetected)
    finally:
        mounted("umount", disk)


def check_aborted(errors):
    """ext4 turned read-only by an error, with a writer on it."""
    image, disk = errors.work + "/image", errors.work + "/ext4"
    os.mkdir(disk)
    with open(image, "wb") as stream:
        stream.truncate(96 << 20)
    if not (
        mounted("mkfs.ext4", "-q", image)
        and mounted("mount", "-o", "loop,errors=remount-ro", image, disk)
    ):
        print("ok read_only_while_running # SKIP no loop device here")
        return
    try:
        campaign, told_path = disk + "/c", errors.work + "/told"
        with open(told_path, "w", encoding="ascii") as told:
            writer = subprocess.Popen(
                [drill.WRITER, campaign, "80", "25", "20"],
                stdout=told,
                stderr=subprocess.PIPE,
                text=True,
            )
        time.sleep(0.8)
        aborted = mounted("mount", "-o", "remount,abort", disk)
        _, text = writer.communicate()
        with open(told_path, encoding="ascii") as told:
            acknowledged = set(told.read().splitlines())
        mounted("umount", disk)
        mounted("mount", "-o", "loop", image, disk)
        said = "Read-only file system" in text or "lost: " in text
        drill.claim(
            "a_disk_that_turns_read_only_is_said_to_lose",
            aborted and said and writer.returncode == 1,
        )
        lost, undetected = errors.check("read-only remount", campaign, acknowledged)
        n = len(acknowledged)
        drill.claim("it_was_hit_while_it_ran", 0 < n < 80)
        drill.row("read-only while running (ext4)", 1, n, lost, undetected)
    finally:
        mounted("umount", disk)


def main():
    errors = DiskErrors(drill.work_directory("errors"))
    good = True
    for name, group, number in KINDS:
        good &= errors.run_kind(name, group, number)
    drill.claim("no_failing_call_costs_what_was_acknowledged", good)
    drill.claim("calls_failed_at_all", errors.n_failures > 0)
    if os.getuid() == 0:
        check_read_only_start(errors)
        check_aborted(errors)
    else:
        print("ok read_only # SKIP needs root to mount a file system")
    if errors.log:
        print(f"seed {errors.seed}, kept in {errors.work}")
        print("\n".join(errors.log[:20]))
        drill.claim("nothing_else_went_wrong", False)
        return 1
    shutil.rmtree(errors.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
