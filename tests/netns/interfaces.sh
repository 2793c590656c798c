#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several interfaces at once, XDP at ingress, and packets with VLAN tags.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

N_PINGS=30

# Pings, and a page by TCP, in both families.
drive_traffic()
{
	on_client ping -q -i 0.02 -c $N_PINGS 198.51.100.1
	on_client ping -q -i 0.02 -c $N_PINGS -I 2001:db8:61:1::10 \
		2001:db8:7:1::1
	on_client curl -s -o /dev/null http://198.51.100.1/large
	on_client curl -s -o /dev/null "http://[2001:db8:7:1::1]/large"
}

# measure NAME IFS [OPTION...]: NAME.tsv has the campaign by subnet.
measure()
{
	local name=$1 interfaces=$2
	shift 2
	live_start "$interfaces" "$TESTBED_DIR/$name" --interval 1s "$@" ||
		return 1
	drive_traffic >"$TESTBED_DIR/traffic.log" 2>&1
	live_stop INT || return 1
	$SPINDRIFT percentiles -t --by subnet "$TESTBED_DIR/$name" \
		>"$TESTBED_DIR/$name.tsv"
}

cell()
{
	local name=$1
	shift
	claims_cell "$TESTBED_DIR/$name.tsv" "$@"
}

check_echoes()
{
	local name=$1 group
	for group in 198.51.100.0/24 2001:db8:7::/48; do
		claim "${name}_has_each_echo_of_${group//\//_}_once" is_equal \
			"$(cell "$name" n_samples group=$group \
				source=icmp_echo)" $N_PINGS
		claim "${name}_has_tcp_of_${group//\//_}" is_at_least \
			"$(cell "$name" n_samples group=$group \
				source=tcp_ts)" 2
		claim "${name}_${group//\//_}_is_not_below_the_path" \
			is_at_least "$(cell "$name" min_ns group=$group \
				source=icmp_echo)" 8000000
	done
}

# A forwarded packet passes both interfaces and counts once: a page of 60 kB is
# 42 full segments and little else.
check_counted_once()
{
	local name=$1 bytes
	bytes=$(cell "$name" rx_bytes group=198.51.100.0/24 source=-)
	claim "${name}_counts_forwarded_bytes_once" is_at_most "$bytes" 75000
	claim "${name}_counts_forwarded_bytes" is_at_least "$bytes" 60000
}

# Tagged frames cannot be forwarded here; a responder at the client's end
# answers the tagged requests that the observer sends out of lan0.
check_tags()
{
	local name=$1 campaign=$TESTBED_DIR/$1
	shift
	live_start lan0 "$campaign" --interval 1s || return 1
	testbed_start client tests/testbed/tagged_echo.py answer eth0 "$@"
	# The first line is a header.
	testbed_wait_for on_client grep -q '^[0-9a-f]' /proc/net/packet
	on_observer tests/testbed/tagged_echo.py ask lan0 $N_PINGS "$@" ||
		return 1
	live_stop INT || return 1
	$SPINDRIFT percentiles -t --by subnet "$campaign" >"$campaign.tsv"
	claim "${name}_echoes_are_timed" is_equal "$(cell "$name" n_samples \
		group=10.61.9.0/24 source=icmp_echo)" $N_PINGS
	claim "${name}_echoes_are_not_below_the_path" is_at_least \
		"$(cell "$name" min_ns group=10.61.9.0/24 source=icmp_echo)" \
		2000000
	kill "$TESTBED_PID"
	wait "$TESTBED_PID" 2>/dev/null
	return 0
}

check()
{
	testbed_up "-d 1ms" "-d 4ms" && testbed_serve || return 1
	if measure two lan0,wan0; then
		check_echoes two
		check_counted_once two
	else
		claim two_interfaces_are_measured false
	fi
	if measure xdp lan0 --hook xdp; then
		check_echoes xdp
		check_counted_once xdp
	else
		claim xdp_is_measured false
	fi
	check_tags vlan 0x8100:5 || claim vlan_is_measured false
	check_tags qinq 0x88a8:100 0x8100:5 || claim qinq_is_measured false
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check || claim testbed_comes_up false
claims_end
