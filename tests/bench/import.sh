#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How fast import is, against yajl with callbacks that do nothing on the same
# file: an hour of an ISP as tests/bench/epping_generate.c makes it up. The table
# is tab-separated; ratio is to yajl. The stages are of one process without files:
# records, and intervals of them. `import` is the command with all of its
# processes, and most of that is sealing: sorting and compressing segments.
# peak_kib is that of the largest process, which seals.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM

python3 - "$build" "$work" "${1:-360}" "${2:-3}" <<'END'
import os
import shutil
import subprocess
import sys
import time

build, work, n_intervals, n_runs = sys.argv[1:]
path, campaign = f"{work}/epping.json", f"{work}/campaign"
subprocess.run(
    [f"{build}/tests/epping_generate", path, "list", n_intervals], check=True
)


def measure():
    """CPU seconds, wall seconds and peak memory of one import."""
    shutil.rmtree(campaign, ignore_errors=True)
    begin = time.monotonic()
    child = subprocess.Popen([f"{build}/spindrift", "import", "-q", "-o", campaign, path])
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.monotonic() - begin
    if status:
        sys.exit("import failed")
    return usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss


stages = subprocess.run(
    [f"{build}/tests/epping_stages", path, n_runs],
    capture_output=True,
    text=True,
    check=True,
).stdout
print("stage\tcpu_s\tMB_per_cpu_s\tratio\twall_s\tpeak_kib")
yajl_s = None
for line in stages.splitlines():
    name, n_bytes, cpu_s = line.split("\t")
    cpu_s, n_mb = float(cpu_s), int(n_bytes) / 1e6
    yajl_s = yajl_s or cpu_s
    print(f"{name}\t{cpu_s:.2f}\t{n_mb / cpu_s:.0f}\t{yajl_s / cpu_s:.2f}\t-\t-")
cpu_s, wall_s, peak_kib = min(measure() for _ in range(int(n_runs)))
print(
    f"import\t{cpu_s:.2f}\t{n_mb / cpu_s:.0f}\t{yajl_s / cpu_s:.2f}"
    f"\t{wall_s:.2f}\t{peak_kib}"
)
END
