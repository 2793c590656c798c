#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hilbert maps of a made-up campaign: the table against `percentiles`, the
pictures against the table, changes and steps against maps of their own.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import ipaddress
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
GENERATE = BUILD / "tests" / "isp_generate"
CAPTURE = ROOT / "tests/golden/demo/demo.pcap.gz"
LAN = ["--lan", "10.61.0.0/16"]
SVG = "{http://www.w3.org/2000/svg}"
PNG_START = b"\x89PNG\r\n\x1a\n"


def run(*arguments):
    done = subprocess.run(
        [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(text):
    lines = text.splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def table(*arguments):
    return rows(run("hilbert", "-q", "-t", *arguments))


def with_data(cells):
    return {row["prefix"]: row for row in cells if row["n_samples"] != "0"}


def picture(work, *arguments):
    """The root of the SVG that a call writes."""
    path = work / "picture.svg"
    run("hilbert", "-q", "-f", "-o", path, *arguments)
    return xml.etree.ElementTree.parse(path).getroot()


def tips(root):
    """Block to lines of the tooltip, of cells with samples."""
    texts = [group.find(SVG + "title") for group in root.iter(SVG + "g")]
    lines = [title.text.split("\n") for title in texts if title is not None]
    return {
        first.split(" ")[0]: rest for first, *rest in lines if rest != ["no samples"]
    }


def words(root):
    return [text.text for text in root.iter(SVG + "text")]


def table_is_that_of_percentiles(work):
    for key, name, options in (
        ("prefix:8", "a", []),
        ("prefix:16", "a", ["--prefix", 16]),
        ("prefix:0,11", "capture", ["--family", "ipv6"]),
        ("prefix:0,24", "capture", ["--within", "2000::/4", "--prefix", 24]),
    ):
        cells = with_data(table(*options, work / name))
        groups = {
            row["group"]: row
            for row in rows(run("percentiles", "-q", "-t", "--by", key, work / name))
            if row["source"] == "tcp_ts" and row["side"] == "wan"
        }
        groups.pop("0.0.0.0/0", None)
        assert cells and set(cells) == set(groups), key
        for prefix, cell in cells.items():
            for column in ("n_samples", "min_ns", "p50_ns", "p95_ns", "p99_ns"):
                assert cell[column] == groups[prefix][column], (prefix, column)


def grid_is_the_curve(work):
    """Neighbours in address are neighbours on the map, in every grid."""
    for options in (
        ["--prefix", 12],
        ["--within", "10.0.0.0/8", "--prefix", 20],
        ["--family", "ipv6", "--prefix", 13],
        ["--within", "2a00::/12", "--prefix", 22],
    ):
        cells = table(*options, work / "a")
        assert len(cells) == 4 ** round(len(cells).bit_length() / 2 - 0.5)
        networks = [ipaddress.ip_network(row["prefix"]) for row in cells]
        assert networks == sorted(networks)
        at = [(int(row["x"]), int(row["y"])) for row in cells]
        assert len(set(at)) == len(at)
        for (x, y), (next_x, next_y) in zip(at, at[1:]):
            assert abs(x - next_x) + abs(y - next_y) == 1


def picture_shows_the_table(work):
    root = picture(work, work / "a")
    cells = with_data(table(work / "a"))
    shown = tips(root)
    assert set(shown) == set(cells)
    for prefix, cell in cells.items():
        assert shown[prefix][0] == f"{int(cell['n_samples']):,} samples"
        names = [line.split(" ")[0] for line in shown[prefix][1:]]
        assert names == ["min", "p50", "p95", "p99", "mean"]
        assert f"{float(cell['p50_ns']) / 1e6:.0f}" in words(root)
    assert "no data" in words(root) and "special purpose" in words(root)


def thin_cells_are_hatched(work):
    counts = [int(c["n_samples"]) for c in with_data(table(work / "a")).values()]
    limit = sorted(counts)[len(counts) // 2]
    root = picture(work, "--min-samples", limit, work / "a")
    hatched = [
        rect for rect in root.iter(SVG + "rect") if rect.get("fill") == "url(#hatch)"
    ]
    # and once in the legend
    assert len(hatched) == 1 + sum(n < limit for n in counts)
    assert f"< {limit} samples" in words(root)
    thin = with_data(table("--min-samples", limit, work / "a"))
    for row in thin.values():
        assert (row["p50_ns"] == "-") == (int(row["n_samples"]) < limit)


def one_pixel_is_one_slash24(work):
    path = work / "fine.png"
    run("hilbert", "-q", "-f", "--prefix", 24, "-o", path, work / "a")
    start = path.read_bytes()[:24]
    assert start[:8] == PNG_START
    width, height = (int.from_bytes(start[i : i + 4], "big") for i in (16, 20))
    assert 4096 < width < 5200 and 4096 < height < 5200, (width, height)
    root = picture(work, "--prefix", 24, work / "a")
    blocks = {ipaddress.ip_network(prefix) for prefix in tips(root)}
    assert blocks and all(block.prefixlen == 24 for block in blocks)
    for rect in root.findall(f"{SVG}g/{SVG}g/{SVG}rect"):
        assert rect.get("width") == rect.get("height") == "1"


def change_is_that_of_two_maps(work):
    one, other = (with_data(table(work / name)) for name in ("a", "b"))
    changes = {row["prefix"]: row for row in table("--diff", work / "a", work / "b")}
    assert len(changes) == 256
    n_changed = 0
    for prefix, row in changes.items():
        a, b = one.get(prefix), other.get(prefix)
        assert row["n_samples_a"] == (a["n_samples"] if a else "0")
        assert row["value_b_ns"] == (b["value_ns"] if b else "-")
        if not a or not b:
            assert row["change_ns"] == row["ratio"] == "-"
            continue
        ns = int(a["value_ns"]), int(b["value_ns"])
        assert int(row["change_ns"]) == ns[1] - ns[0]
        assert abs(float(row["ratio"]) - ns[1] / ns[0]) < 1e-6
        n_changed += abs(ns[1] - ns[0]) > 20e6
    # One AS of the second world is 40 ms further away.
    assert n_changed == 1, n_changed
    back = {row["prefix"]: row for row in table("--diff", work / "b", work / "a")}
    for prefix, row in changes.items():
        if row["change_ns"] != "-":
            assert int(back[prefix]["change_ns"]) == -int(row["change_ns"])


def steps_are_maps_of_their_periods(work):
    steps = table("--animate", "6h", work / "b")
    times = sorted({row["time"] for row in steps})
    assert len(times) == 4 and len(steps) == 4 * 256
    for start, end in zip(times, times[1:]):
        alone = table("--from", start, "--to", end, work / "b")
        step = [row for row in steps if row["time"] == start]
        assert step == [{"time": start, **row} for row in alone]


def frames_are_one_scale(work):
    run("hilbert", "-q", "--animate", "6h", "-o", work / "frame.svg", work / "b")
    frames = sorted(work.glob("frame-*.svg"))
    assert [f.name[6:-4] for f in frames] == [
        f"20261202T{hour:02}0000Z" for hour in (0, 6, 12, 18)
    ]
    legends = set()
    for frame in frames:
        root = xml.etree.ElementTree.parse(frame).getroot()
        legends.add(tuple(w for w in words(root) if w[:1] in "\u2264\u2265"))
        assert tips(root)
    assert len(legends) == 1
    kept = frames[0].read_bytes()
    done = subprocess.run(
        [SPINDRIFT, "hilbert", "-q", "--animate", "6h"]
        + ["-o", work / "frame.svg", work / "b"],
        capture_output=True,
    )
    assert done.returncode == 1 and frames[0].read_bytes() == kept


def answers_do_not_depend_on_processes(work):
    for options in (
        [work / "a"],
        ["--animate", "1d", work / "a"],
        ["--diff", work / "a", work / "b"],
        ["--family", "ipv6", work / "capture"],
    ):
        texts = {
            run("hilbert", "-q", "-t", "--processes", n, *options) for n in (1, 2, 3)
        }
        assert len(texts) == 1


TESTS = [
    table_is_that_of_percentiles,
    grid_is_the_curve,
    picture_shows_the_table,
    thin_cells_are_hatched,
    one_pixel_is_one_slash24,
    change_is_that_of_two_maps,
    steps_are_maps_of_their_periods,
    frames_are_one_scale,
    answers_do_not_depend_on_processes,
]


def generate(work, name, *options):
    subprocess.run(
        [GENERATE, "-o", work / name, "--days", "1", "--step", "10min"]
        + ["--subnets", "60", "--incidents", "0", *options],
        check=True,
        capture_output=True,
    )


def main():
    failed = 0
    work = pathlib.Path(tempfile.mkdtemp(prefix="spindrift-maps."))
    try:
        generate(work, "a", "--gaps", "1")
        generate(work, "b", "--start", "2026-12-02", "--gaps", "0", "--shift", "3:40@0")
        run("replay", "-q", "-o", work / "capture", *LAN, CAPTURE)
        for test in TESTS:
            try:
                test(work)
                print(f"ok {test.__name__}")
            except AssertionError as error:
                failed += 1
                print(f"not ok {test.__name__}: {error}")
    finally:
        shutil.rmtree(work)
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
