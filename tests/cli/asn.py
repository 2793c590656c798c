#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`asn`, and --by asn of other commands, against sums of subnets grouped here,
from tables in each of the formats; hostile ones are refused.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import collections
import gzip
import ipaddress
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testbed"))
import mmdb_write  # noqa: E402
from campaign_rows import (  # noqa: E402
    ROOT,
    generate,
    refusal,
    run,
    run_claims,
    table,
)

SUMS = ("n_samples", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes")


def covers(prefix, subnet):
    return prefix.version == subnet.version and subnet.subnet_of(prefix)


def origin_of(routes, text):
    """The longest of the routes that cover the subnet."""
    subnet = ipaddress.ip_network(text)
    found = [(r.prefixlen, asn) for r, asn in routes.items() if covers(r, subnet)]
    return f"AS{max(found)[1]}" if found else "unrouted"


def number(text):
    return 0 if text == "-" else int(text)


class Asn:
    """Blocks of each first octet have an AS, some parts of them another; some
    are not routed."""

    def __init__(self, directory):
        self.directory = directory
        self.campaign = directory / "campaign"
        generate(self.campaign, 300, 120)
        subnets = table("percentiles", "--by", "subnet", self.campaign)
        self.subnets = [row for row in subnets if row["group"][:5] != "other"]
        self.routes = {}
        for i, row in enumerate(self.subnets):
            net = ipaddress.ip_network(row["group"])
            wide = net.supernet(new_prefix=8 if net.version == 4 else 16)
            if int(net.network_address) >> (net.max_prefixlen - 8) & 3 != 1:
                self.routes[wide] = 64500 + int(wide.network_address) % 7
            if i % 5 == 0:
                self.routes[net.supernet(new_prefix=net.prefixlen - 2)] = 65000 + i
            if i % 7 == 0:
                self.routes[net] = 4200000000 + i
        self.routes[ipaddress.ip_network("203.0.113.64/26")] = 5
        self._write_tables()

    def _write_tables(self):
        lines = [f"{prefix}\t{asn}\n" for prefix, asn in self.routes.items()]
        self.dat = self.directory / "table.dat"
        header = "; IP-ASN32-DAT file\n; Original file : rib.20231101.0000.bz2\n"
        self.dat.write_text(header + "".join(reversed(lines)))
        self.pfx2as = self.directory / "routeviews-rv2-20231101-1200.pfx2as.gz"
        with gzip.open(self.pfx2as, "wt") as file:
            file.writelines(line.replace("/", "\t") for line in lines)
        self.mmdb = self.directory / "table.mmdb"
        names = {
            str(p): mmdb_write.origin(a, f"Org {a}") for p, a in self.routes.items()
        }
        mmdb_write.write(self.mmdb, names)
        self.tables = self.dat, self.pfx2as, self.mmdb

    def _asn(self, *arguments, by=None):
        return table("asn", "--as-table", by or self.dat, *arguments, self.campaign)

    def _wanted(self):
        """Sums by (AS, side), of the samples of tcp_ts."""
        sums = collections.defaultdict(collections.Counter)
        low, high = {}, {}
        for row in self.subnets:
            key = origin_of(self.routes, row["group"]), row["side"]
            if row["source"] not in ("tcp_ts", "-"):
                continue
            for column in SUMS:
                sums[key][column] += number(row[column])
            if row["source"] == "tcp_ts":
                low[key] = min(int(row["min_ns"]), low.get(key, int(row["min_ns"])))
                high[key] = max(int(row["max_ns"]), high.get(key, 0))
        return sums, low, high

    def rows_are_sums_of_subnets(self):
        sums, low, high = self._wanted()
        rows = self._asn()
        assert {(r["group"], r["side"]) for r in rows} == set(sums)
        assert any(row["group"] == "unrouted" for row in rows) and len(sums) > 20
        for row in rows:
            key = row["group"], row["side"]
            assert all(int(row[c]) == sums[key][c] for c in SUMS), key
            assert (int(row["min_ns"]), int(row["max_ns"])) == (low[key], high[key])
            down, up = ("tx", "rx") if row["side"] == "lan" else ("rx", "tx")
            assert row["down_bytes"] == row[f"{down}_bytes"]
            assert row["up_bytes"] == row[f"{up}_bytes"]

    def shares_add_up(self):
        for side in ("lan", "wan"):
            rows = [row for row in self._asn() if row["side"] == side]
            for column in ("down_ratio", "up_ratio"):
                assert abs(sum(float(row[column]) for row in rows) - 1) < 1e-9

    def formats_agree(self):
        drop = ("name",)
        want = [{k: v for k, v in r.items() if k not in drop} for r in self._asn()]
        for by in self.tables[1:]:
            rows = self._asn(by=by)
            assert [{k: v for k, v in r.items() if k not in drop} for r in rows] == want
        assert {row["as_snapshot"] for row in rows} == {"2023-11-01"}

    def names_are_shown(self):
        names = {r["group"]: r["name"] for r in self._asn(by=self.mmdb)}
        assert names.pop("unrouted") == "-"
        assert all(name == f"Org {group[2:]}" for group, name in names.items())
        group = next(iter(names))
        for name, text in (
            ("names.json", json.dumps({group[2:]: 'N\u00e4me, "q"'})),
            ("names.txt", f'# x\n{group}\tN\u00e4me, "q"\n'),
        ):
            path = self.directory / name
            path.write_text(text)
            named = {r["group"]: r["name"] for r in self._asn("--as-names", path)}
            assert named[group] == 'N\u00e4me, "q"'
            assert set(named.values()) == {"-", named[group]}

    def top_is_ranked_by_bytes(self):
        for direction in ("down", "up"):
            rows = [r for r in self._asn() if r["group"] != "unrouted"]
            rows.sort(key=lambda r: -int(r[f"{direction}_bytes"]))
            top = self._asn("--top", "5", "--rank", direction)
            assert top == rows[:5]
        assert len(self._asn("--top", "1000")) == len(rows)

    def percentiles_and_export_group_alike(self):
        chosen = ("--by", "asn", "--as-table", self.dat, self.campaign)
        rows = {
            (r["group"], r["side"]): r
            for r in table("percentiles", *chosen)
            if r["source"] == "tcp_ts"
        }
        same = (
            "n_samples",
            "p25_ns",
            "p50_ns",
            "p75_ns",
            "p95_ns",
            "p99_ns",
            "mean_ns",
        )
        for row in self._asn():
            other = rows[row["group"], row["side"]]
            assert all(row[column] == other[column] for column in same)
        text = run("export", "--format", "csv", "--step", "1h", "-q", *chosen)
        exported = collections.Counter()
        for line in text.splitlines()[1:]:
            cells = line.split(",")
            if cells[3] == "tcp_ts":
                exported[cells[1], cells[2]] += int(cells[4])
        assert exported == {key: int(r["n_samples"]) for key, r in rows.items()}
        for command in ("hist", "ecdf"):
            groups = {r["group"] for r in table(command, *chosen)}
            assert groups == {key[0] for key in rows}

    def distributions_are_over_origins(self):
        rows = [r for r in self._asn("--side", "wan") if r["group"] != "unrouted"]
        steps = self._asn("--side", "wan", "--distribution")
        p50 = [r for r in steps if r["statistic"] == "p50"]
        n = sum(int(r["n_groups"]) for r in p50 if r["kind"] == "groups")
        assert n == len(rows) and p50[-1]["kind"] == "global"
        side = table("percentiles", "--by", "side", "--side", "wan", self.campaign)
        assert p50[-1]["value_ns"] == side[0]["p50_ns"]
        below = sum(int(r["p50_ns"]) <= int(p50[-1]["value_ns"]) for r in rows)
        assert abs(float(p50[-1]["ecdf_ratio"]) - below / n) < 1e-9

    def processes_do_not_matter(self):
        command = ("asn", "-q", "-t", "--as-table", self.mmdb)
        one = run(*command, "--processes", "1", self.campaign)
        for n in ("2", "5"):
            assert run(*command, "--processes", n, self.campaign) == one

    def parts_and_several_origins_are_named(self):
        path = self.directory / "several.dat"
        v4 = [r["group"] for r in self.subnets if ":" not in r["group"]]
        halves = list(ipaddress.ip_network(v4[0]).subnets())
        path.write_text(
            f"{halves[0]}\t2\n{halves[1]}\t1\n"
            + "".join(f"{group} 9_8_7_6,5\n" for group in set(v4[1:]) - {v4[0]})
        )
        groups = {row["group"] for row in self._asn(by=path)}
        assert groups == {"AS1_2", "AS5_6_7_8_...", "unrouted"}

    def text_names_table_and_date(self):
        text = run("asn", "-q", "--as-table", self.pfx2as, self.campaign)
        line = f"AS table  {self.pfx2as}, of 2023-11-01, {len(self.routes)} prefixes"
        assert line in text and "distribution over AS" in text

    def hostile_tables_are_refused(self):
        path = self.directory / "hostile"
        path.mkdir()
        for name, content, problem in (
            ("a.dat", b"1.0.0.0/8\t1\n1.0.0.1/8\t1\n", ":2: cannot be read: no prefix"),
            ("b.dat", b"1.0.0.0/8\tx\n", ":1: cannot be read: no AS number"),
            ("c.dat", b"\n\n1.0.0.0/8\t1\0\n", ":3: cannot be read: a NUL byte"),
            ("d.dat", b"", ": cannot be read: no prefix in it"),
            ("e.dat", b"1" * 9999, ":1: cannot be read: the line is too long"),
            ("f.gz", self.pfx2as.read_bytes()[:-9], ": cannot be read: it is damaged"),
            ("g.mmdb", b"x" * 3000, ": cannot be read: "),
            ("h.mmdb", self.mmdb.read_bytes()[:-60], ": cannot be read: "),
        ):
            (path / name).write_bytes(content)
            line = refusal("asn", "--as-table", path / name, self.campaign)
            assert line.startswith(f"spindrift: {path / name}{problem}"), line
        loop = path / "loop.mmdb"
        mmdb_write.write(loop, {"128.0.0.0/2": mmdb_write.origin(1)}, 4)
        mmdb_write.break_record(loop, 1, 1)
        line = refusal("asn", "--as-table", loop, self.campaign)
        assert line.endswith("its tree has loops"), line
        city = path / "city.mmdb"
        mmdb_write.write(city, {"128.0.0.0/2": {"city": "x"}}, 4)
        line = refusal("asn", "--as-table", city, self.campaign)
        assert line.endswith("no autonomous_system_number in it"), line

    def hostile_names_are_refused(self):
        path = self.directory / "bad_names"
        for content, problem in (
            (b"1 a\n2 \x1b[2J\n", ":2: "),
            (b"1\n", ":1: "),
            (b'{"1":\n"a",,}', ":2: "),
            (b"1 \xff\n", ":1: "),
        ):
            path.write_bytes(content)
            command = ("asn", "--as-table", self.dat, "--as-names", path)
            line = refusal(*command, self.campaign)
            assert line.startswith(f"spindrift: {path}{problem}cannot be read"), line

    def wrong_use_is_refused(self):
        assert "--as-table" in refusal("asn", self.campaign, code=2)
        by = ("percentiles", "--by", "asn")
        assert "--as-table" in refusal(*by, self.campaign, code=2)
        unused = ("percentiles", "--as-table", self.dat)
        assert "--as-table" in refusal(*unused, self.campaign, code=2)
        rank = ("asn", "--as-table", self.dat, "--rank")
        assert "--rank" in refusal(*rank, "sideways", self.campaign, code=2)
        assert "--rank" in refusal(*rank, "up", self.campaign, code=2)
        none = refusal("asn", "--as-table", self.directory / "none", self.campaign)
        assert "No such file" in none
        source = ("asn", "--as-table", self.dat, "--source", "dns")
        assert "no sample of dns" in refusal(*source, self.campaign)

    def captures_have_origins(self):
        path = self.directory / "capture"
        run(
            *("replay", "-q", "-o", path, "--lan", "10.61.0.0/16"),
            ROOT / "tests" / "golden" / "tcp_ts.pcap",
        )
        routes = self.directory / "capture.dat"
        routes.write_text("198.51.0.0/16 64510\n2001:db8::/32 64511\n")
        rows = table("asn", "--as-table", routes, path)
        found = {(r["group"], r["side"], r["n_samples"]) for r in rows}
        assert ("AS64510", "wan", "383") in found
        assert ("AS64511", "wan", "461") in found
        assert ("unrouted", "lan", "7") in found


if __name__ == "__main__":
    sys.exit(run_claims(Asn))
