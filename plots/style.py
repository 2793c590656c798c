# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures have in common: reading a tool's TSV, looks, and saving."""
import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Okabe and Ito's colours stay apart for colour-blind readers and in grey.
MEDIAN, MEAN, P95 = "#0072B2", "#009E73", "#D55E00"
DOWN, UP = "#56B4E9", "#999999"
WIDTH_INCHES = 7.0
# In this order where a figure needs one source: sources are never mixed.
DEFAULT_SOURCES = ("tcp_ts", "epping")

plt.rcParams.update(
    {
        "font.family": "sans-serif",
        "font.size": 8,
        "axes.titlesize": 9,
        "axes.linewidth": 0.6,
        "axes.grid": True,
        "grid.linewidth": 0.3,
        "grid.color": "#cccccc",
        "lines.linewidth": 1.0,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "svg.fonttype": "none",
        "svg.hashsalt": "spindrift",
        "pdf.fonttype": 42,
    }
)


def fail(what):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {what}")


def read_table(path, needed):
    """The rows of a TSV file (- is stdin) as dicts; needed columns must exist."""
    try:
        with sys.stdin if path == "-" else open(path, newline="") as f:
            rows = csv.DictReader(f, delimiter="\t", strict=True)
            missing = [c for c in needed if c not in (rows.fieldnames or [])]
            if missing:
                fail(f"{path}: not the expected table: no column {missing[0]}")
            return list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{path}: cannot read: {error}")


def number(cell):
    """NaN where a cell does not apply (-) or lies above the histogram (>EDGE)."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


def pick_source(rows, wanted):
    """The rows of one source: the wanted one, or the first default one."""
    present = {row["source"] for row in rows} - {"-"}
    if not wanted:
        wanted = next((s for s in DEFAULT_SOURCES if s in present), None)
    if wanted not in present:
        names = ", ".join(sorted(present)) or "no samples"
        fail(f"source {wanted or 'tcp_ts'}: not in the table: it has {names}")
    return wanted, [row for row in rows if row["source"] == wanted]


def save(figure, output):
    """Writes OUTPUT, or OUTPUT.svg and OUTPUT.pdf if it has no such ending."""
    base, ending = os.path.splitext(output)
    if ending not in (".svg", ".pdf", ".png"):
        base, ending = output, None
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    for kind in [ending[1:]] if ending else ["svg", "pdf"]:
        path = f"{base}.{kind}"
        try:
            figure.savefig(path, metadata=undated[kind], dpi=150)
        except OSError as error:
            fail(f"{path}: cannot write: {error.strerror}")
        print(path)
    plt.close(figure)
