// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranks, slopes, distances and adjusted tests against what SciPy says of the
 * same data (statistics_reference.py), and their properties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/distance.h"
#include "../../analysis/fdr.h"
#include "../../analysis/rank.h"
#include "../../analysis/slope.h"
#include "statistics_reference.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_POINTS = 256 };

static void assert_near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
		print_error("got %.17g, want %.17g\n", got, want);
	assert_true(fabs(got - want) <= tolerance * (1 + fabs(want)));
}

static double spearman(const double *x, const double *y, size_t n)
{
	double x_rank[MAX_POINTS], y_rank[MAX_POINTS];
	size_t order[MAX_POINTS];

	gsl_sort_index(order, x, 1, n);
	rank_average(x, order, n, NULL, x_rank);
	gsl_sort_index(order, y, 1, n);
	rank_average(y, order, n, NULL, y_rank);
	return gsl_stats_correlation(x_rank, 1, y_rank, 1, n);
}

static void correlations_equal_scipy(void **state)
{
	for (size_t i = 0; i < COUNT(pair_cases); i++) {
		const double *x = pair_cases[i].x, *y = pair_cases[i].y;
		size_t n = pair_cases[i].n;
		double tau;

		assert_near(gsl_stats_correlation(x, 1, y, 1, n),
			    pair_cases[i].pearson, 1e-12);
		assert_near(spearman(x, y, n), pair_cases[i].spearman, 1e-12);
		assert_int_equal(rank_kendall(x, y, n, &tau), 0);
		assert_near(tau, pair_cases[i].kendall, 1e-12);
	}
}

static void slopes_equal_scipy(void **state)
{
	size_t n_cases = 0, n_inflated = 0;

	for (size_t i = 0; i < COUNT(pair_cases); i++) {
		struct slope slope;

		if (isnan(pair_cases[i].slope))
			continue;
		assert_int_equal(slope_fit(pair_cases[i].x, pair_cases[i].y,
					   pair_cases[i].n, &slope),
				 0);
		assert_near(slope.median, pair_cases[i].slope, 1e-12);
		assert_near(slope.tau, pair_cases[i].kendall, 1e-12);
		assert_near(slope.inflation, pair_cases[i].inflation, 1e-9);
		assert_near(slope.p, pair_cases[i].p, 1e-9);
		n_cases++;
		n_inflated += slope.inflation > 1;
		assert_near(slope.low, pair_cases[i].low, 1e-12);
		assert_near(slope.high, pair_cases[i].high, 1e-12);
	}
	assert_true(n_cases >= 4 && n_inflated >= 1);
}

static void subsets_rank_as_if_they_were_alone(void **state)
{
	const double value[] = { 3, 1, 2, 3, 9, 1, 5 };
	const unsigned char keep[] = { 1, 0, 1, 1, 0, 1, 1 };
	const double want[] = { 3.5, -1, 2, 3.5, -1, 1, 5 };
	double rank[] = { -1, -1, -1, -1, -1, -1, -1 };
	size_t order[7];

	gsl_sort_index(order, value, 1, 7);
	rank_average(value, order, 7, keep, rank);
	assert_memory_equal(rank, want, sizeof(want));
}

static void what_is_not_defined_is_no_number(void **state)
{
	const double same[] = { 2, 2, 2 }, other[] = { 1, 2, 3 };
	struct slope slope;
	double tau;

	assert_int_equal(rank_kendall(same, other, 3, &tau), 0);
	assert_true(isnan(tau));
	assert_int_equal(rank_kendall(other, other, 1, &tau), 0);
	assert_true(isnan(tau));
	assert_int_equal(slope_fit(other, other, 3, &slope), -EDOM);
}

static void equal_values_have_no_slope(void **state)
{
	double time[10], value[10];
	struct slope slope;

	for (int i = 0; i < 10; i++) {
		time[i] = i;
		value[i] = 4;
	}
	assert_int_equal(slope_fit(time, value, 10, &slope), 0);
	assert_true(slope.median == 0 && slope.p == 1);
}

static struct tally tally_of(const uint64_t count[7])
{
	struct tally tally = { 0 };
	uint64_t bins[7];
	uint16_t at[7];
	struct tally_row row = { .bin = at, .bin_count = bins, .min_ns = 1 };

	for (uint16_t i = 0; i < 7; i++) {
		if (!count[i])
			continue;
		at[row.n_bins] = i;
		bins[row.n_bins++] = count[i];
		row.count += count[i];
		row.max_ns = tally_edges[i + 1] - 1;
	}
	assert_int_equal(tally_add_row(&tally, &row), 0);
	return tally;
}

static void distances_equal_scipy(void **state)
{
	const struct segment_layout layout = { .edge_ns = tally_edges,
					       .n_bins = 7 };

	for (size_t i = 0; i < COUNT(tally_cases); i++) {
		struct tally a = tally_of(tally_cases[i].a);
		struct tally b = tally_of(tally_cases[i].b);
		double area_ns = distance_wasserstein_ns(&a, &b, &layout);

		assert_near(distance_ks(&a, &b), tally_cases[i].ks, 1e-12);
		assert_near(area_ns, tally_cases[i].wasserstein_ns, 1e-5);
		assert_near(distance_wasserstein_ns(&b, &a, &layout), area_ns,
			    1e-12);
		assert_true(distance_ks(&a, &a) == 0);
		tally_fini(&a);
		tally_fini(&b);
	}
}

static void what_overflows_lies_at_the_last_edge(void **state)
{
	const struct segment_layout layout = { .edge_ns = tally_edges,
					       .n_bins = 7 };
	const uint64_t first[7] = { 4 };
	struct tally a = tally_of(first), b = tally_of(first);

	b.count += 4;
	b.overflow += 4;
	assert_near(distance_ks(&a, &b), 0.5, 1e-12);
	/* Half of the samples go from the middle of bin 0, 256, to 17408. */
	assert_near(distance_wasserstein_ns(&a, &b, &layout),
		    0.5 * (17408 - 256), 1e-12);
	tally_fini(&a);
	tally_fini(&b);
}

static void adjusted_tests_equal_the_papers(void **state)
{
	double p[COUNT(fdr_p) + 1], q[COUNT(fdr_p) + 1];

	memcpy(p, fdr_p, sizeof(fdr_p));
	p[COUNT(fdr_p)] = NAN;
	assert_int_equal(fdr_adjust(p, COUNT(p), q), 0);
	for (size_t i = 0; i < COUNT(fdr_q); i++)
		assert_near(q[i], fdr_q[i], 1e-12);
	assert_true(isnan(q[COUNT(fdr_p)]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(correlations_equal_scipy),
		cmocka_unit_test(slopes_equal_scipy),
		cmocka_unit_test(subsets_rank_as_if_they_were_alone),
		cmocka_unit_test(what_is_not_defined_is_no_number),
		cmocka_unit_test(equal_values_have_no_slope),
		cmocka_unit_test(distances_equal_scipy),
		cmocka_unit_test(what_overflows_lies_at_the_last_edge),
		cmocka_unit_test(adjusted_tests_equal_the_papers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
