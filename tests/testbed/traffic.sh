# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Mixed traffic over the testbed, to be sourced after testbed.sh: every server
# is pinged and asked for web pages, some of them move bulk data, both ways.

# One client fetches pages from a share of the servers, again and again.
traffic_browse()
{
	local client=$1 end=$2 pause=$3 address page
	shift 3
	set -- "$@"
	while [ "$SECONDS" -lt "$end" ]; do
		for address in "$@"; do
			[ "$SECONDS" -lt "$end" ] || return 0
			case $((RANDOM % 8)) in
			0) page=large ;;
			[1-3]) page=medium ;;
			*) page=small ;;
			esac
			case $address in *:*) address="[$address]" ;; esac
			on_client curl -s -m 10 -o /dev/null \
				--interface "$client" "http://$address/$page"
			sleep "$pause"
		done
	done
}

traffic_bulk()
{
	local client=$1 server=$2
	shift 2
	on_client iperf3 -B "$client" -c "$server" "$@" \
		>>"$TESTBED_DIR/iperf3.client.log" 2>&1
}

# Servers of one family, every third one beginning with the given.
traffic_share()
{
	testbed_servers | cut -f 1 | grep "$1" ":" | awk -v k="$2" -v n="$3" \
		'NR % n == k % n'
}

# traffic_mixed SECONDS PING_INTERVAL PAUSE: the pings come every
# PING_INTERVAL seconds per server, the pages after PAUSE seconds per client.
traffic_mixed()
{
	local seconds=$1 interval=$2 pause=$3 pids=() i=0 client address
	local end=$((SECONDS + seconds))
	for address in $(testbed_servers | cut -f 1); do
		client=10.61.$((i % 3 + 1)).10
		case $address in *:*) client=2001:db8:61:$((i % 2 + 1))::10 ;; esac
		on_client ping -q -I "$client" -i "$interval" -w "$seconds" \
			"$address" >/dev/null &
		pids+=($!)
		i=$((i + 1))
	done
	i=0
	for client in $TESTBED_CLIENTS4; do
		# shellcheck disable=SC2046 # a list of addresses
		traffic_browse "$client" $end "$pause" $(traffic_share -v $i 3) &
		pids+=($!)
		i=$((i + 1))
	done
	# shellcheck disable=SC2046,SC2086 # a list of addresses
	traffic_browse ${TESTBED_CLIENTS6% *} $end "$pause" \
		$(traffic_share -e 0 1) &
	pids+=($!)
	traffic_bulk 10.61.1.10 62.24.128.5 -t $((seconds / 4)) -b 150k
	traffic_bulk 10.61.2.10 45.60.8.2 -R -t $((seconds / 4)) -b 200k
	traffic_bulk 10.61.3.10 23.5.6.1 -R -n 1M
	traffic_bulk 2001:db8:61:1::10 2a00:1450:4001::5 -n 400K
	wait "${pids[@]}"
}
