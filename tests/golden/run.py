#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays each case and compares the tables with what its README expects.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`. The program
is $SPINDRIFT, or build/spindrift.
"""

import gzip
import json
import lzma
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SPINDRIFT = os.environ.get("SPINDRIFT", str(ROOT / "build" / "spindrift"))
TRAFFIC = ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes")

# The tolerances of README.md.
ROUNDING_NS = 100
MEDIAN_RATIO, MEDIAN_NS = 0.03, 50_000
WIRE_RATIO, WIRE_NS = 0.05, 600_000
P95_RATIO = 0.06
MIN_N_MEDIAN, MIN_N_P95 = 20, 100


class Wrong(Exception):
    """What differs, in one line."""


def run(*arguments, stdin=None, status=0):
    """Runs the program; returns its stdout, or raises with its stderr."""
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], input=stdin, capture_output=True
    )
    if done.returncode != status:
        text = done.stderr.decode(errors="replace").strip()
        raise Wrong(f"{arguments[0]}: exit {done.returncode}: {text}")
    return done.stdout.decode()


def read_table(campaign, key):
    """Rows of `percentiles -t --by KEY` as (group, side, source) -> dict."""
    lines = run("percentiles", "-t", "--by", key, campaign).splitlines()
    names = lines[0].split("\t")
    rows = (dict(zip(names, line.split("\t"))) for line in lines[1:])
    return {(row["group"], row["side"], row["source"]): row for row in rows}


def check(is_right, text):
    if not is_right:
        raise Wrong(text)


def check_near(name, value, expected, ratio, absolute):
    allowed = max(expected * ratio, absolute)
    check(
        abs(value - expected) <= allowed,
        f"{name} is {value}, expected {expected} within {allowed:.0f}",
    )


def check_traffic(expected, table):
    found = {}
    for (group, _, source), row in table.items():
        if source == "-":
            check(group not in found, f"{group}: on both sides")
            found[group] = {name: int(row[name]) for name in TRAFFIC}
    check(found == expected, f"traffic is {found}, expected {expected}")


def check_row(name, row, expected):
    n, found = expected["n_samples"], int(row["n_samples"])
    least = expected.get("n_at_least", n)
    check(least <= found <= n, f"{name}: n is {found}, not {least} to {n}")
    for column in {"min_ns", "max_ns"} & expected.keys():
        check_near(
            f"{name}: {column}", int(row[column]), expected[column], 0, ROUNDING_NS
        )
    if n >= MIN_N_MEDIAN:
        p50 = int(row["p50_ns"])
        check_near(f"{name}: p50", p50, expected["p50_ns"], MEDIAN_RATIO, MEDIAN_NS)
        if "wire_p50_ns" in expected:
            wire = expected["wire_p50_ns"]
            check_near(f"{name}: p50 on the wire", p50, wire, WIRE_RATIO, WIRE_NS)
    if n >= MIN_N_P95 and "p95_ns" in expected:
        p95 = int(row["p95_ns"])
        check_near(f"{name}: p95", p95, expected["p95_ns"], P95_RATIO, 0)
    if "lower_bound_ns" in expected:
        check(
            int(row["min_ns"]) >= expected["lower_bound_ns"] - MEDIAN_NS,
            f"{name}: a sample is below the path's least",
        )


def check_samples(expected, by_side, by_subnet):
    sides = {key for key in by_side if key[2] != "-"}
    wanted = set()
    for name, value in expected.items():
        source, side = name.split()
        wanted.add((side, side, source))
        check((side, side, source) in by_side, f"{name}: no samples")
        check_row(name, by_side[side, side, source], value)
        for prefix, prefix_value in value["prefixes"].items():
            key = (prefix, side, source)
            check(key in by_subnet, f"{prefix}: no samples of {name}")
            check_row(f"{name} {prefix}", by_subnet[key], prefix_value)
    check(sides == wanted, f"samples of {sides}, expected {wanted}")


def check_info(case, campaign):
    info = json.loads(run("info", "-j", campaign))
    outcomes = info["outcomes"]
    check(
        sum(outcomes.values()) == case["packets"],
        f"outcomes are {outcomes}, expected {case['packets']} packets",
    )
    n = info["coverage"]["n_intervals"]
    check(n == case["intervals"], f"{n} intervals, expected {case['intervals']}")


def replay_case(case, captures, campaign, stdin=None):
    run("replay", "-q", "-o", campaign, *case["options"], *captures, stdin=stdin)
    run("verify", "-q", campaign)


def golden(directory, name):
    case = json.loads((HERE / f"{name}.json").read_text())
    campaign = directory / "campaign"
    replay_case(case, [HERE / f"{name}.pcap"], campaign)
    by_subnet = read_table(campaign, "subnet")
    check_traffic(case["traffic"], by_subnet)
    check_samples(case["samples"], read_table(campaign, "side"), by_subnet)
    check_info(case, campaign)


def records(pcap):
    """(time_ns, length on the wire, bytes) of a little-endian ns pcap."""
    check(struct.unpack_from("<I", pcap)[0] == 0xA1B23C4D, "not a ns pcap")
    at = 24
    while at < len(pcap):
        s, ns, n_captured, n_wire = struct.unpack_from("<IIII", pcap, at)
        yield s * 10**9 + ns, n_wire, pcap[at + 16 : at + 16 + n_captured]
        at += 16 + n_captured


def swap_pcap(pcap):
    """The same in the other byte order."""
    out = struct.pack(">IHHIIII", *struct.unpack_from("<IHHIIII", pcap))
    for time_ns, n_wire, data in records(pcap):
        out += struct.pack(">II", *divmod(time_ns, 10**9))
        out += struct.pack(">II", len(data), n_wire) + data
    return out


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    n = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + n + body + n


def cook(data):
    """The frame under a Linux cooked (v2) header."""
    head = data[12:14] + struct.pack(">HIHBB", 0, 2, 1, 0, 6)
    return head + data[6:12] + b"\0\0" + data[14:]


def to_pcapng(pcap):
    """Three interfaces by turns: Ethernet, raw IP, Linux cooked; one's clock
    began an hour late."""
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    resolution = struct.pack("<HHB3x", 9, 1, 9)
    offset = struct.pack("<HHq", 14, 8, 3600)
    for link, more in ((1, b""), (101, offset), (276, b"")):
        out += block(1, struct.pack("<HHI", link, 0, 0) + resolution + more)
    for i, (time_ns, n_wire, data) in enumerate(records(pcap)):
        if i % 3 == 1:
            time_ns, n_wire, data = time_ns - 3600 * 10**9, n_wire - 14, data[14:]
        elif i % 3 == 2:
            n_wire, data = n_wire + 6, cook(data)
        head = struct.pack("<III", i % 3, time_ns >> 32, time_ns & 0xFFFFFFFF)
        out += block(6, head + struct.pack("<II", len(data), n_wire) + data)
    return out


def split(pcap, n_files):
    """Packets dealt in turn: files that overlap all the way."""
    header, parts = pcap[:24], [b""] * n_files
    for i, (time_ns, n_wire, data) in enumerate(records(pcap)):
        head = struct.pack("<II", *divmod(time_ns, 10**9))
        head += struct.pack("<II", len(data), n_wire)
        parts[i % n_files] += head + data
    return [header + part for part in parts]


def zstd(pcap):
    done = subprocess.run(["zstd", "-q"], input=pcap, capture_output=True)
    check(done.returncode == 0, "zstd failed")
    return done.stdout


WRAPPINGS = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "the other byte order": swap_pcap,
    "pcapng": to_pcapng,
    "pcapng in zstd": lambda pcap: zstd(to_pcapng(pcap)),
}


def same_tables(directory, case, plain, captures, stdin=None):
    campaign = directory / "campaign"
    replay_case(case, captures, campaign, stdin)
    for key in ("subnet", "side"):
        check(read_table(campaign, key) == read_table(plain, key), "tables differ")


def wrapped(directory, case, plain, pcap, how):
    # The end of the name tells nothing: the first bytes do.
    path = directory / "capture"
    path.write_bytes(WRAPPINGS[how](pcap))
    same_tables(directory, case, plain, [path])


def from_stdin(directory, case, plain, pcap):
    same_tables(directory, case, plain, ["-"], stdin=gzip.compress(pcap))


def merged(directory, case, plain, pcap, n_files):
    paths = []
    for i, part in enumerate(split(pcap, n_files)):
        paths.append(directory / f"{n_files - i}.pcap")
        paths[-1].write_bytes(part)
    same_tables(directory, case, plain, paths)


class Runner:
    def __init__(self):
        self.passed = self.failed = 0

    def test(self, name, function, *arguments):
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(pathlib.Path(directory), *arguments)
            except Wrong as wrong:
                self.failed += 1
                print(f"not ok {name}: {wrong}")
                return
        self.passed += 1
        print(f"ok {name}")


def main():
    runner = Runner()
    for path in sorted(HERE.glob("*.json")):
        runner.test(path.stem, golden, path.stem)
    name = "http_short"
    case = json.loads((HERE / f"{name}.json").read_text())
    pcap = (HERE / f"{name}.pcap").read_bytes()
    with tempfile.TemporaryDirectory() as directory:
        plain = pathlib.Path(directory) / "campaign"
        replay_case(case, [HERE / f"{name}.pcap"], plain)
        for how in WRAPPINGS:
            runner.test(f"{name} as {how}", wrapped, case, plain, pcap, how)
        runner.test(f"{name} from stdin", from_stdin, case, plain, pcap)
        for n in (2, 11):
            runner.test(f"{name} in {n} files", merged, case, plain, pcap, n)
    print(f"{runner.passed} passed, {runner.failed} failed, 0 skipped")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
