# SPDX-License-Identifier: GPL-2.0-or-later
"""What experiments share: parameters, tables, spindrift's answers and claims."""

import configparser
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def die(text):
    print(text, file=sys.stderr)
    sys.exit(1)


def read_table(path):
    """Rows of a TSV with a header line, as dictionaries."""
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def write_table(path, rows):
    """The other way; complete or not there at all."""
    new = path.with_name(path.name + ".new")
    with open(new, "w", newline="") as stream:
        writer = csv.DictWriter(
            stream, rows[0].keys(), delimiter="\t", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)
    new.replace(path)


class Lab:
    """Of one experiment: where it is, its parameters, the programs it uses.

    A parameter is what the environment has under its name in capitals, else the
    value in experiment.ini.
    """

    def __init__(self, script):
        self.here = pathlib.Path(script).resolve().parent
        self.name = self.here.name
        self.results = self.here / "results"
        self.build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
        ini = configparser.ConfigParser(interpolation=None)
        ini.read(self.here / "experiment.ini")
        given = dict(ini["parameters"]) if "parameters" in ini else {}
        self.parameters = {
            key: os.environ.get(key.upper(), value) for key, value in given.items()
        }

    def number(self, name):
        try:
            return float(self.parameters[name])
        except ValueError:
            die(f"{self.name}: {name}: not a number: {self.parameters[name]}")

    def whole(self, name):
        return int(self.number(name))

    def words(self, name):
        return self.parameters[name].split()

    def program(self, name):
        """A test program of `make tests`."""
        path = self.build / "tests" / name
        if not os.access(path, os.X_OK):
            die(f"{self.name}: {path}: missing: run make tests first")
        return path

    def run(self, program, *arguments):
        """Standard output of a program that must succeed."""
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            die(f"{self.name}: {' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def spindrift(self, *arguments):
        name = os.environ.get("SPINDRIFT", "spindrift")
        program = shutil.which(name)
        if not program:
            die(f"{self.name}: {name}: not found: install it or set SPINDRIFT")
        return self.run(program, *arguments)

    def table(self, *arguments):
        """Rows of a question to spindrift."""
        lines = self.spindrift(*arguments, "-q", "-t").splitlines()
        names = lines[0].split("\t")
        return [dict(zip(names, line.split("\t"))) for line in lines[1:]]

    def scratch(self):
        return tempfile.TemporaryDirectory(prefix="spindrift-experiment.")

    def say(self, text):
        print(f"{self.name}: {text}", file=sys.stderr)

    def write(self, name, rows):
        self.results.mkdir(exist_ok=True)
        write_table(self.results / name, rows)
        print(self.results / name)

    def read(self, name):
        path = self.results / name
        if not path.is_file():
            die(f"{self.name}: results/{name}: missing: use run first")
        return read_table(path)


class Claims:
    """One line each, and whether all hold."""

    def __init__(self):
        self.passed = self.failed = 0

    def claim(self, name, holds, text):
        print(f"{'pass' if holds else 'FAIL'} {name}: {text}")
        self.passed += bool(holds)
        self.failed += not holds

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return int(self.failed > 0 or self.passed == 0)
