#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares samples of spin bits with what the network took: one line per capture,
side and truth.

evaluate.py [-r RULES] CAPTURE... takes the samples of reference.py;
evaluate.py -s DIRECTORY CAPTURE... those of DIRECTORY/CASE.tsv, with the columns
time_ns, flow, side, source, rtt_ns, bound_ns. Beside each CAPTURE is its JSON.

Two truths: `edge` is the way of that very edge, exact from its sender to the
observer, and the median of the other way; `series` is the median of all packets
in the 100 ms in which the sample ended. `series` is too coarse where a queue
empties faster than that.
"""

import argparse
import csv
import json
import pathlib

import reference

MS = 1_000_000
COLUMNS = "case side truth n p50_ms wire_p50_ms error_p50 error_p95 error_max"
COUNTS = "n_above_double n_below_half n_upper"
# Where in a row of the series, and which way leads back to the observer.
SIDES = {"client": (1, "c2s", "m2c"), "server": (2, "s2c", "m2s")}


class Truth:
    def __init__(self, case):
        self.t0_ns = case["t0_ns"]
        self.rows = case["wire_series_100ms"]
        self.owd_ns = {k: v * MS for k, v in case["wire_owd_p50_ms"].items()}
        self.sent_ns = {
            (observed, direction): sent
            for flow in case["flows"]
            for observed, sent, direction in flow["true_edges"]
        }

    def edge(self, time_ns, side):
        """The RTT in ns, or None if no true edge passed at that time."""
        _, direction, back = SIDES[side]
        sent_ns = self.sent_ns.get((time_ns, direction))
        return None if sent_ns is None else time_ns - sent_ns + self.owd_ns[back]

    def series(self, time_ns, side):
        i = int((time_ns - self.t0_ns) // (100 * MS))
        return self.rows[min(max(i, 0), len(self.rows) - 1)][SIDES[side][0]] * MS

    def median_ns(self, side):
        """Of the packets, not of the series."""
        ways = {"client": ("c2m", "m2c"), "server": ("m2s", "s2m")}[side]
        return sum(self.owd_ns[way] for way in ways)


def quantile(values, q):
    values = sorted(values)
    return values[min(int(q * len(values)), len(values) - 1)]


def describe(pairs):
    """Cells from n on, of (rtt_ns, true_ns)."""
    errors = [abs(rtt / true - 1) for rtt, true in pairs]
    return {
        "n": len(pairs),
        "p50_ms": f"{quantile([rtt for rtt, _ in pairs], 0.5) / MS:.2f}",
        "error_p50": f"{100 * quantile(errors, 0.5):.1f}",
        "error_p95": f"{100 * quantile(errors, 0.95):.1f}",
        "error_max": f"{100 * max(errors):.1f}",
        "n_above_double": sum(rtt > 2 * true for rtt, true in pairs),
        "n_below_half": sum(rtt < true / 2 for rtt, true in pairs),
    }


def read_samples(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            numbers = [int(row[key]) for key in ("time_ns", "rtt_ns", "bound_ns")]
            yield numbers[0], row["flow"], row["side"], row["source"], *numbers[1:]


class Table:
    def __init__(self):
        self.names = (COLUMNS + " " + COUNTS).split()
        self.pool = {}
        print(*self.names, sep="\t")

    def row(self, **cells):
        print(*(cells.get(name, "-") for name in self.names), sep="\t")

    def add(self, case, truth, samples):
        for side in SIDES:
            mine = [sample for sample in samples if sample[2] == side]
            n_upper = sum(sample[3] == "quic_spin_upper" for sample in mine)
            wire_ms = f"{truth.median_ns(side) / MS:.2f}"
            for name in ("edge", "series"):
                true = getattr(truth, name)
                pairs = [
                    (rtt_ns, true_ns)
                    for time_ns, _, _, source, rtt_ns, _ in mine
                    if source == "quic_spin" and (true_ns := true(time_ns, side))
                ]
                cells = describe(pairs) if pairs else {"n": 0}
                cells |= {"wire_p50_ms": wire_ms, "n_upper": n_upper}
                self.row(case=case, side=side, truth=name, **cells)
                self.pool.setdefault(name, []).extend(pairs)

    def finish(self):
        for name, pairs in self.pool.items():
            if pairs:
                self.row(case="all", side="both", truth=name, **describe(pairs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("captures", nargs="+", type=pathlib.Path)
    parser.add_argument("-r", "--rules", default="spindrift")
    parser.add_argument("-s", "--samples", type=pathlib.Path, metavar="DIRECTORY")
    options = parser.parse_args()
    table = Table()
    for capture in options.captures:
        name = capture.name.split(".")[0]
        case = json.loads((capture.parent / f"{name}.json").read_text())
        if options.samples:
            samples = list(read_samples(options.samples / f"{name}.tsv"))
        else:
            samples = reference.run(capture, options.rules).samples
        table.add(name, Truth(case), samples)
    table.finish()


if __name__ == "__main__":
    main()
