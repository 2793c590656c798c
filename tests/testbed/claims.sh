# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Claims and their verdicts, to be sourced by a test:
#
#   claim NAME COMMAND...    "ok NAME", or "not ok NAME: WHY" where WHY is the
#                            last line of what the command printed
#   claims_end               "N passed, N failed, N skipped"; status 1 if failed

CLAIMS_PASSED=0
CLAIMS_FAILED=0
CLAIMS_SKIPPED=0

claim()
{
	local name=$1 why
	shift
	if why=$("$@" 2>&1); then
		echo "ok $name"
		CLAIMS_PASSED=$((CLAIMS_PASSED + 1))
	else
		echo "not ok $name: $(echo "${why:-it does not hold}" | tail -n 1)"
		CLAIMS_FAILED=$((CLAIMS_FAILED + 1))
	fi
}

claim_skip()
{
	echo "skipped $1: $2"
	CLAIMS_SKIPPED=$((CLAIMS_SKIPPED + 1))
}

claims_end()
{
	echo "$CLAIMS_PASSED passed, $CLAIMS_FAILED failed," \
		"$CLAIMS_SKIPPED skipped"
	[ "$CLAIMS_FAILED" -eq 0 ]
}

# Nothing can be claimed without the right to make namespaces.
claims_need_root()
{
	[ "$(id -u)" -eq 0 ] && return
	claim_skip "$(basename "$0" .sh)" "needs root"
	claims_end
	exit 0
}

# claims_cell FILE COLUMN KEY=VALUE...: a cell of a TSV with a header line, in
# the first row that has these values.
claims_cell()
{
	local file=$1 column=$2
	shift 2
	awk -F '\t' -v column="$column" -v keys="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			n = split(keys, key, " ")
			next
		}
		{
			for (k = 1; k <= n; k++) {
				split(key[k], pair, "=")
				if ($at[pair[1]] != pair[2])
					next
			}
			print $at[column]
			found = 1
			exit
		}
		END { exit !found }' "$file"
}

# is_within GOT WANT PERCENT
is_within()
{
	awk -v got="$1" -v want="$2" -v percent="$3" 'BEGIN {
		off = want > 0 ? 100 * (got - want) / want : 1e9
		printf "got %s, want %s: %+.2f %%, allowed %s %%\n", got, want,
			off, percent
		exit !(got != "" && off <= percent + 0 && off >= -percent)
	}'
}

# is_at_least GOT WANT, is_at_most GOT WANT
is_at_least()
{
	echo "got '$1', want at least $2"
	[ -n "$1" ] && awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'
}

is_at_most()
{
	echo "got '$1', want at most $2"
	[ -n "$1" ] && awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'
}

is_equal()
{
	echo "got '$1', want '$2'"
	[ "$1" = "$2" ]
}
