// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two CPUs at the same flows and subnets at once, more of them than there are
 * tallies, rows, histograms and flows, while intervals end: every packet is in
 * an outcome, at both its ends, in its ECN codepoint and in its protocol, with
 * its bytes; every sample counted is in a histogram; no subnet is in an interval
 * twice.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
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
static int n_swaps = 200;

enum {
	N_THREADS = 2,
	N_PAIRS = 1600, /* each of two subnets */
	TICKETS_PER_INTERVAL = N_PAIRS * N_THREADS * 5 / 4,
	MAX_SUBNETS = 2500,
	MAX_HISTS = 400,
	MAX_FLOWS = 2048,
	FEW_FLOWS = 64,
	FRAME_BYTES = 14 + 20 + 32 + 8,
	IP_BYTES = FRAME_BYTES - 14,
};

/* A closing flow is one of its own in each round, and makes room at once. */
enum kind {
	TCP_TS,
	TCP_SEQ,
	PING,
	UDP,
	OTHER,
	N_MIXED,
	TCP_CLOSING = N_MIXED,
	N_KINDS,
};

static const uint8_t protocols[N_KINDS] = { 6, 6, 1, 17, 50, 6 };
static const enum traffic_class classes[N_KINDS] = {
	TRAFFIC_TCP_TS,    TRAFFIC_TCP_OTHER, TRAFFIC_ICMP,
	TRAFFIC_UDP_OTHER, TRAFFIC_OTHER,     TRAFFIC_TCP_TS,
};

struct load {
	pthread_t thread;
	int program_fd, idx;
	atomic_uint *ticket;
	atomic_bool *stop;
	bool is_closing;
	uint64_t n_runs, n_failed, n_bytes;
	uint64_t n_class[N_TRAFFIC_CLASSES], n_ecn[N_ECN], n_protocol[256];
};

/* What records hold, or what was sent. */
struct totals {
	uint64_t n_outcomes, n_samples, n_lost, n_overflow[2], n_evicted;
	uint64_t n_class[N_TRAFFIC_CLASSES][2], bytes[2]; /* rx, tx */
	uint64_t n_ecn[N_ECN][2], n_protocol[256];
	uint32_t max_rows;
};

static void put_32(uint8_t *at, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(at, &value, sizeof(value));
}

static void fill_transport(uint8_t *at, enum kind kind, bool is_reply,
			   uint32_t round)
{
	bool is_closing = kind == TCP_CLOSING;
	uint32_t port = is_closing ? 1024 + round % 60000 : 5000;

	put_32(at, is_reply ? 443 << 16 | port : port << 16 | 443);
	if (protocols[kind] == 6) {
		put_32(at + 4, round * 8);
		put_32(at + 8, round * 8 + (is_reply ? 8 : 0));
		at[12] = (kind == TCP_SEQ ? 5 : 8) << 4;
		at[13] = is_closing && is_reply ? 0x14 : 0x10;
		put_32(at + 20, 0x0101080a);
		put_32(at + 24, round);
		put_32(at + 28, is_reply ? round : round - 1);
	} else if (kind == PING) {
		at[0] = is_reply ? 0 : 8;
		put_32(at + 4, 7 << 16 | (round & 0xffff));
	}
}

/* Of all packets of a pair. Subnets that share a tally have other lengths: one
 * with the packets of another shows it. */
static uint32_t pair_bytes(uint32_t pair)
{
	return IP_BYTES - pair % 7;
}

/* Both ends of a pair have a subnet of their own. */
static uint32_t make_frame(uint8_t frame[FRAME_BYTES], uint32_t pair,
			   uint32_t round, enum kind kind, bool is_reply)
{
	uint32_t near = 0x0a000000 | pair, far = 0xc6000000 | pair;
	uint32_t n_bytes = pair_bytes(pair);
	uint8_t *ip = frame + 14;

	memset(frame, 0, FRAME_BYTES);
	frame[12] = 8;
	ip[0] = 0x45;
	ip[1] = round % N_ECN;
	ip[3] = n_bytes;
	ip[8] = 64;
	ip[9] = protocols[kind];
	put_32(ip + 12, is_reply ? far : near);
	put_32(ip + 16, is_reply ? near : far);
	fill_transport(ip + 20, kind, is_reply, round);
	return n_bytes;
}

