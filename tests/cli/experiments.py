#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner of experiments: what it runs, keeps, leaves out and says.

Prints `ok` and `not ok` lines and `N passed, N failed, N skipped`.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNNER = ROOT / "experiments" / "run"
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
os.environ["SPINDRIFT"] = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))

RUN = """#!/bin/sh
cd "$(dirname "$0")" && mkdir -p results
echo ran >>"../$(basename "$PWD").ran"
printf 'name\\tvalue\\nsize\\t%s\\n' "$SIZE" >results/t.tsv
"""
CHECK = """#!/bin/sh
cd "$(dirname "$0")"
echo "pass size: $(tail -n 1 results/t.tsv)"
echo "1 passed, 0 failed"
"""
FAILING = "#!/bin/sh\necho 'FAIL size: no'\necho '0 passed, 1 failed'\nexit 1\n"
INI = """[experiment]
question = What is %s?
time = 1 s
%s
[parameters]
size = 5
[large]
size = 50
"""


def make(directory, name, run=RUN, check=CHECK, more="rights = none"):
    own = directory / name
    own.mkdir()
    (own / "experiment.ini").write_text(INI % (name, more))
    for script, text in (("run", run), ("check", check)):
        (own / script).write_text(text)
        (own / script).chmod(0o755)
    return own


def call(directory, *arguments):
    return subprocess.run(
        [RUNNER, "--directory", directory, *arguments], capture_output=True, text=True
    )


def rows(directory):
    found = json.loads((directory / "results" / "summary.json").read_text())["rows"]
    return {row["experiment"]: row for row in found}


def n_runs(own):
    return own.with_suffix(".ran").read_text().count("ran")


def all_are_run_and_summed_up(directory):
    make(directory, "01-one")
    make(directory, "02-two")
    done = call(directory)
    assert done.returncode == 0, done
    assert done.stdout.endswith("2 passed, 0 failed, 0 left out\n"), done.stdout
    table = (directory / "results" / "summary.tsv").read_text().splitlines()
    assert len(table) == 3 and table[1].startswith("01-one\tpass\t1\t0\t"), table


def named_ones_are_run(directory):
    make(directory, "01-one")
    own = make(directory, "02-two")
    assert call(directory, "01").returncode == 0
    assert not own.with_suffix(".ran").exists() and list(rows(directory)) == ["01-one"]


def complete_results_are_kept(directory):
    own = make(directory, "01-one")
    for arguments, n, results in (
        ((), 1, "new"),
        ((), 1, "kept"),
        (("--again",), 2, "new"),
        (("-p", "size=6"), 3, "new"),
        (("-p", "size=6"), 3, "kept"),
        (("--large",), 4, "new"),
    ):
        assert call(directory, *arguments).returncode == 0
        assert n_runs(own) == n and rows(directory)["01-one"]["results"] == results


def what_changed_is_run_again(directory):
    own = make(directory, "01-one")
    call(directory)
    (own / "results" / "t.tsv").write_text("name\tvalue\nsize\t7\n")
    call(directory)
    assert n_runs(own) == 2
    (own / "run").write_text(RUN + "# another\n")
    call(directory)
    assert n_runs(own) == 3


def a_kept_result_is_checked_again(directory):
    own = make(directory, "01-one", check=FAILING)
    assert call(directory).returncode == 1
    done = call(directory)
    assert done.returncode == 1 and "FAIL size: no" in done.stdout, done
    row = rows(directory)["01-one"]
    assert row["outcome"] == "FAIL" and row["results"] == "kept" and n_runs(own) == 1


def provenance_is_kept(directory):
    own = make(directory, "01-one")
    call(directory, "-p", "size=9")
    record = json.loads((own / "results" / "run.json").read_text())
    assert record["identity"]["parameters"] == {"size": "9"}
    assert record["identity"]["source"]["spindrift"].startswith("spindrift ")
    assert len(record["identity"]["source"]["spindrift_sha256"]) == 64
    assert record["machine"]["kernel"] and record["machine"]["n_processors"] > 0
    assert set(record["results_sha256"]) == {"t.tsv"}
    table = json.loads((own / "results" / "t.json").read_text())
    assert table == [{"name": "size", "value": "9"}]


