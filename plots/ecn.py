#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How ECN is used: codepoints by side, family and direction.

Reads the table of `spindrift traffic CAMPAIGN -t`. Shares are of the packets
of a direction, on a logarithmic scale: marks (CE) are few and matter. A
codepoint that never occurs has no bar.
"""
import matplotlib.pyplot as plt

import style

COLUMNS = "section side family item rx_packets tx_packets".split()
CODEPOINTS = {"not_ect": "Not-ECT", "ect0": "ECT(0)", "ect1": "ECT(1)", "ce": "CE"}
DIRECTIONS = (("rx_packets", "sent by its hosts"), ("tx_packets", "sent to them"))


def shares_of(rows):
    """{(side, family, direction column): {codepoint: share}} of what has packets."""
    rows = [row for row in rows if row["section"] == "ecn"]
    shares = {}
    for side, family in style.ordered([(r["side"], r["family"]) for r in rows], []):
        for column, _ in DIRECTIONS:
            counts = {
                row["item"]: style.number(row[column])
                for row in rows
                if (row["side"], row["family"]) == (side, family)
            }
            total = sum(counts.values())
            if total > 0:
                shares[side, family, column] = {
                    item: n / total for item, n in counts.items()
                }
    return shares


def draw(rows):
    shares = shares_of(rows)
    if not shares:
        style.fail("nothing to draw: no packets by ECN codepoint")
    groups = style.ordered([key[:2] for key in shares], [])
    figure, axes = plt.subplots(
        1,
        len(groups),
        sharey=True,
        squeeze=False,
        figsize=(style.WIDTH_INCHES, 2.6),
    )
    smallest = min(s for bar in shares.values() for s in bar.values() if s > 0)
    for axis, (side, family) in zip(axes[0], groups):
        for j, (column, label) in enumerate(DIRECTIONS):
            bar = shares.get((side, family, column), {})
            axis.bar(
                [i + 0.4 * j - 0.2 for i in range(len(CODEPOINTS))],
                [bar.get(item, 0.0) for item in CODEPOINTS],
                width=0.38,
                color=style.COLORS[j],
                hatch=style.HATCHES[j],
                edgecolor="white",
                linewidth=0.3,
                label=label,
            )
        axis.set_xticks(range(len(CODEPOINTS)), CODEPOINTS.values(), rotation=45)
        axis.set_yscale("log")
        axis.set_ylim(min(smallest / 3, 0.01), 2)
        axis.yaxis.set_minor_formatter("")
        axis.set_title(f"{side.upper()} IPv{family[-1]}", loc="left")
        axis.grid(False, axis="x")
    style.share_axis(axes[0, 0].yaxis, "share of packets")
    axes[0, -1].legend(loc="lower right", bbox_to_anchor=(1, 1.1), ncol=2)
    return figure


def main():
    parser = style.parser_of(__doc__, "ecn", ("table", "table of `spindrift traffic`"))
    options = parser.parse_args()
    style.save(draw(style.rows_to_draw(options.table, COLUMNS)), options.output)


if __name__ == "__main__":
    main()
