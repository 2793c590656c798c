#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A path of 10 ms to the clients and 30 ms to the servers: medians against the
# relays' own record, nothing below the path's minimum, and the same traffic
# captured and replayed.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

TOLERANCE_PERCENT=2
QUIET_PERCENT=1.5
LAN_NS=10000000
WAN_NS=30000000
server=198.51.100.1
server6=2001:db8:7:1::1
client=10.61.1.10
client6=2001:db8:61:1::10
LAN_HOSTS=(--host 10.61.0.0/16 --host 2001:db8:61::/48)
WAN_HOSTS=(--host 198.51.100.0/24 --host 2001:db8:7::/48)
MAX_TRIES=3

drive_traffic()
{
	local pids=() from to where
	for where in "client $client $server" "client $client6 $server6" \
		"server $server $client" "server $server6 $client6"; do
		read -r where from to <<<"$where"
		"on_$where" ping -q -i 0.05 -c 100 -I "$from" "$to" >/dev/null &
		pids+=($!)
	done
	on_client iperf3 -c $server -B $client -b 1m -t 3
	on_client iperf3 -c $server6 -B $client6 -b 1m -t 3 -R
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		on_client curl -s -o /dev/null "http://$server/medium"
		on_client curl -s -o /dev/null "http://[$server6]/medium"
	done
	wait "${pids[@]}"
}

measure()
{
	rm -rf "$TESTBED_DIR"
	testbed_init
	testbed_up "-d 5ms" "-d 15ms" && testbed_serve || return 1
	live_start lan0 "$TESTBED_DIR/live" --interval 1s || return 1
	testbed_capture_start lan0 "$TESTBED_DIR/lan0.pcap" || return 1
	drive_traffic >"$TESTBED_DIR/traffic.log" 2>&1
	dropped=$(testbed_capture_stop)
	live_stop INT || return 1
	testbed_down
}

tabulate()
{
	local dir=$TESTBED_DIR truth=tests/testbed/truth.py
	$SPINDRIFT replay -q -o "$dir/replayed" "${LIVE_LAN[@]}" --interval 1s \
		"$dir/lan0.pcap" || return 1
	$SPINDRIFT percentiles -t --by side "$dir/live" >"$dir/live.tsv" &&
		$SPINDRIFT percentiles -t --by side "$dir/replayed" \
			>"$dir/replayed.tsv" || return 1
	$truth "$dir/lan" "${LAN_HOSTS[@]}" >"$dir/lan.tsv" &&
		$truth "$dir/wan" "${WAN_HOSTS[@]}" >"$dir/wan.tsv" &&
		$truth "$dir/lan0.pcap" "${LAN_HOSTS[@]}" \
			>"$dir/lan.capture.tsv" &&
		$truth "$dir/lan0.pcap" "${WAN_HOSTS[@]}" \
			>"$dir/wan.capture.tsv"
}

# Whether this machine lets a packet be seen here and at the relay at nearly the
# same time, as tcpdump has it: spindrift has no part in that.
is_quiet()
{
	local side source relay_ns capture_ns
	for side in lan wan; do
		for source in tcp_ts icmp_echo; do
			relay_ns=$(claims_cell "$TESTBED_DIR/$side.tsv" p50_ns \
				source=$source)
			capture_ns=$(claims_cell \
				"$TESTBED_DIR/$side.capture.tsv" p50_ns \
				source=$source)
			is_within "$capture_ns" "$relay_ns" \
				$QUIET_PERCENT >/dev/null ||
				return 1
		done
	done
}

live_cell() { claims_cell "$TESTBED_DIR/live.tsv" "$@"; }
replay_cell() { claims_cell "$TESTBED_DIR/replayed.tsv" "$@"; }

check_path()
{
	local side=$1 source=$2 least_ns=$3 row="side=$1 source=$2" true_ns n
	true_ns=$(claims_cell "$TESTBED_DIR/$side.tsv" p50_ns source="$source")
	# shellcheck disable=SC2086 # a list of keys
	{
		n=$(live_cell n_samples $row)
		claim "${side}_${source}_has_samples" is_at_least "$n" 100
		claim "${side}_${source}_median_is_true" is_within \
			"$(live_cell p50_ns $row)" "$true_ns" $TOLERANCE_PERCENT
		claim "${side}_${source}_is_never_below_the_path" is_at_least \
			"$(live_cell min_ns $row)" "$least_ns"
		claim "${side}_${source}_replay_has_the_same_samples" \
			is_equal_less_dropped "$(replay_cell n_samples $row)" \
			"$n"
		claim "${side}_${source}_replay_has_the_same_median" is_within \
			"$(replay_cell p50_ns $row)" \
			"$(live_cell p50_ns $row)" 2
	}
}

# Every packet that the capture dropped may have cost two samples.
is_equal_less_dropped()
{
	local n=$1 live=$2
	echo "replay $n, live $live, capture dropped ${dropped:-?}"
	[ "$n" -le "$live" ] && [ "$n" -ge $((live - 2 * dropped)) ]
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
for ((try = 1; try <= MAX_TRIES; try++)); do
	if ! measure || ! tabulate || is_quiet; then
		break
	fi
	echo "the machine is busy: measured $try times"
done
if [ -s "$TESTBED_DIR/wan.capture.tsv" ]; then
	for source in tcp_ts icmp_echo; do
		check_path lan $source $LAN_NS
		check_path wan $source $WAN_NS
	done
else
	claim accuracy_is_measured false
fi
claims_end
