#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A tun device is measured as well as one with an Ethernet header; tests/kernel
# does the same on Debian's kernel.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
claims_need_root
build=${BUILD:-build}
exec tests/testbed/tun.sh "$build" "$build/tests/tun_echo"
