#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Output of ePPing as a campaign: its totals are what jq adds up of the same
# files, in whatever order, wrapping or layout they come; what was cut or cannot
# be right is said, and every command answers with bins of 4 ms.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

GOLDEN=$PWD/tests/golden/epping
LIST=$GOLDEN/epping_20s.json
LINES=$GOLDEN/epping_20s.jsonl

# The edges of bins up to 64 ms: a table shows what is below as shares.
EDGES=$(seq -s, -f '%gms' 4 4 64)

# sums_of FILE...: prefix, samples, extremes, packets and bytes, and the samples
# up to each edge, as jq has them
sums_of()
{
	jq -rn '
	def sum(f): map(f) | add // 0;
	def counts(way; unit): sum([.[way] // {} | .[] | .[unit] // 0] | add // 0);
	[inputs | if type == "array" then .[] else . end | select(.ip_prefix)]
	| group_by(.ip_prefix)[]
	| [.[0].ip_prefix, sum(.count_rtt // 0),
	   (map(.min_rtt // empty) | min // "-"),
	   (map(.max_rtt // empty) | max // "-"),
	   counts("rx_stats"; "packets"), counts("rx_stats"; "bytes"),
	   counts("tx_stats"; "packets"), counts("tx_stats"; "bytes")]
	  + [range(1; 17) as $n | sum((.histogram // [])[:$n] | add // 0)]
	| @tsv' "$@" | sort
}

# The same of a campaign.
sums_in()
{
	"$SPINDRIFT" percentiles -t --by subnet --at "$EDGES" "$1" |
		awk -F '\t' -v OFS='\t' '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ seen[$1] = 1 }
		$at["source"] == "-" {
			traffic[$1] = $at["rx_packets"] OFS $at["rx_bytes"] \
				OFS $at["tx_packets"] OFS $at["tx_bytes"]
			next
		}
		{
			n = $at["n_samples"]
			rtt[$1] = n OFS $at["min_ns"] OFS $at["max_ns"]
			below[$1] = ""
			for (i = NF - 15; i <= NF; i++)
				below[$1] = below[$1] OFS \
					sprintf("%.0f", $i * n)
		}
		END {
			zeros = sprintf("%16s", "")
			gsub(/ /, OFS "0", zeros)
			for (g in seen)
				print g, (g in rtt) ? rtt[g] : "0" OFS "-" OFS "-", \
					traffic[g] ((g in below) ? below[g] : zeros)
		}' | sort
}

import()
{
	rm -rf "$WORK/c"
	"$SPINDRIFT" import -q -o "$WORK/c" "$@"
}

# has_sums_of CAMPAIGN FILE...
has_sums_of()
{
	local campaign=$1
	shift
	"$SPINDRIFT" verify -q "$campaign" &&
		diff <(sums_in "$campaign") <(sums_of "$@")
}

# imports_as FILE ARGUMENT...: an import with these arguments has FILE's sums
imports_as()
{
	local file=$1
	shift
	import "$@" && has_sums_of "$WORK/c" "$file"
}

check_sums()
{
	claim array_has_the_sums_of_jq imports_as "$LIST" "$LIST"
	claim lines_have_the_sums_of_jq imports_as "$LINES" "$LINES"
	claim the_sums_are_of_15_prefixes is_equal \
		"$(sums_of "$LINES" | wc -l)" 15
	claim a_second_metadata_record_is_no_gap is_equal \
		"$("$SPINDRIFT" info "$WORK/c" | grep -c '^gaps  *none')" 1
	claim intervals_are_as_written is_equal \
		"$("$SPINDRIFT" info "$WORK/c" | grep -o '25 of 25')" '25 of 25'
}

check_wrappings()
{
	gzip -c "$LINES" >"$WORK/x.gz"
	xz -c "$LINES" >"$WORK/x.xz"
	zstd -qc "$LIST" >"$WORK/x.zst"
	claim gzip_is_the_same imports_as "$LINES" "$WORK/x.gz"
	claim xz_is_the_same imports_as "$LINES" "$WORK/x.xz"
	claim zstd_is_the_same imports_as "$LIST" "$WORK/x.zst"
	jq . "$LIST" >"$WORK/indented"
	claim white_space_does_not_matter imports_as "$LIST" "$WORK/indented"
	cp "$LIST" "$WORK/stdin"
	claim stdin_is_the_same imports_as "$LIST" - <"$WORK/stdin"
}

# Names say nothing of the order. The later parts have no metadata.
check_order()
{
	split -n l/5 "$LINES" "$WORK/part."
	local names=(e d c b a) i=0 part
	for part in "$WORK"/part.a?; do
		mv "$part" "$WORK/part.${names[i]}"
		i=$((i + 1))
	done
	claim files_are_ordered_by_time imports_as "$LINES" "$WORK"/part.[a-e]
	claim pieces_are_no_gaps is_equal \
		"$("$SPINDRIFT" info "$WORK/c" | grep -c '^gaps  *none')" 1
	refuses pieces_without_the_first_are_refused 'no metadata' 1 import \
		-o "$WORK/none" "$WORK/part.b"
	claim nothing_is_written_of_them is_absent "$WORK/none"
	import "$WORK/part.e" "$WORK/part.c" "$WORK/part.a"
	claim missing_files_are_gaps is_equal \
		"$("$SPINDRIFT" info "$WORK/c" | grep -c no_capture)" 2
}

# is_taken_up_to N FILE: one line, exit 1, and the sums of the first N records
is_taken_up_to()
{
	jq -c 'if type == "array" then .[] else . end' "$3" | head -n "$1" \
		>"$WORK/first.jsonl"
	rm -rf "$WORK/c"
	is_refused_naming "$1 complete records" 1 "$SPINDRIFT" import -q \
		-o "$WORK/c" "$2" && has_sums_of "$WORK/c" "$WORK/first.jsonl"
}

check_cuts()
{
	head -c 50000 "$LIST" >"$WORK/cut.json"
	head -c 50000 "$LINES" >"$WORK/cut.jsonl"
	gzip -c "$WORK/cut.json" | head -c -20 >"$WORK/cut.gz"
	head -c -2 "$LIST" >"$WORK/open.json"
	{ head -c 30000 "$LINES"; echo "}{;"; tail -n 5 "$LINES"; } \
		>"$WORK/broken.jsonl"
	claim cut_array_gives_what_is_complete is_taken_up_to 163 \
		"$WORK/cut.json" "$LIST"
	claim cut_lines_give_what_is_complete is_taken_up_to \
		"$(head -c 50000 "$LINES" | head -n -1 | wc -l)" \
		"$WORK/cut.jsonl" "$LINES"
	claim array_that_was_not_closed_is_whole is_taken_up_to 314 \
		"$WORK/open.json" "$LIST"
	claim broken_text_gives_what_is_before is_taken_up_to \
		"$(head -c 30000 "$LINES" | head -n -1 | wc -l)" \
		"$WORK/broken.jsonl" "$LINES"
	claim cut_compressed_data_are_named is_refused_naming \
		'compressed data are cut off' 1 "$SPINDRIFT" import -q \
		-o "$WORK/gz" "$WORK/cut.gz"
}

# later SECONDS: all records, so much later
later()
{
	jq -c --argjson s "$1" '.' "$LINES" | awk -v s="$1" '
		match($0, /"timestamp":[0-9]+/) {
			digits = substr($0, RSTART + 12, RLENGTH - 12)
			seconds = substr(digits, 1, 10) + s
			print "{\"timestamp\":" seconds substr(digits, 11) \
				substr($0, RSTART + RLENGTH)
		}'
}

check_time()
{
	later 3600 >"$WORK/later.jsonl"
	cat "$LINES" "$WORK/later.jsonl" >"$WORK/restarted.jsonl"
	claim restarted_epping_loses_nothing imports_as \
		"$WORK/restarted.jsonl" "$WORK/restarted.jsonl"
	claim a_restart_is_a_gap is_equal "$("$SPINDRIFT" info "$WORK/c" |
		grep -c 'not_running')" 1
	refuses file_named_twice_is_refused 'a file twice' 1 import \
		-o "$WORK/none" "$LINES" "$LINES"
	# A copy that begins elsewhere, with records of the last interval.
	{ head -n 1 "$LINES" | sed 's/5277,/5278,/' && tail -n 20 "$LINES"; } \
		>"$WORK/again.jsonl"
	tail -n 20 "$LINES" >"$WORK/tail_again.jsonl"
	local again
	for again in again tail_again; do
		rm -rf "$WORK/c"
		claim "overlap_of_${again}_is_refused" is_refused_naming \
			'20 of its records refused' 1 "$SPINDRIFT" import -q \
			-o "$WORK/c" "$LINES" "$WORK/$again.jsonl"
		claim "overlap_of_${again}_counts_once" \
			has_sums_of "$WORK/c" "$LINES"
	done
}

# rx_stats and tx_stats as ePPing wrote them before 2023-10-17.
flatten()
{
	jq -c 'def total(u): [.[] | .[u] // 0] | add // 0;
	if .ip_prefix then
		.rx_packets = (.tx_stats | total("packets")) |
		.rx_bytes = (.tx_stats | total("bytes")) |
		.tx_packets = (.rx_stats | total("packets")) |
		.tx_bytes = (.rx_stats | total("bytes")) |
		del(.rx_stats, .tx_stats)
	else . end' "$LINES" >"$1"
}

check_old_layout()
{
	flatten "$WORK/old.jsonl"
	# jq 1.6 has no integers beyond 2^53
	paste -d ' ' <(grep -o '"timestamp":[0-9]*' "$LINES") \
		<(sed 's/^{"timestamp":[0-9]*//' "$WORK/old.jsonl") |
		sed 's/^/{/; s/ //' >"$WORK/exact.jsonl"
	refuses old_layout_is_not_taken_for_the_new 'rx-tx' 1 import \
		-o "$WORK/none" "$WORK/exact.jsonl"
	refuses new_layout_is_not_taken_for_the_old 'rx-tx' 1 import \
		--rx-tx old -o "$WORK/none" "$LINES"
	claim neither_leaves_anything is_absent "$WORK/none"
	claim old_layout_is_turned_round imports_as "$LINES" --rx-tx old \
		"$WORK/exact.jsonl"
}

META='{"timestamp":1700000000000000000,"bins":250,"bin_width_ns":4000000,
"aggregation_interval_ns":10000000000,"timeout_interval_ns":30000000000,
"ipv4_prefix_len":24,"ipv6_prefix_len":48}'

# A histogram of 250 bins with 9 samples in the first and N in the last.
tail_bins()
{
	echo "[9$(printf ',0%.0s' $(seq 248)),$1]"
}

write_tail()
{
	cat >"$1" <<-END
		$META
		{"timestamp":1700000005000000000,"ip_prefix":"192.0.2.0/24",
		"rx_stats":{"TCP_TS":{"packets":3}},"tx_stats":{},"count_rtt":12,
		"min_rtt":1000000,"max_rtt":2000000000,
		"histogram":$(tail_bins 3)}
		{"timestamp":1700000005000000001,"ip_prefix":"0.0.0.0/0",
		"rx_stats":{"other":{"packets":1,"bytes":60}},"tx_stats":{}}
		{"timestamp":1700000005000000002,"ip_prefix":"::/0",
		"rx_stats":{},"tx_stats":{"TCP_noTS":{"packets":2,"bytes":90}}}
		{"timestamp":1700000005000000003,"ip_prefix":"2001:db8:1::/48",
		"rx_stats":{},"tx_stats":{"other":{"packets":2,"bytes":90}}}
		{"timestamp":1700000005100000000,"protocol_counters":{"non_IP":
		{"packets":4,"bytes":240},"47":{"packets":1}},"ecn_counters":
		{"CE":5},"errors":{"store_packet_ts":6,"create_flow_state":7}}
	END
}

cell()
{
	claims_cell "$WORK/table" "$@"
}

check_edges()
{
	write_tail "$WORK/tail.jsonl"
	import --lan 192.0.0.0/16 --vantage-point uplink "$WORK/tail.jsonl"
	claim tail_campaign_verifies "$SPINDRIFT" verify -q "$WORK/c"
	"$SPINDRIFT" percentiles -t --by subnet "$WORK/c" >"$WORK/table"
	claim above_996_ms_is_overflow is_equal \
		"$(cell overflow group=192.0.2.0/24)" 3
	claim it_is_answered_as_above is_equal \
		"$(cell p90_ns group=192.0.2.0/24)" '>996000000'
	claim lan_is_a_side is_equal "$(cell side group=192.0.2.0/24)" lan
	claim omitted_bytes_are_zero is_equal \
		"$(cell rx_bytes group=192.0.2.0/24 source=-)" 0
	claim no_room_in_epping_is_other_v4 is_equal \
		"$(cell rx_bytes group=other-v4 source=-)" 60
	claim no_room_in_epping_is_other_v6 is_equal \
		"$(cell tx_packets group=other-v6 source=-)" 2
	"$SPINDRIFT" info -j "$WORK/c" >"$WORK/info.json"
	claim errors_of_epping_are_events is_equal "$(jq -c \
		'[.. | objects | .stamp_skipped // empty, .flow_refused // empty]' \
		"$WORK/info.json")" '[6,7]'
	claim campaign_says_what_has_no_place is_equal "$(jq -c '.import |
		[.non_ip_packets, .ecn_ce_packets, .rx_tx, .byte_counts,
		.is_complete]' "$WORK/c/campaign.json")" \
		'[4,5,"new","frame",true]'
	refuses lan_within_a_prefix_is_refused '192.0.2.0/25' 1 import \
		--lan 192.0.2.0/25 -o "$WORK/none" "$WORK/tail.jsonl"
}

# A file each interval, as by a SIGHUP each time, and compressed.
check_many_files()
{
	local n_files
	awk -v work="$WORK" 'NR == 1 { meta = $0; sub(/^[^,]*/, "", meta); next }
		/"bins"/ { next }
		!name {
			name = sprintf("%s/each.%d.jsonl", work, 90 - n++)
			match($0, /[0-9]+/)
			time = substr($0, RSTART, RLENGTH)
			# half a second before the interval ends
			time = substr(time, 1, 10) - 1 substr(time, 11)
			print "{\"timestamp\":" time meta >name
		}
		{ print >name }
		/protocol_counters/ { close(name); name = "" }' "$LINES"
	zstd -q --rm "$WORK"/each.*
	n_files=$(find "$WORK" -name 'each.*' | wc -l)
	claim there_is_a_file_each_interval is_equal "$n_files" 25
	claim a_file_each_interval_is_the_same imports_as "$LINES" \
		"$WORK"/each.*.zst
	claim a_file_each_interval_makes_no_gap is_equal \
		"$("$SPINDRIFT" info "$WORK/c" | grep -c '^gaps  *none')" 1
}

check_anonymised()
{
	(umask 077 && head -c 32 /dev/urandom >"$WORK/key")
	import --anonymise "$WORK/key" "$LIST"
	claim anonymised_import_has_no_prefix_as_it_was is_equal "$(comm -12 \
		<(sums_in "$WORK/c" | cut -f 1 | sort) \
		<(sums_of "$LIST" | cut -f 1 | sort))" ""
	claim anonymised_import_has_the_same_sums is_equal \
		"$(sums_in "$WORK/c" | cut -f 2- | sort)" \
		"$(sums_of "$LIST" | cut -f 2- | sort)"
}

# refuses_record NAME WORD SED: the first prefix of tail.jsonl changed so is
# refused, and nothing else
refuses_record()
{
	sed "$3" "$WORK/tail.jsonl" >"$WORK/changed.jsonl"
	rm -rf "$WORK/c"
	claim "$1" is_refused_naming "$2" 1 "$SPINDRIFT" import -q \
		-o "$WORK/c" "$WORK/changed.jsonl"
	claim "$1_alone" is_equal "$(jq -c '.import | [.n_refused_records,
		.n_prefix_records]' "$WORK/c/campaign.json")" '[1,3]'
}

check_records()
{
	local at
	at=$(grep -ob '{"timestamp":1700000005000000000' "$WORK/tail.jsonl" |
		cut -d : -f 1)
	refuses_record wrong_sum_is_refused "byte $at: a histogram that does" \
		's/"count_rtt":12/"count_rtt":13/'
	refuses_record wrong_minimum_is_refused 'min_rtt and max_rtt' \
		's/"min_rtt":1000000/"min_rtt":5000000/'
	refuses_record float_is_refused 'whole number' \
		's/"max_rtt":2000000000/"max_rtt":2e+09/'
	refuses_record negative_number_is_refused 'whole number' \
		's/"packets":3/"packets":-3/'
	refuses_record host_bits_are_refused 'no prefix' \
		's|192.0.2.0/24|192.0.2.1/24|'
	refuses_record other_length_is_refused 'another length' \
		's|192.0.2.0/24|192.0.2.0/25|'
	refuses_record unknown_class_is_refused 'unknown name' 's/TCP_TS/SCTP/'
	refuses_record twice_a_field_is_refused 'occurs twice' \
		's/"count_rtt":12/"count_rtt":12,"count_rtt":12/'
	refuses_record time_out_of_range_is_refused '1970 to 2099' \
		's/1700000005000000000/9000000000000000000/'
}

# refuses_file NAME WORD: what stands in $WORK/bad.json
refuses_file()
{
	refuses "$1" "$2" 1 import -o "$WORK/none" "$WORK/bad.json"
	claim "$1_and_leaves_nothing" is_absent "$WORK/none"
}

check_files()
{
	: >"$WORK/bad.json"
	refuses_file empty_file 'holds no record'
	echo 'a letter' >"$WORK/bad.json"
	refuses_file letter 'not JSON'
	echo '[[1]]' >"$WORK/bad.json"
	refuses_file list_of_lists 'a list where a record belongs'
	echo '{"timestamp":1700000000000000000,"src_ip":"192.0.2.1","rtt":5}' \
		>"$WORK/bad.json"
	refuses_file single_times 'neither metadata nor a prefix'
	echo "${META/250/1}" >"$WORK/bad.json"
	refuses_file impossible_metadata 'number of bins'
	echo "$META" >"$WORK/bad.json"
	refuses_file metadata_alone 'nothing to import'
	sed 's/"bin_width_ns":4000000/"bin_width_ns":1000000/' \
		"$WORK/later.jsonl" >"$WORK/bad.json"
	refuses other_bins_are_refused bin_width_ns 1 import -o "$WORK/none" \
		"$LINES" "$WORK/bad.json"
	claim other_bins_leave_nothing is_absent "$WORK/none"
	head -c 3000000 /dev/zero | tr '\0' ' ' >"$WORK/blank"
	{ cat "$WORK/tail.jsonl" && printf '{"x":"' && cat "$WORK/blank"; } \
		>"$WORK/endless"
	claim endless_value_is_refused is_refused_naming 'without an end' 1 \
		"$SPINDRIFT" import -q -o "$WORK/endless.c" "$WORK/endless"
	refuses missing_file nosuch 1 import -o "$WORK/none" "$WORK/nosuch"
	refuses import_of_nothing file 2 import -o "$WORK/none"
	refuses import_to_nowhere output 2 import "$LINES"
	refuses import_of_a_third_kind rx-tx 2 import --rx-tx both \
		-o "$WORK/none" "$LINES"
}

# What other commands make of it.
check_commands()
{
	local list=$WORK/list lines=$WORK/lines
	"$SPINDRIFT" import -q --vantage-point a -o "$list" "$LIST"
	"$SPINDRIFT" import -q --vantage-point b -o "$lines" "$LINES"
	"$SPINDRIFT" hilbert -q -o "$WORK/map.tsv" "$list" 2>"$WORK/err"
	claim map_takes_epping is_equal "$(awk -F '\t' 'NR > 1 { n += $4 }
		END { print n }' "$WORK/map.tsv")" "$("$SPINDRIFT" percentiles \
		-t --by family "$list" | awk '$1 == "ipv4" { n += $4 }
		END { print n }')"
	claim series_adds_up is_equal "$("$SPINDRIFT" series -t --step 10s \
		"$list" | awk -F '\t' '$3 == "epping" { n += $4 } END { print n }')" \
		2676
	claim coverage_is_of_tcp is_equal "$("$SPINDRIFT" coverage -t "$list" |
		awk -F '\t' 'NR > 1 { n += $3 } END { print (n > 0) }')" 1
	claim export_has_all_prefixes is_equal "$("$SPINDRIFT" export \
		--format csv "$list" | cut -d, -f 2 | grep -c / )" \
		"$("$SPINDRIFT" percentiles -t --by subnet "$list" | grep -c /)"
	"$SPINDRIFT" merge -q -o "$WORK/both" "$list" "$lines"
	claim merge_has_both has_sums_of "$WORK/both" "$LIST" "$LINES"
	claim merge_keeps_where_each_came_from is_equal "$(jq -c \
		'[.import] + (.merged | map(.import.first_file) | sort)' \
		"$WORK/both/campaign.json")" \
		'[null,"epping_20s.json","epping_20s.jsonl"]'
	refuses other_bins_are_not_merged 'histogram' 1 merge -o "$WORK/mixed" \
		"$list" "$WORK/good10"
	"$SPINDRIFT" rollup -q --open "$lines"
	rm -rf "$lines/raw"
	sums_of "$LINES" >"$WORK/sums"
	claim rollup_has_the_same_sums is_equal "$(sums_in "$lines")" \
		"$(cat "$WORK/sums")"
}

make_good
"$SPINDRIFT" replay -q -o "$WORK/good10" --interval 1s "$CAPTURE"
check_sums
check_wrappings
check_order
check_cuts
check_time
check_old_layout
check_edges
check_many_files
check_anonymised
check_records
check_files
check_commands
claims_end
