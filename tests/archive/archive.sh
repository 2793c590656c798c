# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of rollup, merge and salvage share, to be sourced: a scratch
# directory $WORK, synthetic campaigns, and answers to compare.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh

BUILD=${BUILD:-build}
SPINDRIFT=${SPINDRIFT:-$BUILD/spindrift}
export GENERATE=$BUILD/tests/campaign_generate
WORK=$(mktemp -d "${TMPDIR:-/tmp}/spindrift-archive.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

# answers CAMPAIGN [OPTION...]: what is asked of it, in every form.
answers()
{
	local campaign=$1 question
	shift
	for question in "percentiles -t --by subnet" "percentiles -t --by slash8" \
		"percentiles -t --by prefix:16,32" "percentiles --by side" \
		"series -t --step 1h" "series -t --step 1d" \
		"percentiles -t --by subnet --subnet 20.0.0.0/6" \
		"hilbert -t"; do
		# shellcheck disable=SC2086 # a command with its options
		"$SPINDRIFT" $question -q "$@" "$campaign" 2>&1 |
			sed "s,$WORK/[^ ]*,CAMPAIGN,"
	done
}

# is_same FILE COMMAND...: the command prints what the file holds
is_same()
{
	local file=$1
	shift
	"$@" >"$WORK/same" || return 1
	diff "$file" "$WORK/same"
}

# is_refused_naming WORD COMMAND...: status 1, one line, the word in it
is_refused_naming()
{
	local word=$1 status
	shift
	"$@" >"$WORK/out" 2>"$WORK/err"
	status=$?
	echo "status $status: $(head -n 3 "$WORK/err" | tr '\n' '|')"
	[ "$status" -eq 1 ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] &&
		grep -qF -- "$word" "$WORK/err"
}

n_files()
{
	find "$1" -name '*.h5' | wc -l
}
