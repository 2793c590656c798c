// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 100,000 flows at a time through the tables that replay uses by default,
 * compared packet by packet and flow by flow with the slow reference, which
 * sees each flow alone and has no limits: no sample that it does not have, at
 * most 3 % less, and each that is missing counted when a packet of its flow came.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/memory_tables.h"
#include "bulk_flow.h"
#include "frame_build.h"
#include "match_reference.h"

enum {
	N_FLOWS = 100000,
	N_SEGMENTS = 8,
	SEGMENT_BYTES = 100,
	MAX_MISSED_PERCENT = 3,
	FIRST_SEQ = 1000,
};

#define SECOND 1000000000ULL
#define MS 1000000ULL

static const enum source sources[] = { SOURCE_TCP_TS, SOURCE_TCP_SEQ,
				       SOURCE_TCP_HANDSHAKE };

enum { N_COMPARED = 3 };

struct event_of_flow {
	uint64_t time_ns;
	uint32_t flow;
	struct bulk_packet packet;
	uint8_t flags;
	int64_t expected_ns[N_COMPARED];
};

struct crowd {
	struct event_of_flow *event;
	size_t n, max;
	uint64_t n_expected[N_COMPARED], n_matched[N_COMPARED];
	uint16_t *flow_expected, *flow_matched, *flow_excused;
};

/* Every fourth flow is without timestamps. */
static bool is_seq(uint32_t flow)
{
	return flow % 4 == 3;
}

static void make_frame(const struct event_of_flow *event, struct built *frame)
{
	const struct bulk_packet *packet = &event->packet;
	uint32_t near = 0x0a000000 + event->flow;
	uint32_t far = 0xc0000200 + event->flow % 251;
	uint32_t sent = FIRST_SEQ + packet->segment * SEGMENT_BYTES;
	struct build build = {
		.source = packet->is_ack ? far : near,
		.destination = packet->is_ack ? near : far,
		.source_port = packet->is_ack ? 443 : 40000,
		.destination_port = packet->is_ack ? 40000 : 443,
		.tcp_flags = event->flags,
		.tsval = packet->tsval,
		.tsecr = packet->tsecr,
		.seq = packet->is_ack ? 1 : sent,
		.ack = packet->is_ack ? sent : 1,
		.tcp_has_no_timestamps = is_seq(event->flow),
	};

	if (event->flags & BUILD_SYN)
		build.seq--;
	else if (!packet->is_ack && packet->time_ns >= SECOND)
		build.payload_bytes = SEGMENT_BYTES;
	build_frame(&build, frame);
}

static struct event_of_flow *crowd_add(struct crowd *crowd)
{
	if (crowd->n == crowd->max) {
		crowd->max = 2 * crowd->max + 1024;
		crowd->event = realloc(crowd->event,
				       crowd->max * sizeof(*crowd->event));
		assert_non_null(crowd->event);
	}
	return &crowd->event[crowd->n++];
}

/* What the reference has for a packet of a flow that it sees alone. */
static void add_packet(struct crowd *crowd, struct reference *reference,
		       uint32_t flow, uint64_t start_ns, uint8_t flags,
		       const struct bulk_packet *packet)
{
	struct event_of_flow *event = crowd_add(crowd);
	int64_t expected_ns[N_SOURCES];
	struct built frame;

	*event = (struct event_of_flow){ .time_ns = start_ns + packet->time_ns,
					 .flow = flow,
					 .packet = *packet,
					 .flags = flags };
	make_frame(event, &frame);
	reference_observe(reference, frame.bytes, event->time_ns, expected_ns);
	for (int i = 0; i < N_COMPARED; i++) {
		event->expected_ns[i] = expected_ns[sources[i]];
		if (event->expected_ns[i] < 0)
			continue;
		crowd->n_expected[i]++;
		crowd->flow_expected[flow]++;
	}
}

static void add_handshake(struct crowd *crowd, struct reference *reference,
			  uint32_t flow, uint64_t start_ns, uint32_t tsval)
{
	const struct bulk_packet syn = { .time_ns = SECOND / 2,
					 .tsval = tsval };
	const struct bulk_packet syn_ack = { .time_ns = SECOND / 2 + 40 * MS,
					     .tsval = 1,
					     .tsecr = tsval,
					     .is_ack = true };
	const struct bulk_packet ack = { .time_ns = SECOND / 2 + 44 * MS,
					 .tsval = tsval,
					 .tsecr = 1 };

	add_packet(crowd, reference, flow, start_ns, BUILD_SYN, &syn);
	add_packet(crowd, reference, flow, start_ns, BUILD_SYN | BUILD_ACK,
		   &syn_ack);
	add_packet(crowd, reference, flow, start_ns, BUILD_ACK, &ack);
}

static void add_flow(struct crowd *crowd, uint32_t flow)
{
	static const uint64_t ticks_per_s[] = { 10, 100, 1000, 1000000 };
	const struct bulk_options options = {
		.seed = flow + 1,
		.n_segments = N_SEGMENTS,
		.gap_ns = 2 * MS,
		.delay_ns = (1 + flow % 200) * MS,
		.sender_delay_ns = 2 * MS,
		.jitter_ns = MS,
		.ticks_per_s = ticks_per_s[flow / 4 % 4],
		.first_tsval = flow % 3 ? 1000 : 0xffffff00,
		.loss_ppm = flow % 10 ? 0 : 20000,
		.duplicate_ppm = 1000,
	};
	uint64_t start_ns = flow * 2654435761ULL % (5 * SECOND);
	struct reference reference = {};
	struct bulk bulk;

	bulk_init(&bulk, &options);
	add_handshake(crowd, &reference, flow, start_ns, options.first_tsval);
	for (size_t i = 0; i < bulk.n_packets; i++)
		add_packet(crowd, &reference, flow, start_ns, BUILD_ACK,
			   &bulk.packet[i]);
	bulk_fini(&bulk);
	reference_fini(&reference);
}

