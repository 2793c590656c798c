# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of refusals share, to be sourced: a scratch directory $WORK, a
# good campaign $WORK/good of a golden capture, and claims about refusals.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh

SPINDRIFT=${SPINDRIFT:-$PWD/${BUILD:-build}/spindrift}
CAPTURE=$PWD/tests/golden/tcp_ts.pcap
LAN=(--lan 10.61.0.0/16 --lan 2001:db8:61::/48)
export NOBODY=65534
WORK=$(mktemp -d "${TMPDIR:-/tmp}/spindrift-cli.XXXXXX")
MOUNTS=()

refusals_cleanup()
{
	local mount
	for mount in "${MOUNTS[@]}"; do
		umount "$mount"
	done
	rm -rf --one-file-system "$WORK"
}
trap refusals_cleanup EXIT
trap 'exit 1' INT TERM

# is_refused STATUS COMMAND...: the status, one line of the form
# `spindrift: OBJECT: problem...` on stderr, nothing on stdout.
is_refused()
{
	local want=$1 status n_lines
	shift
	timeout 60 "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	n_lines=$(wc -l <"$WORK/err")
	echo "status $status, want $want; $n_lines lines:" \
		"$(head -n 3 "$WORK/err" | tr '\n' '|')"
	[ "$status" -eq "$want" ] && [ "$n_lines" -eq 1 ] &&
		grep -qE '^spindrift: [^:].*: [^ ]' "$WORK/err" &&
		[ ! -s "$WORK/out" ]
}

# is_refused_naming WORD STATUS COMMAND...: and the line has the word in it
is_refused_naming()
{
	local word=$1
	shift
	is_refused "$@" && grep -qF -- "$word" "$WORK/err"
}

# refuses NAME WORD STATUS ARGUMENT...: of spindrift
refuses()
{
	local name=$1 word=$2 status=$3
	shift 3
	claim "$name" is_refused_naming "$word" "$status" "$SPINDRIFT" "$@"
}

is_absent()
{
	[ ! -e "$1" ] || { echo "$1 is there"; false; }
}

# A state of a file or directory that shows any change of content.
state_of()
{
	(cd "$1" 2>/dev/null && find . -type f -exec sha256sum {} + | sort) ||
		sha256sum <"$1"
}

make_good()
{
	"$SPINDRIFT" replay -q -o "$WORK/good" "${LAN[@]}" "$CAPTURE" || {
		claim makes_a_campaign false
		claims_end
		exit 1
	}
}
