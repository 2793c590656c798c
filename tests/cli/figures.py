#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures of plots/ show: their lines, bars and cells against the
tables of the commands that they were drawn from, of a made-up campaign and of
captures. No pixels are compared.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import contextlib
import csv
import io
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
GENERATE = BUILD / "tests" / "isp_generate"
GOLDEN = ROOT / "tests" / "golden"
QUIC = ("02_picoquic_bulk", "07_picoquic_srv_null", "25_quinn_grease")
os.environ.setdefault("MPLCONFIGDIR", str(BUILD / "matplotlib"))
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "plots"))

try:
    import as_boxes
    import as_grid
    import coverage
    import correlation
    import correlation_step
    import ecdf
    import ecn
    import hilbert8
    import histogram
    import incident
    import protocols
    import season
    import spin
    import spin_tcp
    import style
    import subnet_ecdf
    import week
except ImportError as error:
    print(f"skipped figures: {error}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def run(*arguments):
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(command, *arguments):
    text = run(command, "-q", "-t", *arguments)
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def is_near(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))


def lines_of(axis):
    return {line.get_label(): line for line in axis.get_lines()}


def protocols_fill_their_bars(work):
    rows = table("traffic", work / "capture")
    (axis,) = protocols.draw(rows).axes
    ends = {}
    for bar in axis.patches:
        ends.setdefault(round(bar.get_y(), 3), []).append(bar.get_x() + bar.get_width())
    assert len(ends) == 6 and all(is_near(max(e), 1) for e in ends.values())
    wanted = [
        float(r["bytes_ratio"])
        for r in rows
        if (r["section"], r["side"], r["family"]) == ("class", "lan", "ipv4")
    ]
    first = [c.patches[0].get_width() for c in axis.containers]
    assert all(is_near(a, b) for a, b in zip(first, wanted)), (first, wanted)


def ecn_is_shares_of_a_direction(work):
    made = [
        {"section": "ecn", "side": "wan", "family": "ipv4", "item": item}
        | {"rx_packets": rx, "tx_packets": tx}
        for item, rx, tx in (
            ("not_ect", "90", "5"),
            ("ect0", "9", "5"),
            ("ect1", "0", "0"),
            ("ce", "1", "0"),
        )
    ]
    (axis,) = ecn.draw(made).axes
    heights = [[bar.get_height() for bar in c] for c in axis.containers]
    assert heights == [[0.9, 0.09, 0.0, 0.01], [0.5, 0.5, 0.0, 0.0]], heights
    axes = ecn.draw(table("traffic", work / "capture")).axes
    assert len(axes) == 3
    assert all(axis.containers[0][0].get_height() == 1 for axis in axes)


def coverage_is_the_distribution(work):
    rows = table("coverage", "--distribution", work / "capture")
    (axis,) = coverage.draw(rows).axes
    line = lines_of(axis)["WAN, 32 subnets"]
    points = list(zip(line.get_xdata(), line.get_ydata()))
    for row in rows:
        if row["side"] == "wan":
            point = float(row["value_ratio"]), float(row["ecdf_ratio"])
            assert point in points, point


def histogram_areas_are_shares(work):
    rows = table("hist", work / "a")
    percentiles = table("percentiles", "--by", "side-family", work / "a")
    figure = histogram.draw(rows, percentiles, None)
    assert [a.get_title("left").split(",")[0] for a in figure.axes] == [
        "LAN IPv4",
        "WAN IPv4",
    ]
    for axis, side in zip(figure.axes, ("lan", "wan")):
        area = sum(
            bar.get_height() * math.log10((bar.get_x() + bar.get_width()) / bar.get_x())
            for bar in axis.patches
        )
        assert is_near(area, 1), area
        (row,) = [
            r for r in percentiles if (r["side"], r["source"]) == (side, "tcp_ts")
        ]
        at = sorted(line.get_xdata()[0] for line in axis.get_lines())
        wanted = [float(row[c]) / 1e6 for c in ("p50_ns", "p95_ns", "p99_ns")]
        assert all(is_near(a, b) for a, b in zip(at, wanted)), (at, wanted)


