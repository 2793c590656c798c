# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of the tables have in common: the program's answers as rows, the
rows of a campaign's files, read with h5py, and the verdicts of claims.
"""

import collections
import json
import os
import pathlib
import subprocess
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


def generate(path, n_intervals, n_subnets, start="2026-10-31T21:30:00"):
    command = [GENERATE, "-o", path, "--intervals", str(n_intervals)]
    command += ["--subnets", str(n_subnets), "--start", start]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def refusal(*arguments, code=1):
    """The line with which the program refuses; nothing goes to stdout."""
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == code, (done.returncode, done.stderr)
    assert not done.stdout and done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


def run_claims(suite_class):
    """Every public method is a claim; returns the exit status."""
    counts = [0, 0]
    with tempfile.TemporaryDirectory(prefix="spindrift-tables.") as name:
        suite = suite_class(pathlib.Path(name))
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
