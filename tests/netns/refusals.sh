#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What collect refuses: one line with object, problem and cause, the right exit
# status, nothing attached and nothing left behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

NOBODY=65534

# is_refused STATUS COMMAND...: the campaign $campaign must not come to be.
is_refused()
{
	local want=$1 status lines
	shift
	timeout 20 "$@" >"$TESTBED_DIR/out" 2>"$TESTBED_DIR/err" </dev/null
	status=$?
	lines=$(wc -l <"$TESTBED_DIR/err")
	echo "status $status, want $want, $lines lines:" \
		"$(head -n 1 "$TESTBED_DIR/err")"
	[ $status -eq "$want" ] && [ "$lines" -eq 1 ] &&
		grep -q '^spindrift: .*: ' "$TESTBED_DIR/err" &&
		[ ! -s "$TESTBED_DIR/out" ] && [ ! -e "$campaign" ]
}

refuses()
{
	local name=$1 status=$2
	shift 2
	claim "collect_refuses_$name" is_refused "$status" \
		ip netns exec "$TESTBED_OBSERVER" "$@"
}

# Runs a command where only others have rights. The directory is theirs, so
# that what is refused is the measurement and not the output.
as_nobody()
{
	mkdir -p "$TESTBED_DIR/theirs"
	chmod 755 "$TESTBED_DIR"
	chown $NOBODY "$TESTBED_DIR/theirs"
	campaign=$TESTBED_DIR/theirs/campaign
	refuses "$1" 1 setpriv --reuid $NOBODY --regid $NOBODY --clear-groups \
		"$TESTBED_DIR/spindrift" collect -i lan0 -o "$campaign"
}

# Where tc filters leave no place for ours, what is there stays as it is. TCX
# does not need the place.
check_occupied_hooks()
{
	local tc=(tc -n "$TESTBED_OBSERVER") pinned=$TESTBED_DIR/bpf/programs
	local clsact=("$SPINDRIFT" collect -i lan0 --hook clsact -o "$campaign")
	local at=(filter add dev lan0 ingress prio 1 protocol ip bpf da
		object-pinned "$pinned/spindrift_ingress")
	mkdir "$TESTBED_DIR/bpf" && mount -t bpf bpf "$TESTBED_DIR/bpf" &&
		bpftool prog loadall "${BUILD:-build}/spindrift.bpf.o" \
			"$pinned" || return 1
	"${tc[@]}" qdisc add dev lan0 ingress
	refuses ingress_qdisc 1 "${clsact[@]}"
	claim ingress_qdisc_stays is_equal \
		"$("${tc[@]}" qdisc show dev lan0 | grep -c ' ingress ')" 1
	"${tc[@]}" qdisc del dev lan0 ingress
	"${tc[@]}" qdisc add dev lan0 clsact && "${tc[@]}" "${at[@]}"
	refuses priority_of_others 1 "${clsact[@]}"
	claim filter_of_others_stays is_equal "$(live_count_attached lan0)" 1
	"${tc[@]}" qdisc del dev lan0 clsact
}

fini()
{
	testbed_down
	umount "$TESTBED_DIR/bpf" 2>/dev/null
	testbed_fini
}

is_clean() { is_equal "$(live_count_attached lan0)" 0; }

check()
{
	local collect=("$SPINDRIFT" collect)
	campaign=$TESTBED_DIR/campaign
	testbed_up "-d 1ms" "-d 4ms" || return 1
	refuses missing_interface 1 "${collect[@]}" -i nosuch0 -o "$campaign"
	refuses one_missing_of_two 1 "${collect[@]}" -i lan0,nosuch0 -o "$campaign"
	refuses no_interface 2 "${collect[@]}" -o "$campaign"
	refuses no_output 2 "${collect[@]}" -i lan0
	refuses unknown_option 2 "${collect[@]}" -i lan0 -o "$campaign" --nonsense
	refuses bad_prefix 2 "${collect[@]}" -i lan0 -o "$campaign" --lan 10.0.0.0/40
	refuses bad_interval 2 "${collect[@]}" -i lan0 -o "$campaign" --interval 7s
	refuses zero_duration 2 "${collect[@]}" -i lan0 -o "$campaign" --duration 0
	refuses empty_interface 2 "${collect[@]}" -i lan0, -o "$campaign"
	refuses bad_hook 2 "${collect[@]}" -i lan0 -o "$campaign" --hook nonsense
	refuses unwritable_output 1 "${collect[@]}" -i lan0 -o /proc/campaign
	# The build directory may not be open to others.
	cp "$SPINDRIFT" "$SPINDRIFT-collect" "$TESTBED_DIR"
	as_nobody no_permission
	campaign=$TESTBED_DIR/campaign
	mkdir "$TESTBED_DIR/other" && echo data >"$TESTBED_DIR/other/file"
	refuses foreign_directory 1 "${collect[@]}" -i lan0 -o "$TESTBED_DIR/other"
	claim foreign_directory_is_untouched is_equal \
		"$(ls -A "$TESTBED_DIR/other")" file
	check_occupied_hooks
	claim refusals_leave_nothing_attached is_clean
}

testbed_init
trap fini EXIT
trap 'exit 1' INT TERM
check || claim testbed_comes_up false
claims_end
