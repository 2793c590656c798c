# SPDX-License-Identifier: GPL-2.0-or-later
"""What the drills share: programs under test, work directories, the claims that
check.sh counts, and the row of the table that `make soak` gathers."""

import os
import random
import subprocess
import tempfile

BUILD = os.environ.get("BUILD", "build")
SPINDRIFT = os.environ.get("SPINDRIFT", BUILD + "/spindrift")
WRITER = BUILD + "/tests/fault/fault_writer"
READER = BUILD + "/tests/fault/fault_reader"
PRELOAD = BUILD + "/tests/fault/power_loss.so"
SANITIZED = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def number(name, default):
    return int(os.environ.get(name, default))


def seeded():
    """A generator, and the seed that makes it again (environment: SEED)."""
    seed = number("SEED", random.randrange(1 << 32))
    return random.Random(seed), seed


def work_directory(name):
    # A drill is no benchmark of a disk: memory will do, and is quick.
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix=f"spindrift-{name}.", dir=shm)


# Of one command; a drill with much data raises it.
limit_s = 300


def run(*command, **environment):
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


def lines_of(campaign):
    """The intervals that can be read, and how the reader ended."""
    done = run(READER, campaign)
    return set(done.stdout.splitlines()), done


def claim(name, holds):
    print("ok" if holds else "not ok", name)
    return holds


def row(kind, n, acknowledged, lost, undetected):
    print(f"drill: {kind} | {n} | {acknowledged} | {lost} | {undetected}")
