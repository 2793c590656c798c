#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that others have attached see every packet, before, while and after
# the collector runs, and stay where they are.
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
declare -A ASK ANSWER

# Somebody's program: a name, then the arguments of bystander.py. Its questions
# and answers go through two pipes.
bystander_start()
{
	local name=$1 line ask answer
	shift
	mkfifo "$TESTBED_DIR/$name.ask" "$TESTBED_DIR/$name.answer"
	exec {ask}<>"$TESTBED_DIR/$name.ask"
	exec {answer}<>"$TESTBED_DIR/$name.answer"
	ASK[$name]=$ask
	ANSWER[$name]=$answer
	testbed_start observer tests/testbed/bystander.py "$@" \
		<"$TESTBED_DIR/$name.ask" >"$TESTBED_DIR/$name.answer"
	read -r -t 10 -u "${ANSWER[$name]}" line && [ "$line" = ready ]
}

bystander_count()
{
	local line
	echo >&"${ASK[$1]}"
	read -r -t 10 -u "${ANSWER[$1]}" line && echo "$line"
}

# A clsact filter of the kind that tools make: a pinned program at a priority of
# its own.
bystander_start_filter()
{
	mkdir "$TESTBED_DIR/bpf" && mount -t bpf bpf "$TESTBED_DIR/bpf" &&
		bystander_start filter pin "$TESTBED_DIR/bpf/counter" &&
		tc -n "$TESTBED_OBSERVER" qdisc add dev lan0 clsact &&
		tc -n "$TESTBED_OBSERVER" filter add dev lan0 ingress \
			prio 7 bpf da object-pinned "$TESTBED_DIR/bpf/counter"
}

is_filter_there()
{
	tc -n "$TESTBED_OBSERVER" filter show dev lan0 ingress |
		grep -q 'pref 7 .*handle'
}

# Packets that each program saw during the pings, at least one per ping.
check_counts()
{
	local when=$1 name
	local -A before
	shift
	for name in "$@"; do
		before[$name]=$(bystander_count "$name")
	done
	on_client ping -q -i 0.02 -c $N_PINGS 198.51.100.1 >/dev/null
	for name in "$@"; do
		claim "${name}_sees_all_$when" is_at_least \
			$(($(bystander_count "$name") - before[$name])) $N_PINGS
	done
}

fini()
{
	testbed_down
	umount "$TESTBED_DIR/bpf" 2>/dev/null
	testbed_fini
}

check()
{
	local campaign=$TESTBED_DIR/live
	testbed_up "-d 1ms" "-d 4ms" &&
		bystander_start ingress watch lan0 ingress &&
		bystander_start egress watch lan0 egress || return 1
	if bystander_start_filter; then
		has_filter="filter"
	else
		has_filter=
		claim_skip filter_stays "clsact cannot be used here"
	fi
	check_counts before ingress egress $has_filter
	live_start lan0 "$campaign" --interval 1s || return 1
	bystander_start late watch lan0 ingress || return 1
	check_counts during ingress egress late $has_filter
	live_stop INT || return 1
	check_counts after ingress egress late $has_filter
	[ -z "$has_filter" ] || claim filter_stays is_filter_there
	$SPINDRIFT percentiles -t --by source "$campaign" >"$campaign.tsv" &&
		claim collector_sees_all_beside_others is_equal \
			"$(claims_cell "$campaign.tsv" n_samples \
				source=icmp_echo)" $N_PINGS
}

# The kernel's older way, where all programs share one list of filters: ours
# goes, also after a kill, and theirs stays.
check_filters()
{
	local campaign=$TESTBED_DIR/clsact left
	live_start lan0 "$campaign" --interval 1s --hook clsact || return 1
	check_counts beside_clsact ingress egress filter
	live_stop KILL
	left=$(list_filters)
	LIVE_LEFT=2 live_start lan0 "$campaign.2" --interval 1s --hook clsact &&
		testbed_wait_for is_replaced "$left" || return 1
	check_counts beside_clsact_after_a_kill ingress egress filter
	live_stop INT || return 1
	$SPINDRIFT percentiles -t --by source "$campaign.2" >"$campaign.tsv" &&
		claim collector_sees_all_by_clsact is_equal \
			"$(claims_cell "$campaign.tsv" n_samples \
				source=icmp_echo)" $N_PINGS
	claim filter_stays_beside_clsact is_filter_there
	claim clsact_filters_are_gone is_equal "$(list_filters | wc -l)" 1
}

list_filters()
{
	local direction
	for direction in ingress egress; do
		tc -n "$TESTBED_OBSERVER" filter show dev lan0 $direction
	done | grep ' handle '
}

# No line of the old list but the bystander's is in the new one: the programs'
# numbers differ.
is_replaced()
{
	local kept
	kept=$(list_filters | grep -c -F -x "$1")
	[ "$kept" -eq 1 ]
}

testbed_init
trap fini EXIT
trap 'exit 1' INT TERM
check || claim bystanders_are_checked false
[ -z "${has_filter-}" ] || check_filters ||
	claim filters_are_checked false
claims_end
