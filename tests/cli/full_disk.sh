#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No room: one line with the cause, exit 1, nothing partial left behind.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

# small_disk NAME KILOBYTES: mounts $WORK/NAME
small_disk()
{
	mkdir "$WORK/$1" &&
		mount -t tmpfs -o "size=${2}k" spindrift-test "$WORK/$1" &&
		MOUNTS+=("$WORK/$1")
}

says_no_space()
{
	grep -qi 'space left' "$WORK/err"
}

is_refused_for_space()
{
	is_refused 1 "$@" && says_no_space
}

# A replay that runs out of room, at its first file, in the middle or when it
# seals, fails and says why in one line. A part of it would look like a shorter
# capture, so nothing of it stays; a directory that was there does.
leaves_nothing_after_replay()
{
	mkdir -p "$1/there"
	is_refused_for_space "$SPINDRIFT" replay -q -o "$1/campaign" \
		--interval 1s "$CAPTURE" &&
		is_refused_for_space "$SPINDRIFT" replay -q -o "$1/there" \
			--interval 1s "$CAPTURE" &&
		is_equal "$(cd "$1" && find . | sort | tr '\n' ' ')" \
			". ./there "
}

is_lost()
{
	local status
	"$@" >/dev/full 2>"$WORK/err"
	status=$?
	echo "status $status: $(tr '\n' '|' <"$WORK/err")"
	[ "$status" -eq 1 ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] && says_no_space
}

check_disks()
{
	local size
	for size in 4 16 32 64 256; do
		small_disk "disk$size" "$size" || {
			claim_skip "disk of $size kB" "mount is not permitted"
			return
		}
		claim "replay_to_a_disk_of_${size}_kB_leaves_nothing" \
			leaves_nothing_after_replay "$WORK/disk$size"
	done
	small_disk full 64
	head -c 60k /dev/zero >"$WORK/full/ballast"
	head -c 4k /dev/zero >>"$WORK/full/ballast" 2>/dev/null
	claim percentiles_refuses_a_full_disk is_refused_for_space \
		"$SPINDRIFT" percentiles -q -t -o "$WORK/full/table.tsv" \
		"$WORK/good"
	claim hilbert_refuses_a_full_disk is_refused_for_space \
		"$SPINDRIFT" hilbert -q -o "$WORK/full/map.svg" "$WORK/good"
	claim hilbert_png_refuses_a_full_disk is_refused_for_space \
		"$SPINDRIFT" hilbert -q -o "$WORK/full/map.png" "$WORK/good"
	claim full_disk_holds_nothing_partial is_equal \
		"$(find "$WORK/full" -type f)" "$WORK/full/ballast"
}

make_good
for command in info "percentiles -t" series verify \
	"hilbert -qt"; do
	# shellcheck disable=SC2086 # some have an option
	claim "${command/ -*/}_to_a_full_pipe_end_fails" is_lost \
		"$SPINDRIFT" $command "$WORK/good"
done
if [ "$(id -u)" -eq 0 ]; then
	check_disks
else
	claim_skip small_disks "needs root to mount"
fi
claims_end
