#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Init of the emulated machine: prints TAP, then switches off.
export PATH=/sbin:/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir -p /run/netns
mount -t bpf bpf /sys/fs/bpf
echo "GUEST BEGINS: Linux $(uname -r), $(nproc) CPUs"
for module in /modules/*; do
	insmod "$module"
done
export CMOCKA_MESSAGE_OUTPUT=TAP
cd /test || poweroff -f

# Fewer frames and swaps: every instruction is emulated.
/test/kernel_test 10000
/test/drain_test 50
/test/contention_test 5
/test/segments_test
BUILD=/test /test/plain_load_test

# Live, between two namespaces; Linux 6.1 has no TCX, so by clsact. The paths
# are needed, for the shell of busybox prefers its own ip and ping.
IP=/sbin/ip PING=/sbin/ping sh /test/encapsulations.sh /test
IP=/sbin/ip sh /test/tun.sh /test /test/tun_echo
echo "GUEST ENDS after $(cut -d' ' -f1 /proc/uptime) s"
poweroff -f
