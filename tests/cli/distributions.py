#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of `hist` and `ecdf` against sums over the file's own rows, read
with h5py: of a generated campaign, of the same one with other bins, and of a
capture of a real stack.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
GENERATE = BUILD / "tests" / "campaign_generate"
SIDES = ["wan", "lan"]


def run(*arguments):
    """stdout of the program; it must succeed."""
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(*arguments):
    """Rows of a TSV as dictionaries; they are those of the JSON form."""
    lines = run(*arguments, "-q", "-t").splitlines()
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in lines[1:]]
    loaded = json.loads(run(*arguments, "-q", "-j"))
    assert len(loaded) == len(rows)
    for row, same in zip(rows, loaded):
        assert list(same) == names
        for name in names:
            value = "-" if same[name] is None else same[name]
            assert str(value) == row[name] or float(value) == float(row[name])
    return rows


def segments(campaign):
    return sorted((campaign / "raw").rglob("*.h5"))


def meaning(dataset):
    """Names of a column's codes."""
    names = dataset.attrs["flag_meanings"].decode().split()
    return dict(zip(dataset.attrs["flag_values"].tolist(), names))


def write(group, name, values):
    """Replaces a column's values, whatever their number."""
    old = group[name]
    attributes = dict(old.attrs)
    kind = old.dtype
    del group[name]
    new = group.create_dataset(
        name,
        data=numpy.asarray(values, kind),
        chunks=(max(1, min(len(values), 4096)),),
        shuffle=True,
        compression="gzip",
        fletcher32=True,
    )
    for key, value in attributes.items():
        if key not in ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"):
            new.attrs[key] = value


def merge_pairs(table_group, hist, counts_name):
    """Two bins as one: bins, counts and pointers of a table's rows."""
    pointers = table_group["hist_ptr"][:]
    bins, counts, ends = [], [], [0]
    old_bins, old_counts = hist["bin"][:], hist[counts_name][:]
    for first, end in zip(pointers, pointers[1:]):
        sums = collections.Counter()
        for i in range(first, end):
            sums[int(old_bins[i]) // 2] += int(old_counts[i])
        bins += sorted(sums)
        counts += [sums[b] for b in sorted(sums)]
        ends.append(len(bins))
    write(table_group, "hist_ptr", ends)
    return bins, counts


def coarsen(campaign):
    """Every segment with half as many bins, as from another program."""
    for path in segments(campaign):
        with h5py.File(path, "r+", libver="v110") as f:
            for group, hist, counts_name in (
                (f["rtt"], f["hist"], "count"),
                (f["slash8"], f["slash8"], "bin_count"),
            ):
                bins, counts = merge_pairs(group, hist, counts_name)
                write(hist, "bin", bins)
                write(hist, counts_name, counts)
            write(f["hist"], "bin_edge_ns", f["hist/bin_edge_ns"][::2])


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
    """A campaign of our own bins, one of others, and a capture."""

    def __init__(self, directory):
        self.campaign = directory / "campaign"
        self.foreign = directory / "foreign"
        self.capture = directory / "capture"
        command = [GENERATE, "-o", self.campaign, "--intervals", "500"]
        command += ["--subnets", "40", "--start", "2026-10-31T21:30:00"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        shutil.copytree(self.campaign, self.foreign)
        coarsen(self.foreign)
        run(
            *("replay", "-q", "-o", self.capture, "--lan", "10.61.0.0/16"),
            ROOT / "tests" / "golden" / "tcp_ts.pcap",
        )
        self.sums = {
            path: Sums(path) for path in (self.campaign, self.foreign, self.capture)
        }

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


def main():
    counts = [0, 0]
    with tempfile.TemporaryDirectory(prefix="spindrift-tables.") as name:
        suite = Distributions(pathlib.Path(name))
        for claim in [c for c in dir(suite) if not c.startswith("_")]:
            if not callable(getattr(suite, claim)):
                continue
            try:
                getattr(suite, claim)()
                print(f"ok {claim}")
                counts[0] += 1
            except AssertionError as error:
                line = error.__traceback__.tb_next.tb_lineno
                print(f"not ok {claim}: line {line}: {str(error)[:300]}")
                counts[1] += 1
    print("{} passed, {} failed, 0 skipped".format(*counts))
    return bool(counts[1])


if __name__ == "__main__":
    sys.exit(main())
