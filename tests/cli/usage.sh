#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong usage: one line that names the object, exit 2, nothing written. Help and
# version: on stdout, exit 0.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

COMMANDS="replay import info verify percentiles series coverage hilbert"
COMMANDS="$COMMANDS rollup merge salvage top export hist ecdf traffic"
COMMANDS="$COMMANDS correlate compare trend bloat"
COMMANDS="$COMMANDS subnets asn"
[ ! -x "$SPINDRIFT-collect" ] || COMMANDS="collect $COMMANDS"

is_help()
{
	"$SPINDRIFT" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null &&
		[ ! -s "$WORK/err" ] && grep -q '^usage: spindrift' "$WORK/out" &&
		! grep -qE '.{101}' "$WORK/out"
}

is_version()
{
	[ "$("$SPINDRIFT" "$1")" = "$("$SPINDRIFT" --version)" ] &&
		"$SPINDRIFT" "$1" | grep -qxE 'spindrift [0-9]+\.[0-9]+\.[0-9]+'
}

check_help()
{
	local command
	claim help_option_helps is_help --help
	claim help_letter_helps is_help -h
	claim help_command_helps is_help help
	claim version_is_one_line is_version -V
	for command in $COMMANDS; do
		claim "${command}_help_option_helps" is_help "$command" --help
		claim "help_${command}_helps" is_help help "$command"
		refuses "${command}_refuses_unknown_option" --nonsense 2 \
			"$command" --nonsense
		refuses "${command}_refuses_unknown_letter" -Z 2 "$command" -Z
	done
	for command in verify info percentiles series coverage hilbert rollup \
		correlate compare trend bloat \
		subnets asn \
		merge salvage export hist ecdf traffic; do
		claim "${command}_refuses_no_campaign" is_refused 2 \
			"$SPINDRIFT" "$command"
	done
	claim replay_refuses_no_capture is_refused 2 "$SPINDRIFT" replay \
		-o "$WORK/none"
	claim replay_refuses_no_output is_refused 2 "$SPINDRIFT" replay \
		"$CAPTURE"
}

check_top()
{
	claim refuses_no_command is_refused 2 "$SPINDRIFT"
	refuses refuses_unknown_command frobnicate 2 frobnicate
	refuses refuses_help_of_unknown_command frobnicate 2 help frobnicate
	refuses refuses_unknown_option --frobnicate 2 --frobnicate
	refuses control_bytes_do_not_reach_the_terminal 'a??b' 2 $'a\n\eb'
}

check_replay_values()
{
	local replay=(replay -o "$WORK/none")
	local prefix value
	for prefix in 10.0.0.0/33 10.0.0.1/8 10.0.0.0/ 10.0.0/8 300.0.0.0/8 \
		2001:db8::/129 2001:db8::1/32 lan '' 10.0.0.0/8x; do
		refuses "replay_refuses_lan_'$prefix'" "$prefix" 2 \
			"${replay[@]}" --lan "$prefix" "$CAPTURE"
	done
	for value in 0 7 7s 1.5s 2h -1 ten 99999999999999999999 ''; do
		refuses "replay_refuses_interval_'$value'" interval 2 \
			"${replay[@]}" --interval "$value" "$CAPTURE"
	done
	for value in 7 33 -24 0x18 24.0 ''; do
		refuses "replay_refuses_v4_prefix_'$value'" v4-prefix 2 \
			"${replay[@]}" --v4-prefix "$value" "$CAPTURE"
	done
	for value in 15 129; do
		refuses "replay_refuses_v6_prefix_'$value'" v6-prefix 2 \
			"${replay[@]}" --v6-prefix "$value" "$CAPTURE"
	done
	for value in 0 99999999999999999999; do
		refuses "replay_refuses_max_flows_$value" max-flows 2 \
			"${replay[@]}" --max-flows "$value" "$CAPTURE"
	done
	refuses replay_refuses_unknown_source telepathy 2 \
		"${replay[@]}" --sources telepathy "$CAPTURE"
	refuses replay_refuses_missing_value --lan 2 "${replay[@]}" --lan
	refuses replay_refuses_value_of_a_flag --quiet 2 \
		"${replay[@]}" --quiet=yes "$CAPTURE"
	claim refused_replays_write_nothing is_absent "$WORK/none"
}

