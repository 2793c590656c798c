#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shell completion: the commands and every option that the help lists, files
# where an argument is one, directories where it is a campaign.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

BUILT=${BUILD:-build}/completion
mapfile -t COMMANDS < <("$SPINDRIFT" --help |
	sed -nE 's/^  ([a-z][a-z0-9-]*)  .*/\1/p' |
	if [ -x "$SPINDRIFT-collect" ]; then cat; else grep -v '^collect$'; fi)

# complete_words WORD...: what the last word can become, sorted
complete_words()
{
	COMP_WORDS=(spindrift "$@")
	COMP_CWORD=$#
	_spindrift
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

options_of()
{
	"$SPINDRIFT" "$1" --help |
		sed -nE 's/^  (-.), (--[a-z0-9-]+).*/\1\n\2/p
			s/^      (--[a-z0-9-]+).*/\1/p' | sort
}

is_complete() { is_equal "$(complete_words "$1" -)" "$(options_of "$1")"; }

lists_every_command()
{
	is_equal "$(complete_words "" | grep -vE '^-|^collect$')" \
		"$(printf '%s\n' "${COMMANDS[@]}" help | grep -vx collect | sort)"
}

check_bash()
{
	local command
	# shellcheck source=/dev/null
	. "$BUILT/bash"
	claim help_lists_commands [ "${#COMMANDS[@]}" -gt 5 ]
	claim bash_completes_commands lists_every_command
	claim bash_completes_a_begun_command is_equal "$(complete_words per)" \
		percentiles
	claim bash_completes_a_begun_option is_equal \
		"$(complete_words replay --max-s)" --max-subnets
	for command in "${COMMANDS[@]}"; do
		claim "bash_completes_options_of_$command" is_complete "$command"
	done
	mkdir "$WORK/here" "$WORK/here/campaign"
	touch "$WORK/here/capture.pcap" "$WORK/here/with blank"
	cd "$WORK/here" || exit 1
	claim bash_completes_campaigns_of_info is_equal \
		"$(complete_words info "")" campaign
	claim bash_completes_captures_of_replay is_equal \
		"$(complete_words replay c)" "$(printf 'campaign\ncapture.pcap')"
	claim bash_completes_the_output_of_replay is_equal \
		"$(complete_words replay -o c)" campaign
	claim bash_keeps_blanks_in_names is_equal \
		"$(complete_words replay w)" "with blank"
	claim bash_does_not_guess_prefixes is_equal \
		"$(complete_words replay --lan c)" ""
	cd - >/dev/null || exit 1
}

# The widgets of zsh need a terminal; what they are called with does not.
check_zsh()
{
	local command option
	claim zsh_completion_is_zsh zsh -n "$BUILT/zsh"
	for command in "${COMMANDS[@]}"; do
		zsh -fc "_arguments() { print -l -- \"\$@\" }
			words=(spindrift $command ''); CURRENT=3
			. '$BUILT/zsh'" >"$WORK/zsh"
		for option in $(options_of "$command" | grep '^--'); do
			grep -qF -- "*${option}[" "$WORK/zsh" ||
				echo "$option of $command"
		done
	done >"$WORK/missing"
	claim zsh_completes_every_option is_equal "$(cat "$WORK/missing")" ""
}

check_bash
if command -v zsh >/dev/null; then
	check_zsh
else
	claim_skip zsh_completion_is_zsh "no zsh here"
fi
claims_end
