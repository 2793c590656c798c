#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets that the kernel aggregates count as what they are on the wire, and
# headers in page fragments are read: TCP in bulk between two namespaces with
# segmentation offload, with GRO, with neither and with BIG TCP, against what the
# sockets say that they sent.
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

N_BYTES=600000
N_PINGS=20
MAX_TRIES=15
WINDOW=()

# offload WHAT: of both ends
offload()
{
	local ns
	for ns in "$TESTBED_OBSERVER" "$TESTBED_SERVER"; do
		case $1 in
		segmentation) ip netns exec "$ns" ethtool -K u0 tso on gso on \
			gro off ;;
		gro) ip netns exec "$ns" ethtool -K u0 tso off gso off gro on ;;
		# TCP aggregates for software's sake whatever a device can.
		nothing) ip netns exec "$ns" ethtool -K u0 tso off gso off \
			gro off && ip -n "$ns" link set u0 gso_max_segs 1 ;;
		big_tcp) ip netns exec "$ns" ethtool -K u0 tso on gso on gro on &&
			ip -n "$ns" link set u0 gso_max_segs 65535 \
				gso_max_size 180000 gro_max_size 180000 ;;
		esac || return 1
	done
}

# Until TCP lost nothing: headers are of one length then.
move()
{
	local try
	for ((try = 1; try <= MAX_TRIES; try++)); do
		live_start u0 "$TESTBED_DIR/$1.$try" --interval 1s || return 1
		link_bulk "$2" $N_BYTES "${WINDOW[@]}" \
			>"$TESTBED_DIR/$1.truth"
		status=$?
		live_stop INT || return 1
		[ $status -eq 3 ] || break
	done
	campaign=$TESTBED_DIR/$1.$try
	$SPINDRIFT traffic -q -t --subnet "$3" "$campaign" \
		>"$TESTBED_DIR/$1.tsv"
	return $status
}

# measured NAME WAY: packets and bytes of TCP with timestamps
measured()
{
	local row="section=class item=tcp_ts family=ipv$family"
	# shellcheck disable=SC2086 # a list of keys
	echo "$(claims_cell "$TESTBED_DIR/$1.tsv" "$2_packets" $row)" \
		"$(claims_cell "$TESTBED_DIR/$1.tsv" "$2_bytes" $row)"
}

# sent NAME DIRECTION
sent()
{
	echo "$(claims_cell "$TESTBED_DIR/$1.truth" packets direction="$2")" \
		"$(claims_cell "$TESTBED_DIR/$1.truth" bytes direction="$2")"
}

n_samples()
{
	$SPINDRIFT percentiles -q -t --source tcp_ts "$campaign" |
		claims_cell - n_samples source=tcp_ts
}

# What the programs were called for.
n_seen()
{
	$SPINDRIFT info -j "$campaign" | python3 -c \
		'import json, sys; print(json.load(sys.stdin)["outcomes"]["tcp_timed"])'
}

n_sent()
{
	awk 'NR > 1 { n += $2 } END { print n }' "$TESTBED_DIR/$1.truth"
}

check_offload()
{
	local what=$1 family=$2 subnet=$3 name=$1_ipv$2 campaign status
	# One by one they would be more than the receiver's backlog takes.
	[ "$what" != nothing ] || local WINDOW=(65536)
	if ! offload "$what" || ! move "$name" "$family" "$subnet"; then
		claim "${name}_is_measured" false
		return
	fi
	claim "${name}_packets_that_leave_are_counted" is_equal \
		"$(measured "$name" rx)" "$(sent "$name" there)"
	claim "${name}_packets_that_come_are_counted" is_equal \
		"$(measured "$name" tx)" "$(sent "$name" back)"
	claim "${name}_has_samples" is_at_least "$(n_samples)" 2
	if [ "$what" = nothing ]; then
		claim "${name}_packets_came_one_by_one" is_equal "$(n_seen)" \
			"$(n_sent "$name")"
	else
		claim "${name}_packets_were_aggregated" is_at_most \
			"$(n_seen)" $(($(n_sent "$name") / 2))
	fi
}

# paged WHERE FROM TO SUBNET: samples of pings sent from page fragments
check_paged()
{
	local from=$1 way=$2 source=$3 destination=$4 subnet=$5 mac other
	local campaign=$TESTBED_DIR/paged_$2 n_replies
	[ "$from" = observer ] && other=server || other=observer
	mac=$("on_$other" cat /sys/class/net/u0/address)
	live_start u0 "$campaign" --interval 1s || return 1
	n_replies=$("on_$from" tests/testbed/paged_echo.py u0 "$mac" "$source" \
		"$destination" $N_PINGS)
	live_stop INT || return 1
	claim "paged_pings_that_${way}_are_answered" is_equal "$n_replies" \
		$N_PINGS
	claim "headers_in_pages_that_${way}_are_read" is_equal \
		"$($SPINDRIFT percentiles -q -t --by subnet "$campaign" |
			claims_cell - n_samples group="$subnet" \
				source=icmp_echo)" $N_PINGS
}

check()
{
	local what
	link_up || return 1
	for what in segmentation gro nothing big_tcp; do
		check_offload $what 4 10.9.1.0/24
		check_offload $what 6 2001:db8:1::/48
	done
	check_paged observer leave $LINK_NEAR4 $LINK_FAR4 10.9.2.0/24 ||
		claim paged_is_measured false
	check_paged server come $LINK_FAR4 $LINK_NEAR4 10.9.1.0/24 ||
		claim paged_is_measured false
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check || claim testbed_comes_up false
claims_end
