#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Distribution functions of round-trip times by side and family.

Reads the table of `spindrift ecdf CAMPAIGN -t`, or, for the tail on a
logarithmic scale, of `spindrift ecdf --eccdf CAMPAIGN -t`.
"""
import matplotlib.pyplot as plt

import style

COLUMNS = "group side source value_ns".split()
SHARES = ("ecdf_ratio", "eccdf_ratio")


def curves_of(rows, source):
    """{(side, group): [(ms, share)]} of one source."""
    source, rows = style.pick_source(rows, source)
    column = next((c for c in SHARES if c in rows[0]), None)
    if not column:
        style.fail("not the expected table: no column ecdf_ratio or eccdf_ratio")
    curves = {}
    for row in rows:
        points = curves.setdefault((row["side"], row["group"]), [])
        points.append((style.milliseconds(row["value_ns"]), style.number(row[column])))
    return source, column, curves


def draw(rows, source):
    source, column, curves = curves_of(rows, source)
    figure, axis = plt.subplots(figsize=(style.WIDTH_INCHES, 3.2))
    is_tail = column == "eccdf_ratio"
    for i, ((side, group), points) in enumerate(curves.items()):
        # A logarithmic axis has no place for none.
        shown = [(x, y) for x, y in points if y > 0 or not is_tail]
        axis.plot(
            [x for x, _ in shown],
            [y for _, y in shown],
            color=style.SIDE_COLORS.get(side, style.COLORS[i % 8]),
            linestyle=style.FAMILY_LINES.get(group, style.LINES[i % 5]),
            label=f"{side.upper()} {group}".replace("ipv", "IPv").strip("- "),
        )
    style.log_ms_axis(axis.xaxis, f"RTT (ms): {source}")
    if is_tail:
        axis.set_yscale("log")
        axis.yaxis.set_minor_formatter("")
    else:
        axis.set_ylim(0, 1)
    style.share_axis(
        axis.yaxis, "share of samples above" if is_tail else "share of samples below"
    )
    axis.legend(loc="lower left" if is_tail else "lower right")
    return figure


def main():
    parser = style.parser_of(__doc__, "ecdf", ("table", "table of `spindrift ecdf`"))
    style.add_source(parser)
    options = parser.parse_args()
    rows = style.rows_to_draw(options.table, COLUMNS)
    style.save(draw(rows, options.source), options.output)


if __name__ == "__main__":
    main()
