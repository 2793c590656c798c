#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures and directories that are not what they should be: one line, exit 1,
# nothing partial left behind, nothing that was there lost.
set -u
# shellcheck source=tests/cli/refusals.sh
. "$(dirname "$0")/refusals.sh"

# Little-endian 32-bit word as printf escapes.
le32()
{
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) \
		$(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

count_packets()
{
	"$SPINDRIFT" percentiles -q -t --by family "$1" | awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["source"] == "-" { n += $at["rx_packets"] }
		END { print n + 0 }'
}

check_campaigns()
{
	local command
	mkdir "$WORK/foreign" && echo data >"$WORK/foreign/file"
	mkdir "$WORK/empty"
	echo data >"$WORK/file"
	for command in info verify percentiles series "hilbert -t"; do
		# shellcheck disable=SC2086 # hilbert has an option
		set -- $command
		refuses "$1_refuses_missing_campaign" nosuch 1 "$@" \
			"$WORK/nosuch"
		refuses "$1_refuses_foreign_directory" foreign 1 "$@" \
			"$WORK/foreign"
		refuses "$1_refuses_empty_directory" empty 1 "$@" "$WORK/empty"
		refuses "$1_refuses_file" file 1 "$@" "$WORK/file"
	done
	claim foreign_directory_is_untouched is_equal \
		"$(find "$WORK/foreign" "$WORK/empty" -type f)" \
		"$WORK/foreign/file"
}

check_foreign_captures()
{
	local name
	: >"$WORK/nothing.pcap"
	echo "this is a letter, not a capture" >"$WORK/letter.pcap"
	head -c 20 "$CAPTURE" >"$WORK/stub.pcap"
	gzip -c "$WORK/letter.pcap" >"$WORK/letter.gz"
	cp "$SPINDRIFT" "$WORK/program"
	for name in nothing.pcap letter.pcap stub.pcap letter.gz program; do
		refuses "replay_refuses_$name" "$name" 1 replay \
			-o "$WORK/none" "$WORK/$name"
		claim "replay_of_${name}_leaves_nothing" is_absent "$WORK/none"
		rm -rf "$WORK/none"
	done
	head -c 24 "$CAPTURE" >"$WORK/header.pcap"
	refuses replay_refuses_capture_without_packets "holds no packet" 1 \
		replay -o "$WORK/none" "$WORK/header.pcap"
	refuses replay_refuses_missing_capture nosuch 1 replay \
		-o "$WORK/none" "$WORK/nosuch.pcap"
	refuses replay_refuses_directory empty 1 replay -o "$WORK/none" \
		"$WORK/empty"
	refuses replay_refuses_one_bad_of_two letter 1 replay \
		-o "$WORK/none" "$CAPTURE" "$WORK/letter.pcap"
	claim replay_of_bad_captures_leaves_nothing is_absent "$WORK/none"
}

# is_used_up_to N_PACKETS CAPTURE WORD: one line that has the word; the campaign
# stays, is sound, and has the packets
is_used_up_to()
{
	rm -rf "$WORK/part"
	is_refused_naming "$3" 1 "$SPINDRIFT" replay -q -o "$WORK/part" "$2" &&
		grep -qw "$1" "$WORK/err" &&
		"$SPINDRIFT" verify -q "$WORK/part" &&
		[ "$(count_packets "$WORK/part")" -eq "$1" ]
}

# Writes the first 100 packets of the capture to $WORK/100.pcap.
cut_hundred()
{
	local offset=24 n_bytes i
	for ((i = 0; i < 100; i++)); do
		n_bytes=$(od -An -tu4 -j $((offset + 8)) -N 4 "$CAPTURE")
		offset=$((offset + 16 + n_bytes))
	done
	head -c "$offset" "$CAPTURE" >"$WORK/100.pcap"
}

check_damaged_captures()
{
	local absurd
	cut_hundred
	"$SPINDRIFT" replay -q -o "$WORK/hundred" "$WORK/100.pcap"
	claim whole_capture_counts_100 is_equal \
		"$(count_packets "$WORK/hundred")" 100
	cp "$WORK/100.pcap" "$WORK/cut_header.pcap"
	head -c 7 /dev/zero >>"$WORK/cut_header.pcap"
	claim capture_cut_in_a_record_header_is_used is_used_up_to 100 \
		"$WORK/cut_header.pcap" cut_header
	head -c -1 "$WORK/100.pcap" >"$WORK/cut_data.pcap"
	claim capture_cut_in_a_packet_is_used is_used_up_to 99 \
		"$WORK/cut_data.pcap" cut_data
	for absurd in 262145 4294967295 2147483648; do
		cp "$WORK/100.pcap" "$WORK/absurd.pcap"
		# shellcheck disable=SC2059 # escapes made above
		printf "$(le32 1767225600)$(le32 0)$(le32 $absurd)$(le32 60)" \
			>>"$WORK/absurd.pcap"
		head -c 100000 /dev/zero >>"$WORK/absurd.pcap"
		claim "record_of_${absurd}_bytes_ends_the_capture" \
			is_used_up_to 100 "$WORK/absurd.pcap" absurd
	done
	gzip -c "$WORK/100.pcap" | head -c -30 >"$WORK/cut.gz"
	claim cut_gzip_is_refused is_refused_naming cut.gz 1 "$SPINDRIFT" \
		replay -q -o "$WORK/gz" "$WORK/cut.gz"
}

check_outputs()
{
	local before
	before=$(state_of "$WORK/good")
	refuses replay_refuses_campaign_as_output good 1 replay \
		-o "$WORK/good" "$CAPTURE"
	claim campaign_is_untouched is_equal "$(state_of "$WORK/good")" "$before"
	refuses replay_refuses_foreign_output foreign 1 replay \
		-o "$WORK/foreign" "$CAPTURE"
	claim foreign_output_is_untouched is_equal \
		"$(ls -A "$WORK/foreign")" file
	refuses replay_refuses_file_as_output file 1 replay -o "$WORK/file" \
		"$CAPTURE"
	claim file_is_untouched is_equal "$(cat "$WORK/file")" data
	refuses replay_refuses_output_below_nothing none 1 replay \
		-o "$WORK/none/deeper/campaign" "$CAPTURE"
	claim replay_takes_an_empty_directory "$SPINDRIFT" replay -q \
		-o "$WORK/empty" "$CAPTURE"
	refuses percentiles_refuses_existing_output file 1 percentiles \
		-t -o "$WORK/file" "$WORK/good"
	refuses hilbert_refuses_existing_output map.tsv 1 hilbert \
		-o "$(echo data >"$WORK/map.tsv" && echo "$WORK/map.tsv")" \
		"$WORK/good"
	claim existing_outputs_are_untouched is_equal \
		"$(cat "$WORK/file" "$WORK/map.tsv" | tr '\n' ' ')" "data data "
	claim force_overwrites "$SPINDRIFT" percentiles -q -t -f \
		-o "$WORK/file" "$WORK/good"
	refuses percentiles_refuses_output_below_nothing none 1 percentiles \
		-t -o "$WORK/none/table.tsv" "$WORK/good"
	claim no_temporary_stays is_equal \
		"$(find "$WORK" -name '*.tmp*' -o -name 'file.*' | head)" ""
}

# The cause is the right to read, not a damage that is not there.
check_unreadable_parts()
{
	local part path
	for part in campaign.json manifest.jsonl raw journal segment; do
		rm -rf "$WORK/part"
		cp -r "$WORK/good" "$WORK/part"
		path=$WORK/part/$part
		[ "$part" != segment ] ||
			path=$(find "$WORK/part" -name '*.h5')
		chmod go-rwx "$path"
		claim "percentiles_refuses_unreadable_$part" \
			is_refused_naming "ermission denied" 1 "$@" \
			"$WORK/spindrift" percentiles "$WORK/part"
	done
	rm -rf "$WORK/part"
	cp -r "$WORK/good" "$WORK/part"
	install -m 600 /dev/null "$WORK/part/journal/$(printf %020d 9).journal"
	for part in percentiles info; do
		claim "${part}_refuses_unreadable_journal" \
			is_refused_naming "ermission denied" 1 "$@" \
			"$WORK/spindrift" "$part" "$WORK/part"
	done
	claim verify_names_the_right_to_read_a_journal \
		finds "journal: Permission denied" "$@" "$WORK/spindrift" \
		verify "$WORK/part"
}

# finds WORDS COMMAND...: exit 1, and the words on stdout
finds()
{
	local words=$1
	shift
	"$@" >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 1 ] && grep -qF -- "$words" "$WORK/out"
}

