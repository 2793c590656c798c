# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A small network on one machine, to be sourced by the scripts that need one:
#
#   client --- relay --- observer (router) --- relay --- server
#
# Three network namespaces joined by two delay relays (tests/relay). The
# observer forwards; its interfaces are lan0 and wan0. Nothing leaves the
# namespaces. Both relays' end a is the observer's: $TESTBED_DIR/lan.a.pcap and
# wan.a.pcap are what a perfect observer would have seen of each side.
#
#   testbed_init; trap testbed_fini EXIT      names and a directory, clean end
#   testbed_up "LAN OPTIONS" "WAN OPTIONS"    options of the relays
#   on_client / on_observer / on_server COMMAND...
#   testbed_down                              ends the traffic, keeps the truth
#
# BUILD names the build directory. Needs root.

TESTBED_SOURCE=$(CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TESTBED_RELAY=${BUILD:-build}/tests/relay
TESTBED_CLIENTS4="10.61.1.10 10.61.2.10 10.61.3.10"
TESTBED_CLIENTS6="2001:db8:61:1::10 2001:db8:61:2::10"
TESTBED_PIDS=()
# For the kernel to verify six programs on a machine that has other things to do.
TESTBED_WAIT_S=60

testbed_init()
{
	TESTBED_NAME=sd$$
	TESTBED_DIR=$(mktemp -d "${TMPDIR:-/tmp}/testbed.XXXXXX")
	TESTBED_CLIENT=${TESTBED_NAME}c
	TESTBED_OBSERVER=${TESTBED_NAME}o
	TESTBED_SERVER=${TESTBED_NAME}s
}

on_client() { ip netns exec "$TESTBED_CLIENT" "$@"; }
on_observer() { ip netns exec "$TESTBED_OBSERVER" "$@"; }
on_server() { ip netns exec "$TESTBED_SERVER" "$@"; }

# Runs a command of a function above in the background until testbed_down; its
# pid is in $TESTBED_PID. exec makes the pid that of the program itself.
testbed_start()
{
	local where=$1
	shift
	case $where in
	client) where=$TESTBED_CLIENT ;;
	observer) where=$TESTBED_OBSERVER ;;
	server) where=$TESTBED_SERVER ;;
	esac
	# Without its own redirection the shell would take its input away.
	ip netns exec "$where" "$@" <&0 &
	TESTBED_PID=$!
	TESTBED_PIDS+=("$TESTBED_PID")
}

# Waits up to TESTBED_WAIT_S until a command succeeds.
testbed_wait_for()
{
	local end=$((SECONDS + TESTBED_WAIT_S))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt $end ] || return 1
		sleep 0.05
	done
}

testbed_relay_start()
{
	local name=$1 options=$2 outer=$3 log=$TESTBED_DIR/$1.relay.log
	# shellcheck disable=SC2086 # options are a list of words
	"$TESTBED_RELAY" -R -a "$TESTBED_OBSERVER:${name}0" -b "$outer:eth0" \
		-w "$TESTBED_DIR/$name" $options 2>"$log" &
	TESTBED_PIDS+=($!)
	testbed_wait_for grep -q 'relay: ready' "$log" || {
		cat "$log" >&2
		return 1
	}
}

# The -P options that give each server of servers.tsv its delay.
testbed_server_paths()
{
	local address there back
	testbed_servers | while read -r address there back; do
		case $address in
		*:*) echo "-P $address/128=$there,$back" ;;
		*) echo "-P $address/32=$there,$back" ;;
		esac
	done | tr '\n' ' '
}

testbed_servers() { grep -v '^#' "$TESTBED_SOURCE/servers.tsv"; }

testbed_namespace_add()
{
	ip netns add "$1" || return 1
	ip -n "$1" link set lo up
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.tcp_timestamps=1
}

testbed_address_hosts()
{
	local address
	for address in $TESTBED_CLIENTS4; do
		ip -n "$TESTBED_CLIENT" addr add "$address/16" dev eth0
	done
	for address in $TESTBED_CLIENTS6; do
		ip -n "$TESTBED_CLIENT" addr add "$address/48" dev eth0 nodad
	done
	ip -n "$TESTBED_CLIENT" route add default via 10.61.0.1
	ip -n "$TESTBED_CLIENT" route add default via 2001:db8:61::1
	ip -n "$TESTBED_SERVER" addr add 192.0.2.2/30 dev eth0
	ip -n "$TESTBED_SERVER" addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip -n "$TESTBED_SERVER" route add default via 192.0.2.1
	ip -n "$TESTBED_SERVER" route add default via 2001:db8:ffff::1
	testbed_servers | while read -r address _; do
		case $address in
		*:*) address=$address/128 ;;
		*) address=$address/32 ;;
		esac
		ip -n "$TESTBED_SERVER" addr add "$address" dev lo
	done
}