/* By time; packets of one instant stay in the order of their flow. */
static int compare_events(const void *a, const void *b)
{
	const struct event_of_flow *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return left < right ? -1 : left > right;
}

/* All samples are in overflow histograms, where their sums can be read. */
static uint64_t sum_ns(struct machine *m, enum source source)
{
	uint64_t sum = 0;

	for (int row = 0; row < N_OVERFLOW_ROWS; row++)
		sum += machine_hist(m, row * N_HIST_REFS + source)->sum_ns;
	return sum;
}

/* Every event and outcome that says that a packet could not be timed. One that
 * makes segments ambiguous may speak for all of its flow. */
static uint64_t n_excuses(struct machine *m)
{
	const struct counters *counters = machine_counters(m);

	return counters->event[EVENT_STAMP_SKIPPED] +
	       counters->event[EVENT_STAMP_REPLACED] +
	       counters->event[EVENT_SEQ_VOIDED] * N_SEGMENTS +
	       counters->event[EVENT_SEQ_HOLE] +
	       counters->outcome[OUTCOME_TCP_REFUSED];
}

static void observe_event(struct crowd *crowd, struct machine *m,
			  const struct event_of_flow *event)
{
	uint64_t before_ns[N_COMPARED], rtt_ns, n_before = n_excuses(m);
	struct built frame;

	for (int i = 0; i < N_COMPARED; i++)
		before_ns[i] = sum_ns(m, sources[i]);
	make_frame(event, &frame);
	memory_tables_observe(m, frame.bytes, frame.n_bytes, frame.n_bytes,
			      LINK_ETHERNET, event->time_ns);
	crowd->flow_excused[event->flow] += n_excuses(m) - n_before;
	for (int i = 0; i < N_COMPARED; i++) {
		rtt_ns = sum_ns(m, sources[i]) - before_ns[i];
		if (!rtt_ns)
			continue;
		if ((int64_t)rtt_ns != event->expected_ns[i])
			fail_msg("flow %u, source %d: %lu ns, and the "
				 "reference has %ld ns",
				 event->flow, sources[i], rtt_ns,
				 event->expected_ns[i]);
		crowd->n_matched[i]++;
		crowd->flow_matched[event->flow]++;
	}
}

static void assert_missing_are_explained(const struct crowd *crowd,
					 const struct counters *counters)
{
	const __u64 *event = counters->event;
	uint64_t n_expected = 0, n_missed = 0, n_worse = 0, missed;

	for (int i = 0; i < N_COMPARED; i++) {
		missed = crowd->n_expected[i] - crowd->n_matched[i];
		print_message("source %d: %lu of %lu samples, %.3f %% missed\n",
			      sources[i], crowd->n_matched[i],
			      crowd->n_expected[i],
			      100.0 * missed / crowd->n_expected[i]);
		assert_true(crowd->n_expected[i] > N_FLOWS / 4);
		assert_true(missed * 100 <=
			    crowd->n_expected[i] * MAX_MISSED_PERCENT);
		n_expected += crowd->n_expected[i];
		n_missed += missed;
	}
	assert_true(n_missed * 100 <= n_expected * MAX_MISSED_PERCENT);
	for (uint32_t i = 0; i < N_FLOWS; i++) {
		missed = crowd->flow_expected[i] - crowd->flow_matched[i];
		n_worse += missed != 0;
		if (missed > crowd->flow_excused[i])
			fail_msg("flow %u misses %lu, and %u are counted", i,
				 missed, crowd->flow_excused[i]);
	}
	print_message("%lu of %d flows miss any; skipped %llu, replaced %llu, "
		      "refused %llu, voided %llu, hole %llu\n",
		      n_worse, N_FLOWS, event[EVENT_STAMP_SKIPPED],
		      event[EVENT_STAMP_REPLACED], event[EVENT_FLOW_REFUSED],
		      event[EVENT_SEQ_VOIDED], event[EVENT_SEQ_HOLE]);
}

static void crowd_of_flows_equals_the_reference(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct crowd crowd = {
		.flow_expected = calloc(N_FLOWS, sizeof(uint16_t)),
		.flow_matched = calloc(N_FLOWS, sizeof(uint16_t)),
		.flow_excused = calloc(N_FLOWS, sizeof(uint16_t)),
	};
	struct machine *m;

	settings.max_subnets = 0;
	settings.max_hists = 0;
	m = memory_tables_new(&settings);
	assert_non_null(m);
	assert_non_null(crowd.flow_expected);
	assert_non_null(crowd.flow_matched);
	assert_non_null(crowd.flow_excused);
	for (uint32_t flow = 0; flow < N_FLOWS; flow++)
		add_flow(&crowd, flow);
	qsort(crowd.event, crowd.n, sizeof(*crowd.event), compare_events);
	for (size_t i = 0; i < crowd.n; i++)
		observe_event(&crowd, m, &crowd.event[i]);
	print_message("%zu packets\n", crowd.n);
	assert_missing_are_explained(&crowd, machine_counters(m));
	memory_tables_free(m);
	free(crowd.event);
	free(crowd.flow_expected);
	free(crowd.flow_matched);
	free(crowd.flow_excused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crowd_of_flows_equals_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
