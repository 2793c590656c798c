#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures of real stacks to the table of who can be timed: what their endpoints
# were set to is what coverage says, and however it is asked, the sums are the
# same.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/testbed/claims.sh
. tests/testbed/claims.sh
SPINDRIFT=${SPINDRIFT:-${BUILD:-build}/spindrift}
DECIDED="spinning greased constant_0 constant_1"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tables"

# measure NAME CAPTURE
measure()
{
	"$SPINDRIFT" replay -q -o "$dir/$1" --lan 10.77.0.1/32 \
		--v4-prefix 32 --lan 10.61.0.0/16 "$2" &&
		"$SPINDRIFT" coverage -q -t "$dir/$1" >"$dir/tables/$1.tsv"
}

# classes NAME: decided classes that have flows, by side
classes()
{
	local side class n
	for side in lan wan; do
		for class in $DECIDED; do
			n=$(claims_cell "$dir/tables/$1.tsv" \
				"${class}_flow_intervals" "side=$side") ||
				return
			[ "$n" -eq 0 ] || echo "$side $class"
		done
	done | paste -sd,
}

# sums OPTION... CAMPAIGN...: one row, of everything
sums()
{
	"$SPINDRIFT" coverage -q -t --by all "$@" | tail -n 1
}

# No row has more packets with a class than QUIC packets.
classes_fit_the_traffic()
{
	cat "$dir"/tables/*.tsv | awk -F '\t' '
		$1 == "group" { next }
		$13 + $14 + $15 + $16 + $17 > $6 { bad = 1; print }
		{ n += $13 }
		END { exit bad || !n }'
}

# rows_add_up TABLE...: field by field, to the row of all their campaigns
rows_add_up()
{
	cat "$@" | awk -F '\t' -v sum="$(sums "$dir"/q*)" '
		$1 == "group" { next }
		{ for (i = 3; i <= 17; i++) if (i != 5) n[i] += $i }
		END {
			split(sum, want, "\t")
			for (i in n)
				if (n[i] != want[i]) {
					print "field " i ": " n[i] ", not " want[i]
					exit 1
				}
		}'
}

is_same_in_any_number_of_processes()
{
	local n
	"$SPINDRIFT" coverage -q -t --processes 1 "$dir"/q* >"$dir/one"
	for n in 2 3 8; do
		"$SPINDRIFT" coverage -q -t --processes $n "$dir"/q* |
			cmp - "$dir/one" || return
	done
}

is_same_of_rollups()
{
	local before
	before=$(sums "$dir/q02")
	"$SPINDRIFT" rollup -q --open "$dir/q02" &&
		is_equal "$(sums --level 1h "$dir/q02")" "$before" &&
		is_equal "$(sums --level raw "$dir/q02")" "$before"
}

info_has()
{
	"$SPINDRIFT" info "$dir/$1" | tr -s ' ' | grep -q "$2"
}

for capture in 02_picoquic_bulk 15_hs_only 17_hs_v2 20_ngtcp2_bulk \
	25_quinn_grease 36_hs_v1_to_v2_ngtcp2; do
	claim "${capture}_is_measured" measure "q${capture%%_*}" \
		"tests/golden/quic/$capture.pcap.xz"
done
claim tcp_with_timestamps_is_measured measure ts tests/golden/tcp_ts.pcap
claim tcp_without_timestamps_is_measured measure nots \
	tests/golden/tcp_nots.pcap

claim spinning_endpoints_spin is_equal "$(classes q02)" \
	"lan spinning,wan spinning"
claim endpoints_that_send_0_are_constant is_equal "$(classes q20)" \
	"lan constant_0,wan constant_0"
claim random_bits_are_greased is_equal "$(classes q25)" \
	"lan greased,wan greased"
claim a_handshake_decides_nothing is_equal "$(classes q15)" ""
claim what_is_not_decided_has_no_ratio is_equal "$(claims_cell \
	"$dir/tables/q15.tsv" quic_spin_flow_ratio side=wan)" -
claim all_who_spin_are_all_who_are_decided is_equal "$(claims_cell \
	"$dir/tables/q02.tsv" quic_spin_packet_ratio side=wan)" 1.000000
claim nobody_who_greases_spins is_equal "$(claims_cell \
	"$dir/tables/q25.tsv" quic_spin_flow_ratio side=wan)" 0.000000
claim packets_with_a_class_are_quic_packets classes_fit_the_traffic

claim timestamps_are_all_of_tcp is_equal \
	"$(sums "$dir/ts" | cut -f 5)" 1.000000
claim timestamps_are_none_of_tcp is_equal \
	"$(sums "$dir/nots" | cut -f 5)" 0.000000
claim tcp_has_no_quic is_equal "$(sums "$dir/ts" | cut -f 6,7,18)" \
	"$(printf '0\t0\t-')"

claim version_2_is_chosen is_equal \
	"$(sums --quic-version v2 "$dir/q17" | cut -f 7-)" \
	"$(sums "$dir/q17" | cut -f 7-)"
claim version_1_is_not_among_it is_equal \
	"$(sums --quic-version v1 "$dir/q17" | cut -f 6,7)" "$(printf -- '-\t0')"
claim version_changed_in_the_handshake_counts is_equal \
	"$(sums --quic-version v2_draft "$dir/q36" | cut -f 7)" \
	"$(sums "$dir/q36" | cut -f 7)"

claim campaigns_add_up rows_add_up "$dir"/tables/q*.tsv
claim processes_do_not_matter is_same_in_any_number_of_processes
claim rollups_do_not_matter is_same_of_rollups
claim info_lists_who_spins info_has q02 '^wan spinning v1 [1-9].* 1.0000 '
claim info_of_tcp_has_no_table is_equal \
	"$("$SPINDRIFT" info "$dir/ts" | grep -c "^QUIC")" 0
claim verify_agrees "$SPINDRIFT" verify -q "$dir"/q*
claims_end
