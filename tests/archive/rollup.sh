#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rollups: the same answers as from raw segments, made once, killed at any
# moment, and raw segments removed only when asked and when kept elsewhere.
set -u
# shellcheck source=tests/archive/archive.sh
. "$(dirname "$0")/archive.sh"

# The end of a month and the begin of the next, with a restart, and gaps.
make_campaign()
{
	"$GENERATE" -o "$WORK/c" --intervals 2200 --subnets 24 --skip 50 \
		--start 2026-10-31T18:20:00 2>/dev/null &&
		"$GENERATE" -o "$WORK/c" --intervals 1500 --subnets 32 \
			--start 2026-11-01T04:00:10 2>/dev/null
}

is_made()
{
	"$SPINDRIFT" rollup "$WORK/c" | tee "$WORK/out"
	grep -q ": $1 rollups made" "$WORK/out"
}

is_cut_off_refused()
{
	is_refused_naming "only sums over" "$SPINDRIFT" series -t \
		--step 10s "$WORK/removed"
}

check_answers()
{
	local level
	answers "$WORK/c" >"$WORK/before"
	claim rollup_makes_a_file_per_day_and_month is_made 3
	claim rollup_again_makes_nothing is_made 0
	for level in raw 5min 1h; do
		claim "answers_of_${level}_are_those_without_rollups" \
			is_same "$WORK/before" answers "$WORK/c" --level "$level"
	done
	claim campaign_with_rollups_verifies "$SPINDRIFT" verify -q "$WORK/c"
}

# Steps and periods that cut rows come from finer files, with the same sums.
check_cuts()
{
	local period
	for period in "--from 2026-10-31T20:02:10 --to 2026-11-01T05:58:20" \
		"--from 2026-10-31T20:05:00 --to 2026-11-01T05:00:00" \
		"--from 2026-11-01" "--to 2026-11-01T00:00:10"; do
		# shellcheck disable=SC2086 # options with their values
		answers "$WORK/c" --level raw $period >"$WORK/raw"
		# shellcheck disable=SC2086
		claim "answers_of_$(echo "$period" | tr -c '0-9a-zA-Z\n' _)" \
			is_same "$WORK/raw" answers "$WORK/c" $period
	done
	"$SPINDRIFT" series -t --step 10s --level raw "$WORK/c" >"$WORK/raw"
	claim steps_below_5min_come_from_raw is_same "$WORK/raw" \
		"$SPINDRIFT" series -t --step 10s "$WORK/c"
}

check_retention()
{
	cp -r "$WORK/c" "$WORK/removed"
	"$SPINDRIFT" rollup -q --delete-raw-older-than 10000d "$WORK/removed"
	claim young_raw_segments_stay test "$(n_files "$WORK/removed/raw")" -eq \
		"$(n_files "$WORK/c/raw")"
	claim old_raw_segments_are_removed "$SPINDRIFT" rollup -q \
		--delete-raw-older-than 0s "$WORK/removed"
	claim none_is_left test "$(n_files "$WORK/removed/raw")" -eq 0
	claim answers_stay_when_raw_is_gone is_same "$WORK/before" \
		answers "$WORK/removed"
	claim finer_questions_are_refused is_cut_off_refused
	claim removed_segments_are_no_damage "$SPINDRIFT" verify -q \
		"$WORK/removed"
	claim info_reads_what_is_left "$SPINDRIFT" info "$WORK/removed"
	claim nothing_is_made_of_removed_segments is_same /dev/null \
		"$SPINDRIFT" rollup -q "$WORK/removed"
}

# A damaged rollup does not cost its raw segments.
check_damaged_rollup()
{
	local file
	cp -r "$WORK/c" "$WORK/damaged"
	file=$(find "$WORK/damaged/rollup/5min" -name '*.h5' | sort | head -n 1)
	printf '\xff' | dd of="$file" bs=1 seek=9000 conv=notrunc status=none
	"$SPINDRIFT" rollup -q --delete-raw-older-than 0s "$WORK/damaged" \
		2>"$WORK/err"
	claim damaged_rollup_is_named grep -q "$(basename "$file")" "$WORK/err"
	claim raw_segments_of_a_damaged_rollup_stay test \
		"$(n_files "$WORK/damaged/raw/2026/10")" -eq \
		"$(n_files "$WORK/c/raw/2026/10")"
	claim raw_segments_of_good_rollups_go test \
		"$(n_files "$WORK/damaged/raw/2026/11")" -eq 0
}

check_damaged_raw()
{
	local file
	cp -r "$WORK/c" "$WORK/bad"
	rm -r "$WORK/bad/rollup"
	sed -i '/"rollup/d' "$WORK/bad/manifest.jsonl"
	file=$(find "$WORK/bad/raw/2026/10" -name '*.h5' | sort | tail -n 1)
	truncate -s -100 "$file"
	claim a_damaged_segment_is_named is_refused_naming \
		"$(basename "$file")" "$SPINDRIFT" rollup -q "$WORK/bad"
	claim other_days_are_rolled_up test "$(n_files "$WORK/bad/rollup")" -eq 1
	claim no_temporary_is_left test -z "$(find "$WORK/bad" -name '*.tmp')"
}

# Killed again and again, it still makes the same.
check_kills()
{
	local i pid kills=${KILLS:-12}
	cp -r "$WORK/c" "$WORK/killed"
	rm -r "$WORK/killed/rollup"
	sed -i '/"rollup/d' "$WORK/killed/manifest.jsonl"
	for ((i = 0; i < kills; i++)); do
		"$SPINDRIFT" rollup -q --delete-raw-older-than 0s \
			"$WORK/killed" 2>/dev/null &
		pid=$!
		sleep "0.$(printf '%03d' $((RANDOM % 400)))"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		[ "$i" -ne $((kills / 2)) ] ||
			claim answers_hold_between_kills is_same \
				"$WORK/before" answers "$WORK/killed"
	done
	claim rollup_ends_after_kills "$SPINDRIFT" rollup -q \
		--delete-raw-older-than 0s "$WORK/killed"
	claim answers_hold_after_kills is_same "$WORK/before" \
		answers "$WORK/killed"
	claim nothing_is_left_of_kills test -z \
		"$(find "$WORK/killed" -name '*.tmp' -o -path '*/raw/*' -type f)"
	claim as_many_rollups_as_without_kills test \
		"$(n_files "$WORK/killed/rollup")" -eq "$(n_files "$WORK/c/rollup")"
	claim killed_campaign_verifies "$SPINDRIFT" verify -q "$WORK/killed"
}

check_locks()
{
	exec 9>"$WORK/c/rollup.lock"
	flock 9
	claim a_second_rollup_is_kept_out is_refused_naming "in use" \
		"$SPINDRIFT" rollup -q "$WORK/c"
	exec 9>&-
}

claim campaign_is_made make_campaign
check_answers
check_cuts
check_retention
check_damaged_rollup
check_damaged_raw
check_kills
check_locks
claims_end
