// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An aggregated packet counts as the packets that it stands for: n segments are
 * n packets and n times the headers, whether the kernel says how many they are
 * or, of what a virtual machine handed over, only how long.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/live_maps.h"
#include "../../core/outcome.h"

enum {
	CAPTURED_BYTES = 200, /* headers: the rest is said to have been there */
	ETHERNET_BYTES = 14,
	TCP = 6,
	UDP = 17,
	MSS = 1400,
	BY_FRAGMENTS = 0xffff, /* GSO_BY_FRAGS, of SCTP */
};

enum network { IPV4, IPV6, IPV6_JUMBO, IPV4_IN_IPV4, N_NETWORKS };

static const uint32_t network_bytes[N_NETWORKS] = { 20, 40, 48, 40 };
/* Of what is credited: a tunnel's inner packet. */
static const uint32_t credited_bytes[N_NETWORKS] = { 20, 40, 40, 20 };

struct aggregate {
	const char *name;
	enum network network;
	uint8_t protocol;
	uint32_t payload_bytes, gso_segs, gso_size;
	uint32_t n_packets, more_bytes; /* beside headers and payload */
};

static const struct aggregate aggregates[] = {
	{ "plain", IPV4, TCP, MSS, 0, 0, 1 },
	{ "said to be one", IPV4, TCP, MSS, 1, 0, 1 },
	{ "counted by the kernel", IPV4, TCP, 30 * MSS, 30, MSS, 30 },
	{ "the last one shorter", IPV4, TCP, 29 * MSS + 1, 30, MSS, 30 },
	{ "IPv6", IPV6, TCP, 45 * MSS, 45, MSS, 45 },
	{ "of a virtual machine", IPV4, TCP, 30 * MSS, 0, MSS, 30 },
	{ "and one byte", IPV4, TCP, 30 * MSS + 1, 0, MSS, 31 },
	{ "one segment of it", IPV4, TCP, MSS, 0, MSS, 1 },
	{ "nothing in it", IPV4, TCP, 0, 0, MSS, 1 },
	{ "IPv6 of it", IPV6, TCP, 3 * MSS - 1, 0, MSS, 3 },
	{ "each of its own length", IPV4, TCP, 2900, 3, BY_FRAGMENTS, 3 },
	{ "these in a tunnel", IPV4_IN_IPV4, TCP, 2900, 3, BY_FRAGMENTS, 3 },
	{ "UDP", IPV4, UDP, 5 * 1200, 5, 1200, 5 },
	{ "UDP of it", IPV6, UDP, 5 * 1200, 0, 1200, 5 },
	{ "BIG TCP", IPV6_JUMBO, TCP, 40 * MSS, 40, MSS, 40 },
	{ "a real jumbogram", IPV6_JUMBO, TCP, 40 * MSS, 0, 0, 1, 8 },
	{ "in a tunnel", IPV4_IN_IPV4, TCP, 7 * MSS, 7, MSS, 7 },
	{ "in a tunnel of it", IPV4_IN_IPV4, TCP, 7 * MSS, 0, MSS, 7 },
};

static uint32_t transport_bytes(const struct aggregate *aggregate)
{
	return aggregate->protocol == TCP ? 32 : 8;
}

