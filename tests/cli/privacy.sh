#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a campaign does not hold: with --lan-collapse no LAN subnet, and yet every
# sample and byte of that side.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

groups_of()
{
	"$SPINDRIFT" percentiles -t --by subnet --side "$1" "$2" |
		cut -f 1 | tail -n +2 | sort -u
}

# Bins and sums by side and family, the answers that know no subnet.
is_as_measured()
{
	local key
	for key in side family source all; do
		diff <("$SPINDRIFT" percentiles -t --by $key "$WORK/good") \
			<("$SPINDRIFT" percentiles -t --by $key "$1") || return 1
	done
}

check_collapse()
{
	local collapsed=$WORK/collapsed
	"$SPINDRIFT" replay -q -o "$collapsed" --lan-collapse "${LAN[@]}" \
		"$CAPTURE"
	claim good_campaign_has_lan_subnets [ "$(groups_of lan "$WORK/good" |
		grep -c '^10\.61\.')" -gt 0 ]
	claim collapsed_lan_has_no_subnet is_equal \
		"$(groups_of lan "$collapsed" | xargs)" "other-v4 other-v6"
	claim wan_subnets_stay is_equal "$(groups_of wan "$collapsed")" \
		"$(groups_of wan "$WORK/good")"
	claim collapsed_lan_loses_nothing is_as_measured "$collapsed"
	claim collapse_is_no_want_of_room is_equal \
		"$("$SPINDRIFT" info -j "$collapsed" |
			grep -c '"subnet_overflow": *[1-9]')" 0
	claim collapsed_campaign_verifies "$SPINDRIFT" verify -q "$collapsed"
	claim configuration_says_that_it_is_collapsed \
		grep -q '"lan_collapse": *true' "$collapsed/campaign.json"
	if [ -x "$SPINDRIFT-collect" ]; then
		refuses config_takes_lan_collapse 'nosuch0: no such interface' \
			1 collect -i nosuch0 -o "$WORK/none" --lan-collapse
	fi
}

make_good
check_collapse
claims_end
