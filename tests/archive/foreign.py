#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Segments and rollups open without our code: h5py, pandas, xarray with both of
its engines, and h5dump; and the example in docs/reading.md gives the answers of
`spindrift percentiles`.
"""

import collections
import csv
import glob
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import netCDF4
import numpy
import pandas
import xarray

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
SPINDRIFT = os.environ.get("SPINDRIFT", BUILD / "spindrift")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def every_dataset_reads_the_same(path):
    """h5py, netCDF4 and both engines of xarray agree on every column."""
    with h5py.File(path) as f, netCDF4.Dataset(path) as n:
        for group in f:
            opened = {
                engine: xarray.open_dataset(
                    path, group=group, engine=engine, decode_times=False
                )
                for engine in ("netcdf4", "h5netcdf")
            }
            for name, dataset in f[group].items():
                if "This is a netCDF dimension" in str(dataset.attrs.get("NAME")):
                    continue
                assert dataset.fletcher32 and dataset.compression == "gzip"
                assert dataset.attrs["units"] and dataset.attrs["long_name"]
                n[group].set_auto_mask(False)
                assert numpy.array_equal(n[group][name][:], dataset[:]), name
                for engine, x in opened.items():
                    assert numpy.array_equal(x[name].values, dataset[:]), (
                        engine,
                        name,
                    )
            for x in opened.values():
                x.close()


def dimensions_join_columns(path):
    x = xarray.open_dataset(path, group="rtt", engine="h5netcdf")
    assert len({x[name].dims for name in ("count", "min_ns", "sum_ns")}) == 1
    frame = x[["subnet", "count"]].to_dataframe().groupby("subnet")["count"].sum()
    with h5py.File(path) as f:
        expected = numpy.bincount(f["rtt/subnet"], f["rtt/count"])
    assert (frame.to_numpy() == expected[frame.index]).all()


def pandas_makes_a_frame(path):
    with h5py.File(path) as f:
        frame = pandas.DataFrame({k: f["rtt"][k] for k in ("source", "count")})
        assert frame["count"].sum() == f["interval/event_sample"][:].sum()


def h5dump_reads_all(path):
    text = run("h5dump", "-d", "/interval/seq", "-a", "/complete", path)
    assert "H5T_STD_U64LE" in text and "(0): 1" in text


def the_documented_example_is_right(campaign):
    block = re.search(
        r"```python\n(.*?)```", (TOP / "docs/reading.md").read_text(), re.S
    )
    lines = block[1].splitlines()
    assert len([line for line in lines if line.strip()]) <= 20, len(lines)
    table = run(sys.executable, "-c", block[1], campaign)
    medians = {row.split("\t")[0]: row.split("\t")[1:] for row in table.splitlines()}
    rows = csv.DictReader(
        io.StringIO(
            run(SPINDRIFT, "percentiles", "-q", "-t", "--by", "subnet", campaign)
        ),
        delimiter="\t",
    )
    n_compared = 0
    for row in rows:
        if row["source"] != "tcp_ts" or row["side"] != "wan":
            continue
        n, low, high = map(int, medians.pop(row["group"]))
        assert n == int(row["n_samples"]) - int(row["overflow"])
        if n % 2:
            assert low <= int(row["p50_ns"]) <= high, row
            n_compared += 1
    assert not medians and n_compared > 5


def rollups_sum_to_the_same(campaign):
    totals = collections.Counter()
    for path in glob.glob(f"{campaign}/r*/**/*.h5", recursive=True):
        with h5py.File(path) as f:
            level = f.attrs["level"]
            level = level.decode() if isinstance(level, bytes) else level
            totals[level] += int(f["rtt/count"][:].sum())
    assert len(totals) == 3 and len(set(totals.values())) == 1, totals


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="spindrift-foreign.") as work:
        campaign = f"{work}/c"
        generate = BUILD / "tests/campaign_generate"
        run(generate, "-o", campaign, "--intervals", "500", "--subnets", "40")
        run(SPINDRIFT, "rollup", "-q", "--open", campaign)
        files = {}
        for path in sorted(glob.glob(f"{campaign}/r*/**/*.h5", recursive=True)):
            with h5py.File(path) as f:
                files.setdefault(str(f.attrs["level"]), path)
        checks = [
            (f"{check.__name__}_in_{name}", check, path)
            for name, path in zip(("raw", "1h", "5min"), sorted(files.values()))
            for check in (
                every_dataset_reads_the_same,
                dimensions_join_columns,
                pandas_makes_a_frame,
                h5dump_reads_all,
            )
        ]
        checks += [
            (check.__name__, check, campaign)
            for check in (the_documented_example_is_right, rollups_sum_to_the_same)
        ]
        for name, check, argument in checks:
            try:
                check(argument)
                print(f"ok {name}")
            except Exception as error:  # each check is a claim of its own
                print(f"not ok {name}: {type(error).__name__}: {error}")
                failed += 1
    print(f"{len(checks) - failed} passed, {failed} failed, 0 skipped")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
