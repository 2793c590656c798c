// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/quantile.h"
#include "../../analysis/scan_part.h"
#include "../../analysis/scan_span.h"
#include "../../core/hist.h"
#include "../../core/traffic.h"
#include "../../lib/segment_build.h"

enum { N_INTERVALS = 60, N_SUBNETS = 80 };

#define INTERVAL_NS 10000000000LL
#define START_NS 1763798400000000000LL /* 2025-11-22T08:00:00Z */

/* SplitMix64: tests repeat. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* IPv4 of a few first octets on both sides, IPv6, and overflow rows. */
static struct record_subnet make_subnet(uint32_t i)
{
	struct record_subnet subnet = { .family = i % 5 ? 4 : 6,
					.side = i % 3 == 0 ? SIDE_LAN :
							     SIDE_WAN };

	if (i == 1 || i == 5)
		subnet.kind = SUBNET_OVERFLOW;
	if (subnet.family == 4)
		memset(subnet.address + 10, 0xff, 2);
	if (subnet.kind == SUBNET_OVERFLOW)
		return subnet;
	if (subnet.family == 4) {
		subnet.prefix_len = 24;
		subnet.address[12] = (uint8_t)(10 + i % 7);
		subnet.address[14] = (uint8_t)i;
	} else {
		subnet.prefix_len = 48;
		subnet.address[0] = 0x20;
		subnet.address[5] = (uint8_t)i;
	}
	return subnet;
}

static void add_rtt(struct record *record, uint32_t subnet, uint8_t source,
		    uint64_t *state)
{
	struct record_rtt *rtt = record_add(&record->rtt);
	uint64_t rtt_ns = 1000000 + next_random(state) % 300000000;
	struct record_bin *bin;

	assert_non_null(rtt);
	*rtt = (struct record_rtt){ .subnet = subnet,
				    .source = source,
				    .count = 3,
				    .min_ns = rtt_ns,
				    .max_ns = HIST_LIMIT_NS + 5,
				    .sum_ns = 2 * rtt_ns + HIST_LIMIT_NS + 5,
				    .overflow = 1,
				    .first_bin = record->bin.n,
				    .n_bins = 1 };
	bin = record_add(&record->bin);
	assert_non_null(bin);
	*bin = (struct record_bin){ (uint16_t)hist_bin(rtt_ns), 2 };
}

static void make_record(struct record *record, int i, uint64_t *state)
{
	record->seq = (uint64_t)i + 1;
	record->start_ns = START_NS + i * INTERVAL_NS;
	record->duration_ns = INTERVAL_NS;
	for (uint32_t j = 0; j < N_SUBNETS; j++) {
		struct record_subnet *subnet = record_add(&record->subnet);
		struct record_traffic *traffic = record_add(&record->traffic);

		assert_non_null(subnet);
		assert_non_null(traffic);
		*subnet = make_subnet(j);
		*traffic = (struct record_traffic){
			.subnet = j,
			.class = TRAFFIC_UDP_OTHER,
			.packets_rx = 1 + next_random(state) % 9,
			.packets_tx = 1,
			.bytes_rx = 100 + next_random(state) % 1000,
			.bytes_tx = 60,
		};
		if (next_random(state) % 4)
			add_rtt(record, j, SOURCE_TCP_TS, state);
		if (next_random(state) % 2)
			add_rtt(record, j, SOURCE_ICMP_ECHO, state);
	}
}

/* Intervals [first, end) of the same measurement, whoever asks for them. */
static struct segment make_segment(int first, int end)
{
	struct segment_builder *builder = segment_builder_new(1);
	struct segment_layout layout = { .n_bins = N_HIST_BINS };
	struct segment segment;
	uint64_t state = 42;

	layout.edge_ns = calloc(N_HIST_BINS + 1, sizeof(*layout.edge_ns));
	assert_non_null(layout.edge_ns);
	assert_non_null(builder);
	for (uint32_t i = 0; i <= N_HIST_BINS; i++)
		layout.edge_ns[i] = hist_edge_ns(i);
	for (int i = 0; i < end; i++) {
		struct record record = { 0 };

		make_record(&record, i, &state);
		if (i >= first)
			assert_int_equal(segment_builder_add(builder, &record),
					 0);
		record_fini(&record);
	}
	assert_int_equal(segment_builder_finish(builder, &layout, &segment), 0);
	segment_builder_free(builder);
	return segment;
}

static struct scan_query query_by(const char *by)
{
	struct scan_query query = { .from_ns = INT64_MIN,
				    .to_ns = INT64_MAX,
				    .sources = (1u << N_SOURCES) - 1,
				    .sides = (1u << N_SIDES) - 1 };