check_analysis_values()
{
	local command
	for command in percentiles series hilbert; do
		refuses "${command}_refuses_from_after_to" from 2 "$command" \
			--from 2026-02-01 --to 2026-01-01 "$WORK/good"
		refuses "${command}_refuses_bad_time" yesterday 2 "$command" \
			--from yesterday "$WORK/good"
		refuses "${command}_refuses_time_of_no_calendar" 2026-02-30 2 \
			"$command" --from 2026-02-30 "$WORK/good"
		refuses "${command}_refuses_unknown_source" telepathy 2 \
			"$command" --source telepathy "$WORK/good"
		refuses "${command}_refuses_unknown_level" 10min 2 \
			"$command" --level 10min "$WORK/good"
		refuses "${command}_refuses_bad_subnet" 10.0.0.1/8 2 \
			"$command" --subnet 10.0.0.1/8 "$WORK/good"
		refuses "${command}_refuses_unknown_side" inside 2 \
			"$command" --side inside "$WORK/good"
		refuses "${command}_refuses_empty_period" 1999 1 "$command" -t \
			--from 1999-01-01 --to 1999-01-02 "$WORK/good"
	done
	for command in merge salvage; do
		refuses "${command}_refuses_no_output" output 2 "$command" \
			"$WORK/good"
		refuses "${command}_refuses_what_is_no_campaign" "$WORK/none" \
			1 "$command" -o "$WORK/made" "$WORK/none"
	done
	refuses salvage_refuses_two_campaigns campaign 2 salvage \
		-o "$WORK/made" "$WORK/good" "$WORK/good"
	refuses export_refuses_missing_format --format 2 export "$WORK/good"
	refuses export_refuses_unknown_format parquet 2 export \
		--format parquet "$WORK/good"
	refuses export_refuses_unknown_key colour 2 export --format csv \
		--by colour "$WORK/good"
	refuses export_refuses_no_step step 2 export --format csv --step 0s \
		"$WORK/good"
	refuses rollup_refuses_bad_age soon 2 rollup \
		--delete-raw-older-than soon "$WORK/good"
	refuses rollup_refuses_no_processes processes 2 rollup \
		--processes 0 "$WORK/good"
	refuses rollup_refuses_what_is_no_campaign "$WORK/none" 1 rollup \
		"$WORK/none"
	refuses coverage_refuses_from_after_to from 2 coverage \
		--from 2026-02-01 --to 2026-01-01 "$WORK/good"
	refuses coverage_refuses_empty_period 1999 1 coverage -t \
		--from 1999-01-01 --to 1999-01-02 "$WORK/good"
	refuses coverage_refuses_sources source 2 coverage \
		--source tcp_ts "$WORK/good"
	refuses coverage_refuses_groups_by_source source 2 coverage \
		--by source "$WORK/good"
	refuses coverage_refuses_unknown_version v3 2 coverage \
		--quic-version v1,v3 "$WORK/good"
	refuses percentiles_refuses_unknown_key colour 2 percentiles \
		--by colour "$WORK/good"
	refuses percentiles_refuses_long_prefix prefix:33 2 percentiles \
		--by prefix:33 "$WORK/good"
	refuses percentiles_refuses_unknown_quantile guess 2 percentiles \
		--quantile guess "$WORK/good"
	refuses percentiles_refuses_bad_limit soon 2 percentiles --at soon \
		"$WORK/good"
	refuses series_refuses_step_off_the_interval step 1 series \
		--step 15s "$WORK/good"
	refuses series_refuses_unknown_zone Atlantis 2 series \
		--tz Atlantis/Capital "$WORK/good"
	refuses hilbert_refuses_unknown_stat mode 2 hilbert --stat mode \
		-o "$WORK/map.svg" "$WORK/good"
	refuses hilbert_refuses_range_of_counts range 2 hilbert --stat n \
		--range 1ms,1s -t "$WORK/good"
	refuses hilbert_refuses_limits_without_unit unit 2 hilbert \
		--range 10,100 -t "$WORK/good"
	refuses percentiles_refuses_limit_without_unit unit 2 percentiles \
		--at 20 "$WORK/good"
	refuses hilbert_refuses_odd_prefix prefix 2 hilbert --prefix 9 \
		-o "$WORK/map.svg" "$WORK/good"
	refuses hilbert_refuses_deep_prefix /26 2 hilbert --prefix 26 -t \
		"$WORK/good"
	refuses hilbert_refuses_grid_of_too_many_cells 24 2 hilbert \
		--family ipv6 --prefix 29 -t "$WORK/good"
	refuses hilbert_refuses_unknown_family ipv5 2 hilbert --family ipv5 \
		-t "$WORK/good"
	refuses hilbert_refuses_block_of_other_family IPv6 2 hilbert \
		--family ipv4 --within 2000::/4 -t "$WORK/good"
	refuses hilbert_refuses_block_with_host_bits 10.0.0.1/8 2 hilbert \
		--within 10.0.0.1/8 -t "$WORK/good"
	refuses hilbert_refuses_odd_block even 2 hilbert \
		--within 10.0.0.0/9 --prefix 17 -t "$WORK/good"
	refuses hilbert_refuses_change_of_one two 2 hilbert --diff -t \
		"$WORK/good"
	refuses hilbert_refuses_change_of_counts --stat 2 hilbert --diff \
		--stat n -t "$WORK/good" "$WORK/good"
	refuses hilbert_refuses_range_of_change --range 2 hilbert --diff \
		--range 1ms,1s -t "$WORK/good" "$WORK/good"
	refuses hilbert_refuses_factor_of_times --factor 2 hilbert \
		--factor 2 -t "$WORK/good"
	for value in 1 0.5 nan 1e9 2x; do
		refuses "hilbert_refuses_factor_$value" "'$value'" 2 hilbert \
			--diff --factor "$value" -t "$WORK/good" "$WORK/good"
	done
	refuses hilbert_refuses_one_sided_change RdBu 2 hilbert --diff \
		--palette viridis -t "$WORK/good" "$WORK/good"
	refuses hilbert_refuses_diverging_times PuOr 2 hilbert \
		--palette PuOr -t "$WORK/good"
	refuses hilbert_refuses_steps_of_change --animate 2 hilbert --diff \
		--animate 1h -t "$WORK/good" "$WORK/good"
	refuses hilbert_refuses_no_step --animate 2 hilbert --animate 0s -t \
		"$WORK/good"
	refuses hilbert_refuses_step_off_the_interval step 1 hilbert \
		--animate 15s -t "$WORK/good"
	refuses hilbert_refuses_change_without_samples icmp_echo 1 hilbert \
		--diff --source icmp_echo -t "$WORK/good" "$WORK/good"
	refuses hilbert_refuses_unknown_ending map.bmp 2 hilbert \
		-o "$WORK/map.bmp" "$WORK/good"
	claim refused_maps_are_not_written is_absent "$WORK/map.svg"
}

# Only sources that gave samples are named; on stderr, and not with -q.
check_closing_line()
{
	"$SPINDRIFT" replay -o "$WORK/loud" "${LAN[@]}" "$CAPTURE" \
		>"$WORK/out" 2>"$WORK/err"
	claim replay_ends_with_its_totals is_equal "$(cat "$WORK/err")" \
		"$WORK/loud: 3520 packets, 859 samples (851 tcp_ts, 8 \
tcp_handshake), 2 intervals"
	claim replay_prints_no_data is_equal "$(cat "$WORK/out")" ""
	claim quiet_replay_is_silent is_equal "$("$SPINDRIFT" replay -q \
		-o "$WORK/quiet" "${LAN[@]}" "$CAPTURE" 2>&1)" ""
}

make_good
check_closing_line
check_top
check_help
check_replay_values
check_analysis_values
claims_end
