# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures have in common: their command line, reading the tools' tables,
colours and looks, and saving."""
import argparse
import csv
import datetime
import io
import json
import math
import os
import sys
import zoneinfo

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Okabe and Ito's colours stay apart for colour-blind readers; in grey, line
# styles, markers and hatches tell apart what they do not.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#999999",
)
MEDIAN, MEAN, P95, P99 = "#0072B2", "#009E73", "#D55E00", "#CC79A7"
DOWN, UP = "#56B4E9", "#999999"
SIDE_COLORS = {"lan": COLORS[0], "wan": COLORS[1], "-": COLORS[6]}
FAMILY_LINES = {"ipv4": "-", "ipv6": "--"}
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "oo", "++")
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
        "axes.axisbelow": True,
        "grid.linewidth": 0.3,
        "grid.color": "#cccccc",
        "hatch.linewidth": 0.5,
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


def parser_of(doc, output, *tables):
    """The command line that all figures have: tables, and where to draw."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, text in tables:
        parser.add_argument(name, help=f"{text}; TSV or JSON, - is stdin")
    parser.add_argument("-o", "--output", default=output, help="file, or base name")
    return parser


def add_source(parser):
    parser.add_argument("--source", help="default: tcp_ts, else epping")


def text_of(path):
    try:
        with sys.stdin if path == "-" else open(path, newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path}: cannot read: {error}")


def rows_of_json(path, text):
    """Objects as rows of a TSV: null is -, numbers are as they are written."""
    try:
        objects = json.loads(text, parse_int=str, parse_float=str)
        return [
            {name: "-" if cell is None else str(cell) for name, cell in row.items()}
            for row in objects
        ]
    except (ValueError, AttributeError, TypeError):
        fail(f"{path}: cannot read: neither TSV nor an array of objects in JSON")


def rows_of_tsv(path, text):
    try:
        rows = csv.DictReader(io.StringIO(text), delimiter="\t", strict=True)
        return rows.fieldnames or [], list(rows)
    except csv.Error as error:
        fail(f"{path}: cannot read: {error}")


def read_table(path, needed):
    """The rows of a TSV or JSON file (- is stdin) as dicts of texts; needed
    columns must exist."""
    text = text_of(path)
    if text.lstrip().startswith("["):
        rows = rows_of_json(path, text)
        names = list(rows[0]) if rows else needed
    else:
        names, rows = rows_of_tsv(path, text)
    missing = [c for c in needed if c not in names]
    if missing:
        fail(f"{path}: not the expected table: no column {missing[0]}")
    return rows


def rows_to_draw(path, needed):
    """The same, where a table without rows has no figure."""
    rows = read_table(path, needed)
    if not rows:
        fail(f"{path}: nothing to draw: the table is empty")
    return rows


def number(cell):
    """NaN where a cell does not apply (-) or lies above the histogram (>EDGE)."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


def milliseconds(cell):
    return number(cell) / 1e6


def parse_time(text):
    try:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        fail(f"time {text}: not ISO 8601")
    return time.replace(tzinfo=time.tzinfo or datetime.timezone.utc)


def zone_of(name):
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        fail(f"--tz {name}: no such time zone")


def pick_source(rows, wanted):
    """The rows of one source: the wanted one, or the first default one."""
    present = {row["source"] for row in rows} - {"-"}
    if not wanted:
        wanted = next((s for s in DEFAULT_SOURCES if s in present), None)
    if wanted not in present:
        names = ", ".join(sorted(present)) or "no samples"
        fail(f"source {wanted or 'tcp_ts'}: not in the table: it has {names}")
    return wanted, [row for row in rows if row["source"] == wanted]


def ordered(values, first):
    """Each value once, those of `first` in their order before the others."""
    present = dict.fromkeys(values)
    return [v for v in first if v in present] + [v for v in present if v not in first]


def share_axis(axis, what="share"):
    """An axis of 0 to 1, in percent."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:.10g} %")
    axis.set_label_text(what)


def log_ms_axis(axis, label="RTT (ms)"):
    axis.axes.set_xscale("log")
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_label_text(label)


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
