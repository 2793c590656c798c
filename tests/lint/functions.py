#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that no C function is longer than LIMIT lines.

Relies on the formatting that clang-format has already checked: a function's
body opens and closes with a brace in the first column.
"""

import subprocess
import sys

LIMIT = 70


def long_functions(lines):
    """Yields (line number of the opening brace, length in lines)."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if line.rstrip() == "}" and number - start + 1 > LIMIT:
                yield start, number - start + 1
            start = None


def main():
    files = subprocess.run(
        ["scripts/files.sh", "c"], check=True, capture_output=True, text=True
    ).stdout.split()
    failed = False
    for path in files:
        with open(path, encoding="utf-8") as file:
            for number, length in long_functions(file):
                failed = True
                print(f"{path}:{number}: function of {length} lines, limit {LIMIT}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
