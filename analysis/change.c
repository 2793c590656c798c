// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "serial.h"

/* The part that was set apart best, and of how many ways. */
struct search {
	double gain; /* by how much the squares about the means shrink */
	size_t n_ways;
};

/* Sums of deviations from the overall mean, of all values before each. */
static double *deviation_sums(const double *value, size_t n)
{
	double *sum = calloc(n + 1, sizeof(*sum));
	double mean = gsl_stats_mean(value, 1, n);

	for (size_t i = 0; i < n && sum; i++)
		sum[i + 1] = sum[i] + value[i] - mean;
	return sum;
}

/* Deviations inside add up to `sum`, outside to its negative: the squares that
 * two means take from those about one are sum^2 / inside + sum^2 / outside. */
static void try_part(struct search *search, const double *sum, size_t from,
		     size_t to, size_t n, struct change *change)
{
	double inside = (double)(to - from), outside = (double)n - inside;
	double part = sum[to] - sum[from];
	double gain = part * part * (1 / inside + 1 / outside);

	search->n_ways++;
	if (gain > search->gain || search->n_ways == 1) {
		search->gain = gain;
		change->from = from;
		change->to = to;
	}
}

static struct search search_parts(const double *sum, size_t n,
				  struct change *change)
{
	struct search search = { 0 };

	for (size_t from = CHANGE_MIN_PART; from + CHANGE_MIN_PART <= n;
	     from++) {
		try_part(&search, sum, from, n, n, change);
		for (size_t to = from + CHANGE_MIN_PART;
		     to + CHANGE_MIN_PART <= n; to++)
			try_part(&search, sum, from, to, n, change);
	}
	return search;
}

/* What the two means leave, in place of the values' deviations. */
static void set_rest(const double *value, size_t n, struct change *change,
		     double *rest)
{
	size_t n_inside = change->to - change->from;
	double all = gsl_stats_mean(value, 1, n) * (double)n;

	change->inside = gsl_stats_mean(value + change->from, 1, n_inside);
	change->outside = (all - change->inside * (double)n_inside) /
			  (double)(n - n_inside);
	for (size_t i = 0; i < n; i++) {
		double mean = i >= change->from && i < change->to ?
				      change->inside :
				      change->outside;

		rest[i] = value[i] - mean;
	}
}

static void set_test(const double *rest, size_t n, double freedom,
		     size_t n_ways, struct change *change)
{
	double n_inside = (double)(change->to - change->from);
	double step = change->inside - change->outside, reach;
	double variance = gsl_stats_tss_m(rest, 1, n, 0) / freedom *
			  (1 / n_inside + 1 / ((double)n - n_inside)) *
			  serial_inflation(rest, n);

	if (!(variance > 0))
		return;
	change->p = 2 * (double)n_ways *
		    gsl_cdf_tdist_Q(fabs(step) / sqrt(variance), freedom);
	change->p = change->p < 1 ? change->p : 1;
	reach = gsl_cdf_tdist_Qinv(0.025, freedom) * sqrt(variance);
	change->low = step - reach;
	change->high = step + reach;
}

int change_test(const double *value, size_t n, double n_lost,
		struct change *ret)
{
	double freedom = (double)n - 2 - n_lost, *sum, *rest;
	struct change change = { .p = NAN };
	struct search search;
	int err = -ENOMEM;

	*ret = change;
	if (n < CHANGE_MIN_VALUES || freedom < 1)
		return 0;
	sum = deviation_sums(value, n);
	rest = calloc(n, sizeof(*rest));
	if (sum && rest) {
		search = search_parts(sum, n, &change);
		set_rest(value, n, &change, rest);
		set_test(rest, n, freedom, search.n_ways, &change);
		*ret = change;
		err = 0;
	}
	free(sum);
	free(rest);
	return err;
}