def samples_above_the_edge_are_told(work):
    row = {"group": "ipv4", "side": "wan", "source": "tcp_ts", "n_samples": "1"}
    rows = [
        row | {"low_ns": "1000000", "high_ns": "2000000", "samples_ratio": "0.75"},
        row | {"low_ns": "17179869184", "high_ns": "-", "samples_ratio": "0.25"},
    ]
    (axis,) = histogram.draw(rows, [], None).axes
    assert len(axis.patches) == 1 and axis.get_title("right") == "25 % above"


def ecdf_has_a_curve_per_side_and_family(work):
    rows = table("ecdf", work / "capture")
    (axis,) = ecdf.draw(rows, None).axes
    lines = lines_of(axis)
    assert list(lines) == ["LAN IPv4", "WAN IPv4", "WAN IPv6"]
    line = lines["WAN IPv6"]
    wanted = [
        (float(r["value_ns"]) / 1e6, float(r["ecdf_ratio"]))
        for r in rows
        if (r["group"], r["side"], r["source"]) == ("ipv6", "wan", "tcp_ts")
    ]
    assert list(zip(line.get_xdata(), line.get_ydata())) == wanted
    assert line.get_linestyle() != lines["WAN IPv4"].get_linestyle()
    (axis,) = ecdf.draw(table("ecdf", "--eccdf", work / "capture"), None).axes
    assert axis.get_yscale() == "log"
    assert min(axis.get_lines()[0].get_ydata()) > 0


def subnets_have_a_curve_and_the_global_value(work):
    rows = table("subnets", "--distribution", work / "a")
    figure = subnet_ecdf.draw(rows, None)
    titles = [axis.get_title("left") for axis in figure.axes[:7]]
    assert titles == list(subnet_ecdf.STATISTICS.values())
    for axis, statistic in zip(figure.axes, subnet_ecdf.STATISTICS):
        (curve, marker) = axis.get_lines()[-2:]
        own = [r for r in rows if (r["side"], r["statistic"]) == ("wan", statistic)]
        groups = [r for r in own if r["kind"] == "groups"]
        assert curve.get_xdata()[-1] == float(groups[-1]["value_ns"]) / 1e6
        assert curve.get_ydata()[-1] == 1
        (whole,) = [r for r in own if r["kind"] == "global"]
        assert marker.get_xdata()[0] == float(whole["value_ns"]) / 1e6
        assert marker.get_ydata()[0] == float(whole["ecdf_ratio"])


def week_has_gaps_and_marginals(work):
    rows = table("series", "--step", "10min", work / "a")
    figure = week.draw(rows, None, style.zone_of("UTC"))
    assert len(figure.axes) == 8
    axis, marginal = figure.axes[:2]
    line = lines_of(axis)["RTT median"]
    values = [v for v in line.get_ydata() if not math.isnan(v)]
    medians = [
        float(r["p50_ns"]) / 1e6
        for r in rows
        if (r["side"], r["source"]) == ("lan", "tcp_ts")
    ]
    assert values == medians
    assert any(math.isnan(v) for v in line.get_ydata()), "the gap is drawn over"
    assert len(marginal.patches) == 3


def incident_shows_what_happened(work):
    rows = table("series", "--step", "10min", "--side", "wan", work / "a")
    mark = incident.parse_mark("2026-11-02T06:00Z/2026-11-02T07:00Z")
    figure = incident.draw(rows, "wan", None, [mark], style.zone_of("UTC"))
    counts = [v for v in figure.axes[1].get_lines()[0].get_ydata() if not math.isnan(v)]
    assert [round(v) for v in counts] == [
        int(r["n_samples"]) for r in rows if r["source"] == "tcp_ts"
    ]
    assert {"p50", "p95"} <= set(lines_of(figure.axes[0]))
    assert len(figure.axes[2].patches) == 1


