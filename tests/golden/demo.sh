#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo capture, replayed, against the table that an independent program made
# of it: for every subnet and source the same number of samples and the same
# extremes, exactly, and a median within the histogram's bound.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
SPINDRIFT=${SPINDRIFT:-${BUILD:-build}/spindrift}
expected=tests/golden/demo/demo.expected.tsv
HISTOGRAM_PERCENT=1.6

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The columns that both tables have, in one form.
columns()
{
	awk -F '\t' '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			next
		}
		$at["source"] != "-" {
			print $at["group"], $at["source"], $at["n_samples"],
				$at["min_ns"], $at["max_ns"]
		}' "$1" | sort
}

is_same_table()
{
	columns "$expected" >"$dir/expected"
	columns "$dir/replayed.tsv" >"$dir/replayed"
	diff "$dir/expected" "$dir/replayed" | grep '^[<>]'
	[ -s "$dir/expected" ] && cmp -s "$dir/expected" "$dir/replayed"
}

# The independent median interpolates between samples, spindrift's inside a bin:
# with few samples that is no comparison.
is_median_near()
{
	awk -F '\t' -v percent=$HISTOGRAM_PERCENT '
		FNR == 1 {
			for (i = 1; i <= NF; i++)
				at[FILENAME, $i] = i
			next
		}
		{
			key = $at[FILENAME, "group"] " " $at[FILENAME, "source"]
			p50 = $at[FILENAME, "p50_ns"]
			n = $at[FILENAME, "n_samples"]
		}
		FILENAME == ARGV[1] { want[key] = p50; next }
		n + 0 >= 100 && key in want {
			checked++
			off = 100 * (p50 - want[key]) / want[key]
			if (off > percent || off < -percent) {
				print key ": " off " %"
				bad = 1
			}
		}
		END { exit bad || checked < 4 }' "$expected" "$dir/replayed.tsv"
}

claim demo_replays "$SPINDRIFT" replay -q -o "$dir/campaign" --sources tcp_ts,icmp_echo \
	--lan 10.61.0.0/16 --lan 2001:db8:61::/48 \
	tests/golden/demo/demo.pcap.gz
"$SPINDRIFT" percentiles -t --by subnet "$dir/campaign" >"$dir/replayed.tsv"
claim demo_samples_are_those_of_an_independent_program is_same_table
claim demo_medians_are_within_the_histograms_bound is_median_near
claims_end
