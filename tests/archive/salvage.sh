#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Salvage: whatever is damaged, the new campaign verifies, has all that could be
# read, and what it has not is named.
set -u
# shellcheck source=tests/archive/archive.sh
. "$(dirname "$0")/archive.sh"

make_campaign()
{
	"$GENERATE" -o "$WORK/good" --intervals 1500 --subnets 60 \
		--start 2026-11-01T00:00:00 2>/dev/null
}

# hurt NAME: a copy, $HURT, and its second segment, $SEGMENT
hurt()
{
	HURT=$WORK/$1
	cp -r "$WORK/good" "$HURT"
	SEGMENT=$(find "$HURT/raw" -name '*.h5' | sort | sed -n 2p)
}

# salvages NAME: into $HURT.new, which verifies; the report goes to $WORK/report
salvages()
{
	rm -rf "$HURT.new"
	"$SPINDRIFT" salvage -o "$HURT.new" "$HURT" >"$WORK/report" &&
		"$SPINDRIFT" verify "$HURT.new" && [ -z "$(find "$HURT.new" -name '*.tmp')" ]
}

reports()
{
	cat "$WORK/report"
	grep -qE "$1" "$WORK/report"
}


# Answers about the hours before the damaged one are those of the good campaign.
first_hour_is_kept()
{
	"$SPINDRIFT" percentiles -t --by subnet --to 2026-11-01T01:00:00 \
		"$WORK/good" >"$WORK/want"
	is_same "$WORK/want" "$SPINDRIFT" percentiles -t --by subnet \
		--to 2026-11-01T01:00:00 "$HURT.new"
}

check_whole()
{
	hurt whole
	claim a_good_campaign_is_salvaged_whole salvages
	claim nothing_is_reported reports ' 5 files whole, 0 in part, 0 lost'
	claim it_is_the_same diff -r -x campaign.json -x lock \
		"$HURT/raw" "$HURT.new/raw"
}

check_cut()
{
	hurt cut
	truncate -s 3000 "$SEGMENT"
	claim a_cut_segment_is_survived salvages
	claim its_intervals_are_named reports \
		"$(basename "$SEGMENT"): lost: 360 intervals, 2026-11-01T01:00:00Z to 2026-11-01T02:00:00Z: "
	claim the_gap_is_in_the_new_campaign gap_is_named torn
	claim the_hour_before_is_unchanged first_hour_is_kept
	hurt missing
	rm "$SEGMENT"
	claim a_missing_segment_is_survived salvages
	claim it_is_named reports "$(basename "$SEGMENT"): lost: 360 .*missing"
}

gap_is_named()
{
	"$SPINDRIFT" info "$HURT.new" | grep -E '^gaps' |
		grep -q "2026-11-01T01:00:00Z to 2026-11-01T02:00:00Z.*$1"
}

# Rows of some subnets cannot be read: the others are kept.
check_flips()
{
	local i n_bytes offset
	hurt sizes
	n_bytes=$(stat -c %s "$SEGMENT")
	for i in 15 35 55 75 90; do
		hurt "flip$i"
		offset=$((n_bytes * i / 100))
		printf '\xff\x00\xff\x00' | dd of="$SEGMENT" bs=1 \
			seek="$offset" conv=notrunc status=none
		claim "damage_at_$i%_is_survived" salvages
		claim "what_is_lost_at_$i%_is_named" reports \
			"$(basename "$SEGMENT"): (lost|read in part)"
		claim "hours_before_$i%_are_unchanged" first_hour_is_kept
	done
}

check_manifest()
{
	hurt manifest
	sed -i '2s/.*/{ nonsense/' "$HURT/manifest.jsonl"
	claim a_damaged_manifest_is_survived salvages
	claim its_lines_are_counted reports 'manifest.jsonl: 1 lines damaged'
	"$SPINDRIFT" percentiles -t --by subnet "$WORK/good" >"$WORK/want"
	claim nothing_is_lost_with_a_line is_same "$WORK/want" \
		"$SPINDRIFT" percentiles -t --by subnet "$HURT.new"
}

# A writer is killed; then a record in the middle of its journal is damaged.
check_journal()
{
	local pid journal n_before
	HURT=$WORK/journal
	: >"$WORK/done" # there before the writer is, for wc
	"$BUILD/tests/fault/fault_writer" "$HURT" 1000 30 >"$WORK/done" 2>&1 &
	pid=$!
	while [ "$(wc -l <"$WORK/done")" -lt 3 ]; do sleep 0.05; done
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	journal=$(find "$HURT/journal" -name '*.journal' | sort | tail -n 1)
	claim a_journal_is_left test -n "$journal"
	n_before=$("$SPINDRIFT" series -t --step 10min "$HURT" | cut -f 1 |
		sort -u | wc -l)
	claim a_journal_is_sealed salvages
	claim no_record_is_lost test "$n_before" -eq \
		"$("$SPINDRIFT" series -t --step 10min "$HURT.new" | cut -f 1 |
			sort -u | wc -l)"
	printf '\xff' | dd of="$journal" bs=1 seek=3 conv=notrunc status=none
	claim a_journal_without_its_header_is_read salvages
	claim no_record_is_lost_with_the_header test "$n_before" -eq \
		"$("$SPINDRIFT" series -t --step 10min "$HURT.new" | cut -f 1 |
			sort -u | wc -l)"
}

check_refusals()
{
	claim salvage_refuses_an_output_that_exists is_refused_naming exists \
		"$SPINDRIFT" salvage -o "$WORK/good" "$WORK/good"
	hurt config
	echo '{ "schema": ' >"$HURT/campaign.json"
	claim salvage_needs_the_configuration is_refused_naming config \
		"$SPINDRIFT" salvage -o "$WORK/none" "$HURT"
	claim a_refused_salvage_leaves_nothing test ! -e "$WORK/none"
}

claim campaign_is_made make_campaign
check_whole
check_cut
check_flips
check_manifest
check_journal
check_refusals
claims_end