	assert_int_equal(group_spec_parse(by, &query.by), 0);
	return query;
}

static struct scan_result scan(const struct scan_query *query,
			       const struct segment *segment, bool is_coarse)
{
	struct scan_result result = { 0 };
	struct record_subnet subnet;

	assert_int_equal(
		scan_part_add(&result, query, segment, is_coarse, &subnet), 0);
	group_table_sort(&result.table);
	scan_span_unite(&result);
	return result;
}

static void assert_same_tally(const struct tally *a, const struct tally *b)
{
	if (!a || !b) {
		assert_true(!a && !b);
		return;
	}
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->min_ns, b->min_ns);
	assert_int_equal(a->max_ns, b->max_ns);
	assert_int_equal(a->overflow, b->overflow);
	assert_true(a->sum_ns == b->sum_ns);
	assert_int_equal(a->first_bin, b->first_bin);
	assert_int_equal(a->n_bins, b->n_bins);
	assert_memory_equal(a->bin, b->bin, a->n_bins * sizeof(*a->bin));
}

static void assert_same(const struct scan_result *a,
			const struct scan_result *b)
{
	assert_int_equal(a->table.n, b->table.n);
	assert_int_equal(a->table.left_out_samples, b->table.left_out_samples);
	assert_int_equal(a->n_intervals, b->n_intervals);
	assert_int_equal(a->n_spans, b->n_spans);
	for (size_t i = 0; i < a->table.n; i++) {
		const struct group *left = a->table.group[i];
		const struct group *right = b->table.group[i];

		assert_memory_equal(&left->key, &right->key, sizeof(left->key));
		assert_int_equal(left->packets_rx, right->packets_rx);
		assert_int_equal(left->bytes_rx, right->bytes_rx);
		assert_int_equal(left->packets_tx, right->packets_tx);
		assert_int_equal(left->bytes_tx, right->bytes_tx);
		for (int source = 0; source < N_SOURCES; source++)
			assert_same_tally(left->tally[source],
					  right->tally[source]);
	}
}

static void assert_only_sides(const struct scan_result *result, uint32_t sides)
{
	uint64_t packets_tx = 0;

	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];

		packets_tx += group->packets_tx;
		if (group->key.side != GROUP_SIDE_NONE)
			assert_true(sides >> group->key.side & 1);
	}
	/* A third of the subnets is lan; each is sent a packet an interval. */
	assert_true(packets_tx <= (sides == 1u << SIDE_LAN ? 27 :
				   sides == 1u << SIDE_WAN ? 53 :
							     80) *
					  N_INTERVALS);
}

static void small_tables_and_rows_give_the_same_sums(void **unused)
{
	static const char *const coarse[] = { "all",      "side",
					      "source",   "family",
					      "slash8",   "prefix:8",
					      "prefix:4", "prefix:6,8" };
	struct segment segment = make_segment(0, N_INTERVALS);

	for (size_t i = 0; i < sizeof(coarse) / sizeof(coarse[0]); i++)
		for (uint32_t sides = 1; sides <= 3; sides++) {
			struct scan_query query = query_by(coarse[i]);
			struct scan_result small, rows;

			query.sides = sides;
			query.sources = i % 2 ? 1u << SOURCE_TCP_TS :
						(1u << N_SOURCES) - 1;
			assert_true(group_spec_is_coarse(&query.by));
			small = scan(&query, &segment, true);
			rows = scan(&query, &segment, false);
			assert_same(&small, &rows);
			assert_true(rows.table.n > 0);
			assert_only_sides(&rows, sides);
			scan_result_fini(&small);
			scan_result_fini(&rows);
		}
	segment_fini(&segment);
}

static void period_takes_whole_intervals_only(void **unused)
{
	struct segment whole = make_segment(0, N_INTERVALS);
	struct segment part = make_segment(10, 20);
	struct scan_query query = query_by("subnet");
	struct scan_result expected = scan(&query, &part, false), result;

	query.from_ns = START_NS + 10 * INTERVAL_NS;
	query.to_ns = START_NS + 20 * INTERVAL_NS;
	result = scan(&query, &whole, false);
	assert_same(&result, &expected);
	scan_result_fini(&result);
	/* Intervals 9 and 20 are only partly inside. */
	query.from_ns -= INTERVAL_NS - 1;
	query.to_ns += INTERVAL_NS - 1;
	result = scan(&query, &whole, false);
	assert_same(&result, &expected);
	assert_int_equal(result.span[0].start_ns, START_NS + 10 * INTERVAL_NS);
	assert_int_equal(result.span[0].end_ns, START_NS + 20 * INTERVAL_NS);
	scan_result_fini(&result);
	scan_result_fini(&expected);
	segment_fini(&whole);
	segment_fini(&part);
}

