// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/ against the slow reference, flow by flow and packet by packet: no
 * sample that the reference has not, none with another RTT, and in each flow
 * at least 97 % of the reference's.
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

enum { MIN_FOUND_PERCENT = 97 };

/* Every sample goes to an overflow histogram, where its RTT can be read. */
struct pair {
	struct machine *m;
	struct reference reference;
	uint64_t n_seen, sum_ns;
	uint64_t n[N_SIDES], n_missed;
};

static void pair_open(struct pair *pair)
{
	struct settings settings = world_settings();

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

/* The RTT that core recorded since the last call, or -1. */
static int64_t pair_core_rtt(struct pair *pair)
{
	uint64_t n = machine_counters(pair->m)->event[EVENT_SAMPLE];
	uint64_t sum_ns = 0, before_ns = pair->sum_ns;

	if (n == pair->n_seen)
		return -1;
	assert_int_equal(n, pair->n_seen + 1);
	for (int i = 0; i < N_OVERFLOW_HISTS; i++)
		sum_ns += machine_hist(pair->m, i)->sum_ns;
	pair->n_seen = n;
	pair->sum_ns = sum_ns;
	return sum_ns - before_ns;
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
	struct reference_flow *flow;
	int64_t expected_ns, rtt_ns;

	flow = reference_observe(&pair->reference, bytes, now_ns, &expected_ns);
	memory_tables_observe(pair->m, bytes, n_captured, n_wire, LINK_ETHERNET,
			      now_ns);
	rtt_ns = pair_core_rtt(pair);
	if (rtt_ns >= 0 && rtt_ns != expected_ns)
		fail_msg("at %lu ns: %ld ns, and the reference has %ld ns",
			 now_ns, rtt_ns, expected_ns);
	if (expected_ns < 0)
		return;
	pair->n[is_lan(bytes) ? SIDE_LAN : SIDE_WAN]++;
	if (rtt_ns < 0)
		pair->n_missed++;
	else
		flow->n_matched++;
}

static void assert_flows_are_found(const struct pair *pair)
{
	for (size_t i = 0; i < pair->reference.n_flows; i++) {
		const struct reference_flow *flow = &pair->reference.flow[i];

		if (flow->n_matched * 100 < flow->n_samples * MIN_FOUND_PERCENT)
			fail_msg("flow %zu: %lu of %lu samples", i,
				 flow->n_matched, flow->n_samples);
	}
}

/* Recorded between Linux hosts; the numbers are those of a third
 * implementation of the same rules, which came with the recordings. */
static void compare_capture(const char *name, uint64_t n_lan, uint64_t n_wan)
{
	struct capture_packet packet;
	struct capture *capture;
	struct pair pair;
	char path[64];

	snprintf(path, sizeof(path), "tests/golden/%s.pcap", name);
	assert_int_equal(capture_open(path, &capture), 0);
	pair_open(&pair);
	while (capture_next(capture, &packet) > 0)
		pair_observe(&pair, packet.bytes, packet.n_captured,
			     packet.n_wire, packet.time_ns);
	capture_close(capture);
	assert_int_equal(pair.n[SIDE_LAN], n_lan);
	assert_int_equal(pair.n[SIDE_WAN], n_wan);
	assert_int_equal(pair.n_missed, 0);
	assert_flows_are_found(&pair);
	pair_close(&pair);
}

static void captured_bulk_transfers_equal_the_reference(void **state)
{
	compare_capture("tcp_ts", 460, 391);
}

static void captured_short_connections_equal_the_reference(void **state)
{
	compare_capture("http_short", 80, 80);
}

static void captured_pings_equal_the_reference(void **state)
{
	compare_capture("icmp", 0, 324);
}

static void captures_without_timestamps_have_no_sample(void **state)
{
	compare_capture("tcp_nots", 0, 0);
	compare_capture("dns", 0, 0);
}

static void observe_built(struct pair *pair, bool is_from_far, uint8_t flags,
			  const struct bulk_packet *packet)
{
	struct build build = {
		.source = is_from_far ? WORLD_FAR : WORLD_NEAR,
		.destination = is_from_far ? WORLD_NEAR : WORLD_FAR,
		.source_port = is_from_far ? 443 : 40000,
		.destination_port = is_from_far ? 40000 : 443,
		.tcp_flags = flags,
		.payload_bytes = packet->is_ack ? 0 : 100,
		.tsval = packet->tsval,
		.tsecr = packet->tsecr,
	};
	struct built frame;

	build_frame(&build, &frame);
	pair_observe(pair, frame.bytes, frame.n_bytes, frame.n_bytes,
		     packet->time_ns);
}

/* Two samples of the WAN side's SYN-ACK and the LAN side's ACK. */
static void observe_handshake(struct pair *pair, uint32_t tsval)
{
	struct bulk_packet packet = { .is_ack = true,
				      .time_ns = SECOND / 2,
				      .tsval = tsval };

	observe_built(pair, false, BUILD_SYN, &packet);
	packet.tsecr = tsval;
	packet.tsval = 1;
	packet.time_ns += 40 * MS;
	observe_built(pair, true, BUILD_SYN | BUILD_ACK, &packet);
	packet.tsecr = 1;
	packet.tsval = tsval;
	packet.time_ns += 4 * MS;
	observe_built(pair, false, BUILD_ACK, &packet);
}

/* Data from LAN to WAN, hence samples of the WAN side but for the handshake. */
static void compare_bulk(const struct bulk_options *options)
{
	struct bulk bulk;
	struct pair pair;

	pair_open(&pair);
	bulk_init(&bulk, options);
	observe_handshake(&pair, options->first_tsval);
	for (size_t i = 0; i < bulk.n_packets; i++)
		observe_built(&pair, bulk.packet[i].is_ack, BUILD_ACK,
			      &bulk.packet[i]);
	print_message("seed %lu, %lu ticks/s: %lu samples, %lu missed\n",
		      options->seed, options->ticks_per_s, pair.n[SIDE_WAN],
		      pair.n_missed);
	assert_int_equal(pair.n[SIDE_LAN], 1);
	assert_true(pair.n[SIDE_WAN] >= 10);
	assert_flows_are_found(&pair);
	bulk_fini(&bulk);
	pair_close(&pair);
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
		observe_built(&pair, bulk.packet[i].is_ack, BUILD_ACK,
			      &bulk.packet[i]);
	n_missed = pair.n_missed;
	for (; i < bulk.n_packets; i++)
		observe_built(&pair, bulk.packet[i].is_ack, BUILD_ACK,
			      &bulk.packet[i]);
	assert_int_equal(pair.n_missed, n_missed);
	assert_true(n_missed < 25);
	assert_true(pair.n[SIDE_WAN] > 1000);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_bulk_transfers_equal_the_reference),
		cmocka_unit_test(
			captured_short_connections_equal_the_reference),
		cmocka_unit_test(captured_pings_equal_the_reference),
		cmocka_unit_test(captures_without_timestamps_have_no_sample),
		cmocka_unit_test(clean_bulk_flow_equals_the_reference),
		cmocka_unit_test(
			flow_joined_midway_misses_its_first_round_trip_only),
		cmocka_unit_test(wrapping_tsval_equals_the_reference),
		cmocka_unit_test(lossy_bulk_flow_equals_the_reference),
		cmocka_unit_test(reordered_bulk_flow_equals_the_reference),
		cmocka_unit_test(overtaking_packets_equal_the_reference),
		cmocka_unit_test(duplicated_bulk_flow_equals_the_reference),
		cmocka_unit_test(worst_bulk_flow_equals_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
