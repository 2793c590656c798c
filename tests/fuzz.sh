#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: fuzz.sh NAME...
#
# Runs each fuzzer for FUZZ_S seconds over a copy of its corpus; what crashes it
# stays below BUILD/fuzz/.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
seconds=${FUZZ_S:-60}
failed=0

for name in "$@"; do
	work=$build/fuzz/corpus/$name
	mkdir -p "$work"
	log=$build/fuzz/$name.log
	echo "fuzz $name for $seconds s"
	if "$build/fuzz/${name}_fuzz" -max_total_time="$seconds" \
		-artifact_prefix="$build/fuzz/$name-" -rss_limit_mb=2048 \
		-timeout=10 "$work" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		grep -a '^Done' "$log"
	else
		tail -n 30 "$log"
		failed=1
	fi
done
exit "$failed"
