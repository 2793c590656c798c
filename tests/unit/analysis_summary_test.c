// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../../analysis/summary.h"
#include "../../core/hist.h"

enum { N_VALUES = 20000 };

static const struct group_key key = { .label = GROUP_LABEL_ALL };

static void add(struct tally *tally, uint64_t rtt_ns)
{
	const uint16_t bin = (uint16_t)hist_bin(rtt_ns);
	const uint64_t one = 1;
	bool is_overflow = hist_is_overflow(rtt_ns);
	const struct tally_row row = { .count = 1,
				       .min_ns = rtt_ns,
				       .max_ns = rtt_ns,
				       .sum_ns = rtt_ns,
				       .overflow = is_overflow,
				       .bin = &bin,
				       .bin_count = &one,
				       .n_bins = !is_overflow };

	assert_int_equal(tally_add_row(tally, &row), 0);
}

static struct segment_layout layout_of_hist(void)
{
	struct segment_layout layout;

	assert_int_equal(segment_layout_init(&layout), 0);
	return layout;
}

static uint64_t next_value(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return 1000000 + (*state >> 33) % 400000000;
}

static void std_is_that_of_the_samples(void **state)
{
	struct segment_layout layout = layout_of_hist();
	struct tally tally = { 0 };
	double sum = 0, squares = 0, std;
	uint64_t random = 3;

	for (int i = 0; i < N_VALUES; i++) {
		double value = (double)next_value(&random);

		add(&tally, (uint64_t)value);
		sum += value;
		squares += value * value;
	}
	std = sqrt(squares / N_VALUES - sum / N_VALUES * (sum / N_VALUES));
	assert_true(fabs((double)summary_std_ns(&tally, &layout) - std) <
		    std / 1000);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void equal_samples_do_not_spread(void **state)
{
	struct segment_layout layout = layout_of_hist();
	struct tally tally = { 0 };
	struct summary summary;

	add(&tally, 20000000);
	add(&tally, 20000000);
	summary = summary_make(&key, &tally, &layout, 1);
	assert_int_equal(summary.statistic[STATISTIC_STD].ns, 0);
	assert_int_equal(summary.statistic[STATISTIC_IQR].ns, 0);
	assert_int_equal(summary.statistic[STATISTIC_P99_P1].ns, 0);
	assert_int_equal(summary.statistic[STATISTIC_MEAN].ns, 20000000);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void overflow_is_a_bound_and_never_a_number(void **state)
{
	struct segment_layout layout = layout_of_hist();
	struct tally tally = { 0 };
	struct summary summary;

	for (int i = 0; i < 3; i++)
		add(&tally, 1000000);
	add(&tally, HIST_LIMIT_NS + 7);
	summary = summary_make(&key, &tally, &layout, 1);
	assert_int_equal(summary.overflow, 1);
	assert_int_equal(summary.statistic[STATISTIC_P50].kind, SUMMARY_EXACT);
	assert_int_equal(summary.statistic[STATISTIC_P99].kind, SUMMARY_ABOVE);
	assert_int_equal(summary.statistic[STATISTIC_P99].ns, HIST_LIMIT_NS);
	assert_int_equal(summary.statistic[STATISTIC_STD].kind, SUMMARY_ABSENT);
	assert_int_equal(summary.statistic[STATISTIC_P99_P1].kind,
			 SUMMARY_ABOVE);
	assert_int_equal(summary.statistic[STATISTIC_P99_P1].ns,
			 HIST_LIMIT_NS - summary.quantile[SUMMARY_P1].ns);
	for (int i = 0; i < 99; i++)
		add(&tally, HIST_LIMIT_NS);
	summary = summary_make(&key, &tally, &layout, 1);
	assert_int_equal(summary.statistic[STATISTIC_IQR].kind, SUMMARY_ABSENT);
	tally_fini(&tally);
	free(layout.edge_ns);
}

static void too_few_are_only_counted(void **state)
{
	struct segment_layout layout = layout_of_hist();
	struct tally tally = { 0 };
	struct summary summary;

	add(&tally, 1000000);
	summary = summary_make(&key, &tally, &layout, 2);
	assert_int_equal(summary.count, 1);
	assert_false(summary.is_known);
	assert_int_equal(summary.statistic[STATISTIC_P50].kind, SUMMARY_ABSENT);
	summary = summary_make(&key, NULL, &layout, 1);
	assert_int_equal(summary.count, 0);
	assert_false(summary.is_known);
	tally_fini(&tally);
	free(layout.edge_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(std_is_that_of_the_samples),
		cmocka_unit_test(equal_samples_do_not_spread),
		cmocka_unit_test(overflow_is_a_bound_and_never_a_number),
		cmocka_unit_test(too_few_are_only_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