def maps_show_four_statistics(work):
    rows = table("percentiles", "--by", "slash8", work / "a")
    what, cells = hilbert8.cells_of_percentiles(rows, None, None)
    options = type("Options", (), {"colors": "YlOrRd", "min_samples": 1})
    figure = hilbert8.draw(cells, what, options)
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles == ["minimum", "median", "95th percentile", "99th percentile"]
    for axis, column in zip(figure.axes, ("min_ns", "p50_ns", "p95_ns", "p99_ns")):
        texts = [t.get_text() for t in axis.texts]
        assert len(axis.patches) == 256 and len(texts) == 256 + len(cells)
        for row in cells.values():
            ms = float(row[column]) / 1e6
            assert (f"{ms:.1f}" if ms < 10 else f"{ms:.0f}") in texts


def spin_shares_are_of_the_decided(work):
    rows = table("coverage", "--by", "side", *(work / name for name in QUIC))
    (axis,) = spin.draw(rows).axes
    (row,) = [r for r in rows if r["side"] == "lan"]
    names = [f"{name}_packets" for name in spin.CLASSES]
    total = sum(int(row[name]) for name in names)
    bars = [c.patches[1].get_width() for c in axis.containers]
    assert all(is_near(b, int(row[n]) / total) for b, n in zip(bars, names))
    assert f"{total:,} + " in axis.texts[1].get_text()


def spin_and_tcp_meet_in_a_subnet(work):
    row = {"side": "wan", "group": "192.0.2.0/24"}
    rows = [
        row | {"source": "tcp_ts", "n_samples": "50", "p50_ns": "10000000"},
        row | {"source": "quic_spin", "n_samples": "50", "p50_ns": "15000000"},
        row
        | {"group": "198.51.100.0/24", "source": "tcp_ts"}
        | {"n_samples": "50", "p50_ns": "10000000"},
        row
        | {"group": "198.51.100.0/24", "source": "quic_spin"}
        | {"n_samples": "9", "p50_ns": "10000000"},
    ]
    (axis,) = spin_tcp.draw(rows, "quic_spin", "tcp_ts", 10).axes
    (points,) = axis.collections
    assert points.get_offsets().tolist() == [[10.0, 15.0]]
    assert points.get_label() == "WAN: 1 subnets, median ratio 1.50"


def correlation_is_the_matrix(work):
    rows = table("correlate", "--step", "10min,1h", work / "a")
    figure = correlation.draw(rows, None, "spearman")
    axis = figure.axes[0]
    assert axis.get_title("left") == "LAN, steps of 10 min"
    values = axis.images[0].get_array().tolist()
    row = rows[0]
    assert (row["load"], row["statistic"]) == ("down_bytes", "min")
    assert is_near(values[0][0], float(row["spearman"]))
    # Of one day there is no interval: nothing is sure.
    assert axis.texts[0].get_text()[0] == "("
    # What could not be told has no number.
    bare = dict(row, spearman="-", spearman_low="-", spearman_high="-")
    axis = correlation.draw([bare, rows[1]], None, "spearman").axes[0]
    assert len(axis.texts) == 1


def correlation_goes_with_the_step(work):
    rows = table("correlate", "--step", "10min,30min,1h", work / "a")
    figure = correlation_step.draw(rows, None, "up_bytes")
    line = lines_of(figure.axes[1])["p95"]
    assert list(line.get_xdata()) == [600, 1800, 3600]
    wanted = [
        float(r["spearman"])
        for r in rows
        if (r["side"], r["load"], r["statistic"]) == ("wan", "up_bytes", "p95")
    ]
    assert list(line.get_ydata()) == wanted


