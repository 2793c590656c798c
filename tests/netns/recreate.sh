#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An interface that is removed and made again is measured again, by itself; the
# campaign says when it went and came. A file can take interfaces in and out, and
# with --drop-all the right to attach is given up.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

N_PINGS=20

# A second way from the server's namespace to the observer: gone0 to there0.
make_link()
{
	ip -n "$TESTBED_OBSERVER" link add gone0 type veth peer name there0 \
		netns "$TESTBED_SERVER" &&
		ip -n "$TESTBED_OBSERVER" addr add 198.18.0.1/24 dev gone0 &&
		ip -n "$TESTBED_OBSERVER" link set gone0 up &&
		ip -n "$TESTBED_SERVER" addr add 198.18.0.2/24 dev there0 &&
		ip -n "$TESTBED_SERVER" link set there0 up &&
		ip -n "$TESTBED_SERVER" route add 10.61.1.10 via 198.18.0.1 &&
		testbed_wait_for is_up
}

is_up() { ip -n "$TESTBED_OBSERVER" link show gone0 | grep -q LOWER_UP; }

remove_link() { ip -n "$TESTBED_OBSERVER" link del gone0; }

# Forwarded by the observer, out of lan0.
ping_across()
{
	on_server ping -q -i 0.02 -c $N_PINGS -I 198.18.0.2 10.61.1.10 \
		>/dev/null
}

says() { grep -qF -- "$1" "$LIVE_LOG"; }

samples_of()
{
	$SPINDRIFT percentiles -t --by subnet "$1" >"$1.tsv" &&
		claims_cell "$1.tsv" n_samples group="$2" source=icmp_echo
}

# info_says CAMPAIGN EXPRESSION: of what info says, as i
info_says()
{
	$SPINDRIFT info -j "$1" | python3 -c \
		"import json, sys; i = json.load(sys.stdin); print($2)"
}

check_again()
{
	local campaign=$TESTBED_DIR/again
	make_link && live_start lan0,gone0 "$campaign" --interval 1s || return 1
	ping_across
	next_interval
	remove_link
	claim removal_is_said testbed_wait_for says 'gone0: interface is gone'
	make_link || return 1
	claim return_is_said testbed_wait_for says \
		'gone0: interface is back: attached'
	ping_across
	next_interval
	# Twice at once: nobody sees it away.
	remove_link && make_link || return 1
	claim quick_return_is_noticed testbed_wait_for is_attached_thrice
	ping_across
	live_stop INT
	claim collector_outlives_its_interface is_equal $? 0
	claim all_three_interfaces_are_measured is_equal \
		"$(samples_of "$campaign" 10.61.1.0/24)" $((3 * N_PINGS))
	claim forwarded_packets_count_once_each_time is_equal \
		"$(info_says "$campaign" "i['outcomes']['forwarded']")" \
		$((6 * N_PINGS))
	claim coming_and_going_is_in_the_campaign is_equal \
		"$(info_says "$campaign" "[i['log'][k] for k in \
			('start', 'interface_down', 'interface_up', 'stop')]")" \
		"[1, 2, 2, 1]"
	claim intervals_in_between_are_partial is_at_least \
		"$(info_says "$campaign" "i['coverage']['flagged_intervals']['partial']")" 3
	claim campaign_verifies "$SPINDRIFT" verify -q "$campaign"
	remove_link
}

# What happens in one interval makes one of them partial.
next_interval() { sleep 1.2; }

is_attached_thrice() { [ "$(grep -c 'interface is back' "$LIVE_LOG")" -eq 2 ]; }

check_alone()
{
	local campaign=$TESTBED_DIR/alone
	make_link && live_start gone0 "$campaign" --interval 1s || return 1
	remove_link
	testbed_wait_for says 'gone0: interface is gone'
	sleep 1.2
	claim without_any_interface_it_waits kill -0 "$LIVE_PID"
	make_link || return 1
	testbed_wait_for says 'gone0: interface is back'
	ping_across
	live_stop INT
	claim the_only_interface_is_measured_again is_equal \
		"$(samples_of "$campaign" 10.61.1.0/24)" $N_PINGS
	remove_link
}

check_drop_all()
{
	local campaign=$TESTBED_DIR/dropped status
	make_link && live_start gone0 "$campaign" --interval 1s --drop-all ||
		return 1
	claim drop_all_leaves_no_capability is_equal "$(grep -E \
		'^Cap(Prm|Eff|Inh|Amb|Bnd)' "/proc/$LIVE_PID/status" |
		grep -cv 0000000000000000)" 0
	ping_across
	sleep 1.2
	ping_across
	remove_link
	testbed_wait_for has_ended
	wait "$LIVE_PID"
	status=$?
	claim drop_all_ends_with_its_last_interface is_equal $status 1
	claim drop_all_says_why says 'no interface is left: stopping'
	claim drop_all_measures_to_the_end is_equal \
		"$(samples_of "$campaign" 10.61.1.0/24)" $((2 * N_PINGS))
	timeout 20 ip netns exec "$TESTBED_OBSERVER" "$SPINDRIFT" collect \
		-i lan0 -o "$campaign.2" --hook clsact --drop-all \
		2>"$TESTBED_DIR/err"
	claim drop_all_refuses_what_it_could_not_remove \
		grep -q -- '--drop-all: not possible here' "$TESTBED_DIR/err"
	claim refused_drop_all_leaves_nothing is_equal \
		"$(live_count_attached lan0)" 0
}

has_ended() { ! kill -0 "$LIVE_PID"; }

check_reload()
{
	local campaign=$TESTBED_DIR/reload config=$TESTBED_DIR/collect.conf
	make_link || return 1
	printf '%s\n' '[collect]' 'interface = lan0' >"$config"
	testbed_start observer "$SPINDRIFT" collect --config "$config" \
		-o "$campaign" --interval 1s 2>"$TESTBED_DIR/collect.log"
	LIVE_PID=$TESTBED_PID LIVE_LOG=$TESTBED_DIR/collect.log
	testbed_wait_for says 'collecting on' || return 1
	printf '%s\n' '[collect]' 'interface = gone0' >"$config"
	kill -HUP "$LIVE_PID"
	testbed_wait_for says 'reloaded'
	claim reload_attaches_what_is_new is_equal \
		"$(live_count_attached gone0)" 2
	claim reload_detaches_what_is_gone is_equal \
		"$(live_count_attached lan0)" 0
	ping_across
	printf '%s\n' '[collect]' 'interface = gone0,nosuch0' >"$config"
	kill -HUP "$LIVE_PID"
	claim reload_of_a_missing_interface_is_refused testbed_wait_for says \
		'not reloaded: measuring as before'
	sleep 1.2
	live_stop INT
	claim reloaded_interface_is_measured is_equal \
		"$(samples_of "$campaign" 10.61.1.0/24)" $N_PINGS
	claim campaign_has_the_new_device is_equal \
		"$(info_says "$campaign" "i['devices']")" gone0
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
if testbed_up "-d 1ms" "-d 4ms"; then
	check_again || claim interface_is_made_again false
	check_alone || claim only_interface_is_made_again false
	check_drop_all || claim drop_all_is_checked false
	check_reload || claim reload_of_interfaces_is_checked false
else
	claim testbed_comes_up false
fi
claims_end
