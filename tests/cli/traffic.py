#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`traffic` against sums over the file's own rows, of captures of real stacks
and of a generated campaign; its documents have the same numbers.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import csv
import pathlib
import shutil
import sys

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testbed"))
from campaign_rows import (  # noqa: E402
    ROOT,
    SIDES,
    generate,
    meaning,
    run,
    run_claims,
    segments,
    table,
)

COUNTS = ("packets_rx", "bytes_rx", "packets_tx", "bytes_tx")
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 47: "gre", 58: "ipv6-icmp"}


class Sums:
    """By (side, family, item) of each section."""

    def __init__(self, campaign):
        self.of = collections.defaultdict(collections.Counter)
        for path in segments(campaign):
            with h5py.File(path) as f:
                self.keys = [
                    (SIDES[side], f"ipv{family}")
                    for side, family in zip(f["subnet/side"], f["subnet/family"])
                ]
                self.add("class", f["traffic"], "class", COUNTS)
                self.add("ecn", f["ecn"], "codepoint", ("packets_rx", "packets_tx"))
                self.add("source", f["rtt"], "source", ("count",))
                p = f["protocol"]
                for number, packets, n in zip(
                    p["ip_protocol"], p["packets"], p["bytes"]
                ):
                    name = PROTOCOLS.get(int(number), str(number))
                    self.of["protocol", "-", "-", name]["packets"] += int(packets)
                    self.of["protocol", "-", "-", name]["bytes"] += int(n)

    def add(self, section, group, code, columns):
        names = meaning(group[code])
        loaded = {column: group[column][:].tolist() for column in columns}
        rows = zip(group["subnet"][:].tolist(), group[code][:].tolist())
        for i, (subnet, number) in enumerate(rows):
            key = (section, *self.keys[subnet], names[number])
            for column in columns:
                self.of[key][column] += loaded[column][i]


def rows_of(*arguments):
    return {
        (r["section"], r["side"], r["family"], r["item"]): r
        for r in table("traffic", *arguments)
    }


def number(text):
    return 0 if text == "-" else int(text)


class Traffic:
    def __init__(self, directory):
        self.generated = directory / "generated"
        generate(self.generated, 200, 30)
        self.paths = [self.generated]
        for i, name in enumerate(
            ["tcp_ts.pcap", "icmp.pcap", "quic/02_picoquic_bulk.pcap.xz"]
        ):
            self.paths.append(directory / f"capture{i}")
            run(
                *("replay", "-q", "-o", self.paths[-1], "--lan", "10.61.0.0/16"),
                *("--lan", "10.77.0.1/32", "--v4-prefix", "32"),
                ROOT / "tests" / "golden" / name,
            )

    def rows_are_sums(self):
        for path in self.paths:
            rows, sums = rows_of(path), Sums(path).of
            assert {k for k in sums if sum(sums[k].values())} <= set(rows)
            for key, row in rows.items():
                want = sums[key]
                if key[0] == "total":
                    continue
                if key[0] == "protocol":
                    assert int(row["packets"]) == want["packets"]
                    assert int(row["bytes"]) == want["bytes"]
                    continue
                assert number(row["rx_packets"]) == want["packets_rx"], key
                assert number(row["tx_packets"]) == want["packets_tx"], key
                assert number(row["rx_bytes"]) == want["bytes_rx"], key
                assert number(row["tx_bytes"]) == want["bytes_tx"], key
                assert number(row["n_samples"]) == want["count"], key

    def sections_agree(self):
        """Classes and codepoints add up to the total, protocols to half of it
        where every packet has two subnets."""
        for path in self.paths:
            rows = rows_of(path)
            packets = collections.Counter()
            for key, row in rows.items():
                packets[key[0]] += number(row["packets"])
            assert packets["total"] == packets["class"] == packets["ecn"] > 0
            if path != self.generated:
                assert packets["total"] == 2 * packets["protocol"]

    def ratios_are_shares(self):
        for path in self.paths:
            sums = collections.Counter()
            for key, row in rows_of(path).items():
                whole = {"total": key[:2], "source": (key[0], key[1], key[3])}
                for column in ("packets_ratio", "bytes_ratio", "samples_ratio"):
                    if row[column] != "-":
                        sums[whole.get(key[0], key[:3]), column] += float(row[column])
            assert all(abs(total - 1) < 1e-9 for total in sums.values())

    def a_choice_of_subnets_has_no_protocols(self):
        rows = rows_of("--side", "wan", self.paths[1])
        assert rows and {key[1] for key in rows} == {"wan"}
        assert "protocol" not in {key[0] for key in rows}
        subnet = rows_of("--subnet", "10.61.0.0/16", self.paths[1])
        assert "protocol" not in {key[0] for key in subnet}
        total = subnet["total", "lan", "ipv4", "-"]
        assert total == rows_of(self.paths[1])["total", "lan", "ipv4", "-"]

    def documents_have_the_same_tables(self):
        for path in self.paths:
            text = run("traffic", "-q", path)
            markdown = run("traffic", "-q", "--markdown", path)
            latex = run("traffic", "-q", "--latex", path)
            cells = [
                [cell.strip() for cell in line.strip("|").split("|")]
                for line in markdown.splitlines()
                if line.startswith("|") and not line.startswith("|--")
            ]
            same = [
                [cell.replace("\\", "").strip() for cell in line[:-3].split(" & ")]
                for line in latex.splitlines()
                if line.endswith(" \\\\")
            ]
            assert cells == same and len(cells) > 8
            begins, ends = "\\begin{tabular}", "\\end{tabular}"
            assert latex.count(begins) == latex.count(ends) == 5
            words = " ".join(text.split())
            assert all(" ".join(row) in words for row in cells)

    def processes_and_rollups_do_not_matter(self):
        one = run("traffic", "-q", "-t", "--processes", "1", self.generated)
        for n in ("2", "5"):
            many = run("traffic", "-q", "-t", "--processes", n, self.generated)
            assert many == one
        rolled = self.generated.parent / "rolled"
        shutil.copytree(self.generated, rolled)
        run("rollup", "-q", "--open", rolled)
        assert run("traffic", "-q", "-t", rolled) == one

    def it_is_tab_separated(self):
        text = run("traffic", "-q", "-t", self.generated)
        assert {len(row) for row in csv.reader(text.splitlines(), "excel-tab")} == {14}


if __name__ == "__main__":
    sys.exit(run_claims(Traffic))
