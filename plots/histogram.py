#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Histograms of round-trip times by side and family, with percentiles.

Reads the tables of `spindrift hist CAMPAIGN -t` and of `spindrift percentiles
CAMPAIGN --by side-family -t`. The height of a bin is its share of the samples
for each decade of time, so that areas are shares although bins are of many
widths. Samples above the last edge are in no bin; a note says how many.
"""
import math

import matplotlib.pyplot as plt

import style

COLUMNS = "group side source low_ns high_ns n_samples samples_ratio".split()
LINES = (
    ("p50_ns", "p50", style.MEDIAN, "-"),
    ("p95_ns", "p95", style.P95, "--"),
    ("p99_ns", "p99", style.P99, "-."),
)


def bins_of(rows):
    """(low ms, high ms, share per decade) of each bin, and the share above."""
    bins, above = [], 0.0
    for row in rows:
        low, high = style.milliseconds(row["low_ns"]), style.milliseconds(
            row["high_ns"]
        )
        share = style.number(row["samples_ratio"])
        if math.isnan(high):
            above = share
        elif low > 0:
            bins.append((low, high, share / math.log10(high / low)))
    return bins, above


def draw_panel(axis, rows, percentiles, title):
    bins, above = bins_of(rows)
    axis.bar(
        [low for low, _, _ in bins],
        [height for _, _, height in bins],
        width=[high - low for low, high, _ in bins],
        align="edge",
        color="#bbbbbb",
        linewidth=0,
    )
    for column, label, color, line in LINES:
        value = style.milliseconds(percentiles.get(column))
        if not math.isnan(value):
            axis.axvline(
                value, color=color, linestyle=line, label=f"{label} {value:.3g} ms"
            )
    n = sum(int(row["n_samples"]) for row in rows)
    axis.set_title(f"{title}: {n:,} samples", loc="left")
    if above > 0:
        axis.set_title(f"{100 * above:.2g} % above", loc="right")
    style.log_ms_axis(axis.xaxis)
    axis.set_ylabel("share per decade")
    if axis.get_lines():
        axis.legend(loc="upper right")


def draw(rows, percentiles, source):
    source, rows = style.pick_source(rows, source)
    keys = style.ordered([(r["side"], r["group"]) for r in rows], [])
    figure, axes = plt.subplots(
        len(keys),
        1,
        sharex=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 0.6 + 1.7 * len(keys)),
    )
    by_key = {(r["side"], r["group"]): r for r in percentiles if r["source"] == source}
    for axis, (side, group) in zip(axes[:, 0], keys):
        chosen = [r for r in rows if (r["side"], r["group"]) == (side, group)]
        name = f"{side.upper()} {group}".replace("ipv", "IPv").strip("- ")
        draw_panel(axis, chosen, by_key.get((side, group), {}), f"{name}, {source}")
    for axis in axes[:-1, 0]:
        axis.set_xlabel("")
    return figure


def main():
    parser = style.parser_of(
        __doc__,
        "histogram",
        ("table", "table of `spindrift hist`"),
        ("percentiles", "table of `spindrift percentiles --by side-family`"),
    )
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    percentiles = style.read_table(
        options.percentiles, ["group", "side", "source", *(c for c, *_ in LINES)]
    )
    style.save(draw(rows, percentiles, options.source), options.output)


if __name__ == "__main__":
    main()
