#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Grids of the largest AS: minimum, median, 95th and 99th percentile.

Reads the table of `spindrift asn CAMPAIGN --as-table FILE --side wan --top 64
-t`. A cell per AS, in the order of the table from the top left, row by row; the
same AS is at the same place in all four. Upper line: the AS; lower: the RTT in
milliseconds, coloured as on the maps. White: too few samples, or a value above
the histogram.
"""
import math

import matplotlib.colors
import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

import hilbert8
import style

COLUMNS = ["group", "side", "source"] + [c for c, _ in hilbert8.STATISTICS]


def cells_of(rows, column):
    """(x, y, AS, ms) of each, in a square as small as holds them."""
    width = math.ceil(math.sqrt(len(rows)))
    return [
        (
            i % width,
            i // width,
            row["group"].removeprefix("AS"),
            style.milliseconds(row[column]),
        )
        for i, row in enumerate(rows)
    ]


def draw_cell(axis, cell, norm, colors):
    x, y, group, value_ms = cell
    face, ink = "white", "black"
    if not math.isnan(value_ms):
        face = colors(norm(value_ms))
        ink = "white" if sum(face[:3]) < 1.4 else "black"
    axis.add_patch(
        Rectangle((x, y), 1, 1, facecolor=face, edgecolor="#aaaaaa", linewidth=0.3)
    )
    axis.text(x + 0.5, y + 0.34, group, ha="center", va="center", size=5, color=ink)
    if not math.isnan(value_ms):
        text = f"{value_ms:.1f}" if value_ms < 10 else f"{value_ms:.0f}"
        axis.text(x + 0.5, y + 0.7, text, ha="center", va="center", size=6, color=ink)


def draw(rows, side):
    rows = [row for row in rows if row["side"] == side]
    if not rows:
        style.fail(f"side {side}: not in the table")
    sources = sorted({row["source"] for row in rows} - {"-"})
    norm = matplotlib.colors.LogNorm(10, 1000, clip=True)
    colors = plt.get_cmap("YlOrRd")
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH_INCHES, 7.6))
    for axis, (column, title) in zip(axes.flat, hilbert8.STATISTICS):
        cells = cells_of(rows, column)
        for cell in cells:
            draw_cell(axis, cell, norm, colors)
        axis.set_xlim(0, max(x for x, *_ in cells) + 1)
        axis.set_ylim(max(y for _, y, *_ in cells) + 1, 0)
        axis.set_aspect("equal")
        axis.set_axis_off()
        axis.set_title(title)
    hilbert8.add_bar(figure, axes, norm, colors, f"{', '.join(sources)}, {side}")
    return figure


def main():
    parser = style.parser_of(__doc__, "as_grid", ("table", "table of `spindrift asn`"))
    parser.add_argument("--side", default="wan")
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.side), options.output)


if __name__ == "__main__":
    main()
