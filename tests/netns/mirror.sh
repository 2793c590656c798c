#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A mirror port, where both directions arrive: --tap measures there what tc
# measures at the interface that is mirrored, of the same packets.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
# shellcheck source=tests/testbed/link.sh
. tests/testbed/link.sh
claims_need_root

DRIVEN='tcp or icmp or (icmp6 and (ip6[40] == 128 or ip6[40] == 129))'
N_PINGS=50
N_PAGES=10
N_BYTES=2000000
# What the queue of the mirror port holds with room to spare.
WINDOW=32768
TOLERANCE_PERCENT=5

# Both directions of an interface leave by tap1 and arrive at tap0. One queue:
# with two, an answer may overtake what it answers.
mirror()
{
	local ns=$TESTBED_OBSERVER way
	ip -n "$ns" link add tap0 numrxqueues 1 numtxqueues 1 type veth \
		peer name tap1 numrxqueues 1 numtxqueues 1 || return 1
	on_observer sysctl -qw net.ipv6.conf.tap0.disable_ipv6=1 \
		net.ipv6.conf.tap1.disable_ipv6=1
	ip -n "$ns" link set tap0 up
	ip -n "$ns" link set tap1 up
	tc -n "$ns" qdisc add dev "$1" clsact || return 1
	for way in ingress egress; do
		tc -n "$ns" filter add dev "$1" $way protocol all prio 50 u32 \
			match u32 0 0 action mirred egress mirror dev tap1 ||
			return 1
	done
}

# measure NAME IF COMMAND...: NAME.tc and NAME.tap of what the command sends
measure()
{
	local name=$1 interface=$2 tc_pid status
	shift 2
	live_start "$interface" "$TESTBED_DIR/$name.tc" --interval 1s ||
		return 1
	tc_pid=$LIVE_PID
	mv "$LIVE_LOG" "$TESTBED_DIR/tc.log"
	# A mirror port has one program.
	LIVE_LEFT=1 live_start tap0 "$TESTBED_DIR/$name.tap" --interval 1s \
		--tap || return 1
	"$@" >"$TESTBED_DIR/traffic.log" 2>&1
	# The last ones are on their way.
	sleep 0.5
	live_stop INT
	status=$?
	LIVE_PID=$tc_pid
	live_stop INT && [ $status -eq 0 ] || return 1
	tabulate "$name" tc && tabulate "$name" tap
}

# The families' own messages to neighbours come and go: no ICMPv6.
tabulate()
{
	local name=$1.$2 dir=$TESTBED_DIR
	$SPINDRIFT percentiles -q -t --by subnet "$dir/$name" |
		awk -F '\t' 'NR == 1 || $3 != "-"' >"$dir/$name.rtt" &&
		$SPINDRIFT traffic -q -t "$dir/$name" |
		grep -v icmp >"$dir/$name.traffic.all" || return 1
	awk -F '\t' '$1 == "class"' "$dir/$name.traffic.all" \
		>"$dir/$name.traffic"
}

n_samples_by_subnet() { cut -f 1-4 "$TESTBED_DIR/$1.rtt"; }

same_samples()
{
	diff <(n_samples_by_subnet "$1.tc") <(n_samples_by_subnet "$1.tap")
}

same_traffic()
{
	diff <(cut -f 1-10 "$TESTBED_DIR/$1.tc.traffic") \
		<(cut -f 1-10 "$TESTBED_DIR/$1.tap.traffic")
}

cell() { claims_cell "$TESTBED_DIR/$1.rtt" "${@:2}"; }

drive_path()
{
	on_client ping -q -i 0.02 -c $N_PINGS 198.51.100.1
	on_client ping -q -i 0.02 -c $N_PINGS -I 2001:db8:61:1::10 \
		2001:db8:7:1::1
	on_server ping -q -i 0.02 -c $N_PINGS -I 198.51.100.1 10.61.1.10
	for ((i = 0; i < N_PAGES; i++)); do
		on_client curl -s -o /dev/null http://198.51.100.1/large
		on_client curl -s -o /dev/null "http://[2001:db8:7:1::1]/large"
	done
}

check_path()
{
	local group source row
	testbed_up "-d 5ms" "-d 5ms" && testbed_serve && mirror lan0 || return 1
	testbed_capture_start tap0 "$TESTBED_DIR/tap0.pcap" || return 1
	measure path lan0 drive_path || return 1
	testbed_capture_stop
	claim tap_has_the_samples_of_tc same_samples path
	claim tap_has_the_traffic_of_tc same_traffic path
	claim tap_has_each_ping is_equal "$(cell path.tap n_samples \
		group=198.51.100.0/24 source=icmp_echo)" $N_PINGS
	for group in 198.51.100.0/24 10.61.1.0/24 2001:db8:7::/48; do
		for source in icmp_echo tcp_ts; do
			row="group=$group source=$source"
			# shellcheck disable=SC2086 # a list of keys
			claim "tap_has_the_median_of_tc_${group%/*}_$source" \
				is_within "$(cell path.tap p50_ns $row)" \
				"$(cell path.tc p50_ns $row)" \
				$TOLERANCE_PERCENT
		done
	done
	# Neighbours are asked for before the port is attached, too.
	claim mirrored_packets_reach_nobody_else is_equal \
		"$(tcpdump -r "$TESTBED_DIR/tap0.pcap" "$DRIVEN" 2>/dev/null |
			wc -l)" 0
	testbed_down
}

drive_bulk()
{
	link_bulk 4 $N_BYTES $WINDOW
	link_bulk 6 $N_BYTES $WINDOW
}

# tc sees aggregated packets, the mirror port has them one by one.
check_bulk()
{
	link_up && mirror u0 || return 1
	measure bulk u0 drive_bulk || return 1
	claim tap_counts_aggregated_packets_as_tc_does same_traffic bulk
	claim tap_has_the_samples_of_aggregated_packets same_samples bulk
	claim tap_sees_more_packets_than_tc is_at_least "$(n_seen bulk.tap)" \
		$((2 * $(n_seen bulk.tc)))
}

n_seen()
{
	$SPINDRIFT info -j "$TESTBED_DIR/$1" | python3 -c \
		'import json, sys; print(json.load(sys.stdin)["outcomes"]["tcp_timed"])'
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check_path || claim path_is_mirrored false
testbed_down
check_bulk || claim bulk_is_mirrored false
claims_end
