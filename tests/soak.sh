#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: soak.sh
#
# The drills of tests/fault in their long form, and their table, as it stands in
# docs/reliability.md: BUILD/soak/table.md. Takes hours, most of them for the
# month; DAYS=1 is a quarter of an hour. Environment: what the drills read, and
# MONTH_DIR, a directory on a disk with 40 GB of room (BUILD/soak).
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export SPINDRIFT=${SPINDRIFT:-$BUILD/spindrift}
export KILLS=${KILLS:-250} STATES=${STATES:-500} DAMAGES=${DAMAGES:-50}
export ERRORS=${ERRORS:-20} STOPS=${STOPS:-10} RACES=${RACES:-20}
export DAYS=${DAYS:-31} SUBNETS=${SUBNETS:-5000} DAY_KILLS=${DAY_KILLS:-3}
soak=$BUILD/soak
export MONTH_DIR=${MONTH_DIR:-$soak}
failed=0
rm -rf "$soak"
mkdir -p "$soak"

table() {
	echo "| drill | number | intervals acknowledged | lost | undetected |"
	echo "|---|---|---|---|---|"
	cat "$soak"/*.log | sed -n 's/^drill: \(.*\)$/| \1 |/p'
}

for drill in tests/fault/*; do
	[ -x "$drill" ] || continue
	name=$(basename "$drill")
	begin=$SECONDS
	if "$drill" >"$soak/$name.log" 2>&1 &&
		! grep -q '^not ok' "$soak/$name.log"; then
		echo "ok $name ($((SECONDS - begin)) s)"
	else
		echo "not ok $name ($((SECONDS - begin)) s)"
		tail -n 30 "$soak/$name.log" | sed 's/^/    /'
		failed=1
	fi
done
table >"$soak/table.md"
cat "$soak/table.md"
sed -n 's/^month: //p' "$soak"/*.log
exit "$failed"
