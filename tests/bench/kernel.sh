#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Nanoseconds per packet of the tc program, by scenario, beyond those of an
# empty program in the same run. Half a minute; needs root and BPF.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${BUILD:-build}/tests/kernel_cost

if [ "$(id -u)" -ne 0 ] || [ ! -x "$program" ]; then
	echo "left out: needs root and spindrift-collect's libraries"
	exit 0
fi
exec "$program"
