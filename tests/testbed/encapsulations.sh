#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: encapsulations.sh DIRECTORY-OF-PROGRAMS
#
# Pings through whatever this kernel can encapsulate, between two namespaces,
# with the collector on the device below. Prints TAP. For any POSIX shell with
# ip and ping, so that it also runs where nothing else is: see tests/kernel.
set -u
programs=$1
IP=${IP:-ip} PING=${PING:-ping}
near=sdn$$ far=sdf$$
work=$(mktemp -d) || exit 1
n_pings=4

clean_up() {
	"$IP" netns del "$near" 2>/dev/null
	"$IP" netns del "$far" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM PIPE HUP

# Device t_KIND at both ends of the wire u0, with inner addresses 10.20.N.1, 2.
add_pair() {
	kind=$1 n=$2
	shift 2
	for end in 1 2; do
		[ $end = 1 ] && ns=$near || ns=$far
		set_ends "$end" "$kind"
		# shellcheck disable=SC2086 # several words
		"$IP" -n "$ns" link add $link name "t_$kind" type ${type:-$kind} \
			$ends "$@" 2>/dev/null || return 1
		"$IP" -n "$ns" addr add "10.20.$n.$end/24" dev "t_$kind"
		"$IP" -n "$ns" link set "t_$kind" up
	done
	kinds="$kinds $kind:$n"
}

set_ends() {
	link='' type='' ends="local 10.9.0.$1 remote 10.9.0.$((3 - $1))"
	case $2 in
	vlan) link='link u0' ends='' ;;
	qinq) link='link u0' type=vlan ends='proto 802.1ad' ;;
	sit) ends="$ends mode any" ;;
	esac
}

add_all() {
	"$IP" netns add "$near" && "$IP" netns add "$far" || return 1
	"$IP" -n "$near" link add u0 type veth peer name u0 netns "$far" ||
		return 1
	for ns in $near $far; do
		"$IP" -n "$ns" link set lo up
		"$IP" -n "$ns" link set u0 up
	done
	"$IP" -n "$near" addr add 10.9.0.1/24 dev u0
	"$IP" -n "$far" addr add 10.9.0.2/24 dev u0
	kinds=
	add_pair vlan 1 id 5 || no="$no vlan"
	add_pair qinq 2 id 6 || no="$no qinq"
	add_pair gre 3 || no="$no gre"
	add_pair gretap 4 key 7 || no="$no gretap"
	add_pair ipip 5 || no="$no ipip"
	add_pair vxlan 6 id 9 dstport 4789 || no="$no vxlan"
	add_pair sit 7 || no="$no sit"
}

# MPLS: a label on the way there; the answers come back without one.
add_mpls() {
	"$IP" netns exec "$far" sysctl -q -w net.mpls.platform_labels=1000 \
		net.mpls.conf.u0.input=1 2>/dev/null || return 1
	"$IP" -n "$far" -f mpls route add 100 dev lo 2>/dev/null || return 1
	"$IP" -n "$far" addr add 10.20.8.2/32 dev lo
	"$IP" -n "$near" route add 10.20.8.2/32 encap mpls 100 via inet \
		10.9.0.2 2>/dev/null || return 1
	kinds="$kinds mpls:8"
}

is_attached() {
	kill -0 "$collect" 2>/dev/null && [ -s "$work/log" ]
}

# measure NAME DEVICE [OPTION...]: pings all; NAME.tsv has the campaign.
measure() {
	name=$1 device=$2
	shift 2
	"$IP" netns exec "$near" "$programs/spindrift-collect" -i "$device" \
		-o "$work/$name" --interval 1s --max-flows 4096 \
		--max-subnets 1024 --max-histograms 512 "$@" \
		>"$work/log" 2>&1 &
	collect=$!
	# attached when something has been measured: pings of the wire itself
	tries=0
	until "$IP" netns exec "$near" "$PING" -q -c 1 -W 1 10.9.0.2 >/dev/null &&
		[ -e "$work/$name/journal" ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	sleep 1
	for pair in $kinds; do
		"$IP" netns exec "$near" "$PING" -q -c $n_pings -i 0.05 \
			"10.20.${pair#*:}.2" >"$work/ping.$name.${pair%:*}"
	done
	kill -INT "$collect"
	wait "$collect" || return 1
	"$programs/spindrift" percentiles --by subnet -t "$work/$name" \
		>"$work/$name.tsv" 2>/dev/null
}

# n_samples NAME GROUP
n_samples() {
	awk -F '\t' -v group="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["group"] == group && $at["source"] == "icmp_echo" {
			n += $at["n_samples"]
		}
		END { print n + 0 }' "$work/$1.tsv"
}

# claim NAME GOT WANT
claim() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1: got $2, want $3"
	fi
}

check_inner() {
	measure inner u0 || claim inner_is_measured no yes
	for pair in $kinds; do
		claim "pings_inside_${pair%:*}_are_timed" \
			"$(n_samples inner "10.20.${pair#*:}.0/24")" $n_pings
	done
}

# Link headers are no tunnels: they are passed over in any case.
check_outer() {
	measure outer u0 --tunnel outer || claim outer_is_measured no yes
	for pair in $kinds; do
		case ${pair%:*} in
		vlan | qinq | mpls) want=$n_pings ;;
		*) want=0 ;;
		esac
		claim "outer_only_times_${want}_pings_inside_${pair%:*}" \
			"$(n_samples outer "10.20.${pair#*:}.0/24")" $want
	done
}

# The devices of tunnels themselves have no Ethernet header.
check_plain_ip() {
	devices=
	for pair in $kinds; do
		case ${pair%:*} in
		gre | ipip | sit) devices=$devices,t_${pair%:*} ;;
		esac
	done
	[ -n "$devices" ] || return
	measure plain "${devices#,}" || claim plain_ip_is_measured no yes
	for pair in $kinds; do
		case ,${devices#,}, in
		*,t_${pair%:*},*)
			claim "pings_on_the_device_of_${pair%:*}_are_timed" \
				"$(n_samples plain "10.20.${pair#*:}.0/24")" \
				$n_pings
			;;
		esac
	done
}

no=
add_all || claim namespaces_come_up no yes
add_mpls || no="$no mpls"
check_inner
check_outer
check_plain_ip
for kind in $no; do
	echo "ok - $kind # SKIP this kernel does not make it"
done
