// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/ against the slow reference, flow by flow and packet by packet: no
 * sample that the reference has not, none with another RTT, and in each flow
 * the share of the reference's that the method promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../collector/capture.h"
#include "bulk_flow.h"
#include "match_reference.h"
#include "world.h"

/* Of two holes at once core knows the first: the last is with reordering. */
enum {
	MIN_FOUND_PERCENT = 97,
	MIN_FOUND_SEQ_PERCENT = 90,
	MIN_FOUND_SEQ_REORDERED_PERCENT = 70,
};

/* Every sample goes to an overflow histogram, where its RTT can be read. */
struct pair {
	struct machine *m;
	struct reference reference;
	uint64_t n_seen, sum_ns[N_SOURCES];
	uint64_t n[N_SOURCES][N_SIDES], n_missed[N_SOURCES];
};

static void pair_open(struct pair *pair)
{
	struct settings settings = world_settings();

	settings.sources = SETTINGS_SOURCES;
	settings.n_flow_sets = 1024;
	settings.n_stamp_sets = 16384;
	settings.max_subnets = 0;
	settings.max_hists = 0;
	/* 10.0.0.0/8 and the captures' 2001:db8:60::/46 are LAN */
	((uint8_t *)settings.lan[1].address)[4] = 0;
	((uint8_t *)settings.lan[1].address)[5] = 0x60;
	settings.lan[1].mask[0] = SETTINGS_MASK(46);
	*pair = (struct pair){ .m = memory_tables_new(&settings) };
	assert_non_null(pair->m);
}

static void pair_close(struct pair *pair)
{
	reference_fini(&pair->reference);
	memory_tables_free(pair->m);
}

/* The RTTs that core recorded since the last call, or -1. */
static void pair_core_rtts(struct pair *pair, int64_t ret_rtt_ns[N_SOURCES])
{
	uint64_t n = machine_counters(pair->m)->event[EVENT_SAMPLE];
	uint64_t sum_ns[N_SOURCES] = {};

	for (int i = 0; i < N_OVERFLOW_HISTS; i++)
		if (i % N_HIST_REFS < N_SOURCES)
			sum_ns[i % N_HIST_REFS] +=
				machine_hist(pair->m, i)->sum_ns;
	for (int source = 0; source < N_SOURCES; source++) {
		ret_rtt_ns[source] = sum_ns[source] - pair->sum_ns[source];
		if (!ret_rtt_ns[source])
			ret_rtt_ns[source] = -1;
		else
			pair->n_seen++;
		pair->sum_ns[source] = sum_ns[source];
	}
	assert_int_equal(n, pair->n_seen);
}

static bool is_lan(const uint8_t *frame)
{
	if (frame[12] == 8)
		return frame[14 + 12] == 10;
	return frame[14 + 8 + 4] == 0 && (frame[14 + 8 + 5] & 0xfc) == 0x60;
}

static void pair_observe(struct pair *pair, const uint8_t *bytes,
			 uint32_t n_captured, uint32_t n_wire, uint64_t now_ns)
{
	int64_t expected_ns[N_SOURCES], rtt_ns[N_SOURCES];
	struct reference_flow *flow;

	flow = reference_observe(&pair->reference, bytes, now_ns, expected_ns);
	memory_tables_observe(pair->m, bytes, n_captured, n_wire, LINK_ETHERNET,
			      now_ns);
	pair_core_rtts(pair, rtt_ns);
	for (int i = 0; i < N_SOURCES; i++) {
		if (rtt_ns[i] >= 0 && rtt_ns[i] != expected_ns[i])
			fail_msg("source %d at %lu ns: %ld ns, and the "
				 "reference has %ld ns",
				 i, now_ns, rtt_ns[i], expected_ns[i]);
		if (expected_ns[i] < 0)
			continue;
		pair->n[i][is_lan(bytes) ? SIDE_LAN : SIDE_WAN]++;
		if (rtt_ns[i] < 0)
			pair->n_missed[i]++;
		else
			flow->n_matched[i]++;
	}
}

static void assert_flows_are_found(const struct pair *pair, int min_seq_percent)
{
	for (size_t i = 0; i < pair->reference.n_flows; i++) {
		const struct reference_flow *flow = &pair->reference.flow[i];

		for (int j = 0; j < N_SOURCES; j++) {
			int percent = j == SOURCE_TCP_SEQ ? min_seq_percent :
							    MIN_FOUND_PERCENT;

			if (flow->n_matched[j] * 100 <
			    flow->n_samples[j] * percent)
				fail_msg("flow %zu, source %d: %lu of %lu "
					 "samples",
					 i, j, flow->n_matched[j],
					 flow->n_samples[j]);
		}
	}
}

