#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Correlations against those that this test computes itself from the tables of
`series`, step by step; and that neither processes nor gaps change them.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
GENERATE = BUILD / "tests" / "isp_generate"


def run(*arguments):
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(*arguments):
    lines = run(*arguments, "-q", "-t").splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def pearson(x, y):
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    xy = sum((a - mx) * (b - my) for a, b in zip(x, y))
    xx = sum((a - mx) ** 2 for a in x)
    yy = sum((b - my) ** 2 for b in y)
    return xy / (xx * yy) ** 0.5


def ranks(values):
    order = sorted(values)
    first = {}
    count = {}
    for i, v in enumerate(order):
        first.setdefault(v, i)
        count[v] = count.get(v, 0) + 1
    return [first[v] + (count[v] + 1) / 2 for v in values]


def kendall(x, y):
    def sign(a):
        return (a > 0) - (a < 0)

    n = len(x)
    score = ties_x = ties_y = 0
    for i in range(n):
        for j in range(i):
            a, b = sign(x[i] - x[j]), sign(y[i] - y[j])
            score += a * b
            ties_x += a == 0
            ties_y += b == 0
    pairs = n * (n - 1) / 2
    return score / ((pairs - ties_x) * (pairs - ties_y)) ** 0.5


class Correlate:
    """Six days of the made-up ISP, with gaps."""

    def __init__(self, directory):
        self.campaign = directory / "isp"
        subprocess.run(
            [GENERATE, "-o", self.campaign, "--days", "6", "--subnets", "24"]
            + ["--step", "10min", "--gaps", "4"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        self.steps = "10min,1h,1d"
        self.rows = table("correlate", "--step", self.steps, self.campaign)

    def coefficients_are_those_of_the_series(self):
        names = {"p50": "p50_ns", "mean": "mean_ns", "p99": "p99_ns", "min": "min_ns"}
        n_compared = 0
        for step, step_ns in (("1h", "3600000000000"), ("1d", "86400000000000")):
            series = table("series", "--step", step, self.campaign)
            for row in self.rows:
                if row["step_ns"] != step_ns or row["statistic"] not in names:
                    continue
                if not row["load"].endswith("bytes"):
                    continue
                column = row["load"].replace("_bytes", "_bps")
                of_side = [r for r in series if r["side"] == row["side"]]
                load = {r["time"]: r[column] for r in of_side if r["source"] == "-"}
                rtt = {
                    r["time"]: r[names[row["statistic"]]]
                    for r in of_side
                    if r["source"] == "tcp_ts"
                }
                times = sorted(set(load) & set(rtt))
                x = [float(load[t]) for t in times]
                y = [float(rtt[t]) for t in times]
                assert len(x) == int(row["n_steps"]), row
                # series rounds loads to whole bit/s, and days differ little
                limit = 1e-5 if step == "1h" else 2e-3
                assert abs(pearson(x, y) - float(row["pearson"])) < limit, row
                found = pearson(ranks(x), ranks(y))
                assert abs(found - float(row["spearman"])) < 1e-3, row
                assert abs(kendall(x, y) - float(row["kendall"])) < 1e-3, row
                n_compared += 1
        assert n_compared == 2 * 2 * 2 * 4

    def rows_are_of_every_step_side_load_and_statistic(self):
        assert len(self.rows) == 3 * 2 * 4 * 7
        keys = {tuple(list(row.values())[:5]) for row in self.rows}
        assert len(keys) == len(self.rows)

    def gaps_leave_out_steps(self):
        n_steps = {int(r["n_steps"]) for r in self.rows if r["step_ns"][:3] == "600"}
        assert len(n_steps) == 1
        assert 6 * 144 * 0.8 < n_steps.pop() < 6 * 144

    def queues_of_the_lan_go_with_the_load(self):
        for row in self.rows:
            if (row["side"], row["statistic"]) == ("lan", "p95"):
                if row["step_ns"] == "600000000000":
                    assert float(row["spearman_low"]) > 0.9, row

    def processes_do_not_matter(self):
        first = run("correlate", "-t", "--processes", "1", self.campaign)
        for n in (2, 5):
            again = run("correlate", "-t", "--processes", n, self.campaign)
            assert again == first

    def json_has_the_numbers_of_tsv(self):
        found = json.loads(run("correlate", "-j", "--step", self.steps, self.campaign))
        assert len(found) == len(self.rows)
        for ours, row in zip(found, self.rows):
            assert list(ours) == list(row)
            for name, value in row.items():
                if value == "-":
                    assert ours[name] is None
                elif isinstance(ours[name], str):
                    assert ours[name] == value
                else:
                    assert float(value) == ours[name]

    def few_days_have_no_interval(self):
        period = ("--from", "2026-11-02", "--to", "2026-11-05", "--step", "1h")
        for row in table("correlate", *period, self.campaign):
            assert row["n_days"] == "3" and row["spearman_low"] == "-"
            assert row["spearman"] != "-"

    def bad_steps_are_refused(self):
        many = ",".join(f"{n}h" for n in range(1, 18))
        for step in ("", "1h,", "0s", "7", "1h,60min", many):
            done = subprocess.run(
                [SPINDRIFT, "correlate", "--step", step, self.campaign],
                capture_output=True,
                text=True,
            )
            assert done.returncode == (1 if step == "7" else 2), (step, done)
            named = "step: " if step == "7" else "--step: "
            assert done.stderr.count("\n") == 1 and named in done.stderr, done
            assert not done.stdout, (step, done)

    def what_is_refused_prints_nothing_else(self):
        for wrong in (["--from", "2030-01-01"], [self.campaign], ["--step", "7s"]):
            for form in ([], ["-t"], ["-j"]):
                done = subprocess.run(
                    [SPINDRIFT, "correlate", "-q", *form, *wrong, self.campaign],
                    capture_output=True,
                    text=True,
                )
                assert done.returncode == 1, (wrong, done)
                assert done.stderr.count("\n") == 1 and not done.stdout, done


def main():
    n_failed = 0
    claims = [name for name in vars(Correlate) if not name.startswith("_")]
    with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
        test = Correlate(pathlib.Path(directory))
        for name in claims:
            try:
                getattr(test, name)()
                print(f"ok {name}")
            except (AssertionError, KeyError, ValueError) as error:
                n_failed += 1
                print(f"not ok {name}: {error!r}")
    print(f"{len(claims) - n_failed} passed, {n_failed} failed, 0 skipped")
    return bool(n_failed)


if __name__ == "__main__":
    sys.exit(main())
