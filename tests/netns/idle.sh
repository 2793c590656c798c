#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An application that is silent for 50 to 500 ms between its requests: the
# silence must not be taken for latency, as it is when pure ACKs are timed.
# The truth is what the relays saw; on a busy machine a capture on the measured
# interface sees later packets than they do, and the later of the two counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

SHORTEST_SILENCE_NS=50000000
# A histogram's value is within 1.6 %, and the scheduler's share differs
# between the two places of observation.
TOLERANCE_PERCENT=5
app=tests/testbed/idle_app.py

is_serving() { [ "$(on_server ss -ltn | grep -c :7000)" -eq 2 ]; }

measure()
{
	local seed asks=()
	testbed_up "-d 5ms" "-d 15ms" || return 1
	testbed_start server $app serve 198.51.100.1 7000
	testbed_start server $app serve 2001:db8:7:1::1 7000
	testbed_wait_for is_serving || return 1
	live_start wan0 "$TESTBED_DIR/live" --interval 1s || return 1
	testbed_capture_start wan0 "$TESTBED_DIR/wan0.pcap" || return 1
	for seed in 1 2 3 4; do
		on_client $app ask 198.51.100.1 7000 10.61.1.10 12 $seed &
		asks+=($!)
		on_client $app ask 2001:db8:7:1::1 7000 2001:db8:61:1::10 12 \
			$((seed + 10)) &
		asks+=($!)
	done
	wait "${asks[@]}" || return 1
	testbed_capture_stop >/dev/null
	live_stop INT || return 1
	testbed_down
}

# true_p95_ns CAPTURE [--host PREFIX]...
true_p95_ns()
{
	tests/testbed/truth.py "$@" | claims_cell - p95_ns source=tcp_ts
}

check_side()
{
	local side=$1 row="side=$1 source=tcp_ts" p95_ns relay_ns capture_ns
	shift
	# shellcheck disable=SC2086 # a list of keys
	p95_ns=$(claims_cell "$TESTBED_DIR/live.tsv" p95_ns $row)
	relay_ns=$(true_p95_ns "$TESTBED_DIR/$side" "$@")
	capture_ns=$(true_p95_ns "$TESTBED_DIR/wan0.pcap" "$@")
	# shellcheck disable=SC2086
	claim "${side}_idle_application_has_samples" is_at_least \
		"$(claims_cell "$TESTBED_DIR/live.tsv" n_samples $row)" 150
	claim "${side}_silence_does_not_raise_p95" is_at_most "$p95_ns" \
		"$(((relay_ns > capture_ns ? relay_ns : capture_ns) *
			(100 + TOLERANCE_PERCENT) / 100))"
	claim "${side}_p95_is_below_the_shortest_silence" is_at_most "$p95_ns" \
		$SHORTEST_SILENCE_NS
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
if measure && $SPINDRIFT percentiles -t --by side "$TESTBED_DIR/live" \
	>"$TESTBED_DIR/live.tsv"; then
	check_side lan --host 10.61.0.0/16 --host 2001:db8:61::/48
	check_side wan --host 198.51.100.0/24 --host 2001:db8:7::/48
else
	claim idle_application_is_measured false
fi
claims_end
