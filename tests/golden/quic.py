#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays the captures of quic/ and compares the tables with the slow reference,
sample counts exactly; and the reference's samples with what the network took.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`. The program
is $SPINDRIFT, or build/spindrift. quic/README.md tells of the captures.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = HERE / "quic"
SPINDRIFT = os.environ.get("SPINDRIFT", str(HERE.parent.parent / "build/spindrift"))
sys.path.insert(0, str(CAPTURES))

import evaluate  # noqa: E402
import reference  # noqa: E402

HOSTS = {"10.77.0.1/32": "client", "10.77.0.2/32": "server"}
SOURCES = ("quic_handshake", "quic_spin", "quic_spin_upper")
BULK = (
    "02_picoquic_bulk",
    "05_picoquic_jitter_reorder",
    "10_aioquic_loss",
    "14_aioquic_sat600",
    "23_picoquic_cidrenew",
)
# Handshakes of stacks in C: those in Python answer a millisecond or more late.
PROMPT = ("02_picoquic_bulk", "20_ngtcp2_bulk", "23_picoquic_cidrenew")
ROUNDING_NS = 1000
MEDIAN_RATIO = 0.02  # of a histogram's quantile
MAX_MEDIAN_ERROR = 0.15
MAX_P95_ERROR = 0.32
MAX_ABOVE_DOUBLE = 0.01
MIN_SAMPLES = 500  # of quic_spin, over all captures: 525 now


class Wrong(Exception):
    """What differs, in one line."""


def check(is_right, text):
    if not is_right:
        raise Wrong(text)


def run(*arguments):
    done = subprocess.run([SPINDRIFT, *map(str, arguments)], capture_output=True)
    text = done.stderr.decode(errors="replace").strip()
    check(done.returncode == 0, f"{arguments[0]}: exit {done.returncode}: {text}")
    return done.stdout.decode()


def replay(capture):
    """(side, source) -> row, of a capture replayed."""
    with tempfile.TemporaryDirectory() as directory:
        campaign = pathlib.Path(directory) / "campaign"
        run("replay", "-q", "-o", campaign, "--v4-prefix", "32", capture)
        run("verify", "-q", campaign)
        lines = run("percentiles", "-t", "--by", "subnet", campaign).splitlines()
    names = lines[0].split("\t")
    rows = (dict(zip(names, line.split("\t"))) for line in lines[1:])
    return {(HOSTS[row["group"]], row["source"]): row for row in rows}


class Case:
    def __init__(self, capture):
        self.name = capture.name.split(".")[0]
        self.truth = evaluate.Truth(json.loads(self.json_of(capture).read_text()))
        self.label = json.loads(self.json_of(capture).read_text())["label"]
        self.samples = reference.run(capture, "spindrift").samples
        self.capture = capture

    @staticmethod
    def json_of(capture):
        return capture.with_name(capture.name.split(".")[0] + ".json")

    def of(self, side, source):
        return [s for s in self.samples if s[2] == side and s[3] == source]

    def pairs(self):
        """(rtt_ns, true_ns) of the samples that end with a true edge."""
        return [
            (rtt_ns, true_ns)
            for time_ns, _, side, source, rtt_ns, _ in self.samples
            if source == "quic_spin" and (true_ns := self.truth.edge(time_ns, side))
        ]


def replay_gives_the_reference(case):
    rows = replay(case.capture)
    for side in evaluate.SIDES:
        for source in SOURCES:
            compare(f"{side} {source}", case.of(side, source), rows, (side, source))
        n_spin = len(case.of(side, "quic_spin"))
        n_bounds = int(rows.get((side, "quic_spin_bound"), {}).get("n_samples", 0))
        check(n_bounds == n_spin, f"{side}: {n_bounds} bounds, {n_spin} samples")


