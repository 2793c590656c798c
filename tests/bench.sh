#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every benchmark driver of tests/bench; numbers go to stdout.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0

for driver in tests/bench/*.sh; do
	[ -x "$driver" ] || continue
	echo "== ${driver##*/}"
	"$driver" || failed=1
done
exit "$failed"