def season_is_a_week_of_hours(work):
    rows = table("trend", "--table", "season", work / "a")
    figure = season.draw(rows, None)
    assert [a.get_title("left") for a in figure.axes[:2]] == [
        "LAN, tcp_ts",
        "WAN, tcp_ts",
    ]
    week = figure.axes[0].images[0].get_array().filled(math.nan).tolist()
    assert len(week) == 7 and {len(day) for day in week} == {24}
    for row in rows:
        if row["side"] == "lan":
            value = week[season.WEEKDAYS.index(row["weekday"])][int(row["hour"])]
            wanted = style.milliseconds(row["usual_ns"])
            assert is_near(value, wanted) or math.isnan(value) == math.isnan(wanted)
    # A day was made: a Monday.
    assert not math.isnan(week[0][5]) and math.isnan(week[3][5])


def rows_of_ases():
    """Two AS with all percentiles, one whose p99 lies above the histogram."""
    percentiles = ("min_ns", "p1_ns", "p25_ns", "p50_ns", "p75_ns", "p95_ns", "p99_ns")
    return [
        {"group": f"AS{64500 + i}", "name": "-", "side": "wan", "source": "tcp_ts"}
        | {"down_ratio": f"0.{5 - i}", "up_ratio": "0.1", "as_snapshot": "2026-11-01"}
        | {
            column: str(10_000_000 * (i + 1) * (j + 1))
            for j, column in enumerate(percentiles)
        }
        | ({"p99_ns": ">17179869184"} if i == 2 else {})
        for i in range(3)
    ]


def ases_have_bars_and_boxes(work):
    figure = as_boxes.draw(rows_of_ases(), "wan")
    bars, boxes = figure.axes
    assert [bar.get_width() for bar in bars.containers[0]] == [0.5, 0.4, 0.3]
    assert [t.get_text() for t in bars.get_yticklabels()] == [
        "AS64500",
        "AS64501",
        "AS64502",
    ]
    # The third has no box: one whisker would be missing.
    assert len(boxes.patches) == 2
    edges = boxes.patches[1].get_path().vertices[:, 0]
    assert (edges.min(), edges.max()) == (60.0, 100.0)


def ases_have_a_place_in_all_grids(work):
    figure = as_grid.draw(rows_of_ases(), "wan")
    texts = [[t.get_text() for t in axis.texts] for axis in figure.axes[:4]]
    assert texts[1] == ["64500", "40", "64501", "80", "64502", "120"]
    assert texts[3] == ["64500", "70", "64501", "140", "64502"]
    places = [[t.get_position()[0] for t in axis.texts] for axis in figure.axes[:4]]
    assert places[0][::2] == places[1][::2] == [0.5, 1.5, 0.5]


def json_draws_the_same(work):
    path = work / "traffic"
    tables = []
    for form in ("-t", "-j"):
        path.write_text(run("traffic", "-q", form, work / "a"))
        tables.append(style.read_table(str(path), protocols.COLUMNS))
    assert tables[0] == tables[1]


