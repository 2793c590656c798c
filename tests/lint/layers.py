#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that a file includes only what stands before it in the data flow.

core < bpf < lib < collector, archive, analysis < cmd, and import after collector.
Prints one line per violation; exit status 1 when there are any.
`layers.py --self-test` shows that each rule can fail.
"""

import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]

# What each directory may include from the project.
ALLOWED = {
    "core": {"core"},
    "bpf": {"core", "bpf"},
    "lib": {"core", "lib"},
    "collector": {"core", "bpf", "lib", "collector"},
    "import": {"core", "lib", "collector", "import"},
    "archive": {"core", "lib", "archive"},
    "analysis": {"core", "lib", "analysis"},
    "mpi": {"core", "lib", "analysis", "mpi"},
    "cmd": {"core", "lib", "collector", "import", "archive", "analysis", "cmd"},
}
CORE_SYSTEM = {"linux/types.h", "stdbool.h", "stddef.h"}
# System headers that only some files may use.
RESERVED = [
    (re.compile(r"gsl/"), re.compile(r"analysis/")),
    (re.compile(r"cairo"), re.compile(r"analysis/(hilbert|canvas)")),
    (re.compile(r"maxminddb"), re.compile(r"analysis/as_table_mmdb")),
    (re.compile(r"bpf/"), re.compile(r"bpf/|collector/live_|cmd/spindrift_collect")),
    (re.compile(r"lzma\.h"), re.compile(r"collector/")),
    (re.compile(r"yajl/"), re.compile(r"import/")),
    (re.compile(r"hdf5"), re.compile(r"lib/|analysis/verify")),
    (re.compile(r"mpi\.h"), re.compile(r"mpi/")),
    (re.compile(r"pcap"), re.compile(r"$^")),
]
GENERATED = {"spindrift.skel.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def check_project_include(path, name):
    """path and name relative to the top; returns a complaint or None."""
    if name in GENERATED:
        if path.startswith("collector/live_"):
            return None
        return "only collector/live_*.c may include the skeleton"
    # As the compiler looks for it: beside the file, then from the top (-I.).
    target = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if target.split("/")[0] not in ALLOWED or not (TOP / target).exists():
        target = os.path.normpath(name)
    own, other = path.split("/")[0], target.split("/")[0]
    if other not in ALLOWED:
        return f'"{name}" belongs to no layer'
    if other not in ALLOWED[own]:
        return f'{own}/ must not include {other}/ ("{name}")'
    return None


def check_system_include(path, name):
    if path.startswith("core/") and name not in CORE_SYSTEM:
        return f"core/ may include only {', '.join(sorted(CORE_SYSTEM))}, not <{name}>"
    for header, users in RESERVED:
        if header.match(name) and not users.match(path):
            return f"<{name}> belongs to another layer"
    return None


def check_text(path, text):
    complaints = []
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        check = check_system_include if found[1] == "<" else check_project_include
        complaint = check(path, found[2])
        if complaint:
            complaints.append(f"{path}:{number}: {complaint}")
    return complaints


def self_test():
    bad = [
        ("core/x.h", "#include <stdio.h>"),
        ("core/x.h", '#include "../lib/cli.h"'),
        ("lib/x.c", '#include "../analysis/quantile.h"'),
        ("analysis/x.c", '#include "../collector/stream.h"'),
        ("collector/x.c", '#include "../analysis/quantile.h"'),
        ("archive/x.c", '#include "../analysis/quantile.h"'),
        ("archive/x.c", '#include "../collector/stream.h"'),
        ("collector/x.c", '#include "../import/import.h"'),
        ("collector/x.c", "#include <yajl/yajl_parse.h>"),
        ("archive/x.c", "#include <hdf5.h>"),
        ("analysis/x.c", '#include "../archive/rollup.h"'),
        ("lib/x.c", '#include "../archive/rollup.h"'),
        ("collector/replay.c", "#include <bpf/libbpf.h>"),
        ("collector/drain.c", '#include "spindrift.skel.h"'),
        ("lib/x.c", "#include <gsl/gsl_math.h>"),
        ("lib/x.c", '#include "../../../etc/passwd"'),
    ]
    missed = [case for case in bad if not check_text(*case)]
    for path, line in missed:
        print(f"layers.py: accepts {line} in {path}")
    return bool(missed)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    complaints = []
    for directory in ALLOWED:
        for path in sorted((TOP / directory).glob("**/*.[ch]")):
            name = path.relative_to(TOP).as_posix()
            complaints += check_text(name, path.read_text())
    for path in sorted((TOP / "plots").glob("*.py")):
        if re.search(r"^\s*(import|from) h5py", path.read_text(), re.M):
            complaints.append(f"{path.relative_to(TOP)}: plots read TSV only")
    print("\n".join(complaints), end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
