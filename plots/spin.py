#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who takes part in the QUIC spin bit: flows and packets by class and side.

Reads the table of `spindrift coverage CAMPAIGN --by side -t` (or by family).
Flows are counted once for each interval in which they were seen. Undecided
ones were too short to tell, and are shown apart: shares are of the decided.
"""
import matplotlib.pyplot as plt

import style

CLASSES = {
    "spinning": "spinning",
    "greased": "greased",
    "constant_0": "always 0",
    "constant_1": "always 1",
}
MEASURES = (("flow_intervals", "flows"), ("packets", "packets"))
COLUMNS = ["group", "side", "quic_packets"] + [
    f"{name}_{measure}" for name in [*CLASSES, "undecided"] for measure, _ in MEASURES
]


def label_of(row, what):
    group = row["group"] if row["group"] != row["side"] else ""
    side = row["side"].upper() if row["side"] != "-" else ""
    name = f"{side} {group}".replace("ipv", "IPv").strip()
    return f"{name}, {what}"


def shares_of(rows):
    """{label: (shares of the decided by class, decided, undecided)}."""
    shares = {}
    for row in rows:
        for measure, what in MEASURES:
            counts = [style.number(row[f"{name}_{measure}"]) for name in CLASSES]
            total = sum(counts)
            if total > 0:
                shares[label_of(row, what)] = (
                    [n / total for n in counts],
                    total,
                    style.number(row[f"undecided_{measure}"]),
                )
    return shares


def draw(rows):
    shares = shares_of(rows)
    if not shares:
        style.fail("nothing to draw: no QUIC flow whose spin bit is decided")
    figure, axis = plt.subplots(figsize=(style.WIDTH_INCHES, 0.9 + 0.3 * len(shares)))
    left = [0.0] * len(shares)
    for i, label in enumerate(CLASSES.values()):
        widths = [bar[i] for bar, _, _ in shares.values()]
        axis.barh(
            list(shares),
            widths,
            left=left,
            color=style.COLORS[i],
            hatch=style.HATCHES[i],
            edgecolor="white",
            linewidth=0.3,
            label=label,
        )
        left = [a + b for a, b in zip(left, widths)]
    for i, (_, decided, undecided) in enumerate(shares.values()):
        axis.text(1.01, i, f"{decided:,.0f} + {undecided:,.0f} undecided", va="center")
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.grid(False)
    style.share_axis(axis.xaxis, "share of the decided")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncol=len(CLASSES))
    return figure


def main():
    parser = style.parser_of(
        __doc__, "spin", ("table", "table of `spindrift coverage --by side`")
    )
    options = parser.parse_args()
    style.save(draw(style.rows_to_draw(options.table, COLUMNS)), options.output)


if __name__ == "__main__":
    main()
