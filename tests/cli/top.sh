#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `top` on the journal of a collector that was killed in the middle: what it
# shows is what the analysis commands say, and a terminal is left as it was.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

RUNNING=$WORK/running
WRITER=${BUILD:-build}/tests/fault/fault_writer

# One interval of ten minutes, then the writer is killed.
make_running()
{
	local pid
	"$WRITER" "$RUNNING" 3 60000 >"$WORK/acknowledged" &
	pid=$!
	until [ -s "$WORK/acknowledged" ] || ! kill -0 $pid; do
		sleep 0.05
	done
	kill -KILL $pid
	wait $pid 2>/dev/null
	[ -s "$WORK/acknowledged" ]
}

once() { "$SPINDRIFT" top --once "$@" "$RUNNING"; }

check_refusals()
{
	refuses top_refuses_no_campaign campaign 2 top --once
	refuses top_refuses_two_campaigns campaign 2 top --once a b
	refuses top_refuses_missing_campaign "$WORK/none" 1 top --once \
		"$WORK/none"
	refuses top_refuses_a_finished_campaign 'nothing is being measured' 1 \
		top --once "$WORK/good"
	refuses top_refuses_without_a_terminal --once 1 top "$RUNNING"
	refuses top_refuses_unknown_source telepathy 2 top --once --source \
		telepathy "$RUNNING"
	refuses top_refuses_unknown_side middle 2 top --once --side middle \
		"$RUNNING"
	refuses top_refuses_no_delay delay 2 top --once --delay 0 "$RUNNING"
	refuses top_refuses_few_lines lines 2 top --once --lines 2 "$RUNNING"
}

# Subnet and side of the highest p95 that the journal has; `>` comes first.
slowest()
{
	"$SPINDRIFT" percentiles -t --by subnet --source tcp_ts "$RUNNING" |
		awk -F '\t' '$3 == "tcp_ts"' | tr '>' 9 | sort -t "$(printf '\t')" \
		-k11,11nr -k1,1 | head -n 1 | cut -f 1,2
}

has_no_control() { ! grep '[[:cntrl:]]' "$1"; }

is_slowest()
{
	local subnet side
	read -r subnet side < <(slowest)
	awk 'NR == 5 { print $1, $2 }' "$WORK/once"
	[ "$(awk 'NR == 5 { print $1, $2 }' "$WORK/once")" = "$subnet $side" ]
}

samples_per_s()
{
	"$SPINDRIFT" percentiles -t --by source "$RUNNING" |
		awk -F '\t' '$3 != "-" && NR > 1 { n += $4 }
			END { printf "%.1f", n / 600 }'
}

check_once()
{
	once --min-samples 1 >"$WORK/once" || return 1
	claim top_shows_the_slowest_subnet_first is_slowest
	claim top_counts_the_samples_of_all_sources \
		grep -q "^samples/s $(samples_per_s) " "$WORK/once"
	claim top_says_that_a_dead_campaign_is_late grep -q LATE "$WORK/once"
	claim top_says_to_look_at_it grep -q '^health: look' "$WORK/once"
	claim top_prints_as_many_lines_as_asked_for is_equal \
		"$(once --min-samples 1 --lines 9 | wc -l)" 9
	claim top_prints_no_control_code has_no_control "$WORK/once"
	claim top_shows_one_side is_equal "$(once --min-samples 1 --lines 500 \
		--side wan | awk 'NR > 4 && $2 != "wan"' | wc -l)" 0
	claim top_leaves_out_what_has_few_samples is_equal \
		"$(once --min-samples 1000000 | wc -l)" 4
}

# check_terminal NAME END: claims of a terminal of 10 lines and 60 columns
check_terminal()
{
	local name=$1 out=$WORK/terminal
	tests/testbed/on_terminal.py 10 60 "$2" "$SPINDRIFT" top \
		--delay 200ms --min-samples 1 "$RUNNING" >"$out"
	claim "top_ends_by_$name" grep -qx 'status 0' "$out"
	claim "top_restores_the_terminal_after_$name" grep -qx restored "$out"
	claim "top_leaves_its_screen_after_$name" grep -q $'\033\[?1049l' "$out"
	claim "top_fits_the_terminal_before_$name" fits_terminal "$out"
}

# Without control codes no line is wider than 60, and 9 make a screen.
fits_terminal()
{
	sed 's/\x1b\[[0-9?]*[a-zA-Z]//g; s/\r$//; /^status/,$d' "$1" >"$1.plain"
	! grep -E '.{61}' "$1.plain" && awk -v "path=$WORK" '
		index($0, path) == 1 { wrong += n > 0 && n != 9; n = 0; screens++ }
		$0 != "" { n++ }
		END { print n, screens; exit wrong || n != 9 || screens < 2 }
	' "$1.plain"
}

make_good
if [ -x "$WRITER" ] && make_running; then
	check_refusals
	check_once || claim top_prints_one_screen false
	check_terminal q key:q
	check_terminal control_c key:$'\003'
	check_terminal sigterm SIGTERM
else
	claim top_has_a_running_campaign false
fi
claims_end
