#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Trends and bloat of a campaign on disk: what was planted is found, with the
numbers of `percentiles` and `series`, however it is asked.

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
# Bloat reads raw segments; a week of them will do.
LAST_DAYS = ("--from", "2026-11-11")
BLOAT = ("bloat", "--resamples", "200", *LAST_DAYS)


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

    def it_is_found_by_its_origin(self):
        origins = ("--by", "asn", "--as-table", f"{self.campaign}.asn.dat")
        changes = table("trend", *origins, "--table", "changes", self.campaign)
        assert [r["group"] for r in changes] == ["AS" + self.shift["asn"]], changes

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

    def idle_and_loaded_samples_are_those_of_the_series(self):
        series = table("series", "--step", "5min", *LAST_DAYS, self.campaign)
        for row in table(*BLOAT, self.campaign):
            of_side = [r for r in series if r["side"] == row["side"]]
            load = {
                r["time"]: int(r["down_bps"]) + int(r["up_bps"])
                for r in of_side
                if r["source"] == "-"
            }
            n = {
                r["time"]: int(r["n_samples"])
                for r in of_side
                if r["source"] == "tcp_ts"
            }
            loads = sorted(load.values())
            quarter = (len(loads) - 1) // 4
            low, high = loads[quarter], loads[-1 - quarter]
            idle = [t for t in load if load[t] <= low]
            loaded = [t for t in load if load[t] >= high]
            # series rounds to whole bit/s: a step more or less
            most = 2 * max(n.values())
            assert abs(sum(n[t] for t in idle) - int(row["n_idle"])) <= most
            assert abs(sum(n[t] for t in loaded) - int(row["n_loaded"])) <= most
            mean = sum(load[t] for t in loaded) / len(loaded)
            assert abs(mean / int(row["loaded_bps"]) - 1) < 0.01

    def no_sample_is_lost_between_idle_and_loaded(self):
        halves = ("--idle", "0.4999999", "--loaded", "0.5", "--by", "slash8")
        rows = table(*BLOAT, *halves, self.campaign)
        want = {
            r["group"]: int(r["n_samples"])
            for r in table("percentiles", "--by", "slash8", *LAST_DAYS, self.campaign)
            if r["source"] == "tcp_ts"
        }
        for row in rows:
            lost = want[row["group"]] - int(row["n_idle"]) - int(row["n_loaded"])
            # An odd number of steps has one in the middle.
            assert 0 <= lost < 0.001 * want[row["group"]], row
        assert len(rows) == 3 * len(want)

    def queues_of_the_lan_are_bloat(self):
        for options in ([], ["--by-hour"], ["--load", "up"]):
            rows = table(*BLOAT, *options, self.campaign)
            lan = [r for r in rows if r["side"] == "lan"]
            assert [r["bloated"] for r in lan] == ["yes"] * 3, lan
            for row in rows:
                difference = int(row["loaded_ns"]) - int(row["idle_ns"])
                assert difference == int(row["difference_ns"])
                assert int(row["low_ns"]) < difference < int(row["high_ns"])

    def hours_matched_leave_less_of_it(self):
        plain = table(*BLOAT, "--side", "lan", self.campaign)
        matched = table(*BLOAT, "--side", "lan", "--by-hour", self.campaign)
        for a, b in zip(plain, matched):
            assert 0 < int(b["difference_ns"]) < int(a["difference_ns"])

    def bloat_is_the_same_however_it_is_read(self):
        asked = (*BLOAT, "--by", "prefix:16", "-q", "-t")
        first = run(*asked, "--processes", "1", self.campaign)
        for options in (["--processes", "3"], ["--level", "raw"]):
            assert run(*asked, *options, self.campaign) == first
        found = json.loads(run(*asked, "-j", self.campaign))
        rows = rows_of(first)
        assert len(found) == len(rows)
        for ours, row in zip(found, rows):
            assert list(ours) == list(row)
            assert ours["difference_ns"] == int(row["difference_ns"])
            assert ours["bloated"] == (row["bloated"] == "yes")

    def load_is_that_of_the_side_whatever_subnets(self):
        whole = table(*BLOAT, "--by", "slash8", self.campaign)
        group = self.shift["group"]
        one = table(
            *(*BLOAT, "--by", "slash8", "--subnet", f"{group}.0.0.0/8"),
            self.campaign,
        )
        want = [r for r in whole if r["group"] == group]
        assert len(one) == len(want) == 3
        for a, b in zip(one, want):
            assert a["loaded_bps"] == b["loaded_bps"]
            assert a["n_loaded"] == b["n_loaded"] and a["p_value"] == b["p_value"]

    def few_days_have_no_interval(self):
        for row in table("bloat", "--from", "2026-11-15", self.campaign):
            assert row["n_days"] == "3" and row["difference_ns"] != "-"
            assert row["low_ns"] == row["p_value"] == row["bloated"] == "-"

    def wrong_questions_of_bloat_are_refused(self):
        for code, arguments in (
            (2, ["--by", "all"]),
            (2, ["--step", "7s"]),
            (1, ["--step", "10s"]),
            (2, ["--load", "sideways"]),
            (2, ["--idle", "0.8"]),
            (2, ["--idle", "-1"]),
            (2, ["--tz", "Mars/Olympus"]),
            (2, ["--resamples", "1"]),
            (1, ["--from", "2027-01-01"]),
        ):
            done = subprocess.run(
                [SPINDRIFT, "bloat", *arguments, self.campaign],
                capture_output=True,
                text=True,
            )
            assert done.returncode == code, (arguments, done)
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
