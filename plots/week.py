#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""RTT and throughput over time, one panel per side.

Reads the table of `spindrift series CAMPAIGN --step 10min -t`. The left axis
has the median, mean and 95th percentile of the RTT, the right one what the
side's hosts received (down) and sent (up). Steps that are not in the table are
gaps in the lines, and so are percentiles above the histogram's last edge.
"""
import argparse
import collections
import datetime
import math
import zoneinfo

import matplotlib.dates
import matplotlib.pyplot as plt

import style

COLUMNS = "time side source n_samples p50_ns mean_ns p95_ns down_bps up_bps".split()
SIDES = ("lan", "wan")
Point = collections.namedtuple("Point", "time values")


def parse_time(text):
    try:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        style.fail(f"time {text}: not ISO 8601")
    return time.replace(tzinfo=time.tzinfo or datetime.timezone.utc)


def points_of(rows, columns, scale):
    points = [
        Point(parse_time(row["time"]), [style.number(row[c]) * scale for c in columns])
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
    times = sorted({parse_time(row["time"]) for row in rows})
    steps = [b - a for a, b in zip(times, times[1:])]
    return min(steps, default=datetime.timedelta(minutes=10))


def draw_side(axis, side, rtts, rates, zone):
    for i, (label, color) in enumerate(
        (("median", style.MEDIAN), ("mean", style.MEAN), ("p95", style.P95))
    ):
        marker = "." if len(rtts) < 3 else None
        axis.plot(
            [p.time for p in rtts],
            [p.values[i] for p in rtts],
            color=color,
            label=f"RTT {label}",
            marker=marker,
            zorder=3,
        )
    axis.set_ylabel("RTT (ms)")
    axis.set_ylim(bottom=0)
    axis.set_title(side.upper(), loc="left")
    right = axis.twinx()
    axis.set_zorder(right.get_zorder() + 1)
    axis.patch.set_visible(False)
    times = [p.time for p in rates]
    right.fill_between(
        times, [p.values[0] for p in rates], color=style.DOWN, alpha=0.35, linewidth=0
    )
    right.plot(times, [p.values[0] for p in rates], color=style.DOWN, label="down")
    right.plot(
        times, [p.values[1] for p in rates], color=style.UP, label="up", linestyle="--"
    )
    right.set_ylabel("throughput (Mbit/s)")
    right.set_ylim(bottom=0)
    right.grid(False)
    locator = matplotlib.dates.AutoDateLocator(tz=zone)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(
        matplotlib.dates.ConciseDateFormatter(locator, tz=zone)
    )
    return right


def draw(rows, source, zone):
    _, samples = style.pick_source(rows, source)
    step = step_of(rows)
    present = [s for s in SIDES if any(row["side"] == s for row in rows)]
    if not present:
        style.fail("no row has the side lan or wan")
    figure, axes = plt.subplots(
        len(present),
        1,
        sharex=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 2.4 * len(present) + 0.4),
    )
    for axis, side in zip(axes[:, 0], present):
        rtts = points_of(
            [row for row in samples if row["side"] == side],
            ("p50_ns", "mean_ns", "p95_ns"),
            1e-6,
        )
        rates = points_of(
            [row for row in rows if row["side"] == side and row["source"] == "-"],
            ("down_bps", "up_bps"),
            1e-6,
        )
        right = draw_side(
            axis, side, with_gaps(rtts, step), with_gaps(rates, step), zone
        )
    handles, labels = axes[0, 0].get_legend_handles_labels()
    more_handles, more_labels = right.get_legend_handles_labels()
    axes[0, 0].legend(
        handles + more_handles,
        labels + more_labels,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncol=5,
    )
    axes[-1, 0].set_xlabel(f"time ({zone.key})")
    return figure


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="TSV of `spindrift series -t`, - is stdin")
    parser.add_argument("-o", "--output", default="week", help="file, or base name")
    parser.add_argument("--tz", default="UTC", help="time zone of the axis")
    parser.add_argument("--source", help="default: tcp_ts, else epping")
    options = parser.parse_args()
    try:
        zone = zoneinfo.ZoneInfo(options.tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        style.fail(f"--tz {options.tz}: no such time zone")
    rows = style.read_table(options.table, COLUMNS)
    if not rows:
        style.fail(f"{options.table}: nothing to draw: the table is empty")
    style.save(draw(rows, options.source, zone), options.output)


if __name__ == "__main__":
    main()
