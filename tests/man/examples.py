#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the EXAMPLES of the man pages as they stand there.

Each page gets a directory with the captures and campaigns that examples speak
of, `spindrift` in PATH, and the sample capture in the place of a live tshark.
Examples of collect run, until a signal, on idle interfaces of a network
namespace; they are skipped where that or BPF is not permitted. An example must
exit with 0.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
CAPTURE = TOP / "tests/golden/tcp_ts.pcap"
EPPING = TOP / "tests/golden/epping/epping_20s.jsonl"
LIVE_S = 3
# Open MPI's consent to ranks of root, and to more of them than processors
RANKS = [
    "OMPI_ALLOW_RUN_AS_ROOT",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
    "OMPI_MCA_rmaps_base_oversubscribe",
]
INTERFACES = ["eth0", "lan0", "wan0"]


def examples(path):
    """Command lines of a page: .Dl lines and literal blocks."""
    text = path.read_text().split("\n.Sh EXAMPLES\n", 1)[-1].split("\n.Sh ", 1)[0]
    lines = re.findall(r"^\.Dl (?:\$ )?(.*)$", text, re.M)
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S):
        lines += block.replace("\\e\n", "\\\n").replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip()]


def prepare(work):
    """What examples find: a campaign, captures, the program, a tshark."""
    programs = work / "bin"
    programs.mkdir()
    for name in ["spindrift", "spindrift-collect", "spindrift-mpi"]:
        if (BUILD / name).exists():
            (programs / name).symlink_to(BUILD / name)
    tshark = programs / "tshark"
    tshark.write_text(f"#!/bin/sh\ncat '{CAPTURE}'\n")
    tshark.chmod(0o755)
    shutil.copy(CAPTURE, work / "monday.pcap")
    subprocess.run(["gzip", "-k", "monday.pcap"], cwd=work, check=True)
    shutil.copy(CAPTURE, work / "2026-11-22-00.pcap.zst")
    subprocess.run(
        [BUILD / "spindrift", "replay", "-q", "-o", "campaign"]
        + ["--lan", "10.61.0.0/16", "monday.pcap"],
        cwd=work,
        check=True,
    )
    shutil.copytree(work / "campaign", work / "office")
    (work / "ipasn.dat").write_text("198.51.0.0/16\t64510\n2001:db8::/32\t64511\n")
    (work / "asnames.json").write_text('{"64510": "EXAMPLE"}')
    (work / "collect.conf").write_text(
        "[collect]\ninterface = eth0\noutput = roof\nlan = 192.0.2.0/24\n"
    )


def flatten(line):
    """A record as ePPing wrote it before 2023-10-17: rx and tx the other way."""
    record = json.loads(line)
    for ours, theirs in [("rx_stats", "tx"), ("tx_stats", "rx")]:
        stats = record.pop(ours, None)
        for unit in ["packets", "bytes"] if stats is not None else []:
            total = sum(counts.get(unit, 0) for counts in stats.values())
            record[f"{theirs}_{unit}"] = total
    return json.dumps(record) + "\n"


def prepare_import(work):
    """Output of ePPing in both layouts."""
    with open(EPPING, encoding="ascii") as lines:
        old = [flatten(line) for line in lines]
    (work / "early-2023.json").write_text("".join(old))
    subprocess.run(
        ["zstd", "-q", EPPING, "-o", "epping-1.json.zst"], cwd=work, check=True
    )


def prepare_running(work):
    """A campaign whose writer was killed has an open journal."""
    writer = subprocess.Popen(
        [BUILD / "tests/fault/fault_writer", "running", "2", "60000"],
        cwd=work,
        stdout=subprocess.PIPE,
    )
    writer.stdout.readline()
    writer.kill()
    writer.communicate()


def live_obstacle():
    if os.geteuid() != 0:
        return "needs root"
    if not (BUILD / "spindrift-collect").exists():
        return "spindrift-collect is not built"
    for probe in [["unshare", "-n", "true"], ["bpftool", "prog", "show"]]:
        if subprocess.run(probe, capture_output=True, check=False).returncode:
            return f"{probe[0]} is not permitted"
    return None


def ranks_obstacle(line):
    built = shutil.which("mpirun") and (BUILD / "spindrift-mpi").exists()
    if line.startswith("mpirun") and not built:
        return "Open MPI is not installed"
    return None


def wrap_live(line):
    links = "".join(
        f"ip link add {name} type veth peer name peer-{name} && "
        f"ip link set {name} up && "
        for name in INTERFACES
    )
    return (
        f"unshare -n sh -c '{links}exec timeout --preserve-status -s INT "
        f"{LIVE_S} {line}'"
    )


def run(line, work):
    """Returns what is wrong, or None."""
    environment = dict(os.environ, PATH=f"{work}/bin:{os.environ['PATH']}")
    environment |= {name: "1" for name in RANKS}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        return f"exit status {done.returncode}: {done.stderr.strip()[-200:]}"
    return None


def check_page(path, live):
    """Runs a page's examples; returns counts of passed, failed, skipped."""
    counts = [0, 0, 0]
    with tempfile.TemporaryDirectory(prefix="spindrift-man.") as name:
        work = pathlib.Path(name)
        prepare(work)
        prepare_import(work)
        prepare_running(work)
        for line in examples(path):
            is_live = line.startswith("spindrift collect")
            obstacle = live if is_live else ranks_obstacle(line)
            if obstacle:
                print(f"skipped {path.name}: {line}: {obstacle}")
                counts[2] += 1
                continue
            if " -o office " in line:
                shutil.rmtree(work / "office")
            problem = run(wrap_live(line) if is_live else line, work)
            counts[1 if problem else 0] += 1
            if problem:
                print(f"not ok {path.name}: {line}: {problem}")
            else:
                print(f"ok {path.name}: {line}")
    return counts


def main():
    live = live_obstacle()
    total = [0, 0, 0]
    for path in sorted((TOP / "man").glob("*.[18]")):
        counts = check_page(path, live)
        if not sum(counts):
            print(f"not ok {path.name}: no example")
            counts[1] += 1
        total = [a + b for a, b in zip(total, counts)]
    print("{} passed, {} failed, {} skipped".format(*total))
    return bool(total[1])


if __name__ == "__main__":
    sys.exit(main())
