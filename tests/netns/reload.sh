#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGHUP: what can change while it is measured does, what cannot is refused with
# its reason, and no sample is lost either way.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

write_config() { printf '%s\n' '[collect]' "$@" >"$CONFIG"; }

# reload LINE...: a new file and SIGHUP; the log from there on is in $WORDS.
reload()
{
	local n_before
	n_before=$(wc -l <"$LIVE_LOG")
	write_config "$@"
	kill -HUP "$LIVE_PID"
	testbed_wait_for has_more_lines "$n_before"
	sleep 0.2
	WORDS=$(tail -n +$((n_before + 1)) "$LIVE_LOG")
}

has_more_lines() { [ "$(wc -l <"$LIVE_LOG")" -gt "$1" ]; }

says() { echo "$WORDS"; echo "$WORDS" | grep -qF -- "$1"; }

check()
{
	local campaign=$TESTBED_DIR/live status
	CONFIG=$TESTBED_DIR/collect.conf
	testbed_up "-d 1ms" "-d 4ms" || return 1
	write_config 'interval = 1s' 'verbose = yes'
	live_start lan0 "$campaign" --config "$CONFIG" || return 1
	on_client ping -q -i 0.05 -c 60 198.51.100.1 >/dev/null &
	reload 'interval = 1s' 'verbose = no'
	claim reload_of_what_can_change_is_taken says "$CONFIG: reloaded"
	reload 'interval = 2s'
	claim reload_of_the_interval_needs_a_campaign \
		says "$CONFIG: not reloaded: interval: needs a new campaign"
	reload 'interval = 1s' 'max-flows = 4096'
	claim reload_of_a_limit_needs_a_restart \
		says "$CONFIG: not reloaded: max-flows: needs a restart"
	reload 'interval = 1s' 'colour = red'
	claim reload_names_the_wrong_line says "$CONFIG:3: colour"
	claim reload_of_a_wrong_file_changes_nothing \
		says "$CONFIG: not reloaded: measuring as before"
	reload 'interval = 1s' 'lan = 10.0.0.0/8'
	claim command_line_still_takes_the_place_of_the_file \
		says "$CONFIG: reloaded"
	wait $!
	reload 'interval = 1s' 'duration = 1s'
	testbed_wait_for has_ended
	claim reload_of_the_duration_counts_from_the_start has_ended
	wait "$LIVE_PID"
	status=$?
	claim reloaded_collector_ends_with_status_0 is_equal $status 0
	$SPINDRIFT percentiles -t --by source "$campaign" >"$campaign.tsv" &&
		claim reload_loses_no_sample is_equal \
			"$(claims_cell "$campaign.tsv" n_samples \
				source=icmp_echo)" 60
	check_without_file
}

has_ended() { ! kill -0 "$LIVE_PID"; }

check_without_file()
{
	live_start lan0 "$TESTBED_DIR/plain" --interval 1s || return 1
	live_stop HUP
	claim without_a_file_sighup_stops is_equal $? 0
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check || claim reload_is_checked false
claims_end
