#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make demo` shows, below build/demo/: the shipped capture as a campaign,
# its percentiles, map and time series; and, as root where BPF is permitted,
# 20 s of live measurement between network namespaces.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
SPINDRIFT=$BUILD/spindrift
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/traffic.sh
. tests/testbed/traffic.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh

LIVE_SECONDS=20
out=$BUILD/demo

say() { printf '\n== %s\n' "$*"; }

# Columns of the contract that fit a terminal, in milliseconds.
print_table()
{
	"$SPINDRIFT" percentiles -t --by "$2" --source tcp_ts "$1" | awk -F '\t' '
		function ms(ns) {
			return ns ~ /^[0-9]/ ? sprintf("%.2f", ns / 1e6) : ns
		}
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			printf "%-22s %-4s %-15s %8s %9s %9s %9s %9s\n",
				"group", "side", "source", "samples",
				"min ms", "p50 ms", "p95 ms", "p99 ms"
			next
		}
		$at["source"] == "-" || $at["n_samples"] + 0 < 5 { next }
		{
			printf "%-22s %-4s %-15s %8s %9s %9s %9s %9s\n",
				$at["group"], $at["side"], $at["source"],
				$at["n_samples"], ms($at["min_ns"]),
				ms($at["p50_ns"]), ms($at["p95_ns"]),
				ms($at["p99_ns"])
		}'
}

# draw CAMPAIGN NAME STEP: the map and the time series, as far as they can be drawn.
draw()
{
	local campaign=$1 name=$2 step=$3 kind
	for kind in svg png; do
		"$SPINDRIFT" hilbert -q "$campaign" --stat p50 \
			-o "$out/$name-map.$kind" || return 1
		echo "$out/$name-map.$kind"
	done
	"$SPINDRIFT" series -t --step "$step" "$campaign" \
		>"$out/$name-series.tsv" || return 1
	if /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
		plots/week.py "$out/$name-series.tsv" -o "$out/$name-series"
		"$SPINDRIFT" percentiles -t --by slash8 "$campaign" \
			2>/dev/null |
			plots/hilbert8.py - -o "$out/$name-hilbert8"
	else
		echo "$out/$name-series.tsv (no figure: python3-matplotlib is missing)"
	fi
}

replay_part()
{
	say "Replay of tests/golden/demo/demo.pcap.gz (three minutes of traffic)"
	"$SPINDRIFT" replay -o "$out/replayed" "${LIVE_LAN[@]}" \
		tests/golden/demo/demo.pcap.gz || return 1
	"$SPINDRIFT" verify -q "$out/replayed" || return 1
	print_table "$out/replayed" subnet
	say "Figures"
	draw "$out/replayed" replayed 10s
}

# What keeps the live part from running, or nothing.
live_obstacle()
{
	if [ "$(id -u)" -ne 0 ]; then
		echo "it needs root"
	elif [ ! -x "$BUILD/spindrift-collect" ]; then
		echo "$BUILD/spindrift-collect was not built"
	elif ! ip netns add "$TESTBED_NAME" 2>/dev/null; then
		echo "network namespaces cannot be made here"
	else
		ip netns del "$TESTBED_NAME"
	fi
}

live_part()
{
	local obstacle
	testbed_init
	trap testbed_fini EXIT
	trap 'exit 1' INT TERM
	obstacle=$(live_obstacle)
	if [ -n "$obstacle" ]; then
		say "Live measurement is left out: $obstacle"
		return 0
	fi
	say "Live measurement for $LIVE_SECONDS s between network namespaces"
	testbed_up "-d 4ms -j 1ms -D exp" "$(testbed_server_paths)" &&
		testbed_serve || return 1
	if ! live_start lan0,wan0 "$out/live" --interval 1s \
		--duration ${LIVE_SECONDS}s; then
		say "Live measurement is left out: the collector did not start"
		return 0
	fi
	traffic_mixed $((LIVE_SECONDS - 3)) 1 0.3
	wait "$LIVE_PID" || return 1
	print_table "$out/live" subnet
	say "Figures"
	draw "$out/live" live 1s
}

rm -rf "$out"
mkdir -p "$out" || exit 1
if ! replay_part || ! live_part; then
	say "The demo failed"
	exit 1
fi
say "Try: $SPINDRIFT percentiles $out/replayed --by side," \
	"$SPINDRIFT info $out/replayed"
