#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A node of a cluster: pods behind a bridge, masqueraded on the way out. On the
# bridge, and on the host side of the pods' veth, destinations and pods are told
# apart; on the node's own interface there are no pods any more. The collector
# has the configuration and the capabilities of dist/kubernetes.
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
NEAR=104.16.44.1 NEAR_NS=9000000
FAR=198.51.100.1 FAR_NS=50000000
SERVICE=10.96.0.10
SLACK_NS=3000000 # of the least of many, on a busy machine
THREE_CAPS=-all,+bpf,+net_admin,+perfmon
METRICS=http://127.0.0.1:9464/metrics

on_pod()
{
	local pod=$1
	shift
	ip netns exec "${TESTBED_NAME}p$pod" "$@"
}

# pod_add N: 10.244.N.2 behind vethN of the node
pod_add()
{
	local ns=${TESTBED_NAME}p$1 node=$TESTBED_OBSERVER
	testbed_namespace_add "$ns" &&
		ip -n "$node" link add "veth$1" type veth \
			peer name eth0 netns "$ns" &&
		ip -n "$node" link set "veth$1" master cni0 up &&
		ip -n "$ns" link set eth0 up &&
		ip -n "$ns" addr add "10.244.$1.2/22" dev eth0 &&
		ip -n "$ns" route add default via 10.244.0.1
}

pods_remove()
{
	ip netns del "${TESTBED_NAME}p1" 2>/dev/null
	ip netns del "${TESTBED_NAME}p2" 2>/dev/null
}

# As kube-proxy would: out with the node's address, and a service that an address
# of the cluster stands for.
translate()
{
	on_observer nft -f - <<-END
		table ip nat {
			chain post {
				type nat hook postrouting priority 100;
				ip saddr 10.244.0.0/22 \\
					ip daddr != 10.244.0.0/16 masquerade
			}
			chain pre {
				type nat hook prerouting priority -100;
				ip daddr $SERVICE dnat to $NEAR
			}
		}
	END
}

node_up()
{
	testbed_up "-d 0ms" "$(testbed_server_paths)" || return 1
	ip -n "$TESTBED_OBSERVER" link add cni0 type bridge &&
		ip -n "$TESTBED_OBSERVER" addr add 10.244.0.1/22 dev cni0 &&
		ip -n "$TESTBED_OBSERVER" link set cni0 up &&
		pod_add 1 && pod_add 2 && translate || return 1
	testbed_serve &&
		testbed_wait_for on_pod 1 ping -c 1 -W 2 192.0.2.2 &&
		testbed_wait_for on_pod 2 ping -c 1 -W 2 192.0.2.2 &&
		testbed_wait_for on_pod 1 ping -c 1 -W 2 10.244.2.2
}

# As the DaemonSet has it: root of three capabilities, its configuration.
write_collector()
{
	cat >"$TESTBED_DIR/collector" <<-END
		#!/bin/sh
		exec setpriv --bounding-set=$THREE_CAPS --inh-caps=-all \
			--no-new-privs "$SPINDRIFT" "\$@"
	END
	chmod 755 "$TESTBED_DIR/collector"
}

drive_traffic()
{
	on_pod 1 ping -q -i 0.02 -c $N_PINGS $NEAR
	on_pod 2 ping -q -i 0.02 -c $N_PINGS $FAR
	on_pod 1 ping -q -i 0.02 -c $N_PINGS 10.244.2.2
	on_pod 1 curl -s -o /dev/null "http://$NEAR/large"
	on_pod 2 curl -s -o /dev/null "http://$FAR/large"
	on_pod 1 curl -s -o /dev/null "http://$SERVICE/large"
}

tables()
{
	local name=$1 by
	for by in subnet slash8; do
		$SPINDRIFT percentiles -t --by $by "$TESTBED_DIR/$name" \
			>"$TESTBED_DIR/$name.$by.tsv" || return 1
	done
	printf '104.16.0.0/13\t64496\n198.51.100.0/24\t64497\n' \
		>"$TESTBED_DIR/as.dat"
	$SPINDRIFT asn -t --source icmp_echo --as-table "$TESTBED_DIR/as.dat" \
		"$TESTBED_DIR/$name" >"$TESTBED_DIR/$name.asn.tsv" &&
		$SPINDRIFT traffic -t "$TESTBED_DIR/$name" \
			>"$TESTBED_DIR/$name.traffic.tsv"
}

