#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A collector that is restarted, or killed, under a service manager that keeps
# its descriptors goes on in the interval it was in: no echo and no nanosecond is
# missing. What does not fit is refused, and the gap is in the campaign.
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

N_PINGS=300

info_says()
{
	$SPINDRIFT info -j "$1" | python3 -c \
		"import json, sys; i = json.load(sys.stdin); print($2)"
}

n_gaps() { info_says "$1" "len(i['coverage']['gaps'])"; }

samples_of()
{
	$SPINDRIFT percentiles -t --by source "$1" >"$1.tsv" &&
		claims_cell "$1.tsv" n_samples source=icmp_echo
}

start_pings()
{
	on_client ping -q -i 0.02 -c $N_PINGS 198.51.100.1 >/dev/null &
	pings=$!
}

says() { grep -qF -- "$1" "$SERVICE_LOG"; }

# Programs at the observer's lan0.
links_of() { live_count_attached lan0; }

check_goes_on()
{
	local name=$1 signal=$2 campaign=$SERVICE_DIR/live i
	shift 2
	rm -rf "$campaign"
	service_start -i lan0 --interval 1s "$@" || return 1
	claim "${name}_manager_keeps_the_state" grep -qx state \
		"$SERVICE_DIR/stored"
	claim "${name}_manager_keeps_two_links" is_equal \
		"$(grep -c '^link-[0-9]*-[01]-lan0$' "$SERVICE_DIR/stored")" 2
	n_stored=$(wc -l <"$SERVICE_DIR/stored")
	start_pings
	for i in 1 2 3; do
		sleep 0.4
		service_ask "$signal" || return 1
		claim "${name}_${i}_attaches_nothing_twice" is_equal \
			"$(links_of)" 2
	done
	wait $pings
	sleep 1.1
	claim "${name}_manager_keeps_no_more" is_equal \
		"$(wc -l <"$SERVICE_DIR/stored")" "$n_stored"
	service_ask TERM
	claim "${name}_ends_with_status_0" is_equal $? 0
	claim "${name}_nothing_stays_attached" testbed_wait_for is_detached
	claim "${name}_refuses_nothing" is_equal \
		"$(grep -c 'not taken over' "$SERVICE_LOG")" 0
	claim "${name}_loses_no_sample" is_equal "$(samples_of "$campaign")" \
		$N_PINGS
	claim "${name}_has_no_gap" is_equal "$(n_gaps "$campaign")" 0
	claim "${name}_has_each_start" is_equal \
		"$(info_says "$campaign" "i['log']['start']")" 4
	claim "${name}_campaign_verifies" "$SPINDRIFT" verify -q "$campaign"
}

is_detached() { [ "$(live_count_attached lan0)" -eq 0 ]; }

# Seconds until so many milliseconds after the next second's turn.
until_turn()
{
	awk -v now="$(date +%s.%N)" -v ms="$1" 'BEGIN {
		rest = int(now) + 1 - now + ms / 1000
		printf "%.3f\n", rest < 0 ? rest + 1 : rest
	}'
}

# Kills at any moment, drains included: intervals are as short as they can be,
# and each kill comes a little later in one.
check_many_kills()
{
	local campaign=$SERVICE_DIR/kills i
	service_start -i lan0 -o "$campaign" --interval 1s || return 1
	start_pings
	for i in 0 1 2 3 4 5 6 7; do
		sleep "$(until_turn $((i * 4 - 8)))"
		service_ask USR2 || return 1
	done
	wait $pings
	sleep 1.1
	service_ask TERM
	claim many_kills_lose_no_sample is_equal "$(samples_of "$campaign")" \
		$N_PINGS
	claim many_kills_have_no_gap is_equal "$(n_gaps "$campaign")" 0
	claim many_kills_leave_a_campaign_that_verifies \
		"$SPINDRIFT" verify -q "$campaign"
}

# Settings change between two processes: the file is read by the second.
check_refusal()
{
	local campaign=$SERVICE_DIR/refusal config=$TESTBED_DIR/handover.conf
	printf '%s\n' '[collect]' 'max-flows = 4096' >"$config"
	service_start -i lan0 -o "$campaign" --interval 1s --config "$config" ||
		return 1
	sleep 1.2
	printf '%s\n' '[collect]' 'max-flows = 8192' >"$config"
	service_ask USR1 || return 1
	claim other_settings_are_not_taken_over says \
		'not taken over from the process before: it has other settings'
	claim other_settings_attach_nothing_twice is_equal "$(links_of)" 2
	claim other_settings_leave_nothing_with_the_manager is_equal \
		"$(sort "$SERVICE_DIR/stored" | uniq -d | wc -l)" 0
	sleep 1.2
	service_ask TERM
	claim other_settings_have_a_gap is_equal "$(n_gaps "$campaign")" 1
	claim other_settings_name_its_cause is_equal "$(info_says "$campaign" \
		"i['coverage']['gaps'][0]['cause']")" not_running
}

# Between two processes one interface goes and another comes.
check_interfaces()
{
	local campaign=$SERVICE_DIR/interfaces config=$TESTBED_DIR/handover.conf
	printf '%s\n' '[collect]' 'interface = lan0' >"$config"
	service_start -o "$campaign" --interval 1s --config "$config" ||
		return 1
	printf '%s\n' '[collect]' 'interface = wan0' >"$config"
	service_ask USR1 || return 1
	claim other_interface_is_attached is_equal \
		"$(live_count_attached wan0)" 2
	claim former_interface_is_let_go testbed_wait_for is_detached
	claim former_interface_is_forgotten is_equal \
		"$(grep -c -- '-lan0$' "$SERVICE_DIR/stored")" 0
	on_client ping -q -i 0.02 -c 20 198.51.100.1 >/dev/null
	sleep 1.1
	service_ask TERM
	claim other_interface_is_measured is_equal \
		"$(samples_of "$campaign")" 20
	claim other_interface_makes_no_gap is_equal "$(n_gaps "$campaign")" 0
}

# Without a manager the gap is short, and recorded.
check_alone()
{
	local campaign=$TESTBED_DIR/alone
	live_start lan0 "$campaign" --interval 1s && sleep 1.2 &&
		live_stop TERM &&
		live_start lan0 "$campaign" --interval 1s && sleep 1.2 &&
		live_stop TERM
	claim without_a_manager_there_is_one_gap is_equal \
		"$(n_gaps "$campaign")" 1
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
service_init
if testbed_up "-d 1ms" "-d 4ms"; then
	check_goes_on restart USR1 || claim restart_is_checked false
	check_goes_on kill USR2 || claim kill_is_checked false
	check_goes_on xdp USR1 --hook xdp || claim xdp_is_checked false
	check_many_kills || claim many_kills_are_checked false
	check_refusal || claim refusal_is_checked false
	check_interfaces || claim interfaces_are_checked false
	check_alone || claim alone_is_checked false
else
	claim testbed_comes_up false
fi
claims_end
