#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Formats every C file with clang-format and every Python file with black.
set -eu
cd "$(dirname "$0")/.."
scripts/files.sh c | xargs -r clang-format -i
scripts/files.sh python | xargs -r black -q -l 88
