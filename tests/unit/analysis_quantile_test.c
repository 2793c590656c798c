// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../../analysis/quantile.h"
#include "../../core/hist.h"

enum { MAX_SAMPLES = 3000 };

/* SplitMix64: tests repeat. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct segment_layout standard_layout(void)
{
	struct segment_layout layout = { .n_bins = N_HIST_BINS };

	layout.edge_ns = calloc(N_HIST_BINS + 1, sizeof(*layout.edge_ns));
	assert_non_null(layout.edge_ns);
	for (uint32_t i = 0; i <= N_HIST_BINS; i++)
		layout.edge_ns[i] = hist_edge_ns(i);
	return layout;
}

/* The bin of a value in any layout, by search. */
static uint32_t find_bin(const struct segment_layout *layout, uint64_t value_ns)
{
	uint32_t bin = 0;

	while (bin < layout->n_bins && value_ns >= layout->edge_ns[bin + 1])
		bin++;
	return bin;
}

static void add_sample(struct tally *tally, const struct segment_layout *layout,
		       uint64_t value_ns)
{
	bool is_overflow = value_ns >= layout->edge_ns[layout->n_bins];
	uint16_t bin = is_overflow ? 0 : (uint16_t)find_bin(layout, value_ns);
	uint64_t one = 1;
	const struct tally_row row = {
		.count = 1,
		.min_ns = value_ns,
		.max_ns = value_ns,
		.sum_ns = value_ns,
		.overflow = is_overflow,
		.bin = &bin,
		.bin_count = &one,
		.n_bins = !is_overflow,
	};

	assert_int_equal(tally_add_row(tally, &row), 0);
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Log-uniform from 1 us to 10 s, or a narrow path of 20 ms. */
static uint64_t draw_rtt_ns(uint64_t *state, bool is_narrow)
{
	double part = (double)(next_random(state) >> 11) / 9007199254740992.0;

	if (is_narrow)
		return (uint64_t)(20e6 * (1 + 0.2 * part));
	return (uint64_t)(1e3 * pow(1e7, part));
}

static double width_at(const struct segment_layout *layout, uint64_t value_ns)
{
	uint32_t bin = find_bin(layout, value_ns);

	return (double)(layout->edge_ns[bin + 1] - layout->edge_ns[bin]);
}

static void check_against_sorted(const uint64_t *sample, size_t n,
				 const struct tally *tally,
				 const struct segment_layout *layout)
{
	uint64_t last_ns = 0;

	for (unsigned permille = 0; permille <= 1000; permille += 5) {
		double rank = (double)(n - 1) * permille / 1000;
		size_t low = (size_t)rank, high = low + (rank > (double)low);
		double exact = (double)sample[low] +
			       (rank - (double)low) *
				       (double)(sample[high] - sample[low]);
		double error_ns = fmax(width_at(layout, sample[low]),
				       width_at(layout, sample[high]));
		struct quantile_value value =
			quantile_get(tally, layout, permille, QUANTILE_LINEAR);

		assert_false(value.is_overflow);
		assert_true(fabs((double)value.ns - exact) <= error_ns + 1);
		assert_true(value.ns >= sample[0] && value.ns <= sample[n - 1]);
		assert_true(value.ns >= last_ns);
		last_ns = value.ns;
	}
}

static void linear_is_within_a_bin_of_the_sorted_samples(void **unused)
{
	static uint64_t sample[MAX_SAMPLES];
	struct segment_layout layout = standard_layout();
	uint64_t state = 1;

	for (int round = 0; round < 200; round++) {
		size_t n = 1 +
			   next_random(&state) % (round % 2 ? MAX_SAMPLES : 12);
		struct tally tally = { 0 };

		for (size_t i = 0; i < n; i++) {
			sample[i] = draw_rtt_ns(&state, round % 3 == 0);
			add_sample(&tally, &layout, sample[i]);
		}
		qsort(sample, n, sizeof(*sample), compare_u64);
		check_against_sorted(sample, n, &tally, &layout);
		tally_fini(&tally);
	}
	free(layout.edge_ns);
}

static void ends_are_exact(void **unused)
{
	struct segment_layout layout = standard_layout();
	struct tally tally = { 0 };

	add_sample(&tally, &layout, 20000001);
	assert_int_equal(quantile_get(&tally, &layout, 500, QUANTILE_LINEAR).ns,
			 20000001);
	add_sample(&tally, &layout, 100000007);
	assert_int_equal(quantile_get(&tally, &layout, 0, QUANTILE_LINEAR).ns,
			 20000001);
	assert_int_equal(quantile_get(&tally, &layout, 500, QUANTILE_LINEAR).ns,
			 60000004);
	assert_int_equal(
		quantile_get(&tally, &layout, 1000, QUANTILE_LINEAR).ns,
		100000007);
	assert_int_equal(tally_mean_ns(&tally), 60000004);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void overflowing_rank_has_no_number(void **unused)
{
	struct segment_layout layout = standard_layout();
	struct tally tally = { 0 };
	struct quantile_value value;

	for (int i = 0; i < 90; i++)
		add_sample(&tally, &layout, 1000000);
	for (int i = 0; i < 10; i++)
		add_sample(&tally, &layout, 20000000000);
	value = quantile_get(&tally, &layout, 900, QUANTILE_LINEAR);
	assert_true(value.is_overflow); /* rank 89.1: partly in overflow */
	value = quantile_get(&tally, &layout, 890, QUANTILE_LINEAR);
	assert_false(value.is_overflow);
	value = quantile_get(&tally, &layout, 900, QUANTILE_MIDPOINT);
	assert_false(value.is_overflow); /* nearest rank: the 90th sample */
	value = quantile_get(&tally, &layout, 910, QUANTILE_MIDPOINT);
	assert_true(value.is_overflow);
	assert_int_equal(value.ns, HIST_LIMIT_NS);
	assert_true(quantile_le_ratio(&tally, &layout, HIST_LIMIT_NS) == 0.9);
	tally_fini(&tally);
	free(layout.edge_ns);
}

/* A layout of 250 bins of 4 ms, as an imported campaign has it. */
static void midpoint_is_that_of_the_nearest_ranks_bin(void **unused)
{
	struct segment_layout layout = { .n_bins = 250 };
	struct tally tally = { 0 };

	layout.edge_ns = calloc(251, sizeof(*layout.edge_ns));
	assert_non_null(layout.edge_ns);
	for (uint64_t i = 0; i <= 250; i++)
		layout.edge_ns[i] = i * 4000000;
	add_sample(&tally, &layout, 1000000);
	add_sample(&tally, &layout, 5000000);
	add_sample(&tally, &layout, 9000000);
	add_sample(&tally, &layout, 13000000);
	assert_int_equal(
		quantile_get(&tally, &layout, 500, QUANTILE_MIDPOINT).ns,
		6000000);
	assert_int_equal(
		quantile_get(&tally, &layout, 501, QUANTILE_MIDPOINT).ns,
		10000000);
	assert_int_equal(
		quantile_get(&tally, &layout, 990, QUANTILE_MIDPOINT).ns,
		14000000);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void ratio_counts_whole_bins_exactly(void **unused)
{
	struct segment_layout layout = standard_layout();
	struct tally tally = { 0 };
	double last = 0;

	for (uint64_t i = 1; i <= 1000; i++)
		add_sample(&tally, &layout, i * 100000);
	for (uint64_t limit_ns = 0; limit_ns < 101000000; limit_ns += 70001) {
		double ratio = quantile_le_ratio(&tally, &layout, limit_ns);
		uint64_t n_below = limit_ns / 100000;
		double exact = fmin((double)n_below / 1000, 1);
		double bin = width_at(&layout, limit_ns) / 100000 / 1000;

		assert_true(fabs(ratio - exact) <= bin + 0.001);
		assert_true(ratio >= last);
		last = ratio;
	}
	assert_true(quantile_le_ratio(&tally, &layout, 99999) == 0);
	assert_true(quantile_le_ratio(&tally, &layout, 100000000) == 1);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void sum_does_not_depend_on_order(void **unused)
{
	struct segment_layout layout = standard_layout();
	struct tally part[5] = { 0 }, whole = { 0 }, sum = { 0 };
	uint64_t state = 7;

	for (int i = 0; i < 5000; i++) {
		uint64_t rtt_ns = draw_rtt_ns(&state, false);

		add_sample(&whole, &layout, rtt_ns);
		add_sample(&part[next_random(&state) % 5], &layout, rtt_ns);
	}
	for (int i = 4; i >= 0; i--)
		assert_int_equal(tally_add(&sum, &part[i]), 0);
	assert_int_equal(sum.count, whole.count);
	assert_int_equal(sum.min_ns, whole.min_ns);
	assert_int_equal(sum.max_ns, whole.max_ns);
	assert_true(sum.sum_ns == whole.sum_ns);
	for (unsigned permille = 0; permille <= 1000; permille++)
		assert_int_equal(
			quantile_get(&sum, &layout, permille, QUANTILE_LINEAR)
				.ns,
			quantile_get(&whole, &layout, permille, QUANTILE_LINEAR)
				.ns);
	for (int i = 0; i < 5; i++)
		tally_fini(&part[i]);
	tally_fini(&sum);
	tally_fini(&whole);
	free(layout.edge_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_is_within_a_bin_of_the_sorted_samples),
		cmocka_unit_test(ends_are_exact),
		cmocka_unit_test(overflowing_rank_has_no_number),
		cmocka_unit_test(midpoint_is_that_of_the_nearest_ranks_bin),
		cmocka_unit_test(ratio_counts_whole_bins_exactly),
		cmocka_unit_test(sum_does_not_depend_on_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
