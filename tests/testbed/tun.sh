#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tun.sh DIRECTORY-OF-PROGRAMS PROGRAM
#
# The collector on a tun device, which has no Ethernet header: PROGRAM (tests/tun)
# answers echo requests at its other side and knows between what two times each
# must be measured. Prints TAP. For any POSIX shell with ip, so that it also runs
# where nothing else is: see tests/kernel.
set -u
programs=$1 echo_program=$2
IP=${IP:-ip}
ns=sdt$$
work=$(mktemp -d) || exit 1
n_replies=101 n_requests=121
# Headers and 48 bytes.
bytes4=76 bytes6=96

clean_up() {
	[ -z "$collect" ] || kill "$collect" 2>/dev/null
	"$IP" netns del "$ns" 2>/dev/null
	rm -rf "$work"
}
collect=
trap clean_up EXIT
trap 'exit 1' INT TERM PIPE HUP

# claim NAME GOT WANT
claim() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1: got $2, want $3"
	fi
}

# is_between NAME GOT LEAST MOST
is_between() {
	if awk -v got="$2" -v least="$3" -v most="$4" 'BEGIN {
		exit !(got != "" && got + 0 >= least + 0 && got + 0 <= most + 0)
	}'; then
		claim "$1" true true
	else
		claim "$1" "${2:-nothing}" "$3 to $4"
	fi
}

# wait_for PID WHAT FILE: until the process has said so
wait_for() {
	tries=0
	until grep -q "$2" "$3" || [ $tries -ge 300 ] ||
		! kill -0 "$1" 2>/dev/null; do
		tries=$((tries + 1))
		sleep 0.2
	done
}

start_collect() {
	: >"$work/log"
	"$IP" netns exec "$ns" "$programs/spindrift-collect" -i "$1" \
		-o "$work/$1" --interval 1s --max-flows 4096 \
		--max-subnets 1024 --max-histograms 512 >"$work/log" 2>&1 &
	collect=$!
	wait_for "$collect" 'collecting on' "$work/log"
}

stop_collect() {
	kill -INT "$collect"
	wait "$collect" || claim collector_ends_well no yes
	collect=
	"$programs/spindrift" percentiles --quantile midpoint --by subnet -t \
		"$work/$1" >"$work/$1.tsv" 2>/dev/null
}

# cell DEVICE GROUP SOURCE COLUMN
cell() {
	awk -F '\t' -v group="$2" -v source="$3" -v column="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["group"] == group && $at["source"] == source {
			print $at[column]
		}' "$work/$1.tsv"
}

# bound FAMILY COLUMN RANK: of the RANKth smallest, the lower (2) or upper (3)
bound() {
	awk -v family="$1" -v column="$2" '$1 == family { print $column }' \
		"$work/truth" | sort -n | sed -n "$3p"
}

mean() {
	awk -v family="$1" -v column="$2" '$1 == family {
		sum += $column
		n++
	} END { printf "%.0f\n", sum / n }' "$work/truth"
}

# scaled VALUE FACTOR
scaled() { awk -v v="$1" -v f="$2" 'BEGIN { printf "%.0f\n", v * f }'; }

check_family() {
	family=$1 group=$2 bytes=$3
	claim "ipv${family}_has_a_sample_of_each_reply" \
		"$(cell tun0 "$group" icmp_echo n_samples)" $n_replies
	claim "ipv${family}_bytes_are_ip_lengths" \
		"$(cell tun0 "$group" - rx_bytes)" \
		$(((n_requests + n_replies) * bytes))
	is_between "ipv${family}_min_is_true" \
		"$(cell tun0 "$group" icmp_echo min_ns)" \
		"$(bound "$family" 2 1)" "$(bound "$family" 3 1)"
	is_between "ipv${family}_max_is_true" \
		"$(cell tun0 "$group" icmp_echo max_ns)" \
		"$(bound "$family" 2 $n_replies)" \
		"$(bound "$family" 3 $n_replies)"
	is_between "ipv${family}_mean_is_true" \
		"$(cell tun0 "$group" icmp_echo mean_ns)" \
		"$(mean "$family" 2)" "$(mean "$family" 3)"
	for p in 5 25 50 75 95 99; do
		is_between "ipv${family}_p${p}_is_within_a_64th" \
			"$(cell tun0 "$group" icmp_echo "p${p}_ns")" \
			"$(scaled "$(bound "$family" 2 $((p + 1)))" 0.984375)" \
			"$(scaled "$(bound "$family" 3 $((p + 1)))" 1.015625)"
	done
}

check_echoes() {
	"$IP" -n "$ns" tuntap add dev tun0 mode tun || return 1
	"$IP" -n "$ns" addr add 10.21.0.1/24 dev tun0
	"$IP" -n "$ns" link set tun0 up
	"$IP" -n "$ns" addr add 2001:db8:21::1/48 dev tun0 nodad
	# What wakes the device is not to be measured.
	mkfifo "$work/go"
	: >"$work/echo.log"
	exec 3<>"$work/go"
	"$IP" netns exec "$ns" "$echo_program" echo tun0 10.21.0.2 \
		2001:db8:21::2 <&3 >"$work/truth" 2>"$work/echo.log" &
	echo=$!
	wait_for "$echo" ready "$work/echo.log"
	start_collect tun0
	echo go >&3
	wait "$echo" || claim all_are_answered "$(cat "$work/echo.log")" yes
	exec 3>&-
	stop_collect tun0
	check_family 4 10.21.0.0/24 $bytes4
	check_family 6 2001:db8:21::/48 $bytes6
}

# A virtual machine says how long segments are, not how many.
check_segments() {
	"$IP" -n "$ns" tuntap add dev tun1 mode tun vnet_hdr || return 1
	"$IP" -n "$ns" link set tun1 up
	start_collect tun1
	"$IP" netns exec "$ns" "$echo_program" segments tun1 ||
		claim segments_are_handed_over no yes
	stop_collect tun1
	claim segments_handed_over_whole_are_counted \
		"$(cell tun1 10.22.0.0/24 - rx_packets)" 300
	claim segments_handed_over_whole_have_their_bytes \
		"$(cell tun1 10.22.0.0/24 - rx_bytes)" $((300 * 1452))
}

if [ ! -c /dev/net/tun ]; then
	echo "ok - devices without Ethernet header # SKIP no /dev/net/tun"
	exit 0
fi
"$IP" netns add "$ns" || claim namespace_comes_up no yes
"$IP" -n "$ns" link set lo up
check_echoes || claim tun_device_is_made no yes
check_segments || claim tun_device_with_offload_is_made no yes