static void run_frame(struct load *load, const uint8_t frame[FRAME_BYTES],
		      enum kind kind, uint32_t n_bytes)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = FRAME_BYTES, .repeat = 1);

	load->n_runs++;
	load->n_bytes += n_bytes;
	load->n_class[classes[kind]]++;
	load->n_ecn[frame[15] & 3]++;
	load->n_protocol[frame[23]]++;
	if (bpf_prog_test_run_opts(load->program_fd, &opts))
		load->n_failed++;
}

static void pin(int idx)
{
	cpu_set_t all, one;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(all), &all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && idx-- == 0)
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one); /* one CPU less: both share */
}

/* Of two tickets in a row, which two CPUs hold, both are the same exchange. */
static void *run_load(void *argument)
{
	uint8_t frame[FRAME_BYTES];
	struct load *load = argument;
	uint32_t exchange, pair, round, n_bytes;
	enum kind kind;

	pin(load->idx);
	while (!atomic_load(load->stop)) {
		exchange = atomic_fetch_add(load->ticket, 1) / N_THREADS;
		pair = exchange % N_PAIRS;
		round = exchange / N_PAIRS + 1;
		kind = load->is_closing ? TCP_CLOSING :
					  (enum kind)((pair + round) % N_MIXED);
		for (int is_reply = 0; is_reply < 2; is_reply++) {
			n_bytes =
				make_frame(frame, pair, round, kind, is_reply);
			run_frame(load, frame, kind, n_bytes);
		}
	}
	return NULL;
}

static void add_traffic(struct totals *totals,
			const struct record_traffic *traffic)
{
	totals->n_class[traffic->class][0] += traffic->packets_rx;
	totals->n_class[traffic->class][1] += traffic->packets_tx;
	totals->bytes[0] += traffic->bytes_rx;
	totals->bytes[1] += traffic->bytes_tx;
}

/* A subnet has packets of one length: those of its pair. */
static void assert_rows_are_their_own(const struct record *record)
{
	for (size_t i = 0; i < record->traffic.n; i++) {
		const struct record_traffic *traffic = &record->traffic.row[i];
		const struct record_subnet *subnet =
			&record->subnet.row[traffic->subnet];
		uint32_t n_bytes = pair_bytes(subnet->address[14] << 8 |
					      subnet->address[15]);

		if (subnet->kind == SUBNET_OVERFLOW)
			continue;
		assert_int_equal(traffic->bytes_rx,
				 traffic->packets_rx * n_bytes);
		assert_int_equal(traffic->bytes_tx,
				 traffic->packets_tx * n_bytes);
	}
}

static void add_record(struct totals *totals, const struct record *record)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		totals->n_outcomes += record->outcome[i];
	totals->n_samples += record->event[EVENT_SAMPLE];
	totals->n_lost += record->event[EVENT_SAMPLE_LOST];
	totals->n_evicted += record->event[EVENT_FLOW_EVICTED_CLOSED];
	totals->n_overflow[0] += record->event[EVENT_SUBNET_OVERFLOW];
	totals->n_overflow[1] += record->event[EVENT_HIST_OVERFLOW];
	for (size_t i = 0; i < record->traffic.n; i++)
		add_traffic(totals, &record->traffic.row[i]);
	for (size_t i = 0; i < record->ecn.n; i++) {
		const struct record_ecn *ecn = &record->ecn.row[i];

		totals->n_ecn[ecn->codepoint][0] += ecn->packets_rx;
		totals->n_ecn[ecn->codepoint][1] += ecn->packets_tx;
	}
	for (size_t i = 0; i < record->protocol.n; i++)
		totals->n_protocol[record->protocol.row[i].ip_protocol] +=
			record->protocol.row[i].packets;
	if (record->subnet.n > totals->max_rows)
		totals->max_rows = record->subnet.n;
}

static int compare_subnets(const void *a, const void *b)
{
	const struct record_subnet *one = a, *other = b;

	if (one->kind != other->kind)
		return one->kind - other->kind;
	return memcmp(one->address, other->address, sizeof(one->address));
}

/* Sorts them: what refers to them has been added up. */
static void assert_subnets_differ(const struct record *record)
{
	qsort(record->subnet.row, record->subnet.n, sizeof(*record->subnet.row),
	      compare_subnets);
	for (size_t i = 1; i < record->subnet.n; i++)
		assert_int_not_equal(compare_subnets(&record->subnet.row[i - 1],
						     &record->subnet.row[i]),
				     0);
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
	assert_rows_are_their_own(&record);
	assert_subnets_differ(&record);
	assert_int_equal(live_maps_clear(maps), 0);
	record_fini(&record);
}

