#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a campaign does not hold: with --lan-collapse no LAN subnet, and yet every
# sample and byte of that side; with --anonymise no address as it was, and no key.
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

# make_key NAME MODE BYTES
make_key()
{
	(umask 077 && head -c "$3" /dev/urandom >"$WORK/$1")
	chmod "$2" "$WORK/$1"
}

check_keys()
{
	local export=(export --format csv "$WORK/good" --anonymise)
	make_key open 644 32
	make_key group 660 32
	make_key short 600 31
	make_key long 600 33
	make_key key 600 32
	refuses key_of_everybody_is_refused 'others may use it' 2 \
		"${export[@]}" "$WORK/open"
	refuses key_of_a_group_is_refused 'others may use it' 2 \
		"${export[@]}" "$WORK/group"
	refuses short_key_is_refused '32 bytes' 2 "${export[@]}" "$WORK/short"
	refuses long_key_is_refused '32 bytes' 2 "${export[@]}" "$WORK/long"
	refuses missing_key_is_refused "$WORK/no.key" 2 \
		"${export[@]}" "$WORK/no.key"
	refuses directory_is_no_key "$WORK" 2 "${export[@]}" "$WORK"
	refuses device_is_no_key /dev/zero 2 "${export[@]}" /dev/zero
	claim export_with_a_key_is_refused_nothing "$SPINDRIFT" \
		"${export[@]}" "$WORK/key"
}

# What was replaced when it was written is what an export would have replaced.
is_anonymised_alike()
{
	local key
	for key in subnet prefix:16,32 slash8; do
		diff <("$SPINDRIFT" export --format csv --step 1d --by $key \
			--anonymise "$WORK/key" "$WORK/good") \
			<("$SPINDRIFT" export --format csv --step 1d \
				--by $key "$1") || return 1
	done
}

# Bytes of the key in any file, as they are or as hexadecimal.
shows_key()
{
	python3 - "$WORK/key" "$1" <<-'END'
		import pathlib, sys
		key = pathlib.Path(sys.argv[1]).read_bytes()
		for path in pathlib.Path(sys.argv[2]).rglob("*"):
		    data = path.read_bytes() if path.is_file() else b""
		    for part in (key[:16], key[16:]):
		        if part in data or part.hex().encode() in data.lower():
		            sys.exit(0)
		sys.exit(1)
	END
}

check_anonymised_campaign()
{
	local hidden=$WORK/hidden replay=(replay -q "${LAN[@]}" "$CAPTURE")
	claim replay_anonymises "$SPINDRIFT" "${replay[@]}" -o "$hidden" \
		--anonymise "$WORK/key"
	claim anonymised_campaign_is_as_its_export is_anonymised_alike "$hidden"
	claim anonymised_campaign_loses_nothing is_as_measured "$hidden"
	claim anonymised_campaign_verifies "$SPINDRIFT" verify -q "$hidden"
	claim no_prefix_of_a_lan_is_in_it is_equal \
		"$(grep -rlaE '10\.61\.|2001:db8:61:' "$hidden")" ""
	claim prefixes_are_in_one_that_is_not [ -n \
		"$(grep -rlaE '10\.61\.|2001:db8:61:' "$WORK/good")" ]
	claim fingerprint_of_the_key_is_in_it grep -qE \
		'"anonymised": *"[0-9a-f]{16}"' "$hidden/campaign.json"
	claim key_is_not_in_it is_equal "$(shows_key "$hidden"; echo $?)" 1
	make_key other 600 32
	"$SPINDRIFT" "${replay[@]}" -o "$WORK/others" --anonymise "$WORK/other"
	refuses campaigns_of_two_keys_do_not_merge 'another key' 1 merge -q \
		-o "$WORK/none" "$hidden" "$WORK/others"
	if [ -x "$SPINDRIFT-collect" ]; then
		refuses collect_refuses_a_key_of_everybody 'others may use it' \
			2 collect -i nosuch0 -o "$WORK/none" \
			--anonymise "$WORK/open"
	fi
}

# A full disk ends an export; what is there then is no table.
check_full_disk()
{
	claim export_says_that_the_disk_is_full is_refused_naming \
		'No space left' 1 sh -c "exec '$SPINDRIFT' export --format \
		ndjson --step 10s '$WORK/good' >/dev/full"
}

make_good
check_collapse
check_keys
check_anonymised_campaign
check_full_disk
claims_end
