// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames with times through the tables in memory, small enough that each fills
 * within a few frames. After every interval: each frame has one outcome, each
 * IP packet two ends and one protocol, each sample one place, and the record
 * holds together.
 *
 * Input: for each frame u8 flags (1: no link header, 2: an interval ends after
 * it, 4: time goes back), u8 gap (2^gap ns, up to 2^40), u16 captured bytes,
 * u16 bytes cut off, all little-endian; then the captured bytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../collector/memory_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum {
	HEADER_BYTES = 6,
	FLAG_RAW_IP = 1,
	FLAG_INTERVAL = 2,
	FLAG_BACK = 4,
	MAX_GAP_BITS = 40,
};

struct input {
	const uint8_t *at;
	size_t n_left;
};

struct fuzz {
	struct machine *m;
	uint64_t now_ns;
	uint64_t n_frames; /* of this interval */
};

static void require(int is_true, const char *claim)
{
	if (is_true)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

static struct settings small_settings(void)
{
	struct settings settings = SETTINGS_DEFAULT;

	settings.n_flow_sets = 2;
	settings.n_stamp_sets = 2;
	settings.n_subnet_buckets = 2;
	settings.max_subnets = 6;
	settings.max_hists = 5;
	settings.n_server_sets = 1;
	settings.max_version_rows = 2;
	settings.sources = SETTINGS_SOURCES;
	settings.n_lan = 1;
	settings.lan[0].family = 4;
	settings.lan[0].mask[0] = SETTINGS_MASK(64);
	settings.lan[0].mask[1] = SETTINGS_V4_MASK(8);
	settings.lan[0].address[1] = SETTINGS_V4_MAPPED;
	((uint8_t *)settings.lan[0].address)[12] = 10;
	return settings;
}

static void check_packets(const struct record *record)
{
	uint64_t rx = 0, tx = 0, ecn_rx = 0, ecn_tx = 0, protocols = 0;

	for (size_t i = 0; i < record->traffic.n; i++) {
		rx += record->traffic.row[i].packets_rx;
		tx += record->traffic.row[i].packets_tx;
	}
	for (size_t i = 0; i < record->ecn.n; i++) {
		const struct record_ecn *ecn = &record->ecn.row[i];

		require(ecn->packets_rx <= rx && ecn->packets_tx <= tx,
			"no codepoint has more than all packets");
		ecn_rx += ecn->packets_rx;
		ecn_tx += ecn->packets_tx;
	}
	for (size_t i = 0; i < record->protocol.n; i++)
		protocols += record->protocol.row[i].packets;
	require(rx == tx, "each packet has two ends");
	require(rx == protocols, "each packet has a protocol");
	require(rx == ecn_rx && tx == ecn_tx, "codepoints add up to packets");
}

static void check_participation(const struct record *record)
{
	uint64_t quic = 0, packets = 0, flows = 0;

	for (size_t i = 0; i < record->traffic.n; i++)
		if (record->traffic.row[i].class == TRAFFIC_QUIC)
			quic += record->traffic.row[i].packets_rx +
				record->traffic.row[i].packets_tx;
	for (size_t i = 0; i < record->spin.n; i++) {
		packets += record->spin.row[i].packets;
		flows += record->spin.row[i].flows;
	}
	require(packets <= quic, "participation is part of the traffic");
	require(flows <= packets, "a flow that counts has a packet");
}

static void end_interval(struct fuzz *fuzz)
{
	struct record record = { 0 };
	struct drain_view view;
	uint64_t n_outcomes = 0;

	memory_tables_swap(fuzz->m);
	memory_tables_view(fuzz->m, &view);
	require(!drain_tables(&view, &record), "memory suffices");
	require(!record_check(&record), "the record holds together");
	for (int i = 0; i < N_OUTCOMES; i++)
		n_outcomes += record.outcome[i];
	require(n_outcomes == fuzz->n_frames, "each frame has one outcome");
	require(drain_count_samples(&record) == record.event[EVENT_SAMPLE],
		"samples counted are samples drained");
	require(!record.event[EVENT_SAMPLE_LOST], "no sample is lost");
	check_packets(&record);
	check_participation(&record);
	record_fini(&record);
	memory_tables_clear(fuzz->m);
	fuzz->n_frames = 0;
}

static uint32_t input_16(const uint8_t *at)
{
	return at[0] | at[1] << 8;
}

/* Exactly as large as the frame, so that a read beyond it shows. */
static void observe(struct fuzz *fuzz, struct input *input)
{
	const uint8_t *header = input->at;
	size_t n_captured = input_16(header + 2), n_cut = input_16(header + 4);
	uint8_t *frame;

	input->at += HEADER_BYTES;
	input->n_left -= HEADER_BYTES;
	if (n_captured > input->n_left)
		n_captured = input->n_left;
	frame = malloc(n_captured ? n_captured : 1);
	require(frame != NULL, "memory suffices");
	memcpy(frame, input->at, n_captured);
	input->at += n_captured;
	input->n_left -= n_captured;
	if (header[0] & FLAG_BACK)
		fuzz->now_ns -= 1ULL << header[1] % MAX_GAP_BITS;
	else
		fuzz->now_ns += 1ULL << header[1] % MAX_GAP_BITS;
	require(memory_tables_observe(
			fuzz->m, frame, n_captured, n_captured + n_cut,
			header[0] & FLAG_RAW_IP ? LINK_RAW_IP : LINK_ETHERNET,
			fuzz->now_ns) < N_OUTCOMES,
		"the outcome is one");
	fuzz->n_frames++;
	if (header[0] & FLAG_INTERVAL)
		end_interval(fuzz);
	free(frame);
}

/* Tables as new, made once: mapping them anew takes longer than a run. The
 * last end_interval() has left both buffers empty. */
static struct machine *begin(void)
{
	static struct machine *m;
	struct settings settings = small_settings();

	if (!m)
		m = memory_tables_new(&settings);
	require(m != NULL, "memory suffices");
	memset(m->flow_set, 0, settings.n_flow_sets * sizeof(*m->flow_set));
	memset(m->stamp_set, 0, settings.n_stamp_sets * sizeof(*m->stamp_set));
	memset(m->server_set, 0,
	       settings.n_server_sets * sizeof(*m->server_set));
	memset(m->port_word, 0, sizeof(m->port_word));
	memset(&m->memos, 0, sizeof(m->memos));
	m->epoch = 1;
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct fuzz fuzz = { .m = begin(), .now_ns = 1ULL << 50 };
	struct input input = { .at = bytes, .n_left = n_bytes };

	while (input.n_left >= HEADER_BYTES)
		observe(&fuzz, &input);
	end_interval(&fuzz);
	return 0;
}
