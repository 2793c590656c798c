#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# As the systemd unit runs it: another user than root with three capabilities,
# which tells the service manager how it is, also on a mirror port.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
# shellcheck source=tests/testbed/service.sh
. tests/testbed/service.sh
claims_need_root

N_PINGS=40
# CAP_NET_ADMIN is 12, CAP_PERFMON 38, CAP_BPF 39.
THREE_CAPS=000000c000001000

# has_only KIND: of the capability sets in /proc/PID/status
has_only()
{
	is_equal "$(awk -v "kind=Cap$1:" '$1 == kind { print $2 }' \
		"/proc/$(service_main_pid)/status")" $THREE_CAPS
}

is_users()
{
	is_equal "$(stat -c %u "/proc/$(service_main_pid)")" $SERVICE_USER
}

# IFF_PROMISC in what the interface itself says.
is_promiscuous()
{
	local flags
	flags=$(on_observer cat "/sys/class/net/$1/flags")
	echo "flags are $flags"
	[ $((flags & 0x100)) -ne 0 ]
}

is_not_promiscuous() { ! is_promiscuous "$1"; }

check_service()
{
	local campaign=$SERVICE_DIR/live status
	service_start -i lan0 --interval 1s || return 1
	claim service_runs_as_another_user is_users
	claim service_may_do_three_things has_only Prm
	claim service_can_gain_nothing_else has_only Bnd
	on_client ping -q -i 0.05 -c $N_PINGS 198.51.100.1 >/dev/null
	claim service_pings_the_watchdog testbed_wait_for service_has WATCHDOG=1
	claim service_says_what_it_measured testbed_wait_for \
		grep -q '^STATUS=[1-9][0-9]* packets, ' "$SERVICE_DIR/messages"
	claim service_was_ready_once is_equal "$(service_count READY=1)" 1
	service_ask TERM
	status=$?
	claim service_ends_with_status_0 is_equal $status 0
	claim service_says_that_it_stops service_has STOPPING=1
	claim service_detaches is_equal "$(live_count_attached lan0)" 0
	$SPINDRIFT percentiles -t --by source "$campaign" >"$campaign.tsv" &&
		claim service_loses_no_sample is_equal "$(claims_cell \
			"$campaign.tsv" n_samples source=icmp_echo)" $N_PINGS
	claim service_leaves_a_campaign_that_verifies \
		"$SPINDRIFT" verify -q "$campaign"
}

check_reload()
{
	local config=$TESTBED_DIR/service.conf
	printf '%s\n' '[collect]' 'interval = 1s' >"$config"
	service_start -i lan0 -o "$SERVICE_DIR/reload" --config "$config" ||
		return 1
	kill -HUP "$(service_main_pid)"
	claim service_says_that_it_is_ready_again testbed_wait_for \
		is_ready_again
	claim service_says_that_it_reloads service_has RELOADING=1
	service_ask TERM
}

is_ready_again() { [ "$(service_count READY=1)" -eq 2 ]; }

check_tap()
{
	ip -n "$TESTBED_OBSERVER" link add tap0 type veth peer name tap1 &&
		ip -n "$TESTBED_OBSERVER" link set tap0 up &&
		ip -n "$TESTBED_OBSERVER" link set tap1 up || return 1
	service_start -i tap0 -o "$SERVICE_DIR/tap" --interval 1s --tap \
		--force || return 1
	claim service_makes_a_mirror_port_promiscuous is_promiscuous tap0
	service_ask TERM
	claim service_takes_that_back is_not_promiscuous tap0
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
service_init
if testbed_up "-d 1ms" "-d 4ms"; then
	check_service || claim service_is_measured false
	check_reload || claim service_reload_is_checked false
	check_tap || claim service_tap_is_checked false
else
	claim testbed_comes_up false
fi
claims_end
