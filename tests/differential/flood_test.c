// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten million SYNs of spoofed, distinct ports and addresses, ten times what the
 * flow table holds: flows that were there go on being measured, and every SYN is
 * counted as opened or refused. In the loaded program and in memory alike.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/live_maps.h"
#include "../../collector/memory_tables.h"
#include "../bench/kernel/driver.h"
#include "driver.skel.h"

enum {
	N_ESTABLISHED = 20000,
	N_ROUNDS = 10,
	N_SYNS = 1000000, /* in a round */
	FRAME_BYTES = 14 + 60,
	TCP_AT = 34,
};

/* Whichever of the two the flood goes through. */
struct victim {
	struct live_maps *kernel;
	struct driver_bpf *driver;
	struct machine *memory;
	__u64 time_ns;
	__u32 n_flooded;
	__u64 n_packets;
};

static void put_32(uint8_t *at, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(at, &value, sizeof(value));
}

static void make_frame(uint8_t frame[FRAME_BYTES], uint8_t flags)
{
	static const uint8_t option[] = { 1, 1, 8, 10 };

	memset(frame, 0, FRAME_BYTES);
	frame[12] = 8;
	frame[14] = 0x45;
	frame[17] = 60;
	frame[23] = 6;
	frame[TCP_AT + 12] = 8 << 4;
	frame[TCP_AT + 13] = flags;
	memcpy(frame + TCP_AT + 20, option, sizeof(option));
}

static void observe(struct victim *victim, const uint8_t frame[FRAME_BYTES])
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = FRAME_BYTES, .repeat = 1);

	victim->n_packets++;
	victim->time_ns += 1000;
	if (victim->memory)
		memory_tables_observe(victim->memory, frame, FRAME_BYTES,
				      FRAME_BYTES, LINK_ETHERNET,
				      victim->time_ns);
	else
		assert_int_equal(bpf_prog_test_run_opts(
					 live_maps_program_fd(victim->kernel,
							      LIVE_INGRESS),
					 &opts),
				 0);
}

/* A packet of 8 bytes of an established flow: 11.x.y.z to 203.0.113.1. */
static void send_data(struct victim *victim, uint32_t flow, bool is_reply,
		      uint32_t tsval, uint32_t tsecr)
{
	uint32_t client = 0x0b000000 | flow, server = 0xcb007101;
	uint8_t frame[FRAME_BYTES];

	make_frame(frame, 0x10);
	put_32(frame + 26, is_reply ? server : client);
	put_32(frame + 30, is_reply ? client : server);
	put_32(frame + TCP_AT, is_reply ? 443 << 16 | 999 : 999 << 16 | 443);
	put_32(frame + TCP_AT + 24, tsval);
	put_32(frame + TCP_AT + 28, tsecr);
	observe(victim, frame);
}

/* One round trip of every established flow. */
static void keep_flows(struct victim *victim, uint32_t round)
{
	for (uint32_t i = 0; i < N_ESTABLISHED; i++) {
		send_data(victim, i, false, round + 1, round);
		send_data(victim, i, true, round + 1, round + 1);
	}
}

static void flood_memory(struct victim *victim)
{
	uint8_t frame[FRAME_BYTES];

	make_frame(frame, 0x02);
	for (int i = 0; i < N_SYNS; i++) {
		uint32_t flow = victim->n_flooded++;

		put_32(frame + 26, 0x0a000000 | (flow & 0xffff));
		put_32(frame + 30, 0xc0000200 | (flow * 2654435761U >> 24));
		put_32(frame + TCP_AT, (1024 + (flow >> 16)) << 16 | 443);
		observe(victim, frame);
	}
}

static void flood_kernel(struct victim *victim)
{
	uint8_t frame[FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = FRAME_BYTES, .repeat = N_SYNS);

	make_frame(frame, 0x02);
	assert_int_equal(bpf_prog_test_run_opts(
				 bpf_program__fd(victim->driver->progs.drive),
				 &opts),
			 0);
	victim->n_packets += N_SYNS;
}