def what_cannot_run_is_left_out(directory):
    make(directory, "01-one")
    own = make(directory, "02-root", more="rights = root")
    make(directory, "03-tool", more="rights = none\nprograms = no-such-program")
    make(directory, "04-test", more="rights = none\ntests = no_such_test")
    done = call(directory, "--unprivileged")
    assert done.returncode == 0, done
    assert done.stdout.endswith("1 passed, 0 failed, 3 left out\n"), done.stdout
    assert "02-root: left out: needs root" in done.stdout
    assert "03-tool: left out: needs no-such-program" in done.stdout
    assert "04-test: left out: needs no_such_test: run make tests" in done.stdout
    assert not own.with_suffix(".ran").exists()


def nothing_that_ran_is_no_success(directory):
    make(directory, "02-root", more="rights = root")
    assert call(directory, "--unprivileged").returncode == 1


def a_failure_stops_no_other(directory):
    make(directory, "01-dies", run="#!/bin/sh\necho 'no luck' >&2\nexit 3\n")
    make(directory, "02-empty", run="#!/bin/sh\n")
    make(directory, "03-mute", check="#!/bin/sh\n")
    make(directory, "04-good")
    done = call(directory)
    assert done.returncode == 1
    assert done.stdout.endswith("1 passed, 3 failed, 0 left out\n"), done.stdout
    found = rows(directory)
    assert found["01-dies"]["note"] == "exit status 3: no luck"
    assert found["02-empty"]["note"] == "run left no table"
    assert found["03-mute"]["outcome"] == "error"


def what_takes_too_long_is_ended(directory):
    # Its children, too: the group is asked to end.
    run = "#!/bin/sh\nsleep 60 &\necho $! >$(dirname $0)/child\nwait\n"
    own = make(directory, "01-slow", run=run, more="rights = none\nlimit_s = 0.5")
    done = call(directory)
    assert done.returncode == 1 and "took longer than 0.5 s" in done.stdout, done
    child = int((own / "child").read_text())
    for _ in range(50):
        state = pathlib.Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("a child is left")


def what_was_interrupted_is_not_complete(directory):
    first = make(directory, "01-one")
    make(directory, "02-slow", run="#!/bin/sh\ntouch $(dirname $0)/on\nsleep 60\n")
    runner = subprocess.Popen(
        [RUNNER, "--directory", directory],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (directory / "02-slow" / "on").exists():
        assert runner.poll() is None
        time.sleep(0.05)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(timeout=30) == 130
    assert not (directory / "02-slow" / "results" / "run.json").exists()
    call(directory, "01")
    assert n_runs(first) == 1 and rows(directory)["01-one"]["results"] == "kept"


def wrong_usage_is_refused_in_one_line(directory):
    make(directory, "01-one")
    for arguments in (("07",), ("-p", "colour=red"), ("-p", "size")):
        done = call(directory, *arguments)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done


def the_list_has_rights_and_times(directory):
    make(directory, "01-one")
    line = call(directory, "--list").stdout.splitlines()[1]
    assert line.split() == "01-one none 1 s What is 01-one?".split(), line


def ours_can_be_read(directory):
    done = subprocess.run([RUNNER, "--list"], capture_output=True, text=True)
    assert done.returncode == 0 and "01-accuracy" in done.stdout, done
    listed = {line.split()[0] for line in done.stdout.splitlines()[1:]}
    there = {path.parent.name for path in (ROOT / "experiments").glob("*/run")}
    assert listed == there, (listed, there)


CLAIMS = (
    all_are_run_and_summed_up,
    named_ones_are_run,
    complete_results_are_kept,
    what_changed_is_run_again,
    a_kept_result_is_checked_again,
    provenance_is_kept,
    what_cannot_run_is_left_out,
    nothing_that_ran_is_no_success,
    a_failure_stops_no_other,
    what_takes_too_long_is_ended,
    what_was_interrupted_is_not_complete,
    wrong_usage_is_refused_in_one_line,
    the_list_has_rights_and_times,
    ours_can_be_read,
)


def main():
    n_failed = 0
    for claim in CLAIMS:
        with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
            try:
                claim(pathlib.Path(directory))
                print(f"ok {claim.__name__}")
            except (AssertionError, OSError, ValueError, KeyError) as error:
                n_failed += 1
                print(f"not ok {claim.__name__}: {error!r}")
    print(f"{len(CLAIMS) - n_failed} passed, {n_failed} failed, 0 skipped")
    return bool(n_failed)


if __name__ == "__main__":
    sys.exit(main())