static void steps_add_up_to_the_whole(void **unused)
{
	struct segment segment = make_segment(3, N_INTERVALS);
	struct scan_query query = query_by("side");
	struct scan_result whole = scan(&query, &segment, false), steps;
	struct scan_result sum = { 0 };

	query.step_ns = 6 * INTERVAL_NS;
	steps = scan(&query, &segment, false);
	assert_int_equal(steps.table.n, 2 * N_INTERVALS / 6);
	for (size_t i = 0; i < steps.table.n; i++) {
		assert_int_equal(steps.table.group[i]->key.step_ns,
				 START_NS + (int64_t)(i / 2) * 6 * INTERVAL_NS);
		steps.table.group[i]->key.step_ns = 0;
	}
	assert_int_equal(group_table_add(&sum.table, &steps.table), 0);
	group_table_sort(&sum.table);
	sum.n_intervals = whole.n_intervals;
	sum.n_spans = whole.n_spans;
	assert_same(&sum, &whole);
	sum.n_spans = 0;
	scan_result_fini(&sum);
	scan_result_fini(&steps);
	scan_result_fini(&whole);
	segment_fini(&segment);
}

static void quiet_step_is_a_row_and_a_gap_is_not(void **unused)
{
	struct scan_query query = query_by("side");
	struct scan_result result = { 0 };
	struct group_key key = { .label = GROUP_LABEL_SIDE, .side = SIDE_WAN };

	query.step_ns = 60000000000;
	assert_int_equal(scan_span_add(&result, 0, 180000000000), 0);
	assert_int_equal(scan_span_add(&result, 290000000000, 310000000000), 0);
	assert_non_null(group_table_get(&result.table, &key));
	assert_int_equal(scan_span_add_quiet_steps(&result, &query), 0);
	group_table_sort(&result.table);
	/* Steps at 0, 60, 120, 240 and 300 s: 180 s lies in the gap. */
	assert_int_equal(result.table.n, 5);
	assert_int_equal(result.table.group[3]->key.step_ns, 240000000000);
	assert_int_equal(scan_covered_ns(&result, 240000000000, 300000000000),
			 10000000000);
	scan_result_fini(&result);
}

static void spans_unite_over_campaigns(void **unused)
{
	struct scan_result result = { 0 };

	assert_int_equal(scan_span_add(&result, 100, 200), 0);
	assert_int_equal(scan_span_add(&result, 200, 300), 0);
	assert_int_equal(scan_span_add(&result, 0, 150), 0);
	assert_int_equal(scan_span_add(&result, 400, 500), 0);
	assert_int_equal(scan_span_add(&result, 420, 430), 0);
	scan_span_unite(&result);
	assert_int_equal(result.n_spans, 2);
	assert_int_equal(result.span[0].start_ns, 0);
	assert_int_equal(result.span[0].end_ns, 300);
	assert_int_equal(scan_covered_ns(&result, 250, 450), 100);
	scan_result_fini(&result);
}

static void other_layout_is_refused(void **unused)
{
	struct segment segment = make_segment(0, 2);
	struct scan_query query = query_by("all");
	struct scan_result result = { 0 };
	struct record_subnet subnet;

	assert_int_equal(
		scan_part_add(&result, &query, &segment, false, &subnet), 0);
	segment.layout.edge_ns[5]++;
	assert_int_equal(scan_part_add(&result, &query, &segment, false,
				       &subnet),
			 -EINVAL);
	scan_result_fini(&result);
	segment_fini(&segment);
}

static void step_starts_round_down(void **unused)
{
	assert_int_equal(scan_step_start_ns(25, 10), 20);
	assert_int_equal(scan_step_start_ns(20, 10), 20);
	assert_int_equal(scan_step_start_ns(-1, 10), -10);
	assert_int_equal(scan_step_start_ns(-10, 10), -10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_tables_and_rows_give_the_same_sums),
		cmocka_unit_test(period_takes_whole_intervals_only),
		cmocka_unit_test(steps_add_up_to_the_whole),
		cmocka_unit_test(quiet_step_is_a_row_and_a_gap_is_not),
		cmocka_unit_test(spans_unite_over_campaigns),
		cmocka_unit_test(other_layout_is_refused),
		cmocka_unit_test(step_starts_round_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
