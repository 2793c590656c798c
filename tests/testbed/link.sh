# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The observer and the server as neighbours, without a relay between them, so
# that packets stay aggregated; to be sourced after testbed.sh.
#
#   link_up      u0 at both ends: $LINK_NEAR4, $LINK_NEAR6 at the observer's,
#                $LINK_FAR4, $LINK_FAR6 at the server's
#   link_bulk FAMILY BYTES [WINDOW]      tests/testbed/bulk.py across it

LINK_NEAR4=10.9.1.1
LINK_NEAR6=2001:db8:1::1
LINK_FAR4=10.9.2.2
LINK_FAR6=2001:db8:2::2

link_up()
{
	local ns
	testbed_namespace_add "$TESTBED_OBSERVER" &&
		testbed_namespace_add "$TESTBED_SERVER" || return 1
	ip -n "$TESTBED_OBSERVER" link add u0 type veth peer name u0 \
		netns "$TESTBED_SERVER" || return 1
	for ns in "$TESTBED_OBSERVER" "$TESTBED_SERVER"; do
		# A probe of the tail is a retransmission.
		ip netns exec "$ns" sysctl -qw net.ipv4.tcp_early_retrans=0
		ip -n "$ns" link set u0 up
	done
	ip -n "$TESTBED_OBSERVER" addr add $LINK_NEAR4/16 dev u0
	ip -n "$TESTBED_OBSERVER" addr add $LINK_NEAR6/32 dev u0 nodad
	ip -n "$TESTBED_SERVER" addr add $LINK_FAR4/16 dev u0
	ip -n "$TESTBED_SERVER" addr add $LINK_FAR6/32 dev u0 nodad
	testbed_wait_for on_observer ping -q -c 1 -W 2 $LINK_FAR4 &&
		testbed_wait_for on_observer ping -q -c 1 -W 2 $LINK_FAR6
}

link_bulk()
{
	local far=LINK_FAR$1
	shift
	"$TESTBED_SOURCE/bulk.py" "$TESTBED_OBSERVER" "$TESTBED_SERVER" \
		"${!far}" "$@"
}
