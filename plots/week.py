#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""RTT and throughput over time, two panels per side, each with its distribution.

Reads the table of `spindrift series CAMPAIGN --step 10min -t`. The upper panel
of a side has the median, mean and 95th percentile of the RTT, the lower one
what the side's hosts received (down) and sent (up). The histograms at the right
count steps: how often a step had such a value. Steps that are not in the table
are gaps in the lines, and so are percentiles above the histogram's last edge.
"""
import collections
import datetime
import math

import matplotlib.dates
import matplotlib.pyplot as plt

import style

COLUMNS = "time side source n_samples p50_ns mean_ns p95_ns down_bps up_bps".split()
SIDES = ("lan", "wan")
RTTS = (
    ("p50_ns", "RTT median", style.MEDIAN, "-"),
    ("mean_ns", "RTT mean", style.MEAN, "-."),
    ("p95_ns", "RTT p95", style.P95, "--"),
)
RATES = (("down_bps", "down", style.DOWN, "-"), ("up_bps", "up", style.UP, "--"))
MARGINAL_BINS = 40
Point = collections.namedtuple("Point", "time values")


def points_of(rows, lines):
    """Values in ms or Mbit/s, by time."""
    points = [
        Point(
            style.parse_time(row["time"]),
            [style.number(row[column]) / 1e6 for column, *_ in lines],
        )
        for row in rows
    ]
    return sorted(points)


def with_gaps(points, step):
    """NaN after each point that the next one does not follow at once."""
    result = []
    for point in points:
        if result and point.time - result[-1].time > step * 1.5:
            gap = [math.nan] * len(point.values)
            result.append(Point(result[-1].time + step, gap))
        result.append(point)
    return result


def step_of(rows):
    times = sorted({style.parse_time(row["time"]) for row in rows})
    steps = [b - a for a, b in zip(times, times[1:])]
    return min(steps, default=datetime.timedelta(minutes=10))


def draw_lines(axis, points, lines, step):
    shown = with_gaps(points, step)
    for i, (_, label, color, line) in enumerate(lines):
        axis.plot(
            [p.time for p in shown],
            [p.values[i] for p in shown],
            color=color,
            linestyle=line,
            label=label,
            marker="." if len(shown) < 3 else None,
        )
    axis.set_ylim(bottom=0)
    axis.margins(x=0)


def draw_marginal(axis, points, lines):
    """Of the same values, along the same axis."""
    columns = [
        [p.values[i] for p in points if not math.isnan(p.values[i])]
        for i in range(len(lines))
    ]
    top = max((max(column) for column in columns if column), default=1) or 1
    for column, (_, _, color, line) in zip(columns, lines):
        axis.hist(
            column,
            bins=MARGINAL_BINS,
            range=(0, top),
            orientation="horizontal",
            histtype="step",
            color=color,
            linestyle=line,
        )
    axis.tick_params(labelleft=False)
    axis.set_xlabel("steps")


def draw_side(axes, side, rows, source, step):
    """axes: RTT and its marginal, throughput and its marginal."""
    own = [row for row in rows if row["side"] == side]
    for (axis, marginal), lines, key, label in (
        (axes[0], RTTS, source, "RTT (ms)"),
        (axes[1], RATES, "-", "throughput (Mbit/s)"),
    ):
        points = points_of([row for row in own if row["source"] == key], lines)
        draw_lines(axis, points, lines, step)
        draw_marginal(marginal, points, lines)
        axis.set_ylabel(label)
        axis.legend(
            loc="lower right",
            bbox_to_anchor=(1, 0.98),
            borderaxespad=0.2,
            ncol=len(lines),
        )
    axes[0][0].set_title(side.upper(), loc="left")


def set_times(axis, zone):
    locator = matplotlib.dates.AutoDateLocator(tz=zone)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(
        matplotlib.dates.ConciseDateFormatter(locator, tz=zone)
    )


def draw(rows, source, zone):
    source, _ = style.pick_source(rows, source)
    step = step_of(rows)
    present = [s for s in SIDES if any(row["side"] == s for row in rows)]
    if not present:
        style.fail("no row has the side lan or wan")
    figure, axes = plt.subplots(
        2 * len(present),
        2,
        sharex="col",
        sharey="row",
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 2.9 * len(present) + 0.4),
        gridspec_kw={
            "width_ratios": [6, 1],
            "height_ratios": [3, 2] * len(present),
        },
    )
    for i, side in enumerate(present):
        draw_side(axes[2 * i : 2 * i + 2], side, rows, source, step)
    for axis in axes[:-1, 1]:
        axis.set_xlabel("")
    set_times(axes[-1, 0], zone)
    axes[-1, 0].set_xlabel(f"time ({zone.key})")
    return figure


def main():
    parser = style.parser_of(__doc__, "week", ("table", "table of `spindrift series`"))
    parser.add_argument("--tz", default="UTC", help="time zone of the axis")
    style.add_source(parser)
    options = parser.parse_args()
    zone = style.zone_of(options.tz)
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.source, zone), options.output)


if __name__ == "__main__":
    main()
