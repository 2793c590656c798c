#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Four Hilbert maps of the IPv4 space: minimum, median, 95th and 99th percentile.

Reads the table of `spindrift percentiles CAMPAIGN --by slash8 -t` or of
`spindrift hilbert CAMPAIGN -o map.tsv`. One cell per /8, 0 top left, 255 top
right; the upper number is the block, the lower one the RTT in milliseconds.
"""
import argparse
import math

import matplotlib.colors
import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

import style

GRID = 16
STATISTICS = (
    ("min_ns", "minimum"),
    ("p50_ns", "median"),
    ("p95_ns", "95th percentile"),
    ("p99_ns", "99th percentile"),
)
# RFC 6890 blocks that fill a whole /8, and multicast and class E.
SPECIAL = {0, 10, 127} | set(range(224, 256))


def position(block):
    """(x, y) of a /8 on the Hilbert curve; x to the right, y down."""
    x = y = 0
    side = 1
    while side < GRID:
        right = 1 & (block // 2)
        down = 1 & (block ^ right)
        if down == 0:
            if right == 1:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x += side * right
        y += side * down
        block //= 4
        side *= 2
    return x, y


def cells_of_percentiles(rows, source, side):
    source, rows = style.pick_source(rows, source)
    sides = {row["side"] for row in rows}
    side = side or ("wan" if "wan" in sides else sorted(sides)[0])
    if side not in sides:
        style.fail(f"side {side}: not in the table")
    chosen = {row["group"]: row for row in rows if row["side"] == side}
    return f"{source}, {side}", {int(g): r for g, r in chosen.items() if g.isdigit()}


def cells_of_map(rows):
    cells = {}
    for row in rows:
        if not row["prefix"].endswith("/8"):
            style.fail(f"prefix {row['prefix']}: not a map of /8 blocks")
        cells[int(row["prefix"].split(".")[0])] = row
    return "", cells


def draw_map(axis, cells, column, title, norm, colors, min_samples):
    for block in range(GRID * GRID):
        x, y = position(block)
        row = cells.get(block)
        n = style.number(row["n_samples"]) if row else 0
        value_ms = style.number(row[column]) / 1e6 if row else math.nan
        face, hatch, ink = "white", None, "#555555"
        if n > 0 and n < min_samples:
            hatch = "////"
        elif not math.isnan(value_ms):
            face = colors(norm(value_ms))
            red, green, blue = face[:3]
            ink = "white" if red + green + blue < 1.4 else "black"
        elif block in SPECIAL:
            face = "#e8e8e8"
        axis.add_patch(
            Rectangle(
                (x, y), 1, 1, facecolor=face, edgecolor="#aaaaaa", hatch=hatch, lw=0.3
            )
        )
        axis.text(
            x + 0.5, y + 0.36, str(block), ha="center", va="center", size=4, color=ink
        )
        if face not in ("white", "#e8e8e8"):
            text = f"{value_ms:.1f}" if value_ms < 10 else f"{value_ms:.0f}"
            axis.text(
                x + 0.5, y + 0.74, text, ha="center", va="center", size=4, color=ink
            )
    # All lies inside the axes: the layout need not measure 1,024 texts.
    for artist in [*axis.patches, *axis.texts]:
        artist.set_in_layout(False)
    axis.set_xlim(0, GRID)
    axis.set_ylim(GRID, 0)
    axis.set_aspect("equal")
    axis.set_axis_off()
    axis.set_title(title)


def add_bar(figure, axes, norm, colors, what):
    bar = figure.colorbar(
        plt.cm.ScalarMappable(norm=norm, cmap=colors),
        ax=axes,
        orientation="horizontal",
        fraction=0.03,
        extend="both",
        label="RTT (ms)" + (f": {what}" if what else ""),
    )
    bar.ax.grid(False)
    bar.set_ticks([10, 20, 50, 100, 200, 500, 1000])
    bar.ax.xaxis.set_major_formatter("{x:.0f}")
    bar.ax.xaxis.set_minor_formatter("")


def draw(cells, what, options):
    norm = matplotlib.colors.LogNorm(10, 1000, clip=True)
    colors = plt.get_cmap(options.colors)
    figure, axes = plt.subplots(2, 2, figsize=(style.WIDTH_INCHES, 7.6))
    for axis, (column, title) in zip(axes.flat, STATISTICS):
        draw_map(axis, cells, column, title, norm, colors, options.min_samples)
    add_bar(figure, axes, norm, colors, what)
    return figure


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="TSV, - is stdin")
    parser.add_argument("-o", "--output", default="hilbert8", help="file, or base name")
    parser.add_argument("--source", help="default: tcp_ts, else epping")
    parser.add_argument("--side", help="default: wan, else what there is")
    parser.add_argument("--min-samples", type=int, default=1)
    parser.add_argument("--colors", default="YlOrRd", help="matplotlib colour map")
    options = parser.parse_args()
    if options.colors not in plt.colormaps():
        style.fail(f"--colors {options.colors}: no such colour map")
    needed = ["n_samples"] + [column for column, _ in STATISTICS]
    rows = style.read_table(options.table, needed)
    if rows and "prefix" in rows[0]:
        what, cells = cells_of_map(rows)
    elif rows and "group" in rows[0]:
        what, cells = cells_of_percentiles(rows, options.source, options.side)
    else:
        style.fail(f"{options.table}: nothing to draw: no rows of /8 blocks")
    style.save(draw(cells, what, options), options.output)


if __name__ == "__main__":
    main()
