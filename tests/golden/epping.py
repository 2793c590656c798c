#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports real output of ePPing and compares every counter and every bin of each
prefix, read from the segments with h5py, with sums of another program.
"""

import collections
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SPINDRIFT = os.environ.get("SPINDRIFT", str(ROOT / "build" / "spindrift"))
CLASSES = {0: "TCP_TS", 1: "TCP_noTS", 5: "other"}
PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
BIN_NS = 4_000_000


def prefix_text(address, length, family):
    value = int.from_bytes(bytes(address), "big")
    if family == 4:
        return str(ipaddress.IPv4Network((value & 0xFFFFFFFF, length)))
    return str(ipaddress.IPv6Network((value, length)))


def read_prefixes(file):
    """Prefix -> what the expectations say of it."""
    prefixes = {}
    names = []
    rows = zip(
        file["subnet/address"],
        file["subnet/prefix_len"],
        file["subnet/family"],
    )
    for address, length, family in rows:
        name = prefix_text(address, int(length), int(family))
        names.append(name)
        prefixes[name] = {
            "rx": collections.Counter(),
            "tx": collections.Counter(),
            "hist": collections.Counter(),
            "count_rtt": 0,
        }
    add_traffic(file["traffic"], names, prefixes)
    add_rtt(file, names, prefixes)
    return prefixes


def add_traffic(table, names, prefixes):
    for i, subnet in enumerate(table["subnet"]):
        name = CLASSES[int(table["class"][i])]
        for way in ("rx", "tx"):
            for unit in ("packets", "bytes"):
                count = int(table[f"{unit}_{way}"][i])
                prefixes[names[subnet]][way][f"{name}.{unit}"] += count


def add_rtt(file, names, prefixes):
    rtt, hist = file["rtt"], file["hist"]
    for i, subnet in enumerate(rtt["subnet"]):
        prefix = prefixes[names[subnet]]
        prefix["count_rtt"] += int(rtt["count"][i])
        least, most = int(rtt["min_ns"][i]), int(rtt["max_ns"][i])
        prefix["min_rtt_ns"] = min(least, prefix.get("min_rtt_ns", least))
        prefix["max_rtt_ns"] = max(most, prefix.get("max_rtt_ns", most))
        for at in range(int(rtt["hist_ptr"][i]), int(rtt["hist_ptr"][i + 1])):
            prefix["hist"][str(hist["bin"][at])] += int(hist["count"][at])


def read_protocols(file):
    counters = collections.Counter()
    table = file["protocol"]
    for i, protocol in enumerate(table["ip_protocol"]):
        name = PROTOCOLS[int(protocol)]
        counters[f"{name}.packets"] += int(table["packets"][i])
        counters[f"{name}.bytes"] += int(table["bytes"][i])
    return counters


def differences(found, expected):
    for name in sorted(found.keys() | expected.keys()):
        have, want = found.get(name), expected.get(name)
        if not have or not want:
            yield f"{name}: is not in both"
            continue
        for key in have:
            value = have[key]
            if isinstance(value, collections.Counter):
                value = dict(+value)
            if value != want[key]:
                yield f"{name}: {key} is {value}, expected {want[key]}"


def check(path, campaign):
    subprocess.run([SPINDRIFT, "import", "-q", "-o", campaign, path], check=True)
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text())
    (segment,) = campaign.glob("raw/**/*.h5")
    with h5py.File(segment) as file:
        edges = list(file["hist/bin_edge_ns"])
        if edges != [i * BIN_NS for i in range(250)]:
            return "the edges of the bins are others"
        for text in differences(read_prefixes(file), expected["per_prefix"]):
            return text
        if read_protocols(file) != expected["global_counters"]:
            return "protocols differ"
    note = json.loads((campaign / "campaign.json").read_text())["import"]
    if note["n_records"] != expected["records"]:
        return f"{note['n_records']} records, expected {expected['records']}"
    if note["ecn_not_ect_packets"] != expected["ecn"]["no_ECT"]:
        return "ECN differs"
    return None


def main():
    n_failed = 0
    names = ["epping_20s.json", "epping_20s.jsonl"]
    for name in names:
        with tempfile.TemporaryDirectory() as directory:
            campaign = pathlib.Path(directory) / "campaign"
            problem = check(HERE / "epping" / name, campaign)
        print(f"not ok {name}: {problem}" if problem else f"ok {name}")
        n_failed += bool(problem)
    print(f"{len(names) - n_failed} passed, {n_failed} failed, 0 skipped")
    return n_failed > 0


if __name__ == "__main__":
    sys.exit(main())
