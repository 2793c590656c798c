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
#include "../../core/quic_version.h"
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

static void add_spin(struct record *record, uint32_t subnet, uint64_t *state)
{
	static const uint32_t number[] = { QUIC_VERSION_1,
					   QUIC_VERSION_2,
					   QUIC_VERSION_2_DRAFT,
					   QUIC_VERSION_DRAFTS,
					   7,
					   8 };

	for (int n = 0; n < 3; n++) {
		struct record_spin *spin = record_add(&record->spin);

		assert_non_null(spin);
		*spin = (struct record_spin){
			.subnet = subnet,
			.class = (uint8_t)(next_random(state) % N_SPIN_CLASSES),
			.version = number[next_random(state) % 6],
			.flows = 1 + next_random(state) % 5,
			.packets = next_random(state) % 100,
		};
	}
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
			.class = (uint8_t)(j / 2 % N_TRAFFIC_CLASSES),
			.packets_rx = 1 + next_random(state) % 9,
			.packets_tx = 1,
			.bytes_rx = 100 + next_random(state) % 1000,
			.bytes_tx = 60,
		};
		if (next_random(state) % 4)
			add_rtt(record, j, SOURCE_TCP_TS, state);
		if (next_random(state) % 2)
			add_rtt(record, j, SOURCE_ICMP_ECHO, state);
		if (next_random(state) % 2)
			add_spin(record, j, state);
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

static void assert_same_participation(const struct participation *a,
				      const struct participation *b)
{
	if (a && b)
		assert_memory_equal(a, b, sizeof(*a));
	else
		assert_true(!a && !b);
}

