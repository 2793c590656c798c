#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: check.sh [SUITE...]
#
# Runs the suites and adds them up. A test program prints TAP (`ok`, `not ok`)
# or ends with `N passed, N failed, N skipped`; one that dies, or runs nothing,
# counts as a failure. The output of each goes to BUILD/check/, and to the
# terminal when something in it failed.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export SPINDRIFT=${SPINDRIFT:-$BUILD/spindrift}
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

LIMIT_S=${LIMIT_S:-600} # of one test program: a hang is a failure
logs=$BUILD/check
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# Counts of a log: "passed failed skipped". The last summary line decides, and
# without one the TAP lines.
count_log() {
	awk '
	/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
		summary = $1 " " $3 " " $5
	}
	/^[ \t]*ok .*# *(skip|SKIP)/ { s++; next }
	/^[ \t]*ok / { p++ }
	/^[ \t]*not ok / { f++ }
	END { print summary ? summary : p + 0 " " f + 0 " " s + 0 }' "$1"
}

# run_program SUITE NAME COMMAND...
run_program() {
	local name=$1/$2 log=$logs/$1-$2.log status p f s begin=$SECONDS
	shift 2
	timeout --kill-after=10 "$LIMIT_S" "$@" >"$log" 2>&1 </dev/null
	status=$?
	read -r p f s < <(count_log "$log")
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		echo "not ok $name: exit status $status" >>"$log"
		f=1
	elif [ $((p + f + s)) -eq 0 ]; then
		echo "not ok $name: no test ran" >>"$log"
		f=1
	fi
	printf '%-36s %d passed, %d failed, %d skipped (%d s)\n' \
		"$name" "$p" "$f" "$s" $((SECONDS - begin))
	[ "$f" -eq 0 ] || tail -n 60 "$log" | sed 's/^/    /'
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# run_all SUITE FILE...: those of the files that are programs
run_all() {
	local suite=$1 file
	shift
	for file in "$@"; do
		if [ -f "$file" ] && [ -x "$file" ]; then
			run_program "$suite" "$(basename "$file")" "$file"
		fi
	done
}

skip_suite() {
	echo "$1: skipped: $2"
	skipped=$((skipped + 1))
}

why_not_privileged() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "needs root"
	elif [ ! -x "$BUILD/spindrift-collect" ]; then
		echo "spindrift-collect is not built"
	elif ! unshare -n true 2>/dev/null; then
		echo "network namespaces are not permitted here"
	elif ! bpftool prog show >/dev/null 2>&1; then
		echo "BPF is not permitted here"
	fi
}

run_fuzz_corpus() {
	local program name
	for program in "$BUILD"/tests/fuzz/*; do
		[ -x "$program" ] || continue
		name=$(basename "$program")
		run_program fuzz "$name" "$program" "tests/fuzz/corpus/$name"
	done
}

run_suite() {
	case $1 in
	unit) run_all unit "$BUILD"/tests/unit/* ;;
	differential) run_all differential "$BUILD"/tests/differential/* ;;
	fuzz) run_fuzz_corpus ;;
	*) run_all "$1" tests/"$1"/* ;;
	esac
}

suites=${*:-unit fuzz man cli golden archive fault differential netns kernel}
privileged=$(why_not_privileged)
left_out=
for suite in $suites; do
	case $suite in
	differential | netns)
		if [ -n "$privileged" ]; then
			left_out="$left_out $suite"
			continue
		fi
		;;
	esac
	run_suite "$suite"
done
[ -z "$left_out" ] || skip_suite "${left_out# }" "$privileged"
[ $((passed + failed)) -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
