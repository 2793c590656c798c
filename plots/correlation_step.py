#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Correlation of load and round-trip time against the length of the step.

Reads the table of `spindrift correlate CAMPAIGN --step 5min,10min,1h,6h,1d -t`.
A panel per side, a line per statistic, for one measure of the load; bands are
the intervals of 95 % of Spearman's coefficient where they could be told.
"""
import math

import matplotlib.pyplot as plt

import correlation
import style

COLUMNS = "step_ns side source load statistic spearman spearman_low spearman_high"
STATISTICS = ("min", "p50", "p95", "p99", "std")


def curve_of(rows, statistic):
    """[(step in s, coefficient, low, high)] by ascending step."""
    points = [
        (
            int(row["step_ns"]) / 1e9,
            style.number(row["spearman"]),
            style.number(row["spearman_low"]),
            style.number(row["spearman_high"]),
        )
        for row in rows
        if row["statistic"] == statistic
    ]
    return [p for p in sorted(points) if not math.isnan(p[1])]


def draw_panel(axis, rows):
    for i, statistic in enumerate(STATISTICS):
        points = curve_of(rows, statistic)
        if not points:
            continue
        steps, values, lows, highs = zip(*points)
        axis.plot(
            steps,
            values,
            color=style.COLORS[i],
            linestyle=style.LINES[i],
            marker="os^Dv"[i],
            markersize=3,
            label=statistic,
        )
        axis.fill_between(
            steps, lows, highs, color=style.COLORS[i], alpha=0.15, linewidth=0
        )
    steps = sorted({int(row["step_ns"]) for row in rows})
    axis.set_xscale("log")
    axis.set_xticks(
        [step / 1e9 for step in steps], [correlation.step_text(s) for s in steps]
    )
    axis.xaxis.set_minor_locator(plt.NullLocator())
    axis.axhline(0, color="#666666", linewidth=0.6)
    axis.set_ylim(-1.05, 1.05)
    axis.set_xlabel("step")


def draw(rows, source, load):
    source, rows = style.pick_source(rows, source)
    rows = [row for row in rows if row["load"] == load]
    if not rows:
        style.fail(f"load {load}: not in the table")
    sides = style.ordered([row["side"] for row in rows], ["lan", "wan"])
    figure, axes = plt.subplots(
        1,
        len(sides),
        sharey=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 2.9),
    )
    for axis, side in zip(axes[0], sides):
        draw_panel(axis, [row for row in rows if row["side"] == side])
        axis.set_title(f"{side.upper()}, {source}", loc="left")
    what = correlation.LOADS.get(load, load)
    axes[0, 0].set_ylabel(f"Spearman's coefficient with {what}")
    axes[0, -1].legend(loc="lower right", ncol=3)
    return figure


def main():
    parser = style.parser_of(
        __doc__, "correlation_step", ("table", "table of `spindrift correlate`")
    )
    parser.add_argument("--load", default="down_bytes", help="down_bytes, ...")
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS.split())
    style.save(draw(rows, options.source, options.load), options.output)


if __name__ == "__main__":
    main()
