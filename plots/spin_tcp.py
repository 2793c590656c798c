#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Spin-bit RTTs against those of TCP, a point per subnet that has both.

Reads the table of `spindrift percentiles CAMPAIGN --by subnet -t`. On the line
both are equal; the dashed ones are a factor of two away. What the two measure is
not the same: an endpoint may wait before it lets the bit go on.
"""
import math
import statistics

import matplotlib.pyplot as plt

import style

COLUMNS = "group side source n_samples p50_ns".split()


def pairs_of(rows, spin, tcp, min_samples):
    """{side: [(TCP ms, spin ms)]} of subnets with enough samples of both."""
    values = {}
    for row in rows:
        if row["source"] in (spin, tcp) and int(row["n_samples"]) >= min_samples:
            key = row["side"], row["group"]
            values.setdefault(key, {})[row["source"]] = style.milliseconds(
                row["p50_ns"]
            )
    pairs = {}
    for (side, _), own in values.items():
        pair = own.get(tcp, math.nan), own.get(spin, math.nan)
        if not any(math.isnan(value) for value in pair):
            pairs.setdefault(side, []).append(pair)
    return pairs


def draw(rows, spin, tcp, min_samples):
    pairs = pairs_of(rows, spin, tcp, min_samples)
    if not pairs:
        style.fail(f"nothing to draw: no subnet has both {spin} and {tcp}")
    figure, axis = plt.subplots(figsize=(0.6 * style.WIDTH_INCHES,) * 2)
    for side, marker in zip(style.ordered(pairs, ["lan", "wan"]), "o^s"):
        ratio = statistics.median(y / x for x, y in pairs[side])
        axis.scatter(
            [x for x, _ in pairs[side]],
            [y for _, y in pairs[side]],
            marker=marker,
            s=14,
            facecolors="none",
            edgecolors=style.SIDE_COLORS.get(side, style.COLORS[6]),
            linewidths=0.8,
            label=f"{side.upper()}: {len(pairs[side])} subnets, "
            f"median ratio {ratio:.2f}",
        )
    every = [value for own in pairs.values() for pair in own for value in pair]
    ends = [0.8 * min(every), 1.25 * max(every)]
    for factor, line in ((1, "-"), (0.5, "--"), (2, "--")):
        axis.plot(
            ends,
            [factor * end for end in ends],
            color="#666666",
            linestyle=line,
            linewidth=0.6,
            zorder=0,
        )
    style.log_ms_axis(axis.xaxis, f"median RTT of {tcp} (ms)")
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.set_ylabel(f"median RTT of {spin} (ms)")
    axis.set_xlim(*ends)
    axis.set_ylim(*ends)
    axis.set_aspect("equal")
    axis.legend(loc="upper left")
    return figure


def main():
    parser = style.parser_of(
        __doc__, "spin_tcp", ("table", "table of `spindrift percentiles --by subnet`")
    )
    parser.add_argument("--spin", default="quic_spin", help="source upwards")
    parser.add_argument("--tcp", default="tcp_ts", help="source to the right")
    parser.add_argument("--min-samples", type=int, default=10, help="of each (10)")
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(
        draw(rows, options.spin, options.tcp, options.min_samples), options.output
    )


if __name__ == "__main__":
    main()
