#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`subnets` against `percentiles`, against NumPy, and against itself in any
number of processes.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import ipaddress
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testbed"))
from campaign_rows import (  # noqa: E402
    ROOT,
    SIDES,
    SPINDRIFT,
    coarsen,
    generate,
    refusal,
    run,
    run_claims,
    segments,
    table,
)

SAME = ("n_samples", "min_ns", "p25_ns", "p50_ns", "p75_ns", "p95_ns", "p99_ns")
SAME += ("max_ns", "mean_ns", "overflow")
STATISTICS = {
    "p50": "p50_ns",
    "mean": "mean_ns",
    "p95": "p95_ns",
    "p99": "p99_ns",
    "std": "std_ns",
    "iqr": "iqr_ns",
    "p99_p1": "p99_p1_ns",
}


def by_subnet(rows):
    return {(row["group"], row["side"]): row for row in rows}


def family_of(group):
    return "ipv6" if ":" in group else "ipv4"


class Histograms:
    """Bins of tcp_ts of each (address, side), and the standard deviation of
    samples spread evenly in them, inside the extremes."""

    def __init__(self, campaign):
        self.bins = collections.defaultdict(collections.Counter)
        self.extremes = {}
        for path in segments(campaign):
            with h5py.File(path) as f:
                self.edges = f["hist/bin_edge_ns"][:].astype(float)
                self.add(f)

    def add(self, f):
        address, side = f["subnet/address"][:], f["subnet/side"][:]
        pointers, bins, counts = (
            f["rtt/hist_ptr"][:],
            f["hist/bin"][:],
            f["hist/count"][:],
        )
        low, high = f["rtt/min_ns"][:], f["rtt/max_ns"][:]
        for i, (at, source) in enumerate(zip(f["rtt/subnet"], f["rtt/source"])):
            if source:
                continue
            key = bytes(address[at]), SIDES[side[at]]
            old = self.extremes.get(key, (low[i], high[i]))
            self.extremes[key] = min(old[0], low[i]), max(old[1], high[i])
            for j in range(pointers[i], pointers[i + 1]):
                self.bins[key][int(bins[j])] += int(counts[j])

    def std(self, key):
        low, high = (float(value) for value in self.extremes[key])
        bins = sorted(self.bins[key])
        n = numpy.array([self.bins[key][b] for b in bins], float)
        begin = numpy.maximum([self.edges[b] for b in bins], low)
        end = numpy.minimum([self.edges[b + 1] for b in bins], high)
        middle = (begin + end) / 2
        mean = numpy.average(middle, weights=n)
        spread = (middle - mean) ** 2 + (end - begin) ** 2 / 12
        return numpy.sqrt(numpy.average(spread, weights=n))


def address_of(group):
    network = ipaddress.ip_network(group).network_address
    if network.version == 4:
        return bytes(10) + b"\xff\xff" + network.packed
    return network.packed


