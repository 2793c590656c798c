#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How long questions about a synthetic campaign take: seconds per command. The
# default is a day of 2,000 subnets per 10 s; N_INTERVALS=60480 makes a week.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
n_intervals=${N_INTERVALS:-8640}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
TIMEFORMAT=%R

timed() {
	local name=$1 seconds
	shift
	seconds=$({ time "$@" >/dev/null 2>&1; } 2>&1) || exit 1
	printf '%s\t%s\n' "$name" "$seconds"
}

printf 'question\tseconds\n'
timed generate "$build/tests/campaign_generate" -o "$work/campaign" \
	--intervals "$n_intervals"
for question in info verify "percentiles --by side" \
	"percentiles --by slash8" "percentiles --by subnet" \
	"series --step 10min" "hilbert -t" hist traffic subnets; do
	# shellcheck disable=SC2086 # a command with its options
	timed "$question" "$build/spindrift" $question "$work/campaign"
done
du -sk "$work/campaign" | awk '{ print "size_kib\t" $1 }'