static void put_16(uint8_t *at, uint32_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint8_t *put_ipv4(uint8_t *at, uint8_t protocol, uint32_t n_bytes)
{
	at[0] = 0x45;
	put_16(at + 2, n_bytes);
	at[9] = protocol;
	at[12] = 192;
	at[16] = 198;
	return at + 20;
}

static uint8_t *put_ipv6(uint8_t *at, uint8_t protocol, uint32_t n_payload,
			 bool is_jumbo)
{
	static const uint8_t jumbo[] = { 0, 0, 0xc2, 4, 0, 1, 0, 0 };

	at[0] = 0x60;
	at[6] = is_jumbo ? 0 : protocol;
	at[8] = 0x20;
	at[24] = 0x24;
	if (!is_jumbo) {
		put_16(at + 4, n_payload);
		return at + 40;
	}
	memcpy(at + 40, jumbo, sizeof(jumbo));
	at[40] = protocol;
	return at + 48;
}

static void make_frame(const struct aggregate *aggregate,
		       uint8_t frame[CAPTURED_BYTES])
{
	uint32_t n_bytes =
		transport_bytes(aggregate) + aggregate->payload_bytes;
	uint8_t *at = frame + ETHERNET_BYTES;
	bool is_v6 = aggregate->network == IPV6 ||
		     aggregate->network == IPV6_JUMBO;

	memset(frame, 0, CAPTURED_BYTES);
	put_16(frame + 12, is_v6 ? 0x86dd : 0x0800);
	if (is_v6)
		at = put_ipv6(at, aggregate->protocol, n_bytes,
			      aggregate->network == IPV6_JUMBO);
	if (aggregate->network == IPV4_IN_IPV4)
		at = put_ipv4(at, 4, 40 + n_bytes);
	if (!is_v6)
		at = put_ipv4(at, aggregate->protocol, 20 + n_bytes);
	put_16(at, 5000);
	put_16(at + 2, 443);
	if (aggregate->protocol == TCP) {
		at[12] = 8 << 4;
		at[13] = 0x10;
		memcpy(at + 20, "\x01\x01\x08\x0a\0\0\0\1\0\0\0\1", 12);
	} else {
		put_16(at + 4, n_bytes);
	}
}

static void run_frame(const struct live_maps *maps,
		      const struct aggregate *aggregate)
{
	uint8_t frame[CAPTURED_BYTES];
	struct __sk_buff context = {
		.tstamp = 1000000000,
		.gso_segs = aggregate->gso_segs,
		.gso_size = aggregate->gso_size,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	make_frame(aggregate, frame);
	context.wire_len = ETHERNET_BYTES + network_bytes[aggregate->network] +
			   transport_bytes(aggregate) +
			   aggregate->payload_bytes;
	if (context.wire_len < sizeof(frame)) /* padding */
		context.wire_len = sizeof(frame);
	assert_int_equal(
		bpf_prog_test_run_opts(live_maps_program_fd(maps, LIVE_INGRESS),
				       &opts),
		0);
}

static void check_record(const struct record *record,
			 const struct aggregate *aggregate)
{
	uint64_t n_bytes = aggregate->payload_bytes + aggregate->more_bytes +
			   (uint64_t)aggregate->n_packets *
				   (credited_bytes[aggregate->network] +
				    transport_bytes(aggregate));

	print_message("%s: %u packets, %lu bytes\n", aggregate->name,
		      aggregate->n_packets, n_bytes);
	assert_int_equal(record->traffic.n, 2);
	assert_int_equal(record->traffic.row[0].packets_rx,
			 aggregate->n_packets);
	assert_int_equal(record->traffic.row[0].bytes_rx, n_bytes);
	assert_int_equal(record->traffic.row[1].packets_tx,
			 aggregate->n_packets);
	assert_int_equal(record->traffic.row[1].bytes_tx, n_bytes);
	assert_int_equal(record->protocol.n, 1);
	assert_int_equal(record->protocol.row[0].packets, aggregate->n_packets);
	assert_int_equal(record->protocol.row[0].bytes, n_bytes);
}

static void aggregated_packet_counts_as_its_segments(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct live_maps *maps;
	struct drain_view view;
	int err;

	settings.is_time_injected =
		1; /* and wire_len: nothing is captured whole */
	settings.n_flow_sets = 64;
	err = live_maps_open(&settings, false, true, &maps);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++) {
		struct record record = {};

		run_frame(maps, &aggregates[i]);
		assert_int_equal(live_maps_swap(maps), 0);
		assert_int_equal(live_maps_view(maps, &view), 0);
		assert_int_equal(drain_tables(&view, &record), 0);
		check_record(&record, &aggregates[i]);
		record_fini(&record);
		assert_int_equal(live_maps_clear(maps), 0);
	}
	live_maps_close(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aggregated_packet_counts_as_its_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
