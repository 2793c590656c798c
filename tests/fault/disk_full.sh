#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A small disk fills and empties while a writer runs: intervals that could not
# be written are named gaps, everything else stays, and nothing is corrupt.
set -u
if [ "$(id -u)" -ne 0 ]; then
	echo "ok disk_full # SKIP needs root to mount a small file system"
	exit 0
fi
build=${BUILD:-build}
spindrift=${SPINDRIFT:-$build/spindrift}
writer=$build/tests/fault/fault_writer
work=$(mktemp -d /tmp/spindrift-full.XXXXXX)
disk=$work/disk
failed=0
mkdir "$disk"
trap 'umount "$disk" 2>/dev/null; rm -rf "$work"' EXIT
if ! mount -t tmpfs -o size=128m spindrift-test "$disk" 2>/dev/null; then
	echo "ok disk_full # SKIP mounting is not permitted here"
	exit 0
fi

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
	fi
}

verifies() {
	"$spindrift" verify "$disk/c" >"$work/verify" 2>&1
}

one_line_names_it() {
	[ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "$1" "$work/err"
}

# Not even room for the directory's first files.
fill() {
	dd if=/dev/zero of="$disk/fill" bs=64k 2>/dev/null
	dd if=/dev/zero of="$disk/fill2" bs=1k 2>/dev/null
}
fill
"$writer" "$disk/c" 1 0 >/dev/null 2>"$work/err"
check full_disk_refuses_a_new_campaign test $? -eq 1
check the_refusal_is_one_line one_line_names_it "No space left"
check the_refusal_leaves_nothing test ! -e "$disk/c"
rm "$disk"/fill*

# The open journal has 8 MB set aside, some 500 intervals: only more than that
# can be lost.
n_intervals=1500
"$writer" "$disk/c" "$n_intervals" 5 >"$work/acknowledged" 2>"$work/log" &
pid=$!
sleep 1
fill
# A journal that is sealed just now makes room again, for a while.
for _ in $(seq 300); do
	grep -q "lost: No space left" "$work/log" && break
	sleep 0.1
	cat /dev/zero >>"$disk/fill" 2>/dev/null
done
n_lost=$(wc -l <"$work/acknowledged")
rm "$disk"/fill*
wait "$pid"
check the_writer_says_that_it_lost_something test $? -eq 1
check losses_are_printed grep -q "lost: No space left" "$work/log"
n=$(wc -l <"$work/acknowledged")
check it_went_on_afterwards test "$n" -gt "$n_lost"
check some_were_lost test "$n" -lt "$n_intervals"

"$writer" "$disk/c" 1 0 >>"$work/acknowledged" 2>>"$work/log"
check the_next_start_seals_what_was_left test $? -eq 0
check campaign_verifies verifies
n=$(wc -l <"$work/acknowledged")
check every_acknowledged_interval_is_there grep -q " $n intervals" \
	"$work/verify"
"$spindrift" info -j "$disk/c" >"$work/info" 2>>"$work/log"
check the_gap_has_its_cause grep -q no_space "$work/info"
# Everything that was written is read: whatever is missing was said to be lost.
n_read=$("$build/tests/fault/fault_reader" "$disk/c" | sort -u |
	comm -12 - <(sort -u "$work/acknowledged") | wc -l)
check every_acknowledged_interval_reads_back_bit_by_bit test "$n_read" -eq "$n"
echo "drill: full disk | 1 | $n | $((n - n_read)) | $failed"
check no_temporary_is_left test -z "$(find "$disk/c" -name '*.tmp')"
tail -n 1 "$work/verify"
[ "$failed" -eq 0 ] || tail -n 20 "$work/log"
exit "$failed"
