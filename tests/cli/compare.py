#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparisons of campaigns on disk: the numbers are those of `percentiles`, what
was planted is found, and nothing depends on how it was asked.

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
SPLIT = "2026-11-09"


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


def generate(path, *arguments):
    subprocess.run(
        [GENERATE, "-o", path, "--subnets", "32", "--step", "5min", *arguments],
        check=True,
        stderr=subprocess.DEVNULL,
    )


class Compare:
    """Two weeks, the second with one AS 5 ms further away; and each for itself."""

    def __init__(self, directory):
        self.directory = directory
        self.both = directory / "both"
        self.few = directory / "few"
        generate(self.both, "--days", "14", "--shift", "2:5@7")
        generate(self.few, "--days", "2", "--subnets", "16", "--seed", "9")
        truth = (directory / "both.truth.tsv").read_text()
        shift = [r for r in rows_of(truth) if r["kind"] == "shift"][0]
        self.octet, self.asn = shift["group"], shift["asn"]
        run("rollup", "-q", "--open", self.both)
        self.asked = ("compare", "--by", "slash8", "--split", SPLIT)
        self.rows = table(*self.asked, self.both)

    def a_planted_shift_is_found(self):
        found = [r for r in self.rows if r["group"] == self.octet]
        assert [r["statistic"] for r in found] == ["p50", "p95", "p99", "distribution"]
        assert found[0]["changed"] == "yes", found
        assert float(found[3]["p_value"]) < 0.01, found
        assert 3e6 < int(found[0]["difference_ns"]) < 7e6
        assert int(found[0]["low_ns"]) < 5e6 < int(found[0]["high_ns"])
        assert 4e6 < int(found[3]["wasserstein_ns"]) < 6e6

    def it_is_found_by_its_origin(self):
        origins = ("--by", "asn", "--as-table", f"{self.both}.asn.dat")
        rows = table("compare", *origins, "--split", SPLIT, self.both)
        found = {r["group"] for r in rows if r["changed"] == "yes"}
        assert found == {"AS" + self.asn}, found

    def nothing_else_is_found(self):
        others = [r for r in self.rows if r["group"] != self.octet]
        assert len(others) == 4 * 5 and {r["changed"] for r in others} == {"no"}

    def percentiles_are_those_of_percentiles(self):
        for side, period in (("a", "--to"), ("b", "--from")):
            chosen = ("--by", "slash8", period, SPLIT, self.both)
            want = {
                r["group"]: r
                for r in table("percentiles", *chosen)
                if r["source"] == "tcp_ts"
            }
            for row in self.rows:
                assert row["n_" + side] == want[row["group"]]["n_samples"]
                if row["statistic"] != "distribution":
                    name = row["statistic"] + "_ns"
                    assert row[side + "_ns"] == want[row["group"]][name]

    def differences_are_of_what_stands_there(self):
        for row in self.rows:
            if row["statistic"] == "distribution":
                assert row["difference_ns"] == row["low_ns"] == "-"
                assert 0 < float(row["ks_ratio"]) < 1
                continue
            difference = int(row["b_ns"]) - int(row["a_ns"])
            assert difference == int(row["difference_ns"])
            assert int(row["low_ns"]) < difference < int(row["high_ns"])
            middle = (int(row["low_ns"]) + int(row["high_ns"])) / 2
            assert abs(middle - difference) < 2

    def q_is_p_adjusted(self):
        p = [float(r["p_value"]) for r in self.rows]
        order = sorted(range(len(p)), key=lambda i: -p[i])
        least = 1.0
        for above, i in enumerate(order):
            least = min(least, p[i] * len(p) / (len(p) - above))
            q = float(self.rows[i]["q_value"])
            assert abs(q - least) <= 1e-4 * least, self.rows[i]
            assert (self.rows[i]["changed"] == "yes") == (q <= 0.01)

    def periods_are_what_a_split_is(self):
        periods = ("--period-a", f"/{SPLIT}", "--period-b", f"{SPLIT}/")
        again = table("compare", "--by", "slash8", *periods, self.both)
        assert again == self.rows

    def other_groups_do_not_matter(self):
        chosen = table(*self.asked, "--subnet", f"{self.octet}.0.0.0/8", self.both)
        ours = [dict(r) for r in self.rows if r["group"] == self.octet]
        for row in chosen + ours:
            row["q_value"] = row["changed"] = ""
        assert chosen == ours

    def processes_do_not_matter(self):
        first = run(*self.asked, "-t", "--processes", "1", self.both)
        for n in (2, 5):
            assert run(*self.asked, "-t", "--processes", n, self.both) == first

    def a_seed_decides(self):
        other = table(*self.asked, "--seed", "2", self.both)
        assert other != self.rows
        for ours, row in zip(other, self.rows):
            assert ours["difference_ns"] == row["difference_ns"]
            if row["statistic"] == "p50":
                width = int(row["high_ns"]) - int(row["low_ns"])
                assert 0.8 * width < int(ours["high_ns"]) - int(ours["low_ns"])

    def groups_of_one_side_are_kept(self):
        rows = table(
            "compare",
            "--by",
            "slash8",
            "--block",
            "6h",
            "--permutations",
            "100",
            self.both,
            self.few,
        )
        groups = {r["group"] for r in rows}
        assert groups >= {r["group"] for r in self.rows}
        for row in rows:
            if row["n_b"] == "0":
                assert row["p_value"] == "-" and int(row["n_a"]) > 0
        assert any(row["n_b"] == "0" for row in rows)
        assert any(row["p_value"] != "-" for row in rows)

    def few_days_have_no_test(self):
        chosen = ("--split", "2026-11-06", "--by", "all")
        rows = table("compare", *chosen, self.both, "--from", "2026-11-04")
        assert rows[0]["blocks_a"] == "2"
        assert rows[0]["difference_ns"] != "-"
        for row in rows:
            assert row["low_ns"] == row["p_value"] == row["changed"] == "-"

    def few_samples_have_no_statistics(self):
        rows = table(*self.asked, "--min-samples", "1000000000", self.both)
        assert len(rows) == len(self.rows)
        assert {r["p_value"] for r in rows} == {r["a_ns"] for r in rows} == {"-"}

    def json_has_the_numbers_of_tsv(self):
        found = json.loads(run(*self.asked, "-q", "-j", self.both))
        assert len(found) == len(self.rows)
        for ours, row in zip(found, self.rows):
            assert list(ours) == list(row)
            assert ours["changed"] == (row["changed"] == "yes")
            assert str(ours["difference_ns"]).replace("None", "-") == (
                row["difference_ns"]
            )

    def wrong_questions_are_refused(self):
        for code, arguments in (
            (2, [self.both]),
            (2, ["--period-a", "2026-11-02/2026-11-03", self.both]),
            (2, ["--split", SPLIT, self.both, self.few]),
            (2, [self.both, self.few, self.both]),
            (2, ["--split", SPLIT, "--fdr", "1", self.both]),
            (2, ["--split", SPLIT, "--by", "asn", self.both]),
            (2, ["--split", SPLIT, "--fdr", "nan", self.both]),
            (2, ["--split", SPLIT, "--block", "90min", self.both]),
            (2, ["--period-a", "2026-11-02", "--period-b", "/", self.both]),
            (2, ["--period-a", "2026-11-04/2026-11-03", "--period-b", "/", self.both]),
            (1, ["--period-a", "/", "--period-b", "/", self.both]),
            (1, [self.both, self.both]),
            (1, ["--split", "2027-01-01", self.both]),
            (1, [self.both, self.directory / "none"]),
        ):
            done = subprocess.run(
                [SPINDRIFT, "compare", *map(str, arguments)],
                capture_output=True,
                text=True,
            )
            assert done.returncode == code, (arguments, done)
            assert done.stderr.count("\n") == 1 and not done.stdout, done


def main():
    n_failed = 0
    claims = [name for name in vars(Compare) if not name.startswith("_")]
    with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
        test = Compare(pathlib.Path(directory))
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
