// SPDX-License-Identifier: GPL-2.0-or-later
#include "correlation.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rank.h"

/* Ranks of all variables, and the coefficients that a jackknife gives. */
struct fit {
	const struct correlation_data *data;
	const struct correlation_pair *pair;
	size_t n_pairs, n_blocks;
	size_t *order;       /* by variable */
	double *rank;        /* by variable */
	unsigned char *keep; /* by value */
	double *fisher;      /* by pair and block */
};

size_t correlation_n_blocks(const struct correlation_data *data)
{
	size_t n = data->n > 0;

	for (size_t i = 1; i < data->n; i++)
		n += data->block[i] != data->block[i - 1];
	return n;
}

/* NAN where one of them does not vary. */
static double coefficient(const double *x, const double *y, size_t n)
{
	if (n < 2 || !(gsl_stats_tss(x, 1, n) > 0) ||
	    !(gsl_stats_tss(y, 1, n) > 0))
		return NAN;
	return gsl_stats_correlation(x, 1, y, 1, n);
}

/*
 * Ranks of the values that are kept. Those left out get the mean of all ranks:
 * they then add nothing to any sum of squares or products about the mean, as if
 * they were not there.
 */
static void rank_all(struct fit *fit)
{
	size_t n = fit->data->n, n_kept = 0;

	for (size_t i = 0; i < n; i++)
		n_kept += fit->keep[i];
	for (size_t v = 0; v < fit->data->n_variables; v++) {
		double *rank = fit->rank + v * n;

		for (size_t i = 0; i < n; i++)
			rank[i] = ((double)n_kept + 1) / 2;
		rank_average(fit->data->variable[v], fit->order + v * n, n,
			     fit->keep, rank);
	}
}

static double spearman(const struct fit *fit, size_t pair)
{
	size_t n = fit->data->n;

	return coefficient(fit->rank + fit->pair[pair].x * n,
			   fit->rank + fit->pair[pair].y * n, n);
}

/* Fisher's scale; a perfect relation of ranks, but for rounding, has no error to
 * estimate and is infinite. */
static double fisher_of(double coefficient)
{
	return fabs(coefficient) < 1 - 1e-9 ? atanh(coefficient) : INFINITY;
}

/* Leaves out the block that begins at value `first`; returns where it ends. */
static size_t leave_out(struct fit *fit, size_t first, size_t block_idx)
{
	const struct correlation_data *data = fit->data;
	size_t end = first;

	while (end < data->n && data->block[end] == data->block[first])
		end++;
	memset(fit->keep + first, 0, end - first);
	rank_all(fit);
	memset(fit->keep + first, 1, end - first);
	for (size_t i = 0; i < fit->n_pairs; i++)
		fit->fisher[i * fit->n_blocks + block_idx] =
			fisher_of(spearman(fit, i));
	return end;
}

static void set_interval(const struct fit *fit, size_t pair,
			 struct correlation *ret)
{
	const double *fisher = fit->fisher + pair * fit->n_blocks;
	double n = (double)fit->n_blocks, reach;

	ret->low = ret->high = NAN;
	if (fit->n_blocks < CORRELATION_MIN_BLOCKS)
		return;
	for (size_t i = 0; i < fit->n_blocks; i++)
		if (!isfinite(fisher[i]))
			return;
	reach = gsl_cdf_tdist_Qinv(0.025, n - 1) *
		sqrt((n - 1) / n * gsl_stats_tss(fisher, 1, fit->n_blocks));
	ret->low = tanh(atanh(ret->spearman) - reach);
	ret->high = tanh(atanh(ret->spearman) + reach);
}

static int fit_all(struct fit *fit, struct correlation *ret)
{
	const struct correlation_data *data = fit->data;
	int err = 0;

	for (size_t v = 0; v < data->n_variables; v++)
		gsl_sort_index(fit->order + v * data->n, data->variable[v], 1,
			       data->n);
	memset(fit->keep, 1, data->n);
	if (fit->n_blocks >= CORRELATION_MIN_BLOCKS)
		for (size_t at = 0, block = 0; at < data->n; block++)
			at = leave_out(fit, at, block);
	rank_all(fit);
	for (size_t i = 0; i < fit->n_pairs && !err; i++) {
		const double *x = data->variable[fit->pair[i].x];
		const double *y = data->variable[fit->pair[i].y];

		ret[i].pearson = coefficient(x, y, data->n);
		ret[i].spearman = spearman(fit, i);
		set_interval(fit, i, &ret[i]);
		err = rank_kendall(x, y, data->n, &ret[i].kendall);
	}
	return err;
}

int correlation_fit(const struct correlation_data *data,
		    const struct correlation_pair *pair, size_t n_pairs,
		    struct correlation *ret)
{
	size_t n_values = data->n * data->n_variables + 1;
	struct fit fit = { .data = data,
			   .pair = pair,
			   .n_pairs = n_pairs,
			   .n_blocks = correlation_n_blocks(data) };
	int err = -ENOMEM;

	fit.order = calloc(n_values, sizeof(*fit.order));
	fit.rank = calloc(n_values, sizeof(*fit.rank));
	fit.keep = calloc(data->n + 1, 1);
	fit.fisher = calloc(n_pairs * fit.n_blocks + 1, sizeof(*fit.fisher));
	if (fit.order && fit.rank && fit.keep && fit.fisher)
		err = fit_all(&fit, ret);
	free(fit.order);
	free(fit.rank);
	free(fit.keep);
	free(fit.fisher);
	return err;
}
