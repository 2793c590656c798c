#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The BPF object on the stock kernel of Debian 12, emulated by qemu: it loads,
# attaches, measures, and leaves the same tables as the ones in memory.
#
# The kernel package is downloaded and unpacked below BUILD, never installed.
# What the guest runs is guest.sh; it has no disk and no network.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
store=$build/kernel
limit_s=${QEMU_LIMIT_S:-540}
modules="veth tun sch_ingress cls_bpf 8021q ip_gre ipip sit vxlan mpls_iptunnel"

skip() {
	echo "ok 1 - object on Debian's kernel # SKIP $*"
	exit 0
}

for program in qemu-system-x86_64 busybox cpio depmod dpkg-deb; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
[ "$(uname -m)" = x86_64 ] || skip "the emulated machine is x86_64"
programs="tests/differential/kernel_test tests/differential/drain_test
	tests/differential/contention_test tests/differential/segments_test
	tests/differential/plain_load_test tests/tun_echo
	spindrift-collect spindrift"
for program in $programs; do
	[ -x "$build/$program" ] || skip "$program is not built"
done

# Unpacks the current kernel image package into $store/NAME, once.
fetch_kernel() {
	local name=$1 dir=$store/$1
	[ ! -e "$dir/ready" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir" || return 1
	(cd "$dir" && apt-get download "$name") >"$dir/log" 2>&1 ||
		return 1
	dpkg-deb -x "$dir/$name"_*.deb "$dir" || return 1
	rm -f "$dir/$name"_*.deb
	depmod -b "$dir" "$(ls "$dir/lib/modules")" && touch "$dir/ready"
}

# A program and the libraries it names, at their own places in the guest.
give_program() {
	local library
	mkdir -p "$root/$(dirname "$2")"
	cp -L "$1" "$root/$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$root/$(dirname "$library")"
		cp -Ln "$library" "$root/$library"
	done
}

# The modules with what they need, numbered in the order of loading.
give_modules() {
	local file n=10
	mkdir -p "$root/modules"
	for module in $modules; do
		modprobe -d "$kernel" -S "$version" --ignore-install \
			--show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
		while read -r file; do
			n=$((n + 1))
			case $file in
			*.xz) xz -dc "$file" ;;
			*) cat "$file" ;;
			esac >"$root/modules/$n-$(basename "${file%.xz}")"
		done
}

make_root() {
	mkdir -p "$root"/{bin,sbin,proc,sys,dev,tmp,run/netns,var,test,etc}
	ln -s /run "$root/var/run"
	cp /bin/busybox "$root/bin/busybox"
	cp tests/kernel/guest.sh "$root/init"
	chmod +x "$root/init"
	for program in ip tc ping; do
		give_program "$(command -v "$program")" /sbin/$program
	done
	for program in $programs; do
		give_program "$build/$program" "/test/$(basename "$program")"
	done
	cp "$build/spindrift.bpf.o" tests/testbed/encapsulations.sh \
		tests/testbed/tun.sh "$root/test/"
	give_modules
}

name=$(apt-cache depends linux-image-amd64 2>/dev/null |
	awk '/Depends: linux-image-/ { print $2; exit }')
[ -n "$name" ] || skip "apt names no kernel image for linux-image-amd64"
kernel=$store/$name
fetch_kernel "$name" || skip "$name cannot be downloaded"
version=$(ls "$kernel/lib/modules")

root=$(mktemp -d) || exit 1
trap 'rm -rf "$root" "$root.cpio"' EXIT
trap 'exit 1' INT TERM
make_root
(cd "$root" && find . | cpio -o -H newc --quiet) >"$root.cpio"

timeout "$limit_s" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
	-smp 2 -m 1536 -nodefaults -nographic -no-reboot -monitor none \
	-serial stdio -kernel "$kernel"/boot/vmlinuz-* -initrd "$root.cpio" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off" </dev/null |
	tr -d '\r' | tee "$store/console" | sed -n '/GUEST BEGINS/,$p'
status=${PIPESTATUS[0]}
[ "$status" -eq 0 ] || echo "not ok qemu: exit status $status"