static void assert_same(const struct scan_result *a,
			const struct scan_result *b)
{
	assert_int_equal(a->table.n, b->table.n);
	assert_int_equal(a->table.left_out_samples, b->table.left_out_samples);
	assert_int_equal(a->table.left_out_packets, b->table.left_out_packets);
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
		assert_same_participation(left->participation,
					  right->participation);
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

static bool is_subnet_of(const struct group *group,
			 const struct record_subnet *subnet)
{
	static const struct group_spec by_subnet = { .by = GROUP_BY_SUBNET };
	struct group_key key;

	assert_int_equal(group_key_of(&by_subnet, subnet, &key), 1);
	return memcmp(&key, &group->key, sizeof(key)) == 0;
}

/* Of intervals from `first` on, row by row. */
static struct participation sum_rows(const struct segment *segment,
				     const struct group *group, uint32_t first)
{
	const struct segment_traffic *traffic = &segment->traffic;
	const struct segment_spin *spin = &segment->spin;
	struct participation sum = { 0 };

	for (size_t i = 0; i < traffic->n; i++) {
		uint64_t n = traffic->packets_rx[i] + traffic->packets_tx[i];

		if (traffic->interval[i] < first ||
		    !is_subnet_of(group,
				  &segment->subnet.key[traffic->subnet[i]]))
			continue;
		sum.tcp_packets += traffic->class[i] <= 1 ? n : 0;
		sum.tcp_ts_packets += traffic->class[i] == 0 ? n : 0;
		sum.quic_packets += traffic->class[i] == 2 ? n : 0;
	}
	for (size_t i = 0; i < spin->n; i++) {
		static const uint32_t named[] = { QUIC_VERSION_1,
						  QUIC_VERSION_2,
						  QUIC_VERSION_2_DRAFT,
						  QUIC_VERSION_DRAFTS };
		unsigned version = 0;
		struct spin_count *count;

		if (spin->interval[i] < first ||
		    !is_subnet_of(group, &segment->subnet.key[spin->subnet[i]]))
			continue;
		while (version < 4 && spin->version[i] != named[version])
			version++;
		count = &sum.spin[spin->class[i]][version];
		count->flow_intervals += spin->flows[i];
		count->packets += spin->packets[i];
	}
	return sum;
}

static void participation_is_the_sum_of_its_rows(void **unused)
{
	struct segment segment = make_segment(0, 6);
	struct scan_query query = query_by("subnet");
	uint64_t packets = 0;
	struct scan_result result;

	query.from_ns = START_NS + 2 * INTERVAL_NS;
	query.sources = 0;
	query.has_participation = true;
	result = scan(&query, &segment, false);
	assert_int_equal(result.table.n, N_SUBNETS);
	for (size_t i = 0; i < result.table.n; i++) {
		const struct group *group = result.table.group[i];
		struct participation sum = sum_rows(&segment, group, 2);

		assert_same_participation(group->participation, &sum);
		assert_null(group->tally[SOURCE_TCP_TS]);
		packets += sum.quic_packets;
	}
	assert_true(packets > N_SUBNETS);
	scan_result_fini(&result);
	segment_fini(&segment);
}

/* Of one side, summed; traffic is left out. */
static void participation_of_a_side_can_come_alone(void **unused)
{
	struct segment segment = make_segment(0, 6);
	struct scan_query query = query_by("side");
	struct scan_result all, lan;

	query.has_participation = query.skips_traffic = true;
	query.sources = 0;
	all = scan(&query, &segment, false);
	query.sides = 1u << SIDE_LAN;
	lan = scan(&query, &segment, false);
	assert_int_equal(all.table.n, 2);
	assert_int_equal(lan.table.n, 1);
	assert_same_participation(all.table.group[0]->participation,
				  lan.table.group[0]->participation);
	assert_true(all.table.group[0]
			    ->participation->spin[SPIN_CLASS_SPINNING][QUIC_V1]
			    .packets > 0);
	for (size_t i = 0; i < all.table.n; i++) {
		assert_int_equal(all.table.group[i]->packets_rx, 0);
		assert_int_equal(
			all.table.group[i]->participation->quic_packets, 0);
	}
	scan_result_fini(&all);
	scan_result_fini(&lan);
	segment_fini(&segment);
}

static void packets_are_in_a_group_or_left_out(void **unused)
{
	struct segment segment = make_segment(0, 6);
	const struct segment_traffic *traffic = &segment.traffic;
	struct scan_query query = query_by("slash8");
	struct scan_result result = scan(&query, &segment, false);
	uint64_t n_left = 0;

	for (size_t i = 0; i < traffic->n; i++)
		n_left += traffic->packets_rx[i] + traffic->packets_tx[i];
	for (size_t i = 0; i < result.table.n; i++)
		n_left -= result.table.group[i]->packets_rx +
			  result.table.group[i]->packets_tx;
	assert_true(n_left > 0);
	assert_int_equal(result.table.left_out_packets, n_left);
	scan_result_fini(&result);
	segment_fini(&segment);
}

static void only_what_is_asked_for_is_read(void **unused)
{
	const struct campaign_part part = { .time_end_ns = 1 };
	struct scan_query query = query_by("side");

	assert_int_equal(scan_part_load(&part, &query), SEGMENT_SLASH8);
	query.has_participation = true;
	assert_int_equal(scan_part_load(&part, &query),
			 SEGMENT_SUBNET | SEGMENT_TRAFFIC | SEGMENT_RTT |
				 SEGMENT_HIST | SEGMENT_SPIN);
	query.sources = 0;
	assert_int_equal(scan_part_load(&part, &query),
			 SEGMENT_SUBNET | SEGMENT_TRAFFIC | SEGMENT_SPIN);
	query.skips_traffic = true;
	assert_int_equal(scan_part_load(&part, &query),
			 SEGMENT_SUBNET | SEGMENT_SPIN);
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
		cmocka_unit_test(participation_is_the_sum_of_its_rows),
		cmocka_unit_test(participation_of_a_side_can_come_alone),
		cmocka_unit_test(packets_are_in_a_group_or_left_out),
		cmocka_unit_test(only_what_is_asked_for_is_read),
		cmocka_unit_test(quiet_step_is_a_row_and_a_gap_is_not),
		cmocka_unit_test(spans_unite_over_campaigns),
		cmocka_unit_test(other_layout_is_refused),
		cmocka_unit_test(step_starts_round_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
