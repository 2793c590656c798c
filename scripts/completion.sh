#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: completion.sh bash|zsh PROGRAM
#
# Writes the shell's completion of PROGRAM (build/spindrift), from the commands
# and options that its help lists: the tables that drive parsing. What an
# argument is follows from its name in the help: a CAMPAIGN is a directory, a
# FILE or CAPTURE a file, IF an interface; of other arguments nothing is known.
set -eu
[ $# -eq 2 ] || { echo "usage: completion.sh bash|zsh PROGRAM" >&2; exit 2; }
shell=$1 program=$2
dir=$(dirname "$0")

# Lines of tab-separated fields:
#   command NAME SUMMARY OPERANDS
#   option COMMAND NAME LETTER ARGUMENT HELP
tables() {
	"$program" --help | awk '/^  [a-z][a-z0-9-]*  +[^ ]/ {
		name = $1; sub(/^ *[^ ]+ +/, ""); print name "\t" $0 }' |
		while IFS='	' read -r name summary; do
			# collect may not be built
			help=$("$program" "$name" --help 2>/dev/null) || help=
			echo "$help" | awk -v name="$name" -v summary="$summary" \
				-f "$dir/completion_tables.awk"
		done
}

tables | awk -v shell="$shell" -f "$dir/completion.awk"
