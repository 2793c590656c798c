#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration file of collect: every refusal is one line with the file and
# the line, and what is taken has the meaning of the options. Interfaces that do
# not exist end each run before it needs a privilege.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

CONFIG=$WORK/collect.conf

# config_refuses NAME WORD STATUS LINE...: of a file with these lines
config_refuses()
{
	local name=$1 word=$2 status=$3
	shift 3
	printf '%s\n' "$@" >"$CONFIG"
	refuses "config_refuses_$name" "$word" "$status" collect \
		--config "$CONFIG"
}

# The last line of the file is the wrong one.
config_refuses_line()
{
	local name=$1 word=$2
	shift 2
	config_refuses "$name" "$CONFIG:$#: " 2 "$@"
	claim "config_refusal_of_${name}_says_why" \
		grep -qF -- "$word" "$WORK/err"
}

check_refusals()
{
	config_refuses_line unknown_key colour '[collect]' 'colour = red'
	config_refuses_line unknown_section replay '[replay]' 'output = x'
	config_refuses_line no_section 'before the first section' 'output = x'
	config_refuses_line no_entry 'KEY = VALUE' '[collect]' 'quiet'
	config_refuses_line config_in_config config '[collect]' '' \
		'config = other.conf'
	config_refuses_line key_given_twice 'given twice' '[collect]' \
		'interval = 1s' '# between' 'interval = 2s'
	config_refuses_line bad_flag maybe '[collect]' 'quiet = maybe'
	config_refuses_line bad_prefix 10.0.0.0/40 '[collect]' \
		'lan = 10.0.0.0/8' 'lan = 10.0.0.0/40'
	config_refuses_line bad_interval 7s '[collect]' 'interval = 7s'
	config_refuses_line bad_number max-flows '[collect]' 'max-flows = many'
	config_refuses_line bad_source telepathy '[collect]' \
		'sources = tcp_ts,telepathy'
	config_refuses_line bad_hook nonsense '[collect]' 'hook = nonsense'
	config_refuses_line address_of_others 0.0.0.0:9464 '[collect]' \
		'metrics = 0.0.0.0:9464'
	config_refuses_line interface_given_twice nosuch0 '[collect]' \
		'interface = nosuch0' 'interface = nosuch1,nosuch0'
	config_refuses_line control_character control '[collect]' \
		$'output = \e[2J'
}

check_files()
{
	refuses config_refuses_missing_file "$WORK/none.conf" 1 collect \
		--config "$WORK/none.conf"
	refuses config_refuses_directory "$WORK" 1 collect --config "$WORK"
	refuses config_refuses_device /dev/zero 1 collect --config /dev/zero
	{
		echo '[collect]'
		head -c 70000 /dev/zero | tr '\0' '#'
	} >"$CONFIG"
	refuses config_refuses_large_file "$CONFIG" 1 collect \
		--config "$CONFIG"
	config_refuses no_interface interface 2 '[collect]' "output = $WORK/none"
	config_refuses no_output output 2 '[collect]' 'interface = nosuch0'
}

check_meaning()
{
	config_refuses what_the_options_refuse 'nosuch0: no such interface' 1 \
		'# all options' '[collect]' "output = $WORK/none" \
		'interface = nosuch0' 'interface = nosuch1,nosuch2' \
		'lan = 10.61.0.0/16' 'lan = 2001:db8::/32' 'interval = 1min' \
		'v4-prefix = 16' 'v6-prefix = 32' 'sources = all' \
		'tunnel = outer' 'max-flows = 4096' 'max-subnets = 256' \
		'max-histograms = 64' 'vantage-point = a roof, 2nd floor' \
		'quiet = yes' 'verbose = no' 'duration = 1h' 'hook = clsact' \
		'tap = no' 'force = off' \
		'metrics = [::1]:9464' 'drop-all = true'
	refuses command_line_takes_the_place_of_all_entries \
		'nosuch9: no such interface' 1 \
		collect -i nosuch9 --config "$CONFIG"
	printf '%s\n' '[collect]' 'interface = nosuch0' 'lan = 10.0.0.0/8' \
		>"$CONFIG"
	refuses command_line_goes_beside_the_file 'nosuch0: no such interface' \
		1 collect -o "$WORK/none" --config "$CONFIG"
	claim refused_configurations_write_nothing is_absent "$WORK/none"
}

# What the journal is told of a line. JOURNAL_STREAM names its end of stderr.
has_priority()
{
	local stream
	: >"$WORK/journal"
	stream=$(stat -c %d:%i "$WORK/journal")
	JOURNAL_STREAM=$stream "$SPINDRIFT" collect -i nosuch0 \
		-o "$WORK/none" 2>>"$WORK/journal"
	cat "$WORK/journal"
	[ "$(cat "$WORK/journal")" = '<3>spindrift: nosuch0: no such interface' ]
}

has_no_priority()
{
	JOURNAL_STREAM=1:1 "$SPINDRIFT" collect -i nosuch0 -o "$WORK/none" \
		2>"$WORK/err"
	grep -qx 'spindrift: nosuch0: no such interface' "$WORK/err"
}

if [ -x "$SPINDRIFT-collect" ]; then
	claim lines_in_the_journal_have_a_priority has_priority
	claim lines_elsewhere_have_none has_no_priority
	check_refusals
	check_files
	check_meaning
else
	claim_skip config "spindrift-collect is not built"
fi
claims_end
