#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Distributions over subnets of seven statistics of the round-trip time.

Reads the table of `spindrift subnets CAMPAIGN --distribution -t`, or of
`spindrift asn CAMPAIGN --as-table FILE --distribution -t` for AS instead. A
panel per statistic, a curve per side and family; each counts once. The marker is
the global value, of all samples of the side and family together, at the share
of subnets that are at or below it. A curve that ends below 100 % has subnets
whose value lies above the histogram.
"""
import math

import matplotlib.pyplot as plt

import style

COLUMNS = "side family source statistic kind value_ns ecdf_ratio".split()
STATISTICS = {
    "p50": "median",
    "mean": "mean",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "std": "standard deviation",
    "iqr": "interquartile range",
    "p99_p1": "p99 less p1",
}
N_LINES, N_COLUMNS = 2, 4


def points_of(rows, kind):
    points = [
        (style.milliseconds(row["value_ns"]), style.number(row["ecdf_ratio"]))
        for row in rows
        if row["kind"] == kind
    ]
    return sorted(p for p in points if not any(math.isnan(v) for v in p))


def draw_curve(axis, rows, side, family):
    color = style.SIDE_COLORS.get(side, style.COLORS[6])
    points = points_of(rows, "groups")
    if points:
        axis.step(
            [points[0][0], *(x for x, _ in points)],
            [0, *(y for _, y in points)],
            where="post",
            color=color,
            linestyle=style.FAMILY_LINES.get(family, "-"),
            label=f"{side.upper()} {family}".replace("ipv", "IPv").strip("- "),
        )
    for x, y in points_of(rows, "global"):
        axis.plot([x], [y], "s" if family == "ipv6" else "o", color=color, ms=4)


def draw(rows, source):
    source, rows = style.pick_source(rows, source)
    keys = style.ordered([(r["side"], r["family"]) for r in rows], [])
    figure, axes = plt.subplots(
        N_LINES, N_COLUMNS, sharey=True, figsize=(style.WIDTH_INCHES, 3.8)
    )
    for axis, (statistic, title) in zip(axes.flat, STATISTICS.items()):
        for side, family in keys:
            chosen = [
                row
                for row in rows
                if (row["side"], row["family"], row["statistic"])
                == (side, family, statistic)
            ]
            draw_curve(axis, chosen, side, family)
        axis.set_title(title, loc="left")
        axis.set_ylim(0, 1.02)
        style.log_ms_axis(axis.xaxis, "ms")
        axis.xaxis.set_minor_formatter("")
    for axis in axes[:, 0]:
        what = "AS" if {family for _, family in keys} == {"-"} else "subnets"
        style.share_axis(axis.yaxis, f"share of {what}")
    rest = axes.flat[-1]
    rest.set_axis_off()
    rest.legend(
        *axes.flat[0].get_legend_handles_labels(),
        loc="center",
        title=f"{source}\nmarker: all samples",
    )
    return figure


def main():
    parser = style.parser_of(
        __doc__,
        "subnet_ecdf",
        ("table", "table of `spindrift subnets --distribution`"),
    )
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.source), options.output)


if __name__ == "__main__":
    main()
