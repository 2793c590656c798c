#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Live measurement that keeps no LAN subnet, or no address as it was: not in the
# journal of a collector that is killed either.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
# shellcheck source=tests/testbed/testbed.sh
. tests/testbed/testbed.sh
# shellcheck source=tests/testbed/live.sh
. tests/testbed/live.sh
claims_need_root

make_key() { (umask 077 && head -c 32 /dev/urandom >"$TESTBED_DIR/$1"); }

# The IPv4 ones: IPv6 comes and goes with what neighbours say.
groups_of()
{
	$SPINDRIFT percentiles -t --by subnet --side "$1" "$2" |
		awk -F '\t' 'NR > 1 && $1 !~ /:|v6/ { print $1 }' | sort -u
}

# What an export of the campaign calls the subnets of a side.
exported_of()
{
	$SPINDRIFT export --format csv --step 1d --side "$1" \
		--anonymise "$TESTBED_DIR/key" "$2" |
		awk -F , 'NR > 1 && $2 !~ /:|v6/ { print $2 }' | sort -u
}

# Leaves the campaign $TESTBED_DIR/NAME of a collector that ends by SIGNAL.
measure()
{
	local name=$1 signal=$2
	shift 2
	live_start lan0 "$TESTBED_DIR/$name" --interval 1s "$@" || return 1
	on_client ping -q -i 0.02 -c 40 198.51.100.1 >/dev/null || return 1
	# The journal has a whole interval at least.
	sleep 2.2
	live_stop "$signal"
	n_samples=$($SPINDRIFT percentiles -t --by source \
		"$TESTBED_DIR/$name" | claims_cell - n_samples source=icmp_echo)
}

# refused_under KEY: the campaign of killed collectors under another key
refused_under()
{
	on_observer "$SPINDRIFT" collect -i lan0 -o "$TESTBED_DIR/hidden" \
		--interval 1s "${LIVE_LAN[@]}" --duration 1s "$@" 2>&1 |
		tee /dev/stderr | grep -q "anonymised"
}

check()
{
	local n_samples
	testbed_up "-d 1ms" "-d 4ms" || return 1
	make_key key
	make_key other
	measure plain INT || return 1
	claim plain_campaign_has_the_lan grep -qx '10\.61\.1\.0/24' \
		<(groups_of lan "$TESTBED_DIR/plain")
	measure collapsed KILL --lan-collapse || return 1
	claim collapsed_lan_is_one_row is_equal \
		"$(groups_of lan "$TESTBED_DIR/collapsed")" other-v4
	claim collapsed_lan_leaves_the_other_side is_equal \
		"$(groups_of wan "$TESTBED_DIR/collapsed")" \
		"$(groups_of wan "$TESTBED_DIR/plain")"
	claim collapsed_lan_loses_no_sample is_equal "$n_samples" 40
	measure hidden KILL --anonymise "$TESTBED_DIR/key" || return 1
	for side in lan wan; do
		claim "journal_has_anonymised_${side}_subnets" is_equal \
			"$(groups_of $side "$TESTBED_DIR/hidden")" \
			"$(exported_of $side "$TESTBED_DIR/plain")"
	done
	claim anonymising_loses_no_sample is_equal "$n_samples" 40
	claim campaign_goes_on_under_no_other_key refused_under \
		--anonymise "$TESTBED_DIR/other"
	claim campaign_goes_on_under_no_less_than_its_key refused_under
	measure hidden INT --anonymise "$TESTBED_DIR/key" || return 1
	claim campaign_goes_on_under_its_key is_equal "$n_samples" 80
	claim resumed_campaign_verifies \
		"$SPINDRIFT" verify -q "$TESTBED_DIR/hidden"
}

testbed_init
trap testbed_fini EXIT
trap 'exit 1' INT TERM
check || claim privacy_is_checked false
claims_end
