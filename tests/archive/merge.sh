#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Merging: the same answers as from the campaigns together, no interval twice,
# and campaigns that do not go together refused in one line.
set -u
# shellcheck source=tests/archive/archive.sh
. "$(dirname "$0")/archive.sh"

make_campaigns()
{
	"$GENERATE" -o "$WORK/a" --intervals 800 --subnets 24 \
		--start 2026-10-31T22:30:00 --vantage-point north 2>/dev/null &&
		"$GENERATE" -o "$WORK/b" --intervals 500 --subnets 32 --skip 30 \
			--start 2026-10-31T23:00:00 --vantage-point south \
			2>/dev/null &&
		"$GENERATE" -o "$WORK/later" --intervals 100 --subnets 16 \
			--start 2026-11-01T05:00:00 --vantage-point north \
			2>/dev/null &&
		"$GENERATE" -o "$WORK/twin" --intervals 100 --subnets 16 \
			--start 2026-10-31T22:40:00 --vantage-point north \
			2>/dev/null
}

# together CAMPAIGN...: what is asked of all of them at once
together()
{
	local question
	for question in "percentiles -t --by subnet" "percentiles -t --by slash8" \
		"series -t --step 10min" "hilbert -t"; do
		# shellcheck disable=SC2086 # a command with its options
		"$SPINDRIFT" $question -q "$@" 2>&1
	done
}

# merges OUTPUT CAMPAIGN...
merges()
{
	local output=$1
	shift
	"$SPINDRIFT" merge -q -o "$output" "$@" &&
		"$SPINDRIFT" verify -q "$output"
}

is_alone()
{
	[ ! -e "$1" ]
}

check_answers()
{
	together "$WORK/a" "$WORK/b" "$WORK/later" >"$WORK/expected"
	claim vantage_points_and_periods_merge merges "$WORK/m" "$WORK/a" \
		"$WORK/b" "$WORK/later"
	claim merged_answers_are_those_of_all is_same "$WORK/expected" \
		together "$WORK/m"
	claim a_merged_campaign_is_rolled_up "$SPINDRIFT" rollup -q "$WORK/m"
	claim its_rollups_answer_the_same is_same "$WORK/expected" \
		together "$WORK/m"
	claim its_rollups_verify "$SPINDRIFT" verify -q "$WORK/m"
	claim info_reads_it "$SPINDRIFT" info "$WORK/m"
}

check_duplicates()
{
	claim what_was_merged_merges_again merges "$WORK/mm" "$WORK/m" \
		"$WORK/a" "$WORK/m" "$WORK/later"
	claim nothing_is_counted_twice is_same "$WORK/expected" \
		together "$WORK/mm"
	claim no_file_is_there_twice test \
		"$(find "$WORK/mm/raw" -name '*.h5' | wc -l)" -eq \
		"$(find "$WORK/m/raw" -name '*.h5' | wc -l)"
}

# Two copies of one campaign that went on apart from its middle: they seal the
# hour at hand at different intervals.
check_overlap()
{
	cp -r "$WORK/a" "$WORK/short"
	"$GENERATE" -o "$WORK/short" --intervals 100 --subnets 24 \
		--start 2026-11-01T00:43:20 --vantage-point north 2>/dev/null
	together "$WORK/short" >"$WORK/expected"
	claim copies_that_went_on_merge merges "$WORK/longest" "$WORK/a" \
		"$WORK/short"
	claim each_interval_is_there_once is_same "$WORK/expected" \
		together "$WORK/longest"
}

# reconfigure SCRIPT: campaign.json of the other campaign, changed by sed, and
# without its checksum, which minor version 0 has not
reconfigure()
{
	sed -z -e 's/,[[:space:]]*"crc32c":"[0-9a-f]*"//' \
		-e 's/"schema_minor":[0-9]*,//' \
		"$WORK/b/campaign.json" | sed "$1" >"$WORK/other/campaign.json"
}

check_refusals()
{
	claim an_output_that_exists_is_refused is_refused_naming "$WORK/m" \
		"$SPINDRIFT" merge -q -o "$WORK/m" "$WORK/a"
	claim one_time_of_one_vantage_point_is_refused is_refused_naming \
		"both measured" "$SPINDRIFT" merge -q -o "$WORK/no" \
		"$WORK/a" "$WORK/twin"
	cp -r "$WORK/b" "$WORK/other"
	reconfigure 's/"interval_ns":[0-9]*/"interval_ns":20000000000/'
	claim other_intervals_are_refused is_refused_naming "other intervals" \
		"$SPINDRIFT" merge -q -o "$WORK/no" "$WORK/a" "$WORK/other"
	reconfigure 's/"v4_prefix_len":24/"v4_prefix_len":16/'
	claim other_prefix_lengths_are_refused is_refused_naming \
		"other prefix lengths" "$SPINDRIFT" merge -q -o "$WORK/no" \
		"$WORK/a" "$WORK/other"
	reconfigure 's/"limit_bits":34/"limit_bits":33/'
	claim other_histograms_are_refused is_refused_naming \
		"other histogram layouts" "$SPINDRIFT" merge -q -o "$WORK/no" \
		"$WORK/a" "$WORK/other"
	cp "$WORK/b/campaign.json" "$WORK/other"
	printf 'x' >>"$(find "$WORK/other/raw" -name '*.h5' | head -n 1)"
	claim a_damaged_segment_is_refused is_refused_naming "raw/2026" \
		"$SPINDRIFT" merge -q -o "$WORK/damaged" "$WORK/a" "$WORK/other"
	claim what_was_not_finished_is_no_campaign is_refused_naming \
		"not a campaign" "$SPINDRIFT" info "$WORK/damaged"
	claim a_refused_merge_leaves_nothing is_alone "$WORK/no"
}

claim campaigns_are_made make_campaigns
check_answers
check_duplicates
check_overlap
check_refusals
claims_end