def call(figure, *arguments):
    """A figure as a command: None, or the line with which it refuses."""
    sys.argv = [figure.__file__, *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            figure.main()
    except SystemExit as end:
        return end.code
    return None


def every_figure_is_written_and_refuses(work):
    """SVG with its text, PDF, and one line for another table."""
    path = work / "table.tsv"
    for figure, arguments in (
        (protocols, ["traffic", work / "capture"]),
        (ecn, ["traffic", work / "capture"]),
        (coverage, ["coverage", "--distribution", work / "capture"]),
        (ecdf, ["ecdf", work / "capture"]),
        (subnet_ecdf, ["subnets", "--distribution", work / "a"]),
        (week, ["series", "--step", "10min", work / "a"]),
        (incident, ["series", "--step", "10min", work / "a"]),
        (spin, ["coverage", "--by", "side", *(work / name for name in QUIC)]),
        (season, ["trend", "--table", "season", work / "a"]),
        (correlation, ["correlate", work / "a"]),
        (correlation_step, ["correlate", work / "a"]),
    ):
        out = work / figure.__name__
        path.write_text(run(*arguments, "-q", "-t"))
        assert call(figure, path, "-o", out) is None
        assert out.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-"
        assert "<text" in out.with_suffix(".svg").read_text()
        for bad in ("colour\tn\nred\t1\n", "", "[1, 2]", "[]", "[{}"):
            path.write_text(bad)
            line = call(figure, path, "-o", out)
            assert str(path) in str(line) and "\n" not in line, (out, bad, line)


def one_command_draws_all_of_them(work):
    """`make figures` of a day: a picture of every figure that there is."""
    environment = dict(os.environ, SPINDRIFT=SPINDRIFT, BUILD=str(work))
    environment |= {"DAYS": "1", "SUBNETS": "40"}
    (work / "tests").mkdir()
    (work / "tests" / "isp_generate").symlink_to(GENERATE)
    done = subprocess.run(
        [ROOT / "tests/synthetic/month.sh"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    written = {path.stem for path in (work / "figures").glob("*.pdf")}
    scripts = {path.stem for path in (ROOT / "plots").glob("*.py")}
    renamed = {"hilbert8": "maps", "week": "week1", "incident": "incident1"}
    wanted = {renamed.get(name, name) for name in scripts - {"style"}}
    assert wanted <= written, wanted - written


def figures_are_of_this_campaign(work):
    """Intervals of 25 min in a directory with the figures of another campaign:
    steps that fit them, and nothing of the other where there are no data."""
    campaign, out = work / "coarse", work / "coarse.figures"
    options = ["--days", "3", "--subnets", "16", "--step", "25min"]
    subprocess.run([GENERATE, "-o", campaign, *options], check=True)
    (out / "tables").mkdir(parents=True)
    for name in ("spin_tcp.svg", "spin_tcp.pdf"):
        (out / name).write_text("of another campaign")
    done = subprocess.run(
        [ROOT / "plots/figures.sh", campaign, out],
        env=dict(os.environ, SPINDRIFT=SPINDRIFT),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done
    for name in ("week1", "correlation", "correlation_step"):
        assert (out / f"{name}.pdf").exists(), done.stderr
    assert not list(out.glob("spin_tcp.*"))


TESTS = [
    protocols_fill_their_bars,
    ecn_is_shares_of_a_direction,
    coverage_is_the_distribution,
    histogram_areas_are_shares,
    samples_above_the_edge_are_told,
    ecdf_has_a_curve_per_side_and_family,
    subnets_have_a_curve_and_the_global_value,
    week_has_gaps_and_marginals,
    incident_shows_what_happened,
    maps_show_four_statistics,
    spin_shares_are_of_the_decided,
    spin_and_tcp_meet_in_a_subnet,
    correlation_is_the_matrix,
    correlation_goes_with_the_step,
    season_is_a_week_of_hours,
    ases_have_bars_and_boxes,
    ases_have_a_place_in_all_grids,
    json_draws_the_same,
    every_figure_is_written_and_refuses,
    one_command_draws_all_of_them,
    figures_are_of_this_campaign,
]


def prepare(work):
    subprocess.run(
        [GENERATE, "-o", work / "a", "--days", "1", "--step", "10min"]
        + ["--subnets", "60", "--gaps", "1"],
        check=True,
        capture_output=True,
    )
    lan = ["--lan", "10.61.0.0/16"]
    run("replay", "-q", "-o", work / "capture", *lan, GOLDEN / "demo/demo.pcap.gz")
    for name in QUIC:
        host = ["--lan", "10.77.0.1/32", "--v4-prefix", "32"]
        capture = GOLDEN / "quic" / f"{name}.pcap.xz"
        run("replay", "-q", "-o", work / name, *host, *lan, capture)


def main():
    failed = 0
    work = pathlib.Path(tempfile.mkdtemp(prefix="spindrift-figures."))
    try:
        prepare(work)
        for test in TESTS:
            try:
                test(work)
                print(f"ok {test.__name__}")
            except AssertionError as error:
                failed += 1
                print(f"not ok {test.__name__}: {error}")
            style.plt.close("all")
    finally:
        shutil.rmtree(work)
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
