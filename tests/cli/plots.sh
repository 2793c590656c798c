#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The figures: drawn from the tools' tables, gaps left open, and one line for
# what cannot be drawn.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
SPINDRIFT=${SPINDRIFT:-${BUILD:-build}/spindrift}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
MPLCONFIGDIR=$(realpath -m "${BUILD:-build}")/matplotlib # its font cache
export MPLCONFIGDIR

/usr/bin/python3 -c 'import matplotlib' 2>/dev/null || {
	claim_skip plots "python3-matplotlib is missing"
	claims_end
	exit 0
}

is_refused()
{
	"$@" >"$dir/out" 2>"$dir/err" </dev/null
	local status=$?
	echo "status $status: $(head -n 1 "$dir/err")"
	[ $status -eq 1 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] &&
		[ ! -s "$dir/out" ]
}

has_text()
{
	local file=$1 text
	shift
	for text in "$@"; do
		echo "$file: no text $text"
		grep -q ">$text<" "$file" || return 1
	done
}

is_drawn()
{
	[ -s "$1.svg" ] && [ "$(head -c 5 "$1.pdf")" = %PDF- ]
}

# The curve of the format: the first and the last row of the map.
curve_is_as_specified()
{
	(cd plots && PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - <<-END
		import hilbert8
		at = {hilbert8.position(block): block for block in range(256)}
		print(*(at[x, 0] for x in range(16)))
		print(*(at[x, 15] for x in range(16)))
	END
	) >"$dir/rows"
	is_equal "$(cat "$dir/rows")" \
		"0 1 14 15 16 19 20 21 234 235 236 239 240 241 254 255
85 86 89 90 101 102 105 106 149 150 153 154 165 166 169 170"
}

"$SPINDRIFT" replay -q -o "$dir/campaign" --lan 10.61.0.0/16 \
	tests/golden/demo/demo.pcap.gz
"$SPINDRIFT" series -t --step 10s "$dir/campaign" >"$dir/series.tsv"
"$SPINDRIFT" percentiles -q -t --by slash8 "$dir/campaign" \
	>"$dir/slash8.tsv" 2>/dev/null
"$SPINDRIFT" hilbert -q "$dir/campaign" -o "$dir/map.tsv" 2>/dev/null

claim week_reads_series plots/week.py "$dir/series.tsv" -o "$dir/week" \
	--tz America/Chicago
claim week_is_drawn is_drawn "$dir/week"
claim week_names_its_parts has_text "$dir/week.svg" LAN WAN 'RTT (ms)' \
	'throughput (Mbit/s)' 'RTT median' 'RTT mean' 'RTT p95' down up \
	'time (America/Chicago)'
claim hilbert8_reads_percentiles plots/hilbert8.py "$dir/slash8.tsv" \
	-o "$dir/three"
claim hilbert8_is_drawn is_drawn "$dir/three"
claim hilbert8_names_its_parts has_text "$dir/three.svg" minimum median \
	'99th percentile' 'RTT (ms): tcp_ts, wan' 255 612
claim hilbert8_reads_a_map plots/hilbert8.py "$dir/map.tsv" -o "$dir/map.svg"
claim hilbert8_draws_the_map_the_same has_text "$dir/map.svg" minimum 612
claim hilbert8_curve_is_as_specified curve_is_as_specified

claim week_refuses_another_table is_refused plots/week.py "$dir/slash8.tsv"
claim week_refuses_a_missing_file is_refused plots/week.py "$dir/none.tsv"
claim week_refuses_an_unknown_zone is_refused plots/week.py --tz No/Where \
	"$dir/series.tsv"
claim week_refuses_a_missing_source is_refused plots/week.py --source epping \
	"$dir/series.tsv"
claim hilbert8_refuses_another_table is_refused plots/hilbert8.py \
	"$dir/series.tsv"
claim hilbert8_refuses_an_unwritable_output is_refused plots/hilbert8.py \
	"$dir/slash8.tsv" -o /proc/nowhere.svg
claims_end