struct expected {
	enum source source;
	uint64_t n_lan, n_wan;
};

/* Recorded between Linux hosts; the numbers are those of a third
 * implementation of the same rules, which came with the recordings. */
static void compare_capture(const char *name, const struct expected *expected,
			    size_t n_expected)
{
	uint64_t n[N_SOURCES][N_SIDES] = {};
	struct capture_packet packet;
	struct capture *capture;
	struct pair pair;
	char path[64];

	for (size_t i = 0; i < n_expected; i++) {
		n[expected[i].source][SIDE_LAN] = expected[i].n_lan;
		n[expected[i].source][SIDE_WAN] = expected[i].n_wan;
	}
	snprintf(path, sizeof(path), "tests/golden/%s.pcap", name);
	assert_int_equal(capture_open(path, &capture), 0);
	pair_open(&pair);
	while (capture_next(capture, &packet) > 0)
		pair_observe(&pair, packet.bytes, packet.n_captured,
			     packet.n_wire, packet.time_ns);
	capture_close(capture);
	for (int i = 0; i < N_SOURCES; i++) {
		assert_int_equal(pair.n[i][SIDE_LAN], n[i][SIDE_LAN]);
		assert_int_equal(pair.n[i][SIDE_WAN], n[i][SIDE_WAN]);
		assert_int_equal(pair.n_missed[i], 0);
	}
	pair_close(&pair);
}

static void captured_bulk_transfers_equal_the_reference(void **state)
{
	static const struct expected expected[] = {
		{ SOURCE_TCP_TS, 460, 391 },
		{ SOURCE_TCP_HANDSHAKE, 4, 4 },
	};

	compare_capture("tcp_ts", expected, 2);
}

static void captured_short_connections_equal_the_reference(void **state)
{
	static const struct expected expected[] = {
		{ SOURCE_TCP_TS, 80, 80 },
		{ SOURCE_TCP_HANDSHAKE, 40, 40 },
	};

	compare_capture("http_short", expected, 2);
}

static void captured_flows_without_timestamps_equal_the_reference(void **state)
{
	static const struct expected expected[] = {
		{ SOURCE_TCP_SEQ, 661, 9 },
		{ SOURCE_TCP_HANDSHAKE, 2, 2 },
	};

	compare_capture("tcp_nots", expected, 2);
}

static void captured_pings_equal_the_reference(void **state)
{
	static const struct expected expected = { SOURCE_ICMP_ECHO, 0, 324 };

	compare_capture("icmp", &expected, 1);
}

static void captured_queries_equal_the_reference(void **state)
{
	static const struct expected expected = { SOURCE_DNS, 0, 80 };

	compare_capture("dns", &expected, 1);
}

enum {
	/* of data; the first wraps in the middle of a transfer */
	NEAR_SEQ = 0xfff3cb00,
	FAR_SEQ = 5000,
	SEGMENT_BYTES = 100,
};

static void observe_built(struct pair *pair, bool is_seq, uint8_t flags,
			  const struct bulk_packet *packet)
{
	bool is_from_far = packet->is_ack;
	struct build build = {
		.source = is_from_far ? WORLD_FAR : WORLD_NEAR,
		.destination = is_from_far ? WORLD_NEAR : WORLD_FAR,
		.source_port = is_from_far ? 443 : 40000,
		.destination_port = is_from_far ? 40000 : 443,
		.tcp_flags = flags,
		.payload_bytes = is_from_far ? 0 : SEGMENT_BYTES,
		.tsval = packet->tsval,
		.tsecr = packet->tsecr,
		.seq = is_from_far ? FAR_SEQ :
				     NEAR_SEQ + packet->segment * SEGMENT_BYTES,
		.ack = is_from_far ?
			       NEAR_SEQ + packet->segment * SEGMENT_BYTES :
			       FAR_SEQ,
		.tcp_has_no_timestamps = is_seq,
	};
	struct built frame;

	if (flags & BUILD_SYN)
		build.seq--;
	if (packet->time_ns < SECOND)
		build.payload_bytes = 0;
	build_frame(&build, &frame);
	pair_observe(pair, frame.bytes, frame.n_bytes, frame.n_bytes,
		     packet->time_ns);
}