testbed_address_observer()
{
	local ns=$TESTBED_OBSERVER
	ip -n "$ns" addr add 10.61.0.1/16 dev lan0
	ip -n "$ns" addr add 2001:db8:61::1/48 dev lan0 nodad
	ip -n "$ns" addr add 192.0.2.1/30 dev wan0
	ip -n "$ns" addr add 2001:db8:ffff::1/64 dev wan0 nodad
	ip -n "$ns" route add default via 192.0.2.2
	ip -n "$ns" route add default via 2001:db8:ffff::2
	ip netns exec "$ns" sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

testbed_up()
{
	local ns
	for ns in "$TESTBED_CLIENT" "$TESTBED_OBSERVER" "$TESTBED_SERVER"; do
		testbed_namespace_add "$ns" || return 1
	done
	testbed_relay_start lan "$1" "$TESTBED_CLIENT" &&
		testbed_relay_start wan "$2" "$TESTBED_SERVER" || return 1
	testbed_address_observer
	testbed_address_hosts
	# Also resolves the neighbours, so that no measurement begins with it. To
	# the server's link addresses, which no traffic uses afterwards.
	testbed_wait_for on_client ping -c 1 -W 2 192.0.2.2 &&
		testbed_wait_for on_client ping -c 1 -W 2 2001:db8:ffff::2
}

testbed_make_files()
{
	mkdir -p "$TESTBED_DIR/www"
	head -c 500 /dev/urandom >"$TESTBED_DIR/www/small"
	head -c 12000 /dev/urandom >"$TESTBED_DIR/www/medium"
	head -c 60000 /dev/urandom >"$TESTBED_DIR/www/large"
}

# nginx on port 80 and iperf3 on port 5201 of every server address.
testbed_serve()
{
	local dir=$TESTBED_DIR
	testbed_make_files
	chmod 755 "$dir" "$dir/www"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		user root;
		worker_processes 1;
		pid $dir/nginx.pid;
		error_log $dir/nginx.log;
		events { worker_connections 512; }
		http {
			access_log off;
			client_body_temp_path $dir/nginx.body;
			proxy_temp_path $dir/nginx.proxy;
			fastcgi_temp_path $dir/nginx.fastcgi;
			uwsgi_temp_path $dir/nginx.uwsgi;
			scgi_temp_path $dir/nginx.scgi;
			server {
				listen 80;
				listen [::]:80;
				root $dir/www;
			}
		}
	END
	testbed_start server nginx -e "$dir/nginx.log" -c "$dir/nginx.conf"
	testbed_start server iperf3 -s >"$dir/iperf3.log" 2>&1
	testbed_wait_for on_server sh -c \
		'ss -ltn | grep -q :80 && ss -ltn | grep -q :5201'
}

# Captures an interface of the observer until testbed_capture_stop.
testbed_capture_start()
{
	local interface=$1 file=$2
	testbed_start observer tcpdump -q -n -Z root -i "$interface" -s 128 \
		-B 8192 --time-stamp-precision=nano -w "$file" \
		2>"$TESTBED_DIR/tcpdump.log"
	TESTBED_TCPDUMP=$TESTBED_PID
	testbed_wait_for grep -q 'listening on' "$TESTBED_DIR/tcpdump.log"
}

# The packets still on their way to tcpdump are given a moment. Prints how many
# packets the capture dropped.
testbed_capture_stop()
{
	sleep 1
	kill -INT "$TESTBED_TCPDUMP" 2>/dev/null
	wait "$TESTBED_TCPDUMP" 2>/dev/null
	sed -n 's/^\([0-9]*\) packets\? dropped by kernel.*/\1/p' \
		"$TESTBED_DIR/tcpdump.log"
}

testbed_down()
{
	local pid
	for pid in "${TESTBED_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${TESTBED_PIDS[@]}"; do
		wait "$pid" 2>/dev/null
	done
	TESTBED_PIDS=()
	for pid in "$TESTBED_CLIENT" "$TESTBED_OBSERVER" "$TESTBED_SERVER"; do
		ip netns del "$pid" 2>/dev/null
	done
	return 0
}

testbed_fini()
{
	testbed_down
	[ -z "$TESTBED_DIR" ] || rm -rf "$TESTBED_DIR"
}
