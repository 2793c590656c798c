#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shares of the traffic by protocol.

Reads the table of `spindrift traffic CAMPAIGN -t`. A bar per side and family
and measure (packets, bytes) is divided by class: TCP with and without
timestamps, QUIC, other UDP, ICMP, other. Each bar is the whole traffic of its
side and family.
"""
import matplotlib.pyplot as plt

import style

COLUMNS = "section side family item packets_ratio bytes_ratio".split()
CLASSES = {
    "tcp_ts": "TCP with timestamps",
    "tcp_other": "other TCP",
    "quic": "QUIC",
    "udp_other": "other UDP",
    "icmp": "ICMP",
    "other": "other",
}
MEASURES = (("bytes", "bytes_ratio"), ("packets", "packets_ratio"))


def shares_of(rows):
    """{(side, family, measure): {class: ratio}}, in the order of the bars."""
    rows = [row for row in rows if row["section"] == "class"]
    keys = style.ordered([(r["side"], r["family"]) for r in rows], [])
    return {
        (side, family, measure): {
            row["item"]: style.number(row[column])
            for row in rows
            if (row["side"], row["family"]) == (side, family)
        }
        for side, family in keys
        for measure, column in MEASURES
    }


def draw(rows):
    shares = shares_of(rows)
    if not shares:
        style.fail("nothing to draw: no traffic by class")
    figure, axis = plt.subplots(figsize=(style.WIDTH_INCHES, 0.9 + 0.28 * len(shares)))
    labels = [f"{s.upper()} IPv{f[-1]}, {m}" for s, f, m in shares]
    left = [0.0] * len(shares)
    items = style.ordered([i for bar in shares.values() for i in bar], CLASSES)
    for i, item in enumerate(items):
        widths = [bar.get(item, 0.0) for bar in shares.values()]
        axis.barh(
            labels,
            widths,
            left=left,
            color=style.COLORS[i % len(style.COLORS)],
            hatch=style.HATCHES[i % len(style.HATCHES)],
            edgecolor="white",
            linewidth=0.3,
            label=CLASSES.get(item, item),
        )
        left = [a + b for a, b in zip(left, widths)]
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.grid(False)
    style.share_axis(axis.xaxis, "share of the traffic of the side and family")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncol=len(items))
    return figure


def main():
    parser = style.parser_of(
        __doc__, "protocols", ("table", "table of `spindrift traffic`")
    )
    options = parser.parse_args()
    style.save(draw(style.rows_to_draw(options.table, COLUMNS)), options.output)


if __name__ == "__main__":
    main()
