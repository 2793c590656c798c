// SPDX-License-Identifier: GPL-2.0-or-later
/* Intervals of correlation, where neighbours are alike, and the deviation of a
 * histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "../../analysis/correlation.h"
#include "../../analysis/deviation.h"
#include "../../core/hist.h"
#include "../synthetic/isp_random.h"

enum { N_DAYS = 30, PER_DAY = 24, N = N_DAYS * PER_DAY };

static double x[N], y[N];
static int64_t day[N];
static const double *const variable[] = { x, y };
static const struct correlation_pair pair = { 0, 1 };

/* Two AR(1) series, r = 0.9 from hour to hour, that share a part. */
static void draw(uint64_t seed, double shared)
{
	uint64_t random = isp_seed(seed, 1);
	double own_x = 0, own_y = 0, both = 0, step = sqrt(1 - 0.81);

	for (int i = -100; i < N; i++) {
		own_x = 0.9 * own_x + step * isp_normal(&random);
		own_y = 0.9 * own_y + step * isp_normal(&random);
		both = 0.9 * both + step * isp_normal(&random);
		if (i < 0)
			continue;
		x[i] = sqrt(shared) * both + sqrt(1 - shared) * own_x;
		y[i] = sqrt(shared) * both + sqrt(1 - shared) * own_y;
		day[i] = i / PER_DAY;
	}
}

static struct correlation fit(size_t n)
{
	const struct correlation_data data = {
		.variable = variable, .n_variables = 2, .block = day, .n = n
	};
	struct correlation found;

	assert_int_equal(correlation_fit(&data, &pair, 1, &found), 0);
	return found;
}

/* What naive intervals of independent values would not do: theirs would miss 0
 * in about half of these series. 88 % is below what 95 % gives by chance. */
static void intervals_of_unrelated_series_hold_zero(void **state)
{
	int n_held = 0;

	for (uint64_t seed = 0; seed < 200; seed++) {
		struct correlation found;

		draw(seed, 0);
		found = fit(N);
		n_held += found.low <= 0 && found.high >= 0;
	}
	assert_in_range(n_held, 176, 200);
}

/* Spearman's of a bivariate normal distribution is 6/pi asin(r/2). */
static void intervals_of_related_series_hold_the_truth(void **state)
{
	double truth = 6 / 3.141592653589793 * asin(0.6 / 2);
	int n_held = 0, n_above_zero = 0;

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct correlation found;

		draw(seed, 0.6);
		found = fit(N);
		n_held += found.low <= truth && found.high >= truth;
		n_above_zero += found.low > 0;
	}
	assert_in_range(n_held, 86, 100);
	assert_in_range(n_above_zero, 95, 100);
}

static void spearman_is_that_of_gsl(void **state)
{
	double work[2 * N];
	struct correlation found;

	draw(1, 0.5);
	for (int i = 0; i < N; i++)
		y[i] = round(4 * y[i]);
	found = fit(N);
	assert_true(fabs(found.spearman -
			 gsl_stats_spearman(x, 1, y, 1, N, work)) < 1e-12);
	assert_true(found.low < found.spearman && found.spearman < found.high);
}

static void few_days_have_no_interval(void **state)
{
	struct correlation found;

	draw(1, 0.5);
	found = fit(4 * PER_DAY);
	assert_true(isfinite(found.spearman));
	assert_true(isnan(found.low) && isnan(found.high));
	found = fit(5 * PER_DAY);
	assert_true(isfinite(found.low) && isfinite(found.high));
}

static void a_perfect_relation_has_no_interval(void **state)
{
	struct correlation found;

	draw(1, 0.5);
	for (int i = 0; i < N; i++)
		y[i] = exp(x[i]);
	found = fit(N);
	assert_true(fabs(found.spearman - 1) < 1e-9 && isnan(found.low));
}

static void what_does_not_vary_has_no_coefficient(void **state)
{
	struct correlation found;

	draw(1, 0.5);
	for (int i = 0; i < N; i++)
		y[i] = 7;
	found = fit(N);
	assert_true(isnan(found.pearson) && isnan(found.spearman) &&
		    isnan(found.kendall) && isnan(found.low));
}

/* Lognormal samples, their deviation by GSL, and that of their histogram. */
static void deviation_is_that_of_the_samples(void **state)
{
	static uint64_t edge_ns[N_HIST_BINS + 1];
	const struct segment_layout layout = { .edge_ns = edge_ns,
					       .n_bins = N_HIST_BINS };
	struct tally tally = { 0 };
	uint64_t random = isp_seed(1, 2);

	for (uint32_t i = 0; i <= N_HIST_BINS; i++)
		edge_ns[i] = hist_edge_ns(i);
	for (int i = 0; i < N; i++) {
		uint64_t ns = (uint64_t)(2e7 * exp(isp_normal(&random)));
		uint16_t bin = (uint16_t)hist_bin(ns);
		uint64_t one = 1;
		const struct tally_row row = { .count = 1,
					       .min_ns = ns,
					       .max_ns = ns,
					       .sum_ns = ns,
					       .bin = &bin,
					       .bin_count = &one,
					       .n_bins = 1 };

		x[i] = (double)ns;
		assert_int_equal(tally_add_row(&tally, &row), 0);
	}
	assert_true(fabs(deviation_ns(&tally, &layout) /
				 gsl_stats_sd_with_fixed_mean(
					 x, 1, N, gsl_stats_mean(x, 1, N)) -
			 1) < 0.01);
	tally_fini(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_of_unrelated_series_hold_zero),
		cmocka_unit_test(intervals_of_related_series_hold_the_truth),
		cmocka_unit_test(spearman_is_that_of_gsl),
		cmocka_unit_test(few_days_have_no_interval),
		cmocka_unit_test(a_perfect_relation_has_no_interval),
		cmocka_unit_test(what_does_not_vary_has_no_coefficient),
		cmocka_unit_test(deviation_is_that_of_the_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