# measure NAME IF[,IF]
measure()
{
	local program=$SPINDRIFT
	SPINDRIFT=$TESTBED_DIR/collector
	live_start "$2" "$TESTBED_DIR/$1" --interval 1s || return 1
	SPINDRIFT=$program
	drive_traffic >"$TESTBED_DIR/traffic.log" 2>&1
	claim "$1_answers_the_probe" testbed_wait_for \
		on_observer curl -sf -o /dev/null $METRICS
	live_stop TERM
	claim "$1_ends_with_status_0" is_equal $? 0
	tables "$1"
}

# cell NAME BY COLUMN KEY=VALUE...
cell()
{
	local name=$1 by=$2
	shift 2
	claims_cell "$TESTBED_DIR/$name.$by.tsv" "$@"
}

# The least of a group is the path, and nothing is below it.
check_path()
{
	local name=$1 by=$2 group=$3 want=$4 min
	min=$(cell "$name" "$by" min_ns "group=$group" source=icmp_echo)
	claim "${name}_${by}_${group//\//_}_is_not_below_the_path" \
		is_at_least "$min" "$want"
	claim "${name}_${by}_${group//\//_}_is_the_path" \
		is_at_most "$min" $((want + SLACK_NS))
}

check_destinations()
{
	local name=$1
	claim "${name}_has_each_echo_once" is_equal "$(cell "$name" subnet \
		n_samples group=104.16.44.0/24 source=icmp_echo)" $N_PINGS
	check_path "$name" subnet 104.16.44.0/24 $NEAR_NS
	check_path "$name" subnet 198.51.100.0/24 $FAR_NS
	check_path "$name" slash8 104 $NEAR_NS
	check_path "$name" slash8 198 $FAR_NS
	check_path "$name" asn AS64496 $NEAR_NS
	check_path "$name" asn AS64497 $FAR_NS
}

check_pods()
{
	local name=$1 pod
	for pod in 1 2; do
		claim "${name}_has_pod_${pod}_on_the_lan_side" is_equal \
			"$(cell "$name" subnet side group=10.244.$pod.0/24 \
				source=-)" lan
	done
}

check_bridge()
{
	measure bridge cni0 || return 1
	check_destinations bridge
	check_pods bridge
	# Not timed with bridge-nf-call-iptables: requests pass translated already.
	claim bridge_has_the_service_on_the_lan_side is_equal "$(cell bridge \
		subnet side group=10.96.0.0/24 source=-)" lan
	check_icmp_of_pods bridge 2
}

# A packet counts at both its ends. Pod 1 and the outside, pod 2 and the outside:
# one end of the LAN side each; from pod to pod, where that is seen: two.
check_icmp_of_pods()
{
	local name=$1 n_ends=$2
	claim "${name}_counts_each_packet_of_pods_once" is_equal \
		"$(cell "$name" traffic packets side=lan family=ipv4 \
			item=icmp section=class)" $((n_ends * 2 * N_PINGS))
}

check_veths()
{
	measure veths veth1,veth2 || return 1
	check_destinations veths
	check_pods veths
	check_icmp_of_pods veths 4
	claim veths_time_the_service_on_the_lan_side is_at_least "$(cell veths \
		subnet min_ns group=10.96.0.0/24 side=lan \
		source=tcp_handshake)" $NEAR_NS
	claim veths_time_each_echo_between_pods_once is_equal \
		"$(cell veths subnet n_samples group=10.244.2.0/24 \
			source=icmp_echo)" $N_PINGS
}

check_egress()
{
	measure egress wan0 || return 1
	claim egress_times_the_outside is_at_least "$(cell egress subnet \
		n_samples group=104.16.44.0/24 source=icmp_echo)" $N_PINGS
	claim egress_has_the_address_of_the_node is_at_least "$(cell egress \
		subnet rx_packets group=192.0.2.0/24 source=-)" $N_PINGS
	claim egress_has_no_pod is_equal \
		"$(grep -c 10.244. "$TESTBED_DIR/egress.subnet.tsv")" 0
}

check()
{
	node_up || return 1
	write_collector
	LIVE_LAN=(--config "$PWD/dist/kubernetes/collect.conf")
	check_bridge || claim bridge_is_measured false
	check_veths || claim veths_are_measured false
	check_egress || claim egress_is_measured false
}

fini()
{
	testbed_fini
	pods_remove
}

testbed_init
trap fini EXIT
trap 'exit 1' INT TERM
if command -v nft >/dev/null; then
	check || claim node_comes_up false
else
	claim_skip node "no nft here"
fi
claims_end
