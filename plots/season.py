#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The usual week: a cell per hour and day, of one group, a panel per side.

Reads the table of `spindrift trend CAMPAIGN --table season --tz ZONE -t`. The
colour, and the scale of each panel, is what the hour usually has (level and
season together). White: that hour of the week was never measured.
"""
import math

import matplotlib.pyplot as plt

import style

COLUMNS = "group side source statistic weekday hour usual_ns".split()
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
N_HOURS = 24


def week_of(rows):
    """Milliseconds, a list of hours for each weekday."""
    week = [[math.nan] * N_HOURS for _ in WEEKDAYS]
    for row in rows:
        if row["weekday"] not in WEEKDAYS or not row["hour"].isdigit():
            style.fail(f"{row['weekday']} {row['hour']}: no hour of a week")
        if int(row["hour"]) < N_HOURS:
            day = week[WEEKDAYS.index(row["weekday"])]
            day[int(row["hour"])] = style.milliseconds(row["usual_ns"])
    return week


def draw(rows, source):
    source, rows = style.pick_source(rows, source)
    keys = style.ordered([(r["group"], r["side"]) for r in rows], [])
    figure, axes = plt.subplots(
        len(keys),
        1,
        sharex=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 0.6 + 1.6 * len(keys)),
    )
    for axis, (group, side) in zip(axes[:, 0], keys):
        own = [r for r in rows if (r["group"], r["side"]) == (group, side)]
        image = axis.imshow(week_of(own), cmap="viridis", aspect="auto")
        axis.set_yticks(range(len(WEEKDAYS)), WEEKDAYS)
        axis.set_xticks(range(0, N_HOURS, 3))
        axis.grid(False)
        name = group.upper() if group == side else f"{side.upper()} {group}"
        axis.set_title(f"{name.strip('- ')}, {source}", loc="left")
        bar = figure.colorbar(image, ax=axis, aspect=12)
        bar.set_label(f"{own[0]['statistic']} (ms)")
        bar.ax.grid(False)
    axes[-1, 0].set_xlabel("hour of day")
    return figure


def main():
    parser = style.parser_of(
        __doc__, "season", ("table", "table of `spindrift trend --table season`")
    )
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.source), options.output)


if __name__ == "__main__":
    main()
