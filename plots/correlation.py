#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Matrices of the correlation between load and round-trip time.

Reads the table of `spindrift correlate CAMPAIGN -t`. A matrix per step and side:
rows are measures of the load, columns statistics of the RTT. The colour goes
from -1 (purple) to 1 (orange); the number is the coefficient, in brackets where
its interval of 95 % contains 0 or could not be told.
"""
import math

import matplotlib.pyplot as plt

import style

COEFFICIENTS = ("spearman", "pearson", "kendall")
COLUMNS = (
    "step_ns side source load statistic spearman_low spearman_high".split()
) + list(COEFFICIENTS)
LOADS = {
    "down_bytes": "bytes down",
    "up_bytes": "bytes up",
    "down_packets": "packets down",
    "up_packets": "packets up",
}
STATISTICS = ("min", "p50", "mean", "p95", "p99", "max", "std")


def step_text(step_ns):
    seconds = int(step_ns) / 1e9
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def is_unsure(row):
    low, high = style.number(row["spearman_low"]), style.number(row["spearman_high"])
    return math.isnan(low) or math.isnan(high) or low <= 0 <= high


def matrix_of(rows, coefficient):
    """{(load, statistic): (value, unsure)} of the rows of one step and side."""
    return {
        (row["load"], row["statistic"]): (
            style.number(row[coefficient]),
            is_unsure(row),
        )
        for row in rows
    }


def draw_matrix(axis, cells, coefficient):
    loads = style.ordered([load for load, _ in cells], LOADS)
    statistics = style.ordered([statistic for _, statistic in cells], STATISTICS)
    missing = (math.nan, True)
    values = [[cells.get((load, s), missing)[0] for s in statistics] for load in loads]
    image = axis.imshow(values, cmap="PuOr_r", vmin=-1, vmax=1, aspect="auto")
    for y, load in enumerate(loads):
        for x, statistic in enumerate(statistics):
            value, unsure = cells.get((load, statistic), missing)
            if math.isnan(value):
                continue
            text = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
            axis.text(
                x,
                y,
                f"({text})" if unsure and coefficient == "spearman" else text,
                ha="center",
                va="center",
                size=7,
                color="white" if abs(value) > 0.7 else "black",
            )
    axis.set_xticks(range(len(statistics)), statistics)
    axis.set_yticks(range(len(loads)), [LOADS.get(load, load) for load in loads])
    axis.grid(False)
    return image


def draw(rows, source, coefficient):
    source, rows = style.pick_source(rows, source)
    steps = sorted({row["step_ns"] for row in rows}, key=int)
    sides = style.ordered([row["side"] for row in rows], ["lan", "wan"])
    figure, axes = plt.subplots(
        len(steps),
        len(sides),
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 0.6 + 1.4 * len(steps)),
    )
    for step, line in zip(steps, axes):
        for side, axis in zip(sides, line):
            chosen = [r for r in rows if (r["step_ns"], r["side"]) == (step, side)]
            image = draw_matrix(axis, matrix_of(chosen, coefficient), coefficient)
            axis.set_title(f"{side.upper()}, steps of {step_text(step)}", loc="left")
    bar = figure.colorbar(image, ax=axes, fraction=0.03, aspect=30)
    bar.set_label(f"{coefficient.capitalize()}'s coefficient, {source}")
    bar.ax.grid(False)
    return figure


def main():
    parser = style.parser_of(
        __doc__, "correlation", ("table", "table of `spindrift correlate`")
    )
    parser.add_argument("--coefficient", choices=COEFFICIENTS, default="spearman")
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.source, options.coefficient), options.output)


if __name__ == "__main__":
    main()
