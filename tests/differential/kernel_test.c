// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same frames and times through the loaded BPF programs and through the
 * tables in memory leave the same tables, bit for bit.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/live_maps.h"
#include "../../collector/memory_tables.h"
#include "../../lib/prefix.h"
#include "frames.h"

/* Fewer where every instruction is emulated: the first argument. */
static int n_frames = 240000;

enum {
	FRAMES_PER_INTERVAL = 10000,
	N_COVERING = 480000,
	MIN_TC_BYTES = 54, /* tc test runs refuse shorter IPv6 frames */
	MIN_XDP_BYTES = 14,
};

struct both {
	struct live_maps *kernel;
	struct machine *memory;
	__u64 n_samples;
};

/* Small, so that every table fills, refuses and evicts. */
static struct settings small_settings(void)
{
	struct settings settings = SETTINGS_DEFAULT;

	settings.n_flow_sets = 64;
	settings.n_stamp_sets = 16;
	settings.n_subnet_buckets = 8;
	settings.max_subnets = 40;
	settings.max_hists = 60;
	settings.n_server_sets = 8;
	settings.max_version_rows = 3;
	settings.is_time_injected = 1;
	settings.sources = SETTINGS_SOURCES;
	settings.n_lan = 1;
	settings.lan[0].family = 4;
	settings.lan[0].mask[0] = SETTINGS_MASK(64);
	settings.lan[0].mask[1] = SETTINGS_V4_MASK(8);
	((__u8 *)settings.lan[0].address)[10] = 0xff;
	((__u8 *)settings.lan[0].address)[11] = 0xff;
	((__u8 *)settings.lan[0].address)[12] = 10;
	return settings;
}

static struct settings large_settings(void)
{
	struct settings settings = small_settings();

	settings.n_flow_sets = 4096;
	settings.n_stamp_sets = 1024;
	settings.n_subnet_buckets = 256;
	settings.max_subnets = 1024;
	settings.max_hists = 2048;
	settings.n_server_sets = 64;
	settings.max_version_rows = 512;
	return settings;
}

static void both_open(struct both *both, const struct settings *settings)
{
	int err = live_maps_open(settings, true, true, &both->kernel);

	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	both->memory = memory_tables_new(settings);
	assert_non_null(both->memory);
	both->n_samples = 0;
}

static void both_close(struct both *both)
{
	live_maps_close(both->kernel);
	memory_tables_free(both->memory);
}

static void run_tc(struct both *both, const struct frame_made *frame)
{
	struct __sk_buff context = {
		.tstamp = frame->time_ns,
		.wire_len = frame->n_wire,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = frame->n_bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	int fd = live_maps_program_fd(both->kernel, LIVE_INGRESS);

	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	assert_int_equal((int)opts.retval, -1);
}

static void run_xdp(struct both *both, const struct frame_made *frame)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = frame->n_bytes, .repeat = 1);
	int fd = live_maps_program_fd(both->kernel, LIVE_XDP);

	live_maps_inject_xdp_ns(both->kernel, frame->time_ns);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	assert_int_equal(opts.retval, XDP_PASS);
}

static void assert_equal_views(const struct drain_view *kernel,
			       const struct drain_view *memory)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		assert_int_equal(kernel->counters->outcome[i],
				 memory->counters->outcome[i]);
	for (int i = 0; i < N_EVENTS; i++)
		assert_int_equal(kernel->counters->event[i],
				 memory->counters->event[i]);
	assert_memory_equal(kernel->counters, memory->counters,
			    sizeof(*kernel->counters));
	assert_int_equal(kernel->n_rows, memory->n_rows);
	assert_int_equal(kernel->n_hists, memory->n_hists);
	assert_memory_equal(kernel->row, memory->row,
			    kernel->n_rows * sizeof(*kernel->row));
	assert_memory_equal(kernel->hist, memory->hist,
			    kernel->n_hists * sizeof(*kernel->hist));
	assert_int_equal(kernel->n_version_rows, memory->n_version_rows);
	assert_memory_equal(kernel->version_row, memory->version_row,
			    kernel->n_version_rows *
				    sizeof(*kernel->version_row));
}

/* Ends the interval on both and compares what it left. */
static void both_swap(struct both *both)
{
	struct drain_view kernel, memory;
	struct record record = {};

	assert_int_equal(live_maps_swap(both->kernel), 0);
	assert_int_equal(live_maps_view(both->kernel, &kernel), 0);
	memory_tables_swap(both->memory);
	memory_tables_view(both->memory, &memory);
	assert_equal_views(&kernel, &memory);
	assert_int_equal(drain_tables(&kernel, &record), 0);
	assert_int_equal(drain_count_samples(&record),
			 record.event[EVENT_SAMPLE]);
	assert_int_equal(record.event[EVENT_SAMPLE_LOST], 0);
	both->n_samples += record.event[EVENT_SAMPLE];
	record_fini(&record);
	assert_int_equal(live_maps_clear(both->kernel), 0);
	memory_tables_clear(both->memory);
}