class Subnets:
    def __init__(self, directory):
        self.campaign = directory / "campaign"
        self.foreign = directory / "foreign"
        self.capture = directory / "capture"
        generate(self.campaign, 400, 60)
        shutil.copytree(self.campaign, self.foreign)
        coarsen(self.foreign)
        run(
            *("replay", "-q", "-o", self.capture, "--lan", "10.61.0.0/16"),
            ROOT / "tests" / "golden" / "tcp_ts.pcap",
        )
        self.paths = self.campaign, self.foreign, self.capture

    def rows_are_those_of_percentiles(self):
        for path in self.paths:
            for chosen in ((), ("--side", "wan"), ("--min-samples", "500")):
                got = by_subnet(table("subnets", *chosen, path))
                source = ("--source", "tcp_ts", "--by", "subnet")
                want = [
                    row
                    for row in table("percentiles", *source, *chosen, path)
                    if row["source"] == "tcp_ts"
                ]
                assert list(got) == list(by_subnet(want)) and got
                for key, row in by_subnet(want).items():
                    assert [got[key][c] for c in SAME] == [row[c] for c in SAME]

    def spread_is_that_of_the_histogram(self):
        for path in self.paths:
            histograms = Histograms(path)
            for (group, side), row in by_subnet(table("subnets", path)).items():
                std = histograms.std((address_of(group), side))
                assert abs(int(row["std_ns"]) - std) <= 1, (group, std)
                for name, high, low in (
                    ("iqr_ns", "p75_ns", "p25_ns"),
                    ("p99_p1_ns", "p99_ns", "p1_ns"),
                ):
                    assert int(row[name]) == int(row[high]) - int(row[low])

    def distributions_are_those_of_rows(self):
        for path in self.paths:
            rows = table("subnets", "--min-samples", "20", path)
            values = collections.defaultdict(list)
            for row in rows:
                for name, column in STATISTICS.items():
                    if row[column] != "-":
                        key = row["side"], family_of(row["group"]), name
                        values[key].append(int(row[column]))
            steps = collections.defaultdict(list)
            for row in table("subnets", "--distribution", "--min-samples", "20", path):
                key = row["side"], row["family"], row["statistic"]
                if row["kind"] == "groups":
                    value = int(row["value_ns"])
                    step = value, int(row["n_groups"]), row["ecdf_ratio"]
                    steps[key].append(step)
            assert set(steps) == set(values) and len(steps) >= 7
            for key, wanted in values.items():
                found, counts = numpy.unique(wanted, return_counts=True)
                assert [step[0] for step in steps[key]] == found.tolist()
                assert [step[1] for step in steps[key]] == counts.tolist()
                ratios = numpy.cumsum(counts) / len(wanted)
                got = [float(step[2]) for step in steps[key]]
                assert numpy.allclose(got, ratios, rtol=1e-11)

    def global_values_are_marked(self):
        for path in self.paths:
            rows = table("subnets", "--distribution", path)
            steps = collections.defaultdict(list)
            for row in rows:
                key = row["side"], row["family"], row["statistic"]
                steps[key].append(row)
            wanted = {
                (r["side"], r["group"]): r
                for r in table("percentiles", "--by", "side-family", path)
                if r["source"] == "tcp_ts"
            }
            for (side, family, name), found in steps.items():
                marked = [row for row in found if row["kind"] == "global"]
                assert len(marked) == 1 and marked[0]["n_groups"] == "-"
                value = int(marked[0]["value_ns"])
                want = wanted[side, family].get(STATISTICS[name])
                assert want is None or int(want) == value, (name, want, value)
                below = [
                    float(r["ecdf_ratio"])
                    for r in found
                    if r["kind"] == "groups" and int(r["value_ns"]) <= value
                ]
                ratio = float(marked[0]["ecdf_ratio"])
                assert abs(ratio - max(below, default=0)) < 1e-9

    def processes_and_rollups_do_not_matter(self):
        for form in ((), ("--distribution",)):
            one = run("subnets", *form, "-q", "-t", "--processes", "1", self.campaign)
            for n in ("2", "3", "7", "64"):
                chosen = ("-q", "-t", "--processes", n)
                assert run("subnets", *form, *chosen, self.campaign) == one
        rolled = self.campaign.parent / "rolled"
        shutil.copytree(self.campaign, rolled)
        run("rollup", "-q", "--open", rolled)
        assert run("subnets", *form, "-q", "-t", rolled) == one

    def only_subnets_inside_the_prefix(self):
        everything = table("subnets", self.campaign)
        for prefix, inside in (
            ("2000::/3", lambda group: ":" in group),
            ("10.0.0.0/8", lambda group: group.startswith("10.")),
            (everything[3]["group"], lambda group: group == everything[3]["group"]),
        ):
            got = table("subnets", "--subnet", prefix, self.campaign)
            assert got == [row for row in everything if inside(row["group"])] and got

    def campaigns_are_added(self):
        rows = table("subnets", self.campaign, self.capture)
        parts = table("subnets", self.campaign), table("subnets", self.capture)
        n = [sum(int(row["n_samples"]) for row in part) for part in (rows, *parts)]
        assert n[0] == n[1] + n[2]

    def what_has_no_room_is_no_subnet(self):
        path = self.campaign.parent / "full"
        run(
            *("replay", "-q", "-o", path, "--max-subnets", "16"),
            ROOT / "tests" / "golden" / "demo" / "demo.pcap.gz",
        )
        done = subprocess.run(
            [SPINDRIFT, "subnets", "-t", path], capture_output=True, text=True
        )
        lost = [
            row["n_samples"]
            for row in table("percentiles", "--by", "subnet", path)
            if row["group"].startswith("other") and row["source"] == "tcp_ts"
        ]
        n = sum(map(int, lost))
        assert n and f"note: {n} samples belong to no subnet" in done.stderr
        assert "other-v" not in done.stdout

    def wrong_use_is_refused(self):
        line = refusal("subnets", "--source", "tcp_ts,dns", self.capture, code=2)
        assert line.startswith("spindrift: --source: too many sources")
        line = refusal("subnets", "--source", "dns", self.capture)
        assert "no sample of dns" in line
        assert "no such" in refusal("subnets", self.capture / "none").lower()


if __name__ == "__main__":
    sys.exit(run_claims(Subnets))
