#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of `hist` and `ecdf` against sums over the file's own rows: of a
generated campaign, of the same one with other bins, of a capture of a real
stack and of an import, whose bins are of 4 ms.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import pathlib
import shutil
import sys

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testbed"))
from campaign_rows import (  # noqa: E402
    ROOT,
    SIDES,
    coarsen,
    generate,
    meaning,
    run,
    run_claims,
    segments,
    table,
)


class Sums:
    """What a campaign's files hold, by (family, side, source)."""

    def __init__(self, campaign):
        self.bins = collections.defaultdict(collections.Counter)
        self.count = collections.Counter()
        self.overflow = collections.Counter()
        self.lowest, self.highest = {}, {}
        for path in segments(campaign):
            with h5py.File(path) as f:
                self.edges = f["hist/bin_edge_ns"][:].tolist()
                self.add(f["subnet"], f["rtt"], f["hist"])

    def add(self, subnet, rtt, hist):
        sources = meaning(rtt["source"])
        family, side = subnet["family"][:], subnet["side"][:]
        pointers, bins, counts = rtt["hist_ptr"][:], hist["bin"][:], hist["count"][:]
        columns = [
            rtt[c][:]
            for c in ("subnet", "source", "count", "overflow", "min_ns", "max_ns")
        ]
        for i, row in enumerate(zip(*columns)):
            at, source, count, overflow, low, high = (int(value) for value in row)
            key = f"ipv{family[at]}", SIDES[side[at]], sources[source]
            self.count[key] += count
            self.overflow[key] += overflow
            self.lowest[key] = min(low, self.lowest.get(key, low))
            self.highest[key] = max(high, self.highest.get(key, high))
            for j in range(pointers[i], pointers[i + 1]):
                self.bins[key][int(bins[j])] += int(counts[j])


def key_of(row):
    return row["group"], row["side"], row["source"]


def by_key(rows):
    found = collections.defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    return found


class Distributions:
    """A campaign of our own bins, one of others, a capture, an import."""

    def __init__(self, directory):
        self.campaign = directory / "campaign"
        self.foreign = directory / "foreign"
        self.capture = directory / "capture"
        self.imported = directory / "imported"
        generate(self.campaign, 500, 40)
        shutil.copytree(self.campaign, self.foreign)
        coarsen(self.foreign)
        run(
            *("replay", "-q", "-o", self.capture, "--lan", "10.61.0.0/16"),
            ROOT / "tests" / "golden" / "tcp_ts.pcap",
        )
        run(
            *("import", "-q", "-o", self.imported),
            ROOT / "tests" / "golden" / "epping" / "epping_20s.jsonl",
        )
        paths = self.campaign, self.foreign, self.capture, self.imported
        self.sums = {path: Sums(path) for path in paths}

    def histograms_are_sums_of_rows(self):
        for path, sums in self.sums.items():
            found = by_key(table("hist", path))
            assert set(found) == set(sums.count) and found
            for key, rows in found.items():
                want = [
                    (str(sums.edges[b]), str(sums.edges[b + 1]), str(n))
                    for b, n in sorted(sums.bins[key].items())
                ]
                if sums.overflow[key]:
                    want.append((str(sums.edges[-1]), "-", str(sums.overflow[key])))
                got = [(r["low_ns"], r["high_ns"], r["n_samples"]) for r in rows]
                assert got == want, key
                total = sum(float(row["samples_ratio"]) for row in rows)
                assert abs(total - 1) < 1e-9

    def foreign_bins_are_others(self):
        sums = self.sums
        assert len(sums[self.campaign].edges) == 2 * len(sums[self.foreign].edges) - 1
        assert sums[self.campaign].count == sums[self.foreign].count

    def functions_are_cumulated_histograms(self):
        for path, sums in self.sums.items():
            found = by_key(table("ecdf", path))
            assert set(found) == set(sums.count)
            for key, rows in found.items():
                values = [int(row["value_ns"]) for row in rows]
                below = [int(row["n_below"]) for row in rows]
                assert values == sorted(values) and below == sorted(below)
                assert values[0] == sums.lowest[key] and below[0] == 0
                assert values[-1] == sums.highest[key]
                assert below[-1] == sums.count[key]
                for value, n, row in zip(values[1:-1], below[1:-1], rows[1:-1]):
                    want = sum(
                        c for b, c in sums.bins[key].items() if sums.edges[b] < value
                    )
                    assert value in sums.edges and n == want
                    ratio = want / sums.count[key]
                    assert abs(float(row["ecdf_ratio"]) - ratio) <= 5e-12 * ratio

    def complements_complete(self):
        for path in self.sums:
            for by in ("side-family", "all", "source", "subnet", "prefix:8"):
                pairs = zip(
                    table("ecdf", "--by", by, path),
                    table("ecdf", "--by", by, "--eccdf", path),
                    strict=True,
                )
                total = 0
                for one, other in pairs:
                    if one["n_below"] == "0":
                        total = int(other["n_above"])
                    assert one["value_ns"] == other["value_ns"]
                    assert int(one["n_below"]) + int(other["n_above"]) == total

    def few_samples_are_only_counted(self):
        rows = table("hist", "--by", "subnet", "--min-samples", "2000", self.campaign)
        few = [row for row in rows if row["low_ns"] == "-"]
        assert few and len(few) < len(rows)
        assert all(int(row["n_samples"]) < 2000 for row in few)
        functions = table(
            "ecdf", "--by", "subnet", "--min-samples", "2000", self.campaign
        )
        assert {key_of(r): r["n_samples"] for r in few} == {
            key_of(r): r["n_below"] for r in functions if r["value_ns"] == "-"
        }

    def processes_and_rollups_do_not_matter(self):
        for command in ("hist", "ecdf"):
            one = run(command, "-q", "-t", "--processes", "1", self.campaign)
            for n in ("2", "3", "8"):
                assert run(command, "-q", "-t", "--processes", n, self.campaign) == one
        rolled = self.campaign.parent / "rolled"
        shutil.copytree(self.campaign, rolled)
        run("rollup", "-q", "--open", rolled)
        assert run("ecdf", "-q", "-t", rolled) == one
        by_subnet = ("hist", "-q", "-t", "--by", "subnet")
        assert run(*by_subnet, rolled) == run(*by_subnet, self.campaign)

    def text_has_every_sample(self):
        text = run("hist", "-q", self.campaign)
        counts = [
            int(line.split("  ")[-1].split()[0].replace(",", ""))
            for line in text.splitlines()
            if line.endswith(" samples")
        ]
        assert sum(counts) == sum(self.sums[self.campaign].count.values())
        assert "0.999" in run("ecdf", "-q", self.campaign)


if __name__ == "__main__":
    sys.exit(run_claims(Distributions))
