#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How fast replay is, and that its memory is bounded: 1 and 4 million packets, a
# flow to ten packets, 20 k subnets, five runs each. The table is tab-separated;
# cpu_s is user and system time of all processes, sealing included, and the best
# run counts, for the machine may be shared. peak_kib is that of the largest
# process: of replay its tables, of sealing one segment's rows.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM

python3 - "$build" "$work" <<'END'
import os
import shutil
import subprocess
import sys
import time

build, work = sys.argv[1:]
capture, campaign = f"{work}/capture.pcap", f"{work}/campaign"


def measure():
    """CPU seconds, wall seconds and peak memory of one replay."""
    shutil.rmtree(campaign, ignore_errors=True)
    begin = time.monotonic()
    child = subprocess.Popen(
        [f"{build}/spindrift", "replay", "-q", "--lan", "10.61.0.0/16"]
        + ["-o", campaign, capture]
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.monotonic() - begin
    if status:
        sys.exit("replay failed")
    return usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss


print("packets\tcpu_s\twall_s\tpackets_per_cpu_s\tpeak_kib")
for n_packets, duration_s in ((1_000_000, 60), (4_000_000, 240)):
    subprocess.run(
        [f"{build}/tests/capture_generate", capture, str(n_packets)]
        + [str(n_packets // 10), "20000", str(duration_s)],
        check=True,
    )
    cpu_s, wall_s, peak_kib = min(measure() for _ in range(5))
    rate = n_packets / cpu_s
    print(f"{n_packets}\t{cpu_s:.2f}\t{wall_s:.2f}\t{rate:.0f}\t{peak_kib}")
END
