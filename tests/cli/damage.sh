#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A damaged campaign: verify says what is wrong and exits 1; the other commands
# refuse in one line or answer exactly what they did before, never anything else.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

segment_of()
{
	find "$1" -name '*.h5' | sort | head -n 1
}

table_of()
{
	"$SPINDRIFT" percentiles -q -t --by subnet "$1"
}

# damage NAME: a copy of the good campaign, $BAD, and its segment, $SEGMENT
damage()
{
	BAD=$WORK/$1
	cp -r "$WORK/good" "$BAD"
	SEGMENT=$(segment_of "$BAD")
}

# Inverts the byte at an offset of the segment.
flip()
{
	local byte
	byte=$(od -An -tu1 -j "$1" -N 1 "$SEGMENT")
	# shellcheck disable=SC2059 # an escape made here
	printf "\\x$(printf %02x $((byte ^ 255)))" |
		dd of="$SEGMENT" bs=1 seek="$1" conv=notrunc status=none
}

# verify exits 1, says something on stdout or stderr, and names the segment.
is_found()
{
	local status
	"$SPINDRIFT" verify "$BAD" >"$WORK/out" 2>&1
	status=$?
	echo "status $status: $(head -n 2 "$WORK/out" | tr '\n' '|')"
	[ "$status" -eq 1 ] && grep -qF "$(basename "$SEGMENT")" "$WORK/out"
}

# The same table as before the damage, or a refusal in one line.
is_answered_truly()
{
	local status
	table_of "$BAD" >"$WORK/out" 2>"$WORK/err"
	status=$?
	echo "status $status: $(head -n 2 "$WORK/err" | tr '\n' '|')"
	if [ "$status" -eq 0 ]; then
		cmp "$WORK/out" "$WORK/table"
	else
		[ "$status" -eq 1 ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] &&
			[ ! -s "$WORK/out" ]
	fi
}

check_flips()
{
	local n_bytes offset i
	n_bytes=$(stat -c %s "$(segment_of "$WORK/good")")
	for ((i = 0; i < 20; i++)); do
		damage "flip$i"
		offset=$((n_bytes * (2 * i + 1) / 40))
		flip "$offset"
		claim "verify_finds_a_flip_at_$((i * 5))_percent" is_found
		claim "a_flip_at_$((i * 5))_percent_changes_no_answer" \
			is_answered_truly
		rm -rf "$BAD"
	done
}

check_whole_files()
{
	damage cut
	truncate -s $(($(stat -c %s "$SEGMENT") / 2)) "$SEGMENT"
	claim verify_finds_a_cut_segment is_found
	claim percentiles_refuses_a_cut_segment is_refused_naming \
		"$(basename "$SEGMENT")" 1 "$SPINDRIFT" percentiles -q "$BAD"
	damage empty
	: >"$SEGMENT"
	claim verify_finds_an_empty_segment is_found
	claim percentiles_refuses_an_empty_segment is_refused_naming \
		"$(basename "$SEGMENT")" 1 "$SPINDRIFT" percentiles -q "$BAD"
	damage foreign
	cp "$SPINDRIFT" "$SEGMENT"
	claim verify_finds_a_foreign_segment is_found
	claim percentiles_refuses_a_foreign_segment is_refused_naming \
		"$(basename "$SEGMENT")" 1 "$SPINDRIFT" percentiles -q "$BAD"
	damage missing
	rm "$SEGMENT"
	claim verify_finds_a_missing_segment is_found
	damage directory
	rm "$SEGMENT" && mkdir "$SEGMENT"
	claim verify_finds_a_directory_for_a_segment is_found
	damage config
	echo '{ "schema": ' >"$BAD/campaign.json"
	claim info_refuses_damaged_configuration is_refused_naming config 1 \
		"$SPINDRIFT" info "$BAD"
	damage manifest
	echo '{ nonsense' >>"$BAD/manifest.jsonl"
	SEGMENT=manifest.jsonl
	claim verify_finds_a_damaged_manifest is_found
}

check_unreadable()
{
	if [ "$(id -u)" -ne 0 ]; then
		claim_skip unreadable_segment "needs root to become somebody else"
		return
	fi
	damage unreadable
	chmod 755 "$WORK"
	cp "$SPINDRIFT" "$WORK/spindrift"
	chmod 600 "$SEGMENT"
	claim percentiles_refuses_an_unreadable_segment is_refused_naming \
		"$(basename "$SEGMENT")" 1 setpriv --reuid "$NOBODY" \
		--regid "$NOBODY" --clear-groups \
		"$WORK/spindrift" percentiles -q "$BAD"
}

make_good
claim good_campaign_verifies "$SPINDRIFT" verify -q "$WORK/good"
table_of "$WORK/good" >"$WORK/table"
check_flips
check_whole_files
check_unreadable
claims_end
