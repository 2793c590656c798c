// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same frames and times through the loaded BPF programs and through the
 * tables in memory leave the same tables, bit for bit.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/prefix.h"
#include "both.h"
#include "frames.h"

/* Fewer where every instruction is emulated: the first argument, a multiple of
 * FRAMES_PER_INTERVAL. */
static int n_frames = 240000;

enum {
	FRAMES_PER_INTERVAL = 10000,
	N_COVERING = 480000,
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

static void compare_frames(const struct settings *settings, __u64 seed,
			   bool is_xdp)
{
	struct frames frames;
	struct frame_made frame;
	struct both both;

	both_open(&both, settings);
	frames_init(&frames, seed);
	for (int i = 1; i <= n_frames; i++) {
		frames_make(&frames,
			    is_xdp ? BOTH_MIN_XDP_BYTES : BOTH_MIN_TC_BYTES,
			    &frame);
		both_observe(&both, is_xdp ? LIVE_XDP : LIVE_INGRESS,
			     &(struct both_frame){
				     .bytes = frame.bytes,
				     .n_bytes = frame.n_bytes,
				     .n_wire = is_xdp ? frame.n_bytes :
							frame.n_wire,
				     .time_ns = frame.time_ns,
			     });
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

static void tc_equals_memory_when_the_lan_is_collapsed(void **state)
{
	struct settings settings = small_settings();

	settings.is_lan_collapsed = 1;
	compare_frames(&settings, 4, false);
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
	struct machine *m;
	struct counters *counters;
	struct frame_made frame;
	struct frames frames;

	m = memory_tables_new(&settings);
	assert_non_null(m);
	counters = machine_counters(m);
	frames_init(&frames, 4);
	for (int i = 0; i < N_COVERING; i++) {
		frames_make(&frames, BOTH_MIN_XDP_BYTES, &frame);
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
		cmocka_unit_test(tc_equals_memory_when_the_lan_is_collapsed),
		cmocka_unit_test(xdp_equals_memory_on_cut_frames),
		cmocka_unit_test(verifier_walks_at_most_200000_instructions),
	};

	if (argc > 1) {
		n_frames = (int)strtol(argv[1], NULL, 10);
		/* says nothing about a kernel */
		cmocka_set_skip_filter("frames_reach_every_outcome");
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
