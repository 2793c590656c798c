#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: deps.sh GROUP...
#
# Looks for what the groups (build, demo, figures, check, lint, fuzz, deb) need.
# What is missing is installed with apt-get when run as root, and otherwise named
# in one line with the exact command. Only what the unprivileged program cannot
# be built without, or what a group is named for, is an error; live measurement
# is left out by the makefile, which says so.
set -u
PATH=$PATH:/usr/sbin:/sbin

# kind name package: a pkg-config module, a command, a Python module
needs_build() {
	cat <<-END
		command cc gcc
		command gcc gcc
		file /usr/include/stdio.h libc6-dev
		command pkg-config pkg-config
		module hdf5-serial libhdf5-dev
		module libzstd libzstd-dev
		module liblzma liblzma-dev
		module zlib zlib1g-dev
		module json-c libjson-c-dev
		module libcrypto libssl-dev
		module cairo libcairo2-dev
		module gsl libgsl-dev
		module libmaxminddb libmaxminddb-dev
		module yajl libyajl-dev
	END
}

needs_live() {
	cat <<-END
		command clang clang
		command llvm-strip llvm
		command bpftool bpftool
		module libbpf libbpf-dev
	END
}

needs_traffic() {
	cat <<-END
		command ip iproute2
		command tc iproute2
		command sysctl procps
		command ping iputils-ping
		command iperf3 iperf3
		command curl curl
		command nginx nginx-light
		command ethtool ethtool
		command python3 python3
	END
}

# The emulated machine of tests/kernel; the kernel itself is fetched there.
needs_emulation() {
	[ "$(uname -m)" = x86_64 ] || return 0
	cat <<-END
		command qemu-system-x86_64 qemu-system-x86
		command busybox busybox-static
		command cpio cpio
		command depmod kmod
		command xz xz-utils
	END
}

needs_figures() {
	echo "python matplotlib python3-matplotlib"
}

needs_demo() {
	echo "python matplotlib python3-matplotlib"
	[ "$(id -u)" -ne 0 ] || needs_traffic
}

needs_check() {
	cat <<-END
		module cmocka libcmocka-dev
		command mandoc mandoc
		command python3 python3
		command nm binutils
		command zstd zstd
		command jq jq
		command mpicc libopenmpi-dev
		command mpirun openmpi-bin
		file /usr/share/zoneinfo/Europe/Stockholm tzdata
		python matplotlib python3-matplotlib
		python h5py python3-h5py
		python xarray python3-xarray
		python netCDF4 python3-netcdf4
		python h5netcdf python3-h5netcdf
		python pandas python3-pandas
		python yaml python3-yaml
		command h5dump hdf5-tools
	END
	[ "$(id -u)" -ne 0 ] || needs_traffic
	[ "$(id -u)" -ne 0 ] || needs_emulation
	[ "$(id -u)" -ne 0 ] || cat <<-END
		command tcpdump tcpdump
		command openssl openssl
		command gtlsclient ngtcp2-client
		command gtlsserver ngtcp2-server
		command setpriv util-linux
		python prometheus_client python3-prometheus-client
		command mkfs.ext4 e2fsprogs
		command nft nftables
	END
}

needs_lint() {
	cat <<-END
		command clang-format clang-format
		command clang-tidy clang-tidy
		module cmocka libcmocka-dev
		command mandoc mandoc
		command shellcheck shellcheck
		command black black
		command flake8 flake8
		command python3 python3
	END
}

needs_deb() {
	cat <<-END
		command dpkg-shlibdeps dpkg-dev
		command strip binutils
	END
}

needs_fuzz() {
	echo "command clang clang"
}

is_present() {
	case $1 in
	command) command -v "$2" >/dev/null 2>&1 ;;
	module) pkg-config --exists "$2" 2>/dev/null ;;
	python) python3 -c "import $2" 2>/dev/null ;;
	file) [ -e "$2" ] ;;
	esac
}

# Packages of the needs on stdin that are missing, each once.
missing_packages() {
	while read -r kind name package; do
		is_present "$kind" "$name" || echo "$package"
	done | sort -u | tr '\n' ' '
}

required=
for group in "$@"; do
	required="$required$("needs_$group" | missing_packages)"
done
optional=$(needs_live | missing_packages)
wanted=$(printf '%s %s' "$required" "$optional" | xargs -rn1 | sort -u | xargs)
[ -n "$wanted" ] || exit 0

install="apt-get install -y --no-install-recommends"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "installing $wanted"
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of packages
	if { apt-get update && $install $wanted; } >"$log" 2>&1; then
		rm -f "$log"
		exit 0
	fi
	grep -E '^E: ' "$log" | head -n 3 >&2
	rm -f "$log"
	# shellcheck disable=SC2086
	[ -z "$required" ] || $install $required >/dev/null 2>&1 && exit 0
fi
[ -n "$(echo "$required" | xargs)" ] || exit 0
echo "spindrift: missing packages: run: $install $(echo "$required" | xargs)" >&2
exit 1
