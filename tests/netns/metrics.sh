#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What Prometheus reads from a running collector is what the campaign has, and
# clients that misbehave do not disturb it.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

N_PINGS=40
ADDRESS=127.0.0.1:9464

# metric NAME LABEL=VALUE...
metric() { on_observer tests/testbed/read_metrics.py "$ADDRESS" "$@"; }

is_metric()
{
	local want=$1
	shift
	is_equal "$(metric "$@")" "$want"
}

# The campaign's value of a row and column.
cell() { claims_cell "$TESTBED_DIR/live.tsv" "$@"; }

status_of()
{
	on_observer curl -s -o /dev/null -w '%{http_code}' "$@"
}

# Half a request, and none at all, for as long as they are let.
start_bad_clients()
{
	local i
	for i in 1 2 3 4 5 6 7 8; do
		testbed_start observer python3 -c "
import socket, time
s = socket.create_connection(('127.0.0.1', 9464))
s.send(b'GET /metrics HTT' * ($i % 2))
time.sleep(60)"
	done
}

check_clients()
{
	claim other_path_is_404 is_equal "$(status_of $ADDRESS/)" 404
	claim other_method_is_405 is_equal \
		"$(status_of -X POST $ADDRESS/metrics)" 405
	claim long_request_is_431 is_equal "$(status_of -H \
		"X: $(head -c 6000 /dev/zero | tr '\0' x)" $ADDRESS/metrics)" 431
	claim head_has_no_body is_equal \
		"$(on_observer curl -s -I $ADDRESS/metrics | grep -c spindrift)" 0
	start_bad_clients
	claim silent_clients_are_put_out testbed_wait_for metric
}

check_values()
{
	local campaign=$TESTBED_DIR/live samples
	samples="side=wan source=icmp_echo"
	# shellcheck disable=SC2086 # a list of labels
	{
		claim metrics_have_each_echo testbed_wait_for is_metric \
			$N_PINGS spindrift_rtt_seconds_count $samples
		claim metrics_have_no_echo_below_the_path is_metric 0 \
			spindrift_rtt_seconds_bucket $samples le=0.004194304
		claim metrics_have_all_in_the_last_bucket is_metric $N_PINGS \
			spindrift_rtt_seconds_bucket $samples le=+Inf
	}
	claim metrics_have_the_interface is_metric 1 \
		spindrift_interface_attached interface=lan0
	claim metrics_have_no_lost_interval is_metric 0 \
		spindrift_intervals_lost_total
	claim metrics_name_no_address is_equal "$(on_observer \
		curl -s $ADDRESS/metrics | grep -c '198\.51\|2001:db8')" 0
	sum=$(metric spindrift_rtt_seconds_sum side=wan source=icmp_echo)
	bytes=$(metric spindrift_traffic_bytes_total side=wan direction=rx)
	live_stop INT || return 1
	$SPINDRIFT percentiles -t --by side "$campaign" >"$campaign.tsv" ||
		return 1
	claim metrics_have_the_sum_of_the_campaign is_within "$(awk \
		"BEGIN { printf \"%.0f\", $sum / $N_PINGS * 1e9 }")" \
		"$(cell mean_ns side=wan source=icmp_echo)" 0.001
	claim metrics_have_the_bytes_of_the_campaign is_at_most "$bytes" \
		"$(cell rx_bytes side=wan source=-)"
	claim campaign_has_all_echoes is_equal \
		"$(cell n_samples side=wan source=icmp_echo)" $N_PINGS
}

check_socket()
{
	local socket=$TESTBED_DIR/metrics.sock
	live_start lan0 "$TESTBED_DIR/unix" --interval 1s \
		--metrics "unix:$socket" || return 1
	claim socket_is_for_the_group is_equal "$(stat -c %a "$socket")" 660
	claim socket_answers is_at_least "$(tests/testbed/read_metrics.py \
		"unix:$socket")" 50
	claim second_collector_does_not_take_the_socket is_equal "$(timeout 20 \
		ip netns exec "$TESTBED_OBSERVER" "$SPINDRIFT" collect \
		-i lan0 -o "$TESTBED_DIR/second" --metrics "unix:$socket" 2>&1)" \
		"spindrift: unix:$socket: cannot be listened at: Address already in use"
	claim refused_metrics_leave_no_campaign [ ! -e "$TESTBED_DIR/second" ]
	live_stop KILL
	live_start lan0 "$TESTBED_DIR/unix" --interval 1s \
		--metrics "unix:$socket" || return 1
	claim socket_of_a_killed_collector_is_replaced is_at_least \
		"$(tests/testbed/read_metrics.py "unix:$socket")" 50
	live_stop INT
	claim socket_is_removed [ ! -e "$socket" ]
}

check()
{
	testbed_up "-d 1ms" "-d 4ms" || return 1
	live_start lan0 "$TESTBED_DIR/live" --interval 1s --metrics $ADDRESS ||
		return 1
	on_client ping -q -i 0.05 -c $N_PINGS 198.51.100.1 >/dev/null &
	pings=$!
	check_clients
	wait $pings
	check_values || claim metrics_are_compared false
	check_socket || claim socket_is_checked false
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	check || claim metrics_are_checked false
else
	claim_skip metrics "needs python3-prometheus-client"
fi
claims_end
