#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The delay relay does what its options say and records what it did: the other
# tests take its record for the truth.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
claims_need_root

# statistic NAME DIRECTION: from the last words of the relay to the servers
statistic()
{
	sed -n "s/^$2 .*\<$1=\([0-9.]*\).*/\1/p" "$TESTBED_DIR/wan.relay.log" |
		tail -n 1
}

least_rtt_us()
{
	on_client ping -q -i 0.01 -c 100 "$1" |
		sed -n 's/^rtt [^=]*= \([0-9.]*\).*/\1/p' |
		awk '{ printf "%d", $1 * 1000 }'
}

check_conserved()
{
	local direction=$1 name=$2
	claim "relay_${name}_loses_none_unsaid" is_equal \
		$(($(statistic in "$direction") + \
			$(statistic duplicated "$direction"))) \
		$(($(statistic out "$direction") + \
			$(statistic lost "$direction") + \
			$(statistic tail_dropped "$direction") + \
			$(statistic queued "$direction")))
	claim "relay_${name}_loses_some" is_at_least \
		"$(statistic lost "$direction")" 5
	claim "relay_${name}_duplicates_some" is_at_least \
		"$(statistic duplicated "$direction")" 5
}

# Records in a pcap of the relay: 16 bytes of header and what was cut.
count_records()
{
	/usr/bin/python3 -c '
import struct, sys
data, at, n = open(sys.argv[1], "rb").read(), 24, 0
while at + 16 <= len(data):
    at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    n += 1
print(n)' "$1"
}

check()
{
	testbed_up "-d 1ms" "-d 3ms,4ms -l 10 -u 10 -s 7
		-P 203.0.113.0/24=8ms,20ms -P 203.0.113.1/32=16ms
		-P 2001:db8:7::/48=12ms" || return 1
	claim default_path_is_delayed is_at_least \
		"$(least_rtt_us 198.51.100.1)" 9000
	claim default_path_is_not_delayed_more is_at_most \
		"$(least_rtt_us 198.51.100.1)" 14000
	claim longest_prefix_wins is_at_least "$(least_rtt_us 203.0.113.1)" \
		34000
	claim ipv6_path_is_delayed is_at_least \
		"$(least_rtt_us 2001:db8:7:1::1)" 26000
	testbed_down
	check_conserved 'a->b' forth
	check_conserved 'b->a' back
	claim every_frame_is_recorded is_equal \
		"$(count_records "$TESTBED_DIR/wan.a.pcap")" \
		$(($(statistic in 'a->b') + $(statistic out 'b->a')))
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check || claim testbed_comes_up false
claims_end
