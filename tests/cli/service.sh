#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The systemd unit: installed with the right path, accepted by systemd where it
# is there to ask, with three capabilities and no other; and the example of a
# configuration is one.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

UNIT=dist/systemd/spindrift-collect.service
CAPS="CAP_BPF CAP_NET_ADMIN CAP_PERFMON"

value_of() { sed -n "s/^$1=//p" "$UNIT"; }

has_line() { grep -qx "$1" "$UNIT" || { echo "no $1"; false; }; }

# The program need not be installed here, nor the manual.
is_accepted()
{
	! systemd-analyze verify "$UNIT" 2>&1 |
		grep -vE "is not executable|Command 'man |^$"
}

# Percent of systemd's scale, 0 is best; a service of no limits has 96.
is_hardened()
{
	systemd-analyze security --offline=yes --threshold=30 "$UNIT" |
		tail -n 1 && systemd-analyze security --offline=yes \
		--threshold=30 "$UNIT" >/dev/null
}

installs()
{
	make -s install B="${BUILD:-build}" PREFIX=/opt/spindrift \
		DESTDIR="$WORK/root" >/dev/null || return 1
	local root=$WORK/root/opt/spindrift
	grep -qx "ExecStart=/opt/spindrift/libexec/spindrift/spindrift-collect --config /etc/spindrift/collect.conf" \
		"$root/lib/systemd/system/spindrift-collect.service" &&
		[ -x "$root/libexec/spindrift/spindrift-collect" ] &&
		[ -s "$root/lib/sysusers.d/spindrift.conf" ] &&
		[ -s "$root/share/doc/spindrift/collect.conf" ]
}

uninstalls()
{
	local left
	make -s uninstall B="${BUILD:-build}" PREFIX=/opt/spindrift \
		DESTDIR="$WORK/root" >/dev/null 2>&1
	left=$(find "$WORK/root" -type f)
	echo "left: $left"
	[ -z "$left" ]
}

# Everything in it that is commented out is a key, too.
check_example()
{
	sed 's/^#\([a-z]\)/\1/; s/eth0/nosuch0/' dist/collect.conf \
		>"$WORK/example.conf"
	refuses example_of_a_configuration_is_one \
		'nosuch0: no such interface' 1 collect \
		--config "$WORK/example.conf" -o "$WORK/none"
}

claim unit_gives_three_capabilities is_equal \
	"$(value_of AmbientCapabilities)" "$CAPS"
claim unit_bounds_to_three_capabilities is_equal \
	"$(value_of CapabilityBoundingSet)" "$CAPS"
for line in Type=notify WatchdogSec=.* User=spindrift MemoryMax=.* \
	ProtectSystem=strict NoNewPrivileges=yes StateDirectory=spindrift; do
	claim "unit_has_${line%%=*}" has_line "$line"
done
claim unit_has_a_user_to_run_as grep -q '^u spindrift ' \
	dist/systemd/spindrift.sysusers
if command -v systemd-analyze >/dev/null; then
	claim unit_is_accepted_by_systemd is_accepted
	claim unit_is_hardened is_hardened
else
	claim_skip unit_is_accepted_by_systemd "no systemd-analyze here"
fi
if [ -x "$SPINDRIFT-collect" ]; then
	claim install_puts_the_unit_in_its_place installs
	claim uninstall_removes_what_install_put uninstalls
	check_example
else
	claim_skip install "spindrift-collect is not built"
fi
claims_end
