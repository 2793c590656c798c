# SPDX-License-Identifier: GPL-2.0-or-later
"""What results depend on: source, programs, machine."""

import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    lines = done.stdout.splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else None


def hash_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def hash_files(directory, is_wanted=lambda path: True):
    """{path below directory: SHA-256} of its files."""
    return {
        str(path.relative_to(directory)): hash_file(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and is_wanted(path)
    }


def commit(root):
    """The commit, with a digest of what differs from it, or None."""
    head = first_line("git", "-C", root, "rev-parse", "HEAD")
    if not head:
        return None
    changes = subprocess.run(["git", "-C", root, "diff", "HEAD"], capture_output=True)
    if changes.stdout:
        head += "+" + hashlib.sha256(changes.stdout).hexdigest()[:12]
    return head


def source(root):
    """What a result is of: a commit and the programs that were built."""
    name = os.environ.get("SPINDRIFT", "spindrift")
    program = shutil.which(name)
    collect = pathlib.Path(f"{program}-collect")
    return {
        "commit": commit(root),
        "spindrift": first_line(program, "--version") if program else None,
        "spindrift_sha256": hash_file(program) if program else None,
        "collect_sha256": hash_file(collect) if collect.is_file() else None,
    }


def value_of(path, key, separator):
    """The first value of a key in a text such as /proc/cpuinfo."""
    try:
        with open(path) as stream:
            for line in stream:
                name, _, value = line.partition(separator)
                if name.strip() == key:
                    return value.strip().strip('"')
    except OSError:
        pass
    return None


def machine():
    return {
        "architecture": platform.machine(),
        "processor": value_of("/proc/cpuinfo", "model name", ":"),
        "n_processors": os.cpu_count(),
        "memory": value_of("/proc/meminfo", "MemTotal", ":"),
        "kernel": platform.release(),
        "system": value_of("/etc/os-release", "PRETTY_NAME", "="),
        "python": sys.version.split()[0],
        "compiler": first_line("gcc", "--version"),
        "is_root": os.geteuid() == 0,
    }