static void view_counters(struct victim *victim, struct counters *ret_counters)
{
	struct drain_view view;

	if (victim->memory) {
		memory_tables_swap(victim->memory);
		memory_tables_view(victim->memory, &view);
		*ret_counters = *view.counters;
		memory_tables_clear(victim->memory);
		return;
	}
	assert_int_equal(live_maps_swap(victim->kernel), 0);
	assert_int_equal(live_maps_view(victim->kernel, &view), 0);
	*ret_counters = *view.counters;
	assert_int_equal(live_maps_clear(victim->kernel), 0);
}

static void assert_all_counted(const struct counters *counters)
{
	const __u64 *event = counters->event;

	assert_int_equal(event[EVENT_FLOW_CREATED] + event[EVENT_FLOW_REFUSED],
			 (uint64_t)N_SYNS);
	assert_int_equal(counters->outcome[OUTCOME_TCP_REFUSED],
			 event[EVENT_FLOW_REFUSED]);
	assert_int_equal(event[EVENT_FLOW_EVICTED_CLOSED], 0);
	assert_int_equal(event[EVENT_FLOW_EVICTED_IDLE], 0);
	assert_true(event[EVENT_FLOW_EVICTED_UNANSWERED] <=
		    event[EVENT_FLOW_CREATED]);
}

static void survive_flood(struct victim *victim)
{
	struct counters counters;
	__u64 n_evicted = 0, n_created = 0, n_refused = 0, n_samples = 0;

	keep_flows(victim, 0);
	keep_flows(victim, 1);
	view_counters(victim, &counters);
	assert_true(counters.event[EVENT_FLOW_CREATED] >=
		    N_ESTABLISHED - N_ESTABLISHED / 1000);
	for (uint32_t round = 0; round < N_ROUNDS; round++) {
		if (victim->memory)
			flood_memory(victim);
		else
			flood_kernel(victim);
		view_counters(victim, &counters);
		assert_all_counted(&counters);
		n_created += counters.event[EVENT_FLOW_CREATED];
		n_refused += counters.event[EVENT_FLOW_REFUSED];
		n_evicted += counters.event[EVENT_FLOW_EVICTED_UNANSWERED];
		keep_flows(victim, 2 + round);
		view_counters(victim, &counters);
		/* both sides of each, and nobody had to be opened again */
		assert_int_equal(counters.event[EVENT_SAMPLE],
				 2 * N_ESTABLISHED);
		assert_int_equal(counters.event[EVENT_FLOW_CREATED], 0);
		n_samples += counters.event[EVENT_SAMPLE];
	}
	assert_true(n_created - n_evicted <= DEFAULT_MAX_FLOWS);
	print_message("%llu spoofed opened, of which %llu were pushed out, "
		      "%llu refused; %d of %d established flows gave %llu "
		      "samples\n",
		      n_created, n_evicted, n_refused, N_ESTABLISHED,
		      N_ESTABLISHED, n_samples);
}

static void flood_leaves_flows_in_the_kernel(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct victim victim = {};
	__u32 key = 0;
	int err, fd;

	settings.sources = 1U << SOURCE_TCP_TS;
	err = live_maps_open(&settings, false, false, &victim.kernel);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	victim.driver = driver_bpf__open();
	assert_non_null(victim.driver);
	*(struct driver_settings *)&victim.driver->rodata->driver =
		(struct driver_settings){
			.source_at = 26,
			.destination_at = 30,
			.ports_at = TCP_AT,
			.is_flood = 1,
		};
	assert_int_equal(driver_bpf__load(victim.driver), 0);
	fd = live_maps_program_fd(victim.kernel, LIVE_INGRESS);
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(victim.driver->maps.target),
				    &key, &fd, BPF_ANY),
		0);
	survive_flood(&victim);
	driver_bpf__destroy(victim.driver);
	live_maps_close(victim.kernel);
}

static void flood_leaves_flows_in_memory(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct victim victim = { .time_ns = 1000000000 };

	settings.sources = 1U << SOURCE_TCP_TS;
	victim.memory = memory_tables_new(&settings);
	assert_non_null(victim.memory);
	survive_flood(&victim);
	memory_tables_free(victim.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_leaves_flows_in_memory),
		cmocka_unit_test(flood_leaves_flows_in_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