/* Two samples of the WAN side's SYN-ACK and the LAN side's ACK. */
static void observe_handshake(struct pair *pair, bool is_seq, uint32_t tsval)
{
	struct bulk_packet packet = { .time_ns = SECOND / 2, .tsval = tsval };

	observe_built(pair, is_seq, BUILD_SYN, &packet);
	packet = (struct bulk_packet){ .time_ns = SECOND / 2 + 40 * MS,
				       .tsval = 1,
				       .tsecr = tsval,
				       .is_ack = true };
	observe_built(pair, is_seq, BUILD_SYN | BUILD_ACK, &packet);
	packet = (struct bulk_packet){ .time_ns = SECOND / 2 + 44 * MS,
				       .tsval = tsval,
				       .tsecr = 1 };
	observe_built(pair, is_seq, BUILD_ACK, &packet);
}

/* Data from LAN to WAN, hence samples of the WAN side but for the handshake. */
static void compare_bulk_by(const struct bulk_options *options, bool is_seq,
			    int min_seq_percent)
{
	enum source source = is_seq ? SOURCE_TCP_SEQ : SOURCE_TCP_TS;
	struct bulk bulk;
	struct pair pair;

	pair_open(&pair);
	bulk_init(&bulk, options);
	observe_handshake(&pair, is_seq, options->first_tsval);
	for (size_t i = 0; i < bulk.n_packets; i++)
		observe_built(&pair, is_seq, BUILD_ACK, &bulk.packet[i]);
	print_message("seed %lu, %s, %lu ticks/s: %lu samples, %lu missed\n",
		      options->seed, is_seq ? "tcp_seq" : "tcp_ts",
		      options->ticks_per_s, pair.n[source][SIDE_WAN],
		      pair.n_missed[source]);
	assert_int_equal(pair.n[source][SIDE_LAN], 1);
	assert_int_equal(pair.n[SOURCE_TCP_HANDSHAKE][SIDE_LAN], 1);
	assert_int_equal(pair.n[SOURCE_TCP_HANDSHAKE][SIDE_WAN], 1);
	assert_true(pair.n[source][SIDE_WAN] >= 10);
	assert_flows_are_found(&pair, min_seq_percent);
	bulk_fini(&bulk);
	pair_close(&pair);
}

static void compare_bulk(const struct bulk_options *options)
{
	compare_bulk_by(options, false, 0);
}

/* Ticks mean nothing to it: one run of each kind. */
static void compare_seq_bulk(const struct bulk_options *options,
			     int min_seq_percent)
{
	compare_bulk_by(options, true, min_seq_percent);
}

static const uint64_t ticks_per_s[] = { 10, 100, 1000, 1000000 };

static struct bulk_options clean_bulk(uint64_t ticks)
{
	return (struct bulk_options){
		.seed = 1,
		.n_segments = 16000,
		.gap_ns = 200000,
		.delay_ns = 20 * MS,
		.sender_delay_ns = 2 * MS,
		.ticks_per_s = ticks,
		.first_tsval = 1000,
	};
}

static void clean_bulk_flow_equals_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		compare_bulk(&options);
	}
}

/* Until its first answer such a flow keeps two stamps only: what is missed
 * comes from its first round trip. */
static void flow_joined_midway_misses_its_first_round_trip_only(void **state)
{
	struct bulk_options options = clean_bulk(1000);
	struct bulk bulk;
	struct pair pair;
	uint64_t n_missed;
	size_t i;

	pair_open(&pair);
	bulk_init(&bulk, &options);
	for (i = 0; bulk.packet[i].time_ns < SECOND + 90 * MS; i++)
		observe_built(&pair, false, BUILD_ACK, &bulk.packet[i]);
	n_missed = pair.n_missed[SOURCE_TCP_TS];
	for (; i < bulk.n_packets; i++)
		observe_built(&pair, false, BUILD_ACK, &bulk.packet[i]);
	assert_int_equal(pair.n_missed[SOURCE_TCP_TS], n_missed);
	assert_true(n_missed < 25);
	assert_true(pair.n[SOURCE_TCP_TS][SIDE_WAN] > 1000);
	bulk_fini(&bulk);
	pair_close(&pair);
}

static void wrapping_tsval_equals_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		/* the wrap comes in the middle, the sign's change in another */
		options.first_tsval = -2 * (uint32_t)ticks_per_s[i];
		compare_bulk(&options);
		options.first_tsval -= 0x80000000;
		compare_bulk(&options);
	}
}

static void lossy_bulk_flow_equals_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		options.seed = 2 + i;
		options.loss_ppm = 20000;
		options.jitter_ns = 300000;
		compare_bulk(&options);
	}
}

static void reordered_bulk_flow_equals_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		options.seed = 6 + i;
		options.late_ppm = 10000;
		options.late_ns = 3 * MS;
		options.jitter_ns = MS;
		compare_bulk(&options);
	}
}