static void assert_all_counted(const struct totals *got,
			       const struct load load[N_THREADS])
{
	uint64_t n_runs = load[0].n_runs + load[1].n_runs;

	print_message("%lu packets, %lu samples, up to %u subnets an interval, "
		      "%lu ends and %lu samples without room, %lu flows made "
		      "room, %d swaps\n",
		      n_runs, got->n_samples, got->max_rows, got->n_overflow[0],
		      got->n_overflow[1], got->n_evicted, n_swaps);
	assert_int_equal(load[0].n_failed + load[1].n_failed, 0);
	assert_int_equal(got->n_outcomes, n_runs);
	assert_int_equal(got->n_lost, 0);
	for (int way = 0; way < 2; way++) {
		assert_int_equal(got->bytes[way],
				 load[0].n_bytes + load[1].n_bytes);
		for (int i = 0; i < N_TRAFFIC_CLASSES; i++)
			assert_int_equal(got->n_class[i][way],
					 load[0].n_class[i] +
						 load[1].n_class[i]);
		for (int i = 0; i < N_ECN; i++)
			assert_int_equal(got->n_ecn[i][way],
					 load[0].n_ecn[i] + load[1].n_ecn[i]);
	}
	for (int i = 0; i < 256; i++)
		assert_int_equal(got->n_protocol[i],
				 load[0].n_protocol[i] + load[1].n_protocol[i]);
	/* or nothing has been turned over */
	assert_true(got->max_rows > 2 * N_TALLIES);
}

/* Every pair has its turn in every interval. */
static void wait_for_tickets(atomic_uint *ticket)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	uint32_t begin = atomic_load(ticket);

	while (atomic_load(ticket) - begin < TICKETS_PER_INTERVAL)
		nanosleep(&pause, NULL);
}

static void set_tables(struct settings *settings)
{
	settings->v4_mask = SETTINGS_V4_MASK(32);
	settings->v4_prefix_len = 32;
	settings->n_flow_sets = MAX_FLOWS / FLOW_WAYS;
	settings->n_stamp_sets = 16;
	settings->n_subnet_buckets = 1024;
	settings->max_subnets = MAX_SUBNETS;
	settings->max_hists = MAX_HISTS;
}

static void contend(const struct settings *settings, bool is_closing,
		    struct totals *ret_totals)
{
	struct load load[N_THREADS] = {};
	struct live_maps *maps;
	atomic_uint ticket = 0;
	atomic_bool stop = false;
	int err;

	err = live_maps_open(settings, false, false, &maps);
	if (err == -EPERM)
		skip();
	assert_int_equal(err, 0);
	for (int i = 0; i < N_THREADS; i++) {
		load[i].program_fd = live_maps_program_fd(maps, LIVE_EGRESS);
		load[i].idx = i;
		load[i].ticket = &ticket;
		load[i].stop = &stop;
		load[i].is_closing = is_closing;
		pthread_create(&load[i].thread, NULL, run_load, &load[i]);
	}
	for (int i = 0; i < n_swaps; i++) {
		wait_for_tickets(&ticket);
		drain_once(maps, ret_totals);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(load[i].thread, NULL);
	drain_once(maps, ret_totals);
	assert_all_counted(ret_totals, load);
	live_maps_close(maps);
}

static void two_cpus_lose_and_invent_nothing(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct totals totals = {};

	set_tables(&settings);
	contend(&settings, false, &totals);
	/* or nothing has been refused or timed */
	assert_true(totals.n_overflow[0] > 0 && totals.n_overflow[1] > 0);
	assert_true(totals.n_samples > totals.n_outcomes / 50);
}

/* A CPU is at a flow while the other one gives its place to another. */
static void flows_that_make_room_are_not_confused(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct totals totals = {};

	set_tables(&settings);
	settings.n_flow_sets = FEW_FLOWS / FLOW_WAYS;
	contend(&settings, true, &totals);
	assert_true(totals.n_evicted > totals.n_outcomes / 50);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_cpus_lose_and_invent_nothing),
		cmocka_unit_test(flows_that_make_room_are_not_confused),
	};

	if (argc > 1)
		n_swaps = (int)strtol(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
