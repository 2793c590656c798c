#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic and round-trip times of the largest AS: bars and boxes.

Reads the table of `spindrift asn CAMPAIGN --as-table FILE --side wan --top 20
-t`. A line per AS, in the order of the table: at the left its share of the
bytes towards and from the users, at the right a box of its RTTs: p25, median and
p75, whiskers from p1 to p99. A box with a percentile above the histogram, or of
too few samples, is left out.
"""
import math

import matplotlib.pyplot as plt

import style

BOX = (
    ("whislo", "p1_ns"),
    ("q1", "p25_ns"),
    ("med", "p50_ns"),
    ("q3", "p75_ns"),
    ("whishi", "p99_ns"),
)
COLUMNS = ["group", "name", "side", "source", "down_ratio", "up_ratio", "as_snapshot"]
COLUMNS += [column for _, column in BOX]
RATIOS = (("down_ratio", "down", style.DOWN), ("up_ratio", "up", style.UP))
LABEL_MAX = 28


def label_of(row):
    name = row["name"] if row["name"] != "-" else ""
    text = f"{row['group']} {name}".strip()
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "\u2026"


def box_of(row):
    """Milliseconds for matplotlib's bxp, or None."""
    box = {key: style.milliseconds(row[column]) for key, column in BOX}
    if any(math.isnan(value) for value in box.values()):
        return None
    return {**box, "fliers": []}


def draw_bars(axis, rows):
    for i, (column, label, color) in enumerate(RATIOS):
        axis.barh(
            [y + 0.4 * i - 0.2 for y in range(len(rows))],
            [style.number(row[column]) for row in rows],
            height=0.38,
            color=color,
            hatch=style.HATCHES[i],
            edgecolor="white",
            linewidth=0.3,
            label=label,
        )
    style.share_axis(axis.xaxis, "share of bytes")
    axis.legend(loc="lower right")


def draw_boxes(axis, rows):
    boxes = [(y, box_of(row)) for y, row in enumerate(rows)]
    boxes = [(y, box) for y, box in boxes if box]
    if boxes:
        axis.bxp(
            [box for _, box in boxes],
            positions=[y for y, _ in boxes],
            vert=False,
            widths=0.6,
            showfliers=False,
            patch_artist=True,
            boxprops={"facecolor": style.DOWN, "linewidth": 0.6},
            whiskerprops={"linewidth": 0.6},
            capprops={"linewidth": 0.6},
            medianprops={"color": style.P95, "linewidth": 1.4},
        )


def draw(rows, side):
    rows = [row for row in rows if row["side"] == side]
    if not rows:
        style.fail(f"side {side}: not in the table")
    sources = sorted({row["source"] for row in rows} - {"-"})
    figure, (bars, boxes) = plt.subplots(
        1,
        2,
        sharey=True,
        figsize=(style.WIDTH_INCHES, 0.9 + 0.22 * len(rows)),
        gridspec_kw={"width_ratios": [1, 2]},
    )
    draw_bars(bars, rows)
    draw_boxes(boxes, rows)
    style.log_ms_axis(boxes.xaxis, f"RTT (ms): {', '.join(sources)}, {side}")
    bars.set_yticks(range(len(rows)), [label_of(row) for row in rows])
    bars.set_ylim(len(rows) - 0.5, -0.5)
    dates = sorted({row["as_snapshot"] for row in rows} - {"-"})
    if dates:
        boxes.set_title(f"AS as of {', '.join(dates)}", loc="right")
    return figure


def main():
    parser = style.parser_of(__doc__, "as_boxes", ("table", "table of `spindrift asn`"))
    parser.add_argument("--side", default="wan")
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.side), options.output)


if __name__ == "__main__":
    main()
