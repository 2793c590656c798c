# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A copy of this machine's root that nothing of it survives, to be sourced after
# tests/cli/refusals.sh: an overlay whose changes are in memory. Needs root.
#
#   throwaway_root_up          the copy is in $THROWAWAY_ROOT
#   in_root COMMAND...         with an environment of its own
#   find_changes TEST...       as find(1), of what is not as it was
#
# $MOUNTS has what is to be unmounted at the end, the last mount first.

throwaway_mount()
{
	local where=${*: -1}
	mkdir -p "$where" && mount "$@" && MOUNTS=("$where" "${MOUNTS[@]}")
}

throwaway_root_up()
{
	local over=$WORK/over
	THROWAWAY_ROOT=$over/root
	throwaway_mount -t tmpfs tmpfs "$over" || return 1
	mkdir "$over/changes" "$over/work" || return 1
	throwaway_mount -t overlay overlay -o \
		"lowerdir=/,upperdir=$over/changes,workdir=$over/work" \
		"$THROWAWAY_ROOT" &&
		throwaway_mount -t proc proc "$THROWAWAY_ROOT/proc" || return 1
	# A device of its own, lest the machine's are within reach of the end.
	[ -c "$THROWAWAY_ROOT/dev/null" ] ||
		mknod -m 666 "$THROWAWAY_ROOT/dev/null" c 1 3
}

in_root()
{
	chroot "$THROWAWAY_ROOT" env -i HOME=/root LC_ALL=C.UTF-8 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}

find_changes() { (cd "$WORK/over/changes" && find . "$@"); }
