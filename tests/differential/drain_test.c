// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swapping buffers while programs run on two CPUs loses nothing: samples
 * counted = samples drained, packets run = outcomes = traffic, over many swaps.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../collector/live_maps.h"
#include "../../core/outcome.h"

/* Fewer where every instruction is emulated: the first argument. */
static int n_swaps = 300;

enum {
	N_THREADS = 2,
	SWAP_PAUSE_NS = 8000000,
	FRAME_BYTES = 14 + 20 + 32 + 8,
};

struct load {
	int program_fd;
	int idx;
	atomic_bool *stop;
	uint64_t n_runs, n_failed;
};

struct totals {
	uint64_t n_samples_counted, n_samples_drained, n_outcomes;
	uint64_t packets_rx, packets_tx, n_bins, n_lost;
};

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = value >> 24;
	at[1] = value >> 16;
	at[2] = value >> 8;
	at[3] = value;
}

/* 10.0.0.host <-> 192.0.2.1, 8 bytes of payload. */
static void make_frame(uint8_t frame[FRAME_BYTES], uint8_t host, bool is_reply,
		       uint32_t tsval, uint32_t tsecr)
{
	uint8_t *ip = frame + 14, *tcp = ip + 20;
	uint32_t near = 0x0a000000 | host, far = 0xc0000201;

	memset(frame, 0, FRAME_BYTES);
	frame[12] = 8;
	ip[0] = 0x45;
	ip[3] = FRAME_BYTES - 14;
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, is_reply ? far : near);
	put32(ip + 16, is_reply ? near : far);
	put32(tcp, is_reply ? 443 << 16 | 5000 : 5000 << 16 | 443);
	tcp[12] = 8 << 4;
	tcp[13] = 0x10;
	put32(tcp + 20, 0x0101080a);
	put32(tcp + 24, tsval);
	put32(tcp + 28, tsecr);
}

static void run_frame(struct load *load, const uint8_t frame[FRAME_BYTES])
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = FRAME_BYTES, .repeat = 1);

	load->n_runs++;
	if (bpf_prog_test_run_opts(load->program_fd, &opts))
		load->n_failed++;
}

/* A flow of its own and, every fourth time, the flow of both. */
static void *run_load(void *argument)
{
	uint8_t frame[FRAME_BYTES];
	struct load *load = argument;

	for (uint32_t i = 1; !atomic_load(load->stop); i++) {
		uint8_t host = i % 4 ? 2 + load->idx : 1;

		make_frame(frame, host, false, i, i - 1);
		run_frame(load, frame);
		make_frame(frame, host, true, i, i);
		run_frame(load, frame);
	}
	return NULL;
}

static void add_record(struct totals *totals, const struct record *record)
{
	totals->n_samples_counted += record->event[EVENT_SAMPLE];
	totals->n_lost += record->event[EVENT_SAMPLE_LOST];
	totals->n_samples_drained += drain_count_samples(record);
	for (int i = 0; i < N_OUTCOMES; i++)
		totals->n_outcomes += record->outcome[i];
	for (size_t i = 0; i < record->traffic.n; i++) {
		totals->packets_rx += record->traffic.row[i].packets_rx;
		totals->packets_tx += record->traffic.row[i].packets_tx;
	}
}

static void drain_once(struct live_maps *maps, struct totals *totals)
{
	struct record record = {};
	struct drain_view view;

	assert_int_equal(live_maps_swap(maps), 0);
	assert_int_equal(live_maps_view(maps, &view), 0);
	assert_int_equal(drain_tables(&view, &record), 0);
	assert_int_equal(drain_count_samples(&record),
			 record.event[EVENT_SAMPLE]);
	add_record(totals, &record);
	assert_int_equal(live_maps_clear(maps), 0);
	record_fini(&record);
}

static void drain_loses_no_sample(void **state)
{
	const struct timespec pause = { .tv_nsec = SWAP_PAUSE_NS };
	struct settings settings = SETTINGS_DEFAULT;
	struct load load[N_THREADS];
	pthread_t thread[N_THREADS];
	struct totals totals = {};
	struct live_maps *maps;
	atomic_bool stop = false;
	uint64_t n_runs = 0;
	int err;

	settings.n_flow_sets = 1024;
	settings.max_hists = 64;
	settings.max_subnets = 64;
	err = live_maps_open(&settings, false, false, &maps);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	for (int i = 0; i < N_THREADS; i++) {
		load[i] = (struct load){
			.program_fd = live_maps_program_fd(maps, LIVE_EGRESS),
			.idx = i,
			.stop = &stop,
		};
		pthread_create(&thread[i], NULL, run_load, &load[i]);
	}
	for (int i = 0; i < n_swaps; i++) {
		drain_once(maps, &totals);
		nanosleep(&pause, NULL);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(load[i].n_failed, 0);
		n_runs += load[i].n_runs;
	}
	drain_once(maps, &totals);
	print_message("%lu packets, %lu samples, %d swaps\n", n_runs,
		      totals.n_samples_drained, n_swaps);
	assert_int_equal(totals.n_samples_drained, totals.n_samples_counted);
	assert_int_equal(totals.n_lost, 0);
	assert_int_equal(totals.n_outcomes, n_runs);
	assert_int_equal(totals.packets_rx, n_runs);
	assert_int_equal(totals.packets_tx, n_runs);
	assert_true(totals.n_samples_drained > n_runs / 4);
	live_maps_close(maps);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drain_loses_no_sample),
	};

	if (argc > 1)
		n_swaps = (int)strtol(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
