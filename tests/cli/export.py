#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports against the answers of `percentiles`: nothing lost between steps, the
same numbers in every form, few samples left out, addresses replaced.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import csv
import io
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
GENERATE = BUILD / "tests" / "campaign_generate"
SUMS = ("n_samples", "overflow", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes")


def run(*arguments):
    """stdout and stderr of the program; it must succeed."""
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def export(*arguments, form="csv"):
    return run("export", "--format", form, *arguments)[0]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def key_of(row):
    return row["group"], row["side"], row["source"]


def percentiles(*arguments):
    lines = run("percentiles", "-t", *arguments)[0].splitlines()
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"))) for line in lines[1:]]
    return [{k: "" if v == "-" else v for k, v in row.items()} for row in rows]


class Export:
    """Two hours and, after a gap of hours, some minutes; and a golden capture."""

    def __init__(self, directory):
        self.campaign = directory / "campaign"
        self.later = directory / "later"
        self.capture = directory / "capture"
        self.key = directory / "key"
        self.key.touch(0o600)
        self.key.write_bytes(bytes(range(7, 39)))
        for path, n, start in (
            (self.campaign, 800, "2026-10-31T21:30:00"),
            (self.later, 40, "2026-11-01T05:00:00"),
        ):
            command = [GENERATE, "-o", path, "--intervals", str(n)]
            command += ["--subnets", "24", "--start", start]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        run(
            *("replay", "-q", "-o", self.capture, "--lan", "10.61.0.0/16"),
            ROOT / "tests" / "golden" / "tcp_ts.pcap",
        )

    def steps_add_up_to_the_whole(self):
        for by in ("subnet", "prefix:16,32", "side"):
            for step in ("10s", "1min", "1h", "1d"):
                chosen = ("--by", by, self.campaign, self.later)
                sums = collections.defaultdict(collections.Counter)
                for row in rows_of(export("--step", step, *chosen)):
                    for name in SUMS:
                        sums[key_of(row)][name] += int(row[name] or 0)
                whole = percentiles(*chosen)
                assert len(whole) == len(sums) > 2, (by, step, len(sums))
                for row in whole:
                    row["source"] = row["source"] or "-"
                    found = sums[key_of(row)]
                    wanted = {name: int(row[name] or 0) for name in SUMS}
                    assert found == wanted, (by, step, key_of(row))

    def a_step_has_the_numbers_of_its_period(self):
        rows = rows_of(export("--step", "5min", self.campaign))
        period = ("--from", "2026-10-31T22:05", "--to", "2026-10-31T22:10")
        chosen = [r for r in rows if r.pop("time") == "2026-10-31T22:05:00Z"]
        wanted = percentiles("--by", "subnet", *period, self.campaign)
        for row in wanted:
            row["source"] = row["source"] or "-"
        assert chosen == wanted and len(chosen) > 10

    def time_without_intervals_has_no_rows(self):
        rows = rows_of(export("--step", "1h", self.campaign, self.later))
        hours = sorted({row["time"][11:13] for row in rows})
        assert hours == ["05", "21", "22", "23"], hours

    def a_refusal_comes_alone(self):
        for wrong in (["--from", "2030-01-01"], [self.campaign], ["--step", "7s"]):
            command = [SPINDRIFT, "export", "--format", "csv", *wrong, self.campaign]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 1 and not done.stdout, done
            assert done.stderr.count("\n") == 1, done

    def a_period_cuts_inside_its_first_step(self):
        cut = ("--from", "2026-10-31T22:30", "--to", "2026-10-31T22:40")
        rows = rows_of(export("--step", "1h", *cut, self.campaign))
        whole = percentiles("--by", "subnet", *cut, self.campaign)
        assert {row["time"] for row in rows} == {"2026-10-31T22:00:00Z"}
        assert [r["n_samples"] for r in rows] == [r["n_samples"] for r in whole]

    def ndjson_has_the_numbers_of_csv(self):
        chosen = ("--step", "10s", self.capture)
        lines = export(*chosen, form="ndjson").splitlines()
        rows = rows_of(export(*chosen))
        assert len(lines) == len(rows) > 5
        for line, row in zip(lines, rows):
            found = json.loads(line)
            assert list(found) == list(row)
            texts = {k: "" if v is None else str(v) for k, v in found.items()}
            texts["source"] = texts["source"] or "-"
            assert texts == row

    def graphite_has_the_numbers_of_csv(self):
        chosen = ("--step", "10s", self.capture)
        found = {}
        for line in export(*chosen, form="graphite").splitlines():
            name, value, seconds = line.split(" ")
            root, group, side, source, column = name.split(".")
            assert root == "spindrift"
            found[group, side, source, column, seconds] = value
        n_numbers = 0
        for row in rows_of(export(*chosen)):
            for column in list(row)[4:]:
                if not row[column]:
                    continue
                group = row["group"].translate(str.maketrans("./:", "___"))
                source = row["source"].replace("-", "traffic")
                second = int(row["time"][17:19])
                seconds = str(1795379580 + second)  # of 20:33:00 that day
                key = (group, row["side"], source, column, seconds)
                assert found[key] == row[column], key
                n_numbers += 1
        assert n_numbers == len(found) > 50

    def rows_of_few_samples_are_left_out_and_counted(self):
        chosen = ("--step", "1min", self.capture)
        whole = rows_of(export(*chosen))
        counts = sorted(int(r["n_samples"]) for r in whole if r["n_samples"])
        limit = counts[len(counts) // 2]
        most = collections.Counter()
        for row in whole:
            key = row["group"], row["side"]
            most[key] = max(most[key], int(row["n_samples"] or 0))
        kept = [
            row
            for row in whole
            if int(row["n_samples"] or most[row["group"], row["side"]]) >= limit
        ]
        text, note = run("export", "--format", "csv", "--min-samples", limit, *chosen)
        assert rows_of(text) == kept
        assert 0 < len(kept) < len(whole)
        assert f" {len(whole) - len(kept)} rows of fewer than {limit} " in note

    def anonymised_subnets_keep_their_prefixes_in_common(self):
        def networks(*arguments):
            rows = rows_of(export("--step", "1d", *arguments, self.campaign))
            return rows, {
                row["group"]: ipaddress.ip_network(row["group"])
                for row in rows
                if not row["group"].startswith("other")
            }

        plain_rows, plain = networks()
        other_rows, other = networks("--anonymise", self.key)
        assert len(plain) == len(other) > 10
        assert not set(plain) & set(other)

        def by_numbers(rows):
            numbers = {}
            for row in rows:
                if row["source"] == "-" and "/" in row["group"]:
                    key = tuple(row[name] for name in list(row)[2:])
                    numbers[key] = row["group"]
            return numbers

        before, after = by_numbers(plain_rows), by_numbers(other_rows)
        assert before.keys() == after.keys() and len(before) > 10
        pairs = [(plain[before[k]], other[after[k]]) for k in before]

        def n_common(a, b):
            different = int(a.network_address) ^ int(b.network_address)
            return a.max_prefixlen - different.bit_length()

        for a, x in pairs:
            assert (a.version, a.prefixlen) == (x.version, x.prefixlen)
            for b, y in pairs:
                if a.version == b.version:
                    assert n_common(a, b) == n_common(x, y)

    def anonymised_rows_are_in_the_order_of_their_own_addresses(self):
        rows = rows_of(export("--step", "1d", "--anonymise", self.key, self.campaign))
        order = []
        for row in rows:
            if "/" in row["group"] and row["group"] not in order[-1:]:
                order.append(row["group"])
        networks = [ipaddress.ip_network(group) for group in order]
        assert networks == sorted(networks, key=lambda n: (n.version, n))

    def slash8_is_anonymised_alike(self):
        chosen = ("--step", "1d", "--anonymise", self.key, self.campaign)
        octets = {r["group"] for r in rows_of(export("--by", "slash8", *chosen))}
        firsts = {
            r["group"].split(".")[0]
            for r in rows_of(export(*chosen))
            if "." in r["group"]
        }
        assert octets - {"other-v4"} == firsts


def main():
    n_failed = 0
    claims = [name for name in vars(Export) if not name.startswith("_")]
    with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
        test = Export(pathlib.Path(directory))
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