# A capture that goes on coming; stops with the packets of the file in.
stop_replay()
{
	local pid status
	mkfifo "$WORK/packets"
	"$SPINDRIFT" replay -q -o "$WORK/stopped" - <"$WORK/packets" \
		2>"$WORK/err" &
	pid=$!
	exec 9>"$WORK/packets"
	cat "$CAPTURE" >&9
	# what it has read of the pipe is all that was written
	for _ in $(seq 200); do
		[ "$(awk '$1 == "rchar:" { print $2 }' "/proc/$pid/io")" -gt \
			"$(stat -c %s "$CAPTURE")" ] && break
		sleep 0.05
	done
	sleep 0.5
	kill -TERM "$pid"
	wait "$pid"
	status=$?
	exec 9>&-
	return "$status"
}

check_stop()
{
	local status
	stop_replay
	status=$?
	claim stopped_replay_has_exit_1 is_equal "$status" 1
	claim stopped_replay_says_so_in_one_line is_equal "$(cat "$WORK/err")" \
		"spindrift: $WORK/stopped: ends early: stopped by SIGTERM"
	claim stopped_replay_leaves_a_whole_campaign "$SPINDRIFT" verify -q \
		"$WORK/stopped"
	claim stopped_replay_has_what_was_read is_equal \
		"$(count_packets "$WORK/stopped")" \
		"$(count_packets "$WORK/empty")"
}

