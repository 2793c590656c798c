// SPDX-License-Identifier: GPL-2.0-or-later
#include "slope.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "rank.h"
#include "serial.h"

/* All slopes, ascending. */
static double *pair_slopes(const double *time, const double *value, size_t n)
{
	double *slope = calloc(n * (n - 1) / 2, sizeof(*slope));
	size_t at = 0;

	if (!slope)
		return NULL;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slope[at++] =
				(value[j] - value[i]) / (time[j] - time[i]);
	gsl_sort(slope, 1, at);
	return slope;
}

/* Pairs that rise less those that fall. */
static double kendall_score(const double *value, size_t n)
{
	double score = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			score += (value[j] > value[i]) - (value[j] < value[i]);
	return score;
}

/* Of the score of independent values; `sorted` shows the ties. */
static double score_variance(const double *sorted, size_t n)
{
	double variance = (double)n * ((double)n - 1) * (2 * (double)n + 5);
	size_t from = 0;

	for (size_t i = 1; i <= n; i++) {
		double tied = (double)(i - from);

		if (i < n && sorted[i] == sorted[i - 1])
			continue;
		variance -= tied * (tied - 1) * (2 * tied + 5);
		from = i;
	}
	return variance / 18;
}

/* Ranks of what the slope leaves, then the inflation. */
static int fit_inflation(const double *time, const double *value, size_t n,
			 struct slope *slope)
{
	double *rest = calloc(2 * n, sizeof(*rest));
	size_t *order = calloc(n, sizeof(*order));
	int err = rest && order ? 0 : -ENOMEM;

	if (!err) {
		for (size_t i = 0; i < n; i++)
			rest[i] = value[i] - slope->median * time[i];
		gsl_sort_index(order, rest, 1, n);
		rank_average(rest, order, n, NULL, rest + n);
		slope->inflation = serial_inflation(rest + n, n);
	}
	free(rest);
	free(order);
	return err;
}

/* Sen's interval: slopes as far from the middle as the score may be. */
static void fit_interval(const double *sorted, size_t n_slopes,
			 double deviation, double freedom, struct slope *slope)
{
	double reach = gsl_cdf_tdist_Qinv(0.025, freedom) * deviation;
	double low = ((double)n_slopes - reach) / 2;
	double high = ((double)n_slopes + reach) / 2;
	size_t low_idx = low > 0 ? (size_t)(low + 0.5) : 0;
	size_t high_idx = high + 0.5 < (double)n_slopes ? (size_t)(high + 0.5) :
							  n_slopes;

	slope->low = sorted[low_idx > 0 ? low_idx - 1 : 0];
	slope->high = sorted[high_idx < n_slopes ? high_idx : n_slopes - 1];
}

static int fit(const double *time, const double *value, size_t n,
	       const double *slopes, struct slope *slope)
{
	size_t n_slopes = n * (n - 1) / 2;
	double *sorted = calloc(n, sizeof(*sorted));
	double score = kendall_score(value, n), deviation, freedom;
	int err = sorted ? 0 : -ENOMEM;

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		sorted[i] = value[i];
	gsl_sort(sorted, 1, n);
	slope->median = gsl_stats_median_from_sorted_data(slopes, 1, n_slopes);
	err = fit_inflation(time, value, n, slope);
	if (!err)
		err = rank_kendall(time, value, n, &slope->tau);
	deviation = sqrt(score_variance(sorted, n) * slope->inflation);
	freedom = fmax((double)n / slope->inflation - 2, 1);
	fit_interval(slopes, n_slopes, deviation, freedom, slope);
	/* One towards zero: the score goes in steps of two. */
	score -= (score > 0) - (score < 0);
	slope->p = deviation > 0 ? 2 * gsl_cdf_tdist_Q(fabs(score) / deviation,
						       freedom) :
				   1;
	slope->p = slope->p < 1 ? slope->p : 1;
	free(sorted);
	return err;
}

int slope_fit(const double *time, const double *value, size_t n,
	      struct slope *ret_slope)
{
	struct slope slope = { 0 };
	double *slopes;
	int err;

	if (n < SLOPE_MIN_POINTS)
		return -EDOM;
	if (n > SLOPE_MAX_POINTS)
		return -E2BIG;
	slopes = pair_slopes(time, value, n);
	if (!slopes)
		return -ENOMEM;
	err = fit(time, value, n, slopes, &slope);
	free(slopes);
	if (!err)
		*ret_slope = slope;
	return err;
}
