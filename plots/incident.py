#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An incident from close by: RTT and throughput of one side over some hours.

Reads the table of `spindrift series CAMPAIGN --side wan --step 5min --from ...
--to ... -t` (with --subnet for the prefix that it concerns). Bands reach from
the minimum to p99 and from the median to p95; below are the samples of each step
and the throughput. --mark shades the time of the incident.
"""
import matplotlib.pyplot as plt

import style
import week

COLUMNS = (
    "time side source n_samples min_ns p50_ns mean_ns p95_ns p99_ns down_bps up_bps"
).split()
RTTS = (("min_ns",), ("p50_ns",), ("p95_ns",), ("p99_ns",))
COUNTS = (("n_samples", "samples", style.COLORS[6], "-"),)


def parse_mark(text):
    start, slash, end = text.partition("/")
    if not slash:
        style.fail(f"--mark {text}: expected START/END")
    start, end = style.parse_time(start), style.parse_time(end)
    if start >= end:
        style.fail(f"--mark {text}: START must lie before END")
    return start, end


def draw_rtts(axis, rows, step):
    points = week.with_gaps(week.points_of(rows, RTTS), step)
    times = [p.time for p in points]
    low, median, p95, p99 = zip(*(p.values for p in points))
    axis.fill_between(
        times, low, p99, color=style.DOWN, alpha=0.3, linewidth=0, label="min to p99"
    )
    axis.fill_between(
        times, median, p95, color=style.DOWN, alpha=0.7, linewidth=0, label="p50 to p95"
    )
    axis.plot(times, median, color=style.MEDIAN, label="p50")
    axis.plot(times, p95, color=style.P95, linestyle="--", label="p95")
    axis.set_ylim(bottom=0)
    axis.set_ylabel("RTT (ms)")
    axis.margins(x=0)
    axis.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncol=4)


def draw_counts(axis, rows, step):
    # Counts are no milliseconds: taken back to what they were.
    points = [
        week.Point(p.time, [1e6 * v for v in p.values])
        for p in week.points_of(rows, COUNTS)
    ]
    week.draw_lines(axis, points, COUNTS, step)
    axis.set_ylabel("samples")


def draw(rows, side, source, marks, zone):
    source, _ = style.pick_source(rows, source)
    own = [row for row in rows if row["side"] == side]
    samples = [row for row in own if row["source"] == source]
    if not samples:
        style.fail(f"side {side}: no samples of {source} in the table")
    step = week.step_of(rows)
    figure, axes = plt.subplots(
        3,
        1,
        sharex=True,
        figsize=(style.WIDTH_INCHES, 4.2),
        gridspec_kw={"height_ratios": [3, 1, 1.4]},
    )
    draw_rtts(axes[0], samples, step)
    draw_counts(axes[1], samples, step)
    rates = week.points_of([row for row in own if row["source"] == "-"], week.RATES)
    week.draw_lines(axes[2], rates, week.RATES, step)
    axes[2].set_ylabel("Mbit/s")
    axes[2].legend(loc="upper right", ncol=2)
    times = [style.parse_time(row["time"]) for row in own]
    axes[0].set_xlim(min(times), max(times) + step)
    for axis in axes:
        for start, end in marks:
            axis.axvspan(start, end, color=style.COLORS[4], alpha=0.2, linewidth=0)
    axes[0].set_title(f"{side.upper()}, {source}", loc="left")
    week.set_times(axes[2], zone)
    axes[2].set_xlabel(f"time ({zone.key})")
    return figure


def main():
    parser = style.parser_of(
        __doc__, "incident", ("table", "table of `spindrift series`")
    )
    parser.add_argument("--side", default="wan")
    parser.add_argument("--tz", default="UTC", help="time zone of the axis")
    parser.add_argument(
        "--mark",
        action="append",
        default=[],
        metavar="START/END",
        help="shade this time (ISO 8601); repeatable",
    )
    style.add_source(parser)
    options = parser.parse_args()
    zone = style.zone_of(options.tz)
    marks = [parse_mark(text) for text in options.mark]
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(
        draw(rows, options.side, options.source, marks, zone),
        options.output,
    )


if __name__ == "__main__":
    main()