check_rights()
{
	local as_nobody=(setpriv --reuid "$NOBODY" --regid "$NOBODY"
		--clear-groups)
	if [ "$(id -u)" -ne 0 ]; then
		claim_skip rights "needs root to become somebody else"
		return
	fi
	chmod 755 "$WORK"
	cp "$SPINDRIFT" "$WORK/spindrift"
	cp -r "$WORK/good" "$WORK/locked"
	chmod -R go-rwx "$WORK/locked"
	cp "$CAPTURE" "$WORK/locked.pcap" && chmod 600 "$WORK/locked.pcap"
	claim info_refuses_unreadable_campaign is_refused_naming locked 1 \
		"${as_nobody[@]}" "$WORK/spindrift" info "$WORK/locked"
	check_unreadable_parts "${as_nobody[@]}"
	claim replay_refuses_unwritable_output is_refused_naming none 1 \
		"${as_nobody[@]}" "$WORK/spindrift" replay -o "$WORK/none" \
		"$WORK/100.pcap"
	install -d -o "$NOBODY" "$WORK/theirs"
	claim replay_refuses_unreadable_capture is_refused_naming \
		locked.pcap 1 "${as_nobody[@]}" "$WORK/spindrift" replay \
		-o "$WORK/theirs/campaign" "$WORK/locked.pcap"
	claim replay_needs_no_privileges "${as_nobody[@]}" \
		"$WORK/spindrift" replay -q -o "$WORK/theirs/campaign" \
		"$WORK/100.pcap"
}

make_good
check_campaigns
check_foreign_captures
check_damaged_captures
check_outputs
check_stop
check_rights
claims_end
