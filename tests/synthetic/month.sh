#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make figures` draws, below build/figures: every figure of plots/ from a
# made-up month (isp_generate --mix), with its three longest incidents.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
export SPINDRIFT=${SPINDRIFT:-$BUILD/spindrift}
MPLCONFIGDIR=${MPLCONFIGDIR:-$(realpath -m "$BUILD")/matplotlib}
export MPLCONFIGDIR
DAYS=${DAYS:-30} SUBNETS=${SUBNETS:-160}
out=$BUILD/figures
month=$out/month

# A campaign is written once: what was made of other options is made anew.
made="--days $DAYS --subnets $SUBNETS --step 10min --mix"
if [ "$(cat "$out/made" 2>/dev/null)" != "$made" ]; then
	rm -rf "$out"
	mkdir -p "$out"
	# shellcheck disable=SC2086 # a list of options
	"$BUILD/tests/isp_generate" -o "$month" $made
	"$SPINDRIFT" rollup -q "$month"
	echo "$made" >"$out/made"
fi

# START/END@PREFIX of the longest incidents: an AS has its first octet.
incidents()
{
	awk -F '\t' '$1 == "incident" { print $4 "\t" $5 "\t" $2 }' \
		"$month.truth.tsv" |
		while IFS='	' read -r start end octet; do
			printf '%d\t%s/%s@%s.0.0.0/8\n' \
				$(($(date -d "$end" +%s) - $(date -d "$start" +%s))) \
				"$start" "$end" "$octet"
		done | sort -rn | cut -f 2 | head -n 3
}

mapfile -t chosen < <(incidents)
options=(-a "$month.asn.dat")
for incident in "${chosen[@]}"; do
	options+=(-i "$incident")
done
plots/figures.sh -z Europe/Stockholm "${options[@]}" "$month" "$out"
