#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A writer is killed again and again, at any moment, also while it seals:
# every interval that it acknowledged must be there afterwards, once.
set -u
build=${BUILD:-build}
spindrift=${SPINDRIFT:-$build/spindrift}
writer=$build/tests/fault/fault_writer
kills=${KILLS:-12}
# A kill is not a power cut: memory will do, and is quick.
work=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)" spindrift-kill.XXXXXX)
trap 'rm -rf "$work"' EXIT
failed=0

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
	fi
}

touch "$work/acknowledged"
for ((i = 0; i < kills; i++)); do
	n=$(wc -l <"$work/acknowledged")
	"$writer" "$work/c" 100000 10 >>"$work/acknowledged" 2>>"$work/log" &
	pid=$!
	# Every third time it may still be starting, or recovering.
	for ((wait = 0; i % 3 && wait < 200; wait++)); do
		[ "$(wc -l <"$work/acknowledged")" -eq "$n" ] || break
		sleep 0.05
	done
	sleep "0.$(printf '%03d' $((RANDOM % 300)))"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
done
# The last line may be torn by the kill.
grep -E '^[0-9]{10}$' "$work/acknowledged" | sort -u >"$work/expected"

# Readers see it all before any recovery.
"$spindrift" series -t --step 10min "$work/c" >"$work/before.tsv" 2>>"$work/log"
check reading_after_kills_works test $? -eq 0
"$writer" "$work/c" 3 0 >>"$work/acknowledged" 2>>"$work/log"
check writer_recovers test $? -eq 0
check journals_are_sealed test -z "$(ls "$work/c/journal")"
check no_temporary_is_left test -z "$(find "$work/c" -name '*.tmp')"
"$spindrift" verify "$work/c" >"$work/verify" 2>&1
check campaign_verifies test $? -eq 0
"$spindrift" series -t --step 10min "$work/c" >"$work/after.tsv" 2>>"$work/log"

# Starts of the steps that have data, in seconds.
starts() {
	tail -n +2 "$1" | cut -f 1 | sort -u | date -u -f - +%s | sort -u
}
for when in before after; do
	starts "$work/$when.tsv" >"$work/$when"
	check "nothing_acknowledged_is_lost_$when" \
		test -z "$(comm -23 "$work/expected" "$work/$when")"
done
n=$(wc -l <"$work/expected")
check kills_hit_a_running_writer test "$n" -ge $((kills / 2))
echo "$kills kills, $n intervals acknowledged," \
	"$(grep -c torn "$work/log") torn records cut: $(tail -n 1 "$work/verify")"
[ "$failed" -eq 0 ] || tail -n 20 "$work/log"
exit "$failed"
