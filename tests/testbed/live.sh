# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Running spindrift in the observer, to be sourced after testbed.sh.
#
#   live_start IF[,IF] CAMPAIGN [OPTION...]   returns when it is attached; its
#                                             pid is in $LIVE_PID
#   LIVE_LEFT=N live_start ...                N programs of a killed collector
#                                             are there and will be replaced
#   live_stop SIGNAL                          its exit status is the result

SPINDRIFT=${SPINDRIFT:-${BUILD:-build}/spindrift}
LIVE_LAN=(--lan 10.61.0.0/16 --lan 2001:db8:61::/48)

# How many programs are attached to an interface of the observer, at any hook.
live_count_attached()
{
	local tcx xdp filters
	tcx=$(on_observer "$TESTBED_SOURCE/bystander.py" count "$1" 2>/dev/null)
	xdp=$(ip -n "$TESTBED_OBSERVER" link show dev "$1" | grep -c 'prog/xdp')
	filters=$({
		tc -n "$TESTBED_OBSERVER" filter show dev "$1" ingress
		tc -n "$TESTBED_OBSERVER" filter show dev "$1" egress
	} 2>/dev/null | grep -c ' handle ')
	echo $((${tcx:-0} + xdp + filters))
}

# Also when the collector has ended, or the wait would be for nothing.
live_is_attached_or_gone()
{
	! kill -0 "$LIVE_PID" || [ "$(live_count_attached "$1")" -ge "$2" ]
}

live_start()
{
	local interfaces=$1 campaign=$2 interface before=()
	shift 2
	for interface in ${interfaces//,/ }; do
		before+=("$(live_count_attached "$interface")")
	done
	LIVE_LOG=$TESTBED_DIR/collect.log
	testbed_start observer "$SPINDRIFT" collect -i "$interfaces" \
		-o "$campaign" "${LIVE_LAN[@]}" "$@" >"$LIVE_LOG" 2>&1
	LIVE_PID=$TESTBED_PID
	for interface in ${interfaces//,/ }; do
		if ! testbed_wait_for live_is_attached_or_gone "$interface" \
			$((before[0] + 2 - ${LIVE_LEFT:-0})) || ! kill -0 "$LIVE_PID"; then
			cat "$LIVE_LOG" >&2
			return 1
		fi
		before=("${before[@]:1}")
	done
}

live_stop()
{
	kill "-$1" "$LIVE_PID" 2>/dev/null
	wait "$LIVE_PID" 2>/dev/null
}
