#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# However the collector ends, nothing of it stays on the interface, and what it
# measured is in the campaign.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

is_detached()
{
	local n
	n=$(live_count_attached lan0)
	echo "$n programs are still attached"
	[ "$n" -eq 0 ]
}

some_pings() { on_client ping -q -i 0.05 -c 20 198.51.100.1 >/dev/null; }

count_samples()
{
	$SPINDRIFT percentiles -t --by source "$1" >"$1.tsv" &&
		claims_cell "$1.tsv" n_samples source=icmp_echo
}

check_signal()
{
	local signal=$1 want_status=$2 campaign=$TESTBED_DIR/$1 status
	live_start lan0 "$campaign" --interval 1s || return 1
	some_pings
	sleep 1.2
	live_stop "$signal"
	status=$?
	claim "sig${signal,,}_ends_with_status_$want_status" \
		is_equal $status "$want_status"
	claim "sig${signal,,}_detaches" testbed_wait_for is_detached
	claim "sig${signal,,}_keeps_every_sample" \
		is_equal "$(count_samples "$campaign")" 20
}

check_duration()
{
	local campaign=$TESTBED_DIR/duration status
	live_start lan0 "$campaign" --interval 1s --duration 3s || return 1
	some_pings
	wait "$LIVE_PID"
	status=$?
	claim duration_ends_with_status_0 is_equal $status 0
	claim duration_detaches is_detached
	claim duration_keeps_every_sample \
		is_equal "$(count_samples "$campaign")" 20
	claim duration_leaves_a_campaign_that_verifies \
		"$SPINDRIFT" verify -q "$campaign"
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
if testbed_up "-d 1ms" "-d 4ms"; then
	check_signal INT 0 || claim sigint_is_measured false
	check_signal TERM 0 || claim sigterm_is_measured false
	check_signal QUIT 0 || claim sigquit_is_measured false
	# 128 + 9: what was acknowledged before is in the journal.
	check_signal KILL 137 || claim sigkill_is_measured false
	check_duration || claim duration_is_measured false
else
	claim testbed_comes_up false
fi
claims_end