def compare(name, samples, rows, key):
    n = int(rows[key]["n_samples"]) if key in rows else 0
    check(n == len(samples), f"{name}: {n} samples, expected {len(samples)}")
    if not n:
        return
    rtts = sorted(sample[4] for sample in samples)
    for column, expected in (("min_ns", rtts[0]), ("max_ns", rtts[-1])):
        found = int(rows[key][column])
        allowed = max(ROUNDING_NS, expected >> 14)
        check(abs(found - expected) <= allowed, f"{name}: {column} {found}: {expected}")
    # Between the two nearest ranks, or by a bin away.
    low, high = rtts[(n - 1) // 2], rtts[n // 2]
    found = int(rows[key]["p50_ns"])
    check(
        low * (1 - MEDIAN_RATIO) <= found <= high * (1 + MEDIAN_RATIO),
        f"{name}: p50 {found}, expected {low} to {high}",
    )


def nothing_is_recorded_of(case):
    spin = [s for s in case.samples if s[3] != "quic_handshake"]
    check(not spin, f"{len(spin)} samples")


def idle_application_is_only_counted(case):
    for side in evaluate.SIDES:
        n = len(case.of(side, "quic_spin"))
        check(n == 0, f"{side}: {n} samples are recorded")
        n = len(case.of(side, "quic_spin_upper"))
        check(n >= 38, f"{side}: {n} upper bounds of 39 edges")


def median_is_that_of_the_wire(case):
    for side in evaluate.SIDES:
        rtts = [sample[4] for sample in case.of(side, "quic_spin")]
        check(rtts, f"{side}: no samples")
        ratio = evaluate.quantile(rtts, 0.5) / case.truth.median_ns(side) - 1
        check(abs(ratio) <= MAX_MEDIAN_ERROR, f"{side}: {100 * ratio:+.1f} %")


def handshake_is_that_of_the_wire(case):
    """The server's share contains its cryptography: only the client's side."""
    rtts = [sample[4] for sample in case.of("client", "quic_handshake")]
    check(rtts, "no samples")
    ratio = evaluate.quantile(rtts, 0.5) / case.truth.median_ns("client") - 1
    check(abs(ratio) <= MAX_MEDIAN_ERROR, f"{100 * ratio:+.1f} %")


def all_samples_are_near_the_truth(cases):
    pairs = [pair for case in cases for pair in case.pairs()]
    errors = [abs(rtt / true - 1) for rtt, true in pairs]
    check(len(pairs) >= MIN_SAMPLES, f"only {len(pairs)} samples")
    p95 = evaluate.quantile(errors, 0.95)
    check(p95 <= MAX_P95_ERROR, f"95 % of the errors are below {100 * p95:.1f} %")
    n = sum(rtt < true / 2 for rtt, true in pairs)
    check(n == 0, f"{n} samples are below half the truth")
    n = sum(rtt > 2 * true for rtt, true in pairs)
    check(n <= MAX_ABOVE_DOUBLE * len(pairs), f"{n} samples are above double")


def repeated_flight_is_ambiguous(case):
    """Of six handshakes two had their Initial sent again, after 200 ms."""
    rtts = [sample[4] for sample in case.of("server", "quic_handshake")]
    check(len(rtts) == 4, f"{len(rtts)} samples")
    check(max(rtts) < 100 * evaluate.MS, f"one of {max(rtts)} ns")


class Runner:
    def __init__(self):
        self.passed = self.failed = 0

    def test(self, name, function, subject):
        try:
            function(subject)
        except Wrong as wrong:
            self.failed += 1
            print(f"not ok {name}: {wrong}")
            return
        self.passed += 1
        print(f"ok {name}")


def main():
    runner = Runner()
    cases = [Case(path) for path in sorted(CAPTURES.glob("*.pcap.xz"))]
    for case in cases:
        name = case.name
        runner.test(
            f"{name}_replay_gives_the_reference", replay_gives_the_reference, case
        )
        if case.label.startswith(("greased", "constant", "handshake")):
            runner.test(f"{name}_nothing_is_recorded", nothing_is_recorded_of, case)
        if name in BULK:
            runner.test(f"{name}_median", median_is_that_of_the_wire, case)
        if name in PROMPT:
            runner.test(f"{name}_handshake", handshake_is_that_of_the_wire, case)
    by_name = {case.name: case for case in cases}
    idle, lossy = by_name["03_aioquic_applimited"], by_name["19_hs_loss"]
    runner.test(
        "idle_application_is_only_counted", idle_application_is_only_counted, idle
    )
    runner.test("repeated_flight_is_ambiguous", repeated_flight_is_ambiguous, lossy)
    runner.test("all_samples_are_near_the_truth", all_samples_are_near_the_truth, cases)
    print(f"{runner.passed} passed, {runner.failed} failed, 0 skipped")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
