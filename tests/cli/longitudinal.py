#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Trends of a campaign on disk: what was planted is found, with the numbers of
`percentiles`, however it is asked.

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


def rows_of(text):
    lines = text.splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def table(*arguments):
    return rows_of(run(*arguments, "-q", "-t"))


class Longitudinal:
    """16 days of the made-up ISP; from the ninth on one AS is 5 ms further away."""

    def __init__(self, directory):
        self.campaign = directory / "isp"
        subprocess.run(
            [GENERATE, "-o", self.campaign, "--subnets", "32", "--step", "5min"]
            + ["--days", "16", "--shift", "2:5@8"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        run("rollup", "-q", "--open", self.campaign)
        truth = (directory / "isp.truth.tsv").read_text()
        self.shift = [r for r in rows_of(truth) if r["kind"] == "shift"][0]
        self.asked = ("trend", "--by", "slash8")
        self.rows = table(*self.asked, self.campaign)

    def a_planted_shift_is_found_on_its_day(self):
        changes = table(*self.asked, "--table", "changes", self.campaign)
        assert [r["group"] for r in changes] == [self.shift["group"]], changes
        found = changes[0]
        assert "2026-11-09T12" < found["time"] < "2026-11-10T12", found
        assert int(found["low_ns"]) < 5e6 < int(found["high_ns"])
        change = int(found["after_ns"]) - int(found["before_ns"])
        assert abs(change - int(found["change_ns"])) <= 1

    def the_series_count_it(self):
        for row in self.rows:
            is_shifted = row["group"] == self.shift["group"]
            assert row["n_changes"] == ("1" if is_shifted else "0"), row
            assert (float(row["change_q_value"]) <= 0.01) == is_shifted
            assert row["trend"] == "no" and row["n_days"] == "16"

    def samples_are_those_of_percentiles(self):
        want = {
            r["group"]: r["n_samples"]
            for r in table("percentiles", "--by", "slash8", self.campaign)
            if r["source"] == "tcp_ts"
        }
        assert {r["group"]: r["n_samples"] for r in self.rows} == want

    def levels_are_about_those_of_percentiles(self):
        want = {
            r["group"]: int(r["p50_ns"])
            for r in table("percentiles", "--by", "slash8", self.campaign)
            if r["source"] == "tcp_ts"
        }
        for row in self.rows:
            level = int(row["level_ns"])
            assert abs(level - want[row["group"]]) < 4e6 + 0.05 * level, row

    def the_season_is_that_of_the_zone(self):
        asked = ("trend", "--table", "season", "--side", "lan", "--stat", "p95")
        utc = table(*asked, self.campaign)
        local = table(*asked, "--tz", "Asia/Tokyo", self.campaign)
        assert len(utc) == len(local) == 168
        assert [r["weekday"] for r in utc[::24]] == (
            "Mon Tue Wed Thu Fri Sat Sun".split()
        )

        def busiest(rows):
            by_hour = [0] * 24
            for row in rows:
                by_hour[int(row["hour"])] += int(row["season_ns"])
            return max(range(24), key=lambda hour: by_hour[hour])

        # Load peaks at 16 in this ISP's zone, an hour east of UTC.
        assert abs((busiest(local) - busiest(utc)) % 24 - 9) <= 2

    def usual_is_level_and_season(self):
        rows = table(*self.asked, "--table", "season", self.campaign)
        levels = {r["group"]: int(r["level_ns"]) for r in self.rows}
        assert len(rows) == 168 * len(self.rows)
        for row in rows:
            usual = levels[row["group"]] + int(row["season_ns"])
            assert abs(usual - int(row["usual_ns"])) <= 1
            assert 0 < int(row["n_days"]) <= 3

    def statistics_are_in_order(self):
        levels = []
        for statistic in ("min", "p50", "p95", "p99"):
            rows = table("trend", "--stat", statistic, self.campaign)
            assert {r["statistic"] for r in rows} == {statistic}
            levels.append([int(r["level_ns"]) for r in rows])
        for lower, higher in zip(levels, levels[1:]):
            assert all(a < b for a, b in zip(lower, higher))

    def rollups_and_processes_do_not_matter(self):
        first = run(*self.asked, "-t", "--processes", "1", self.campaign)
        for options in (["--processes", "3"], ["--level", "raw"]):
            assert run(*self.asked, "-t", *options, self.campaign) == first

    def few_days_have_no_test(self):
        rows = table("trend", "--to", "2026-11-08", self.campaign)
        for row in rows:
            assert row["n_days"] == "6" and row["level_ns"] != "-"
            assert row["slope_p_value"] == row["trend"] == row["change_p_value"] == "-"

    def few_samples_have_no_value(self):
        rows = table(*self.asked, "--min-samples", "100000000", self.campaign)
        assert rows == []

    def json_has_the_numbers_of_tsv(self):
        for name in ("series", "changes", "season"):
            asked = (*self.asked, "--table", name, self.campaign)
            rows, found = table(*asked), json.loads(run(*asked, "-q", "-j"))
            assert len(rows) == len(found) > 0
            for ours, row in zip(found, rows):
                assert list(ours) == list(row)
                for key, value in row.items():
                    if value in ("yes", "no"):
                        assert ours[key] == (value == "yes")
                    elif isinstance(ours[key], (int, float)):
                        assert ours[key] == float(value)

    def people_get_both_tables(self):
        text = run(*self.asked, "-q", self.campaign)
        assert "\nchanges\n" in text and text.count("tcp_ts") == len(self.rows) + 1

    def wrong_questions_are_refused(self):
        for code, option, value in (
            (2, "--stat", "p42"),
            (2, "--table", "hours"),
            (2, "--step", "5h"),
            (2, "--step", "0s"),
            (1, "--step", "7min"),
            (2, "--tz", "Mars/Olympus"),
            (2, "--fdr", "0"),
            (2, "--by", "colour"),
            (1, "--from", "2027-01-01"),
        ):
            done = subprocess.run(
                [SPINDRIFT, "trend", option, value, self.campaign],
                capture_output=True,
                text=True,
            )
            assert done.returncode == code, (option, value, done)
            assert done.stderr.count("\n") == 1 and not done.stdout, done


def main():
    n_failed = 0
    claims = [name for name in vars(Longitudinal) if not name.startswith("_")]
    with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
        test = Longitudinal(pathlib.Path(directory))
        for name in claims:
            try:
                getattr(test, name)()
                print(f"ok {name}")
            except (AssertionError, KeyError, ValueError, IndexError) as error:
                n_failed += 1
                print(f"not ok {name}: {error!r}")
    print(f"{len(claims) - n_failed} passed, {n_failed} failed, 0 skipped")
    return bool(n_failed)


if __name__ == "__main__":
    sys.exit(main())
