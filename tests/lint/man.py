#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the man pages: every command has a page with EXAMPLES, every option of
`spindrift COMMAND --help` stands in its page, and every option of the page is
in the help.
"""

import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))


def output(*command):
    return subprocess.run(
        command, capture_output=True, text=True, cwd=TOP, check=False
    ).stdout


def commands():
    """Names of the commands that `spindrift --help` lists."""
    names = []
    for line in output(BUILD / "spindrift", "--help").splitlines():
        found = re.match(r"^  ([a-z][a-z0-9-]+)\s{2,}\S", line)
        if found:
            names.append(found[1])
    return names


def help_options(text):
    """Options at the beginning of the help's lines."""
    options = set()
    for line in text.splitlines():
        found = re.match(r"^\s+(?:-(\w), )?\s*--([a-z0-9-]+)", line)
        if found:
            options |= {"--" + found[2]} | ({"-" + found[1]} if found[1] else set())
    return options


def page_options(path):
    """Options that the page's lists explain: `.It Fl t , -tsv`."""
    options = set()
    for line in path.read_text().splitlines():
        is_flag = False
        for word in line.split()[1:] if line.startswith(".It Fl") else []:
            if word == "Fl":
                is_flag = True
            elif re.fullmatch(r"[A-Z][a-z]", word):
                is_flag = False
            elif is_flag and word != ",":
                options.add("-" + word)
    return options


def check_command(name):
    for section in (1, 8):
        path = TOP / "man" / f"spindrift-{name}.{section}"
        if path.exists():
            break
    else:
        return [f"spindrift {name}: no page in man/"]
    program = [BUILD / "spindrift", name]
    if section == 8:
        program = [BUILD / f"spindrift-{name}"]
        if not (TOP / program[0]).exists():
            return []
    complaints = []
    helped = help_options(output(*program, "--help"))
    explained = page_options(path)
    where = path.relative_to(TOP)
    if not helped:
        complaints.append(f"spindrift {name} --help: lists no option")
    for option in sorted(helped - explained - {"-h", "--help"}):
        complaints.append(f"{where}: {option} is not explained")
    for option in sorted(explained - helped):
        complaints.append(f"{where}: {option} is not in the help")
    return complaints


def check_pages():
    complaints = []
    for path in sorted((TOP / "man").glob("*.[158]")):
        text = path.read_text()
        wanted = ["NAME", "DESCRIPTION", "SEE ALSO"]
        if path.suffix != ".5":
            wanted += ["SYNOPSIS", "EXIT STATUS", "EXAMPLES"]
        for section in wanted:
            if f"\n.Sh {section}\n" not in text:
                complaints.append(f"man/{path.name}: no section {section}")
        for name, number in re.findall(r"^\.Xr (spindrift\S*) (\d)", text, re.M):
            if not (TOP / "man" / f"{name}.{number}").exists():
                complaints.append(f"man/{path.name}: {name}({number}) is missing")
    return complaints


def main():
    names = commands()
    complaints = check_pages()
    if not names:
        complaints.append("spindrift --help: lists no command")
    for name in names:
        complaints += check_command(name)
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
