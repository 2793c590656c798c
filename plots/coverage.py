#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who can be timed: distributions over subnets of the share of TCP packets with
timestamps, and of QUIC flows and packets that spin.

Reads the table of `spindrift coverage CAMPAIGN --distribution -t`. A curve per
side; each subnet counts once, whatever its traffic.
"""
import matplotlib.pyplot as plt

import style

COLUMNS = "side ratio value_ratio n_groups ecdf_ratio".split()
RATIOS = {
    "tcp_ts_ratio": "TCP packets with timestamps",
    "quic_spin_flow_ratio": "QUIC flows that spin",
    "quic_spin_packet_ratio": "QUIC packets of flows that spin",
}


def curve_of(rows, side, ratio):
    """Steps of the ECDF from (0, 0), and the number of subnets."""
    chosen = [r for r in rows if r["side"] == side and r["ratio"] == ratio]
    points = sorted(
        (style.number(r["value_ratio"]), style.number(r["ecdf_ratio"])) for r in chosen
    )
    n_groups = sum(int(r["n_groups"]) for r in chosen)
    return [(0.0, 0.0), *points, (1.0, 1.0)], n_groups


def draw(rows):
    ratios = style.ordered([row["ratio"] for row in rows], RATIOS)
    figure, axes = plt.subplots(
        1,
        len(ratios),
        sharey=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 2.6),
    )
    for axis, ratio in zip(axes[0], ratios):
        sides = style.ordered([r["side"] for r in rows if r["ratio"] == ratio], ["lan"])
        for side, line in zip(sides, style.LINES):
            points, n_groups = curve_of(rows, side, ratio)
            axis.step(
                [x for x, _ in points],
                [y for _, y in points],
                where="post",
                color=style.SIDE_COLORS.get(side, style.COLORS[6]),
                linestyle=line,
                label=f"{side.upper()}, {n_groups} subnets",
            )
        axis.set_xlim(-0.02, 1.02)
        axis.set_ylim(0, 1.02)
        style.share_axis(axis.xaxis, RATIOS.get(ratio, ratio))
        axis.legend(loc="upper left")
    style.share_axis(axes[0, 0].yaxis, "share of subnets")
    return figure


def main():
    parser = style.parser_of(
        __doc__,
        "coverage",
        ("table", "table of `spindrift coverage --distribution`"),
    )
    options = parser.parse_args()
    style.save(draw(style.rows_to_draw(options.table, COLUMNS)), options.output)


if __name__ == "__main__":
    main()