/* One in a hundred overtakes some hundred others. */
static void overtaking_packets_equal_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		options.seed = 40 + i;
		options.late_ppm = 990000;
		options.late_ns = 20 * MS;
		compare_bulk(&options);
	}
}

static void duplicated_bulk_flow_equals_the_reference(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct bulk_options options = clean_bulk(ticks_per_s[i]);

		options.seed = 10 + i;
		options.duplicate_ppm = 500000;
		options.loss_ppm = 5000;
		compare_bulk(&options);
	}
}

static void worst_bulk_flow_equals_the_reference(void **state)
{
	for (uint64_t seed = 20; seed < 36; seed++) {
		struct bulk_options options = clean_bulk(ticks_per_s[seed % 4]);

		options.seed = seed;
		options.delay_ns = (seed - 19) * 15 * MS;
		options.jitter_ns = 2 * MS;
		options.loss_ppm = 10000;
		options.duplicate_ppm = 100000;
		options.late_ppm = 5000;
		options.late_ns = 10 * MS;
		options.first_tsval = 0xffffff00;
		compare_bulk(&options);
	}
}

static void clean_seq_bulk_flow_equals_the_reference(void **state)
{
	struct bulk_options options = clean_bulk(1000);

	compare_seq_bulk(&options, MIN_FOUND_SEQ_PERCENT);
	options.delay_ns = 200 * MS;
	compare_seq_bulk(&options, MIN_FOUND_SEQ_PERCENT);
}

static void lossy_seq_bulk_flow_equals_the_reference(void **state)
{
	for (uint64_t seed = 2; seed < 6; seed++) {
		struct bulk_options options = clean_bulk(1000);

		options.seed = seed;
		options.loss_ppm = 2000;
		compare_seq_bulk(&options, MIN_FOUND_SEQ_PERCENT);
	}
}

static void reordered_seq_bulk_flow_is_near_the_reference(void **state)
{
	for (uint64_t seed = 6; seed < 10; seed++) {
		struct bulk_options options = clean_bulk(1000);

		options.seed = seed;
		options.late_ppm = 10000;
		options.late_ns = 3 * MS;
		compare_seq_bulk(&options, MIN_FOUND_SEQ_REORDERED_PERCENT);
	}
}

static void duplicated_seq_bulk_flow_equals_the_reference(void **state)
{
	for (uint64_t seed = 10; seed < 14; seed++) {
		struct bulk_options options = clean_bulk(1000);

		options.seed = seed;
		options.duplicate_ppm = 500000;
		compare_seq_bulk(&options, MIN_FOUND_SEQ_PERCENT);
	}
}

static void worst_seq_bulk_flow_is_near_the_reference(void **state)
{
	for (uint64_t seed = 20; seed < 28; seed++) {
		struct bulk_options options = clean_bulk(1000);

		options.seed = seed;
		options.delay_ns = (seed - 19) * 15 * MS;
		options.loss_ppm = 1000;
		options.duplicate_ppm = 100000;
		options.late_ppm = 500;
		options.late_ns = 10 * MS;
		compare_seq_bulk(&options, MIN_FOUND_SEQ_REORDERED_PERCENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_bulk_transfers_equal_the_reference),
		cmocka_unit_test(
			captured_short_connections_equal_the_reference),
		cmocka_unit_test(captured_pings_equal_the_reference),
		cmocka_unit_test(
			captured_flows_without_timestamps_equal_the_reference),
		cmocka_unit_test(captured_queries_equal_the_reference),
		cmocka_unit_test(clean_bulk_flow_equals_the_reference),
		cmocka_unit_test(
			flow_joined_midway_misses_its_first_round_trip_only),
		cmocka_unit_test(wrapping_tsval_equals_the_reference),
		cmocka_unit_test(lossy_bulk_flow_equals_the_reference),
		cmocka_unit_test(reordered_bulk_flow_equals_the_reference),
		cmocka_unit_test(overtaking_packets_equal_the_reference),
		cmocka_unit_test(duplicated_bulk_flow_equals_the_reference),
		cmocka_unit_test(worst_bulk_flow_equals_the_reference),
		cmocka_unit_test(clean_seq_bulk_flow_equals_the_reference),
		cmocka_unit_test(lossy_seq_bulk_flow_equals_the_reference),
		cmocka_unit_test(reordered_seq_bulk_flow_is_near_the_reference),
		cmocka_unit_test(duplicated_seq_bulk_flow_equals_the_reference),
		cmocka_unit_test(worst_seq_bulk_flow_is_near_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
