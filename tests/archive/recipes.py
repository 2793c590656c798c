#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the recipes of docs/recipes.md and compares what they print with the
commands.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import csv
import datetime
import io
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import zoneinfo

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
LIMIT_NS = 100e6


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def recipe(title):
    """The program below a heading."""
    text = (TOP / "docs/recipes.md").read_text()
    section = text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return re.search(r"```python\n(.*?)```", section, re.S)[1]


def printed(title, *arguments):
    text = run(sys.executable, "-W", "error", "-c", recipe(title), *arguments)
    return [line.split("\t") for line in text.splitlines()]


def rows_of(text, delimiter="\t"):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def table(work, *command):
    path = work / "table"
    path.write_text(run(SPINDRIFT, *command, "-q", work / "c"))
    return path


def slowest_subnets_come_first(work):
    path = table(work, "percentiles", "--by", "subnet", "-t")
    got = printed("A table in pandas", path)
    own = [
        row
        for row in rows_of(path.read_text())
        if (row["side"], row["source"]) == ("wan", "tcp_ts")
        and int(row["n_samples"]) >= 100
    ]
    own.sort(key=lambda row: (-float(row["p95_ns"]), row["group"]))
    wanted = [
        [
            row["group"],
            row["n_samples"],
            f"{float(row['p50_ns']) / 1e6:.3f}",
            f"{float(row['p95_ns']) / 1e6:.3f}",
        ]
        for row in own[:10]
    ]
    assert len(got) == 10 and got == wanted, (got, wanted)


def what_is_above_the_histogram_is_slowest(work):
    path = work / "table"
    head = "group side source n_samples p50_ns p95_ns".split()
    lines = [
        head,
        ["192.0.2.0/24", "wan", "tcp_ts", "100", "1000000", "2000000"],
        ["198.51.100.0/24", "wan", "tcp_ts", "100", "1000000", ">17179869184"],
        ["203.0.113.0/24", "wan", "-", "-", "-", "-"],
    ]
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    got = printed("A table in pandas", path)
    assert [row[0] for row in got] == ["198.51.100.0/24", "192.0.2.0/24"]
    assert got[0][3] == "inf"


def hours_are_local(work):
    path = table(work, "series", "--step", "10min", "-t")
    zone = zoneinfo.ZoneInfo("Europe/Stockholm")
    wanted = {}
    for row in rows_of(path.read_text()):
        if row["source"] == "tcp_ts":
            time = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00"))
            key = str(time.astimezone(zone).hour), row["side"]
            wanted.setdefault(key, []).append(float(row["p50_ns"]))
    got = {
        (hour, side): rest for hour, side, *rest in printed("The shape of a day", path)
    }
    assert set(got) == set(wanted) and len(got) == 48
    for key, values in wanted.items():
        assert got[key] == [f"{statistics.median(values):.1f}", str(len(values))]


def limits_are_kept_as_often_as_counted(work):
    path = table(work, "export", "--format", "csv", "--by", "side", "--step", "1h")
    kept = {}
    for row in rows_of(path.read_text(), ","):
        if row["source"] == "tcp_ts":
            is_kept = row["p95_ns"][0] != ">" and float(row["p95_ns"]) <= LIMIT_NS
            kept.setdefault(row["side"], []).append(is_kept)
    got = dict(printed("How often a limit was kept", path))
    assert got == {s: f"{sum(k) / len(k):.6f}" for s, k in kept.items()}, got


def bytes_of_the_files_are_those_of_export(work):
    path = table(work, "export", "--format", "csv", "--by", "side", "--step", "1h")
    wanted = [
        [row["time"], row["rx_bytes"]]
        for row in rows_of(path.read_text(), ",")
        if (row["side"], row["source"]) == ("wan", "-") and row["rx_bytes"] != "0"
    ]
    assert printed("Throughput from the files", work / "c") == wanted


def medians_lie_in_their_bins(work):
    path = table(work, "series", "--step", "1h", "-t")
    for code, side in (("0", "wan"), ("1", "lan")):
        got = printed("A histogram that changes with time", work / "c", code)
        own = [
            row
            for row in rows_of(path.read_text())
            if (row["side"], row["source"]) == (side, "tcp_ts")
        ]
        assert len(own) == len(got) > 20
        for row, (time, n, low, high) in zip(own, got):
            assert (row["time"], row["n_samples"]) == (time, n)
            # Of an even number the median may lie between two bins.
            if int(n) % 2:
                assert int(low) <= int(row["p50_ns"]) <= int(high), (row, low, high)


TESTS = [
    slowest_subnets_come_first,
    what_is_above_the_histogram_is_slowest,
    hours_are_local,
    limits_are_kept_as_often_as_counted,
    bytes_of_the_files_are_those_of_export,
    medians_lie_in_their_bins,
]


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="spindrift-recipes.") as directory:
        work = pathlib.Path(directory)
        run(
            *(BUILD / "tests/isp_generate", "-o", work / "c", "--days", "1"),
            *("--step", "10min", "--subnets", "60", "--gaps", "0"),
        )
        for test in TESTS:
            try:
                test(work)
                print(f"ok {test.__name__}")
            except AssertionError as error:
                failed += 1
                print(f"not ok {test.__name__}: {error}")
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