static void compare_frames(const struct settings *settings, __u64 seed,
			   bool is_xdp)
{
	struct frames frames;
	struct frame_made frame;
	struct both both;

	both_open(&both, settings);
	frames_init(&frames, seed);
	for (int i = 1; i <= n_frames; i++) {
		frames_make(&frames, is_xdp ? MIN_XDP_BYTES : MIN_TC_BYTES,
			    &frame);
		if (is_xdp)
			frame.n_wire = frame.n_bytes;
		if (is_xdp)
			run_xdp(&both, &frame);
		else
			run_tc(&both, &frame);
		memory_tables_observe(both.memory, frame.bytes, frame.n_bytes,
				      frame.n_wire, LINK_ETHERNET,
				      frame.time_ns);
		if (i % FRAMES_PER_INTERVAL == 0)
			both_swap(&both);
	}
	assert_true(both.n_samples > (__u64)n_frames / 100);
	both_close(&both);
}

static void tc_equals_memory_when_tables_are_full(void **state)
{
	struct settings settings = small_settings();

	compare_frames(&settings, 1, false);
}

static void tc_equals_memory_when_tables_have_room(void **state)
{
	struct settings settings = large_settings();

	compare_frames(&settings, 2, false);
}

static void xdp_equals_memory_on_cut_frames(void **state)
{
	struct settings settings = small_settings();

	compare_frames(&settings, 3, true);
}

#define X(upper, name, text) #name,
static const char *const outcome_names[] = { OUTCOME_TABLE(X) };
static const char *const event_names[] = { EVENT_TABLE(X) };
#undef X

/* The generator must reach every outcome and event that one CPU can cause;
 * otherwise the comparison proves less than it says. */
static void frames_reach_every_outcome(void **state)
{
	static const enum event unreachable[] = { EVENT_FLOW_RACE,
						  EVENT_SAMPLE_LOST,
						  EVENT_EXTREME_LOST };
	struct settings settings = small_settings();
	struct machine *m = memory_tables_new(&settings);
	struct counters *counters = machine_counters(m);
	struct frame_made frame;
	struct frames frames;

	frames_init(&frames, 4);
	for (int i = 0; i < N_COVERING; i++) {
		frames_make(&frames, MIN_XDP_BYTES, &frame);
		if (i % 2 == 0)
			frame.n_bytes = frame.n_bytes * (i % 7 + 1) / 7;
		memory_tables_observe(m, frame.bytes, frame.n_bytes,
				      frame.n_wire, LINK_ETHERNET,
				      frame.time_ns);
	}
	counters->outcome[OUTCOME_FORWARDED]++; /* live only */
	for (size_t i = 0; i < sizeof(unreachable) / sizeof(*unreachable); i++)
		counters->event[unreachable[i]]++;
	for (int i = 0; i < N_OUTCOMES; i++)
		if (!counters->outcome[i])
			fail_msg("outcome %s never seen", outcome_names[i]);
	for (int i = 0; i < N_EVENTS; i++)
		if (!counters->event[i])
			fail_msg("event %s never seen", event_names[i]);
	memory_tables_free(m);
}

/* With all LAN prefixes in use, when the most paths are walked. */
static void verifier_walks_at_most_200000_instructions(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct live_maps *maps;
	int err;

	settings.n_lan = MAX_LAN_PREFIXES;
	err = live_maps_open(&settings, true, false, &maps);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	for (int i = 0; i < N_LIVE_PROGRAMS; i++) {
		unsigned int n =
			live_maps_verified_insns(maps, (enum live_program)i);

		print_message("program %d: %u instructions verified\n", i, n);
		assert_true(n > 0 && n <= 200000);
	}
	print_message("tables: %llu MiB\n", live_maps_memory_bytes(maps) >> 20);
	assert_true(live_maps_memory_bytes(maps) <= 320ULL << 20);
	live_maps_close(maps);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_reach_every_outcome),
		cmocka_unit_test(tc_equals_memory_when_tables_are_full),
		cmocka_unit_test(tc_equals_memory_when_tables_have_room),
		cmocka_unit_test(xdp_equals_memory_on_cut_frames),
		cmocka_unit_test(verifier_walks_at_most_200000_instructions),
	};

	if (argc > 1)
		n_frames = atoi(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
