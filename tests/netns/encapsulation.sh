#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pings inside real VLAN tags, MPLS labels and tunnels are timed once, whatever
# of them this kernel can make; tests/kernel does the same on Debian's, which
# can make them all.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
claims_need_root
exec tests/testbed/encapsulations.sh "${BUILD:-build}"
