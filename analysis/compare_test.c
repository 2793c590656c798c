// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_test.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "distance.h"
#include "serial.h"

/* Permutations as extreme that are enough. */
enum { ENOUGH = 20 };

static const unsigned permille[N_COMPARE_QUANTILES] = {
	[COMPARE_P50] = 500,
	[COMPARE_P95] = 950,
	[COMPARE_P99] = 990,
};

/* Of one period: variance of a quantile, and how many independent blocks. */
struct spread {
	double variance, n_blocks;
};

const char *compare_statistic_name(enum compare_statistic statistic)
{
	static const char *const name[N_COMPARE_STATISTICS] = {
		[COMPARE_P50] = "p50",
		[COMPARE_P95] = "p95",
		[COMPARE_P99] = "p99",
		[COMPARE_DISTRIBUTION] = "distribution",
	};

	return name[statistic];
}

static void sum_all(struct blocks_sum *sum, const struct blocks *blocks)
{
	blocks_sum_clear(sum);
	for (size_t i = 0; i < blocks->n; i++)
		blocks_sum_add(sum, blocks->tally[i], 1);
}

static double quantile_of(const struct tally *tally,
			  const struct segment_layout *layout, size_t i)
{
	struct quantile_value value =
		quantile_get(tally, layout, permille[i], QUANTILE_LINEAR);

	return value.is_overflow ? NAN : (double)value.ns;
}

/* Takes the mean from values in order of time. */
static void centre(double *value, size_t n)
{
	double mean = gsl_stats_mean(value, 1, n);

	for (size_t i = 0; i < n; i++)
		value[i] -= mean;
}

/* Dependence of both periods' values, each about its own mean: of one alone there
 * are often too few to tell. At least 1. */
static double inflation_of(double *value, size_t n_a, size_t n_b)
{
	double inflation;

	centre(value, n_a);
	centre(value + n_a, n_b);
	inflation = serial_inflation(value, n_a + n_b);
	return inflation > 1 ? inflation : 1;
}

/* Widens the spreads by the dependence of the blocks' own quantiles. */
static int widen(const struct blocks *a, const struct blocks *b,
		 const struct segment_layout *layout,
		 struct spread spread[2][N_COMPARE_QUANTILES])
{
	double *value = calloc(a->n + b->n, sizeof(*value));

	if (!value)
		return -ENOMEM;
	for (size_t q = 0; q < N_COMPARE_QUANTILES; q++) {
		double inflation;

		for (size_t i = 0; i < a->n; i++)
			value[i] = quantile_of(a->tally[i], layout, q);
		for (size_t i = 0; i < b->n; i++)
			value[a->n + i] = quantile_of(b->tally[i], layout, q);
		inflation = inflation_of(value, a->n, b->n);
		for (int period = 0; period < 2; period++) {
			spread[period][q].variance *= inflation;
			spread[period][q].n_blocks /= inflation;
		}
	}
	free(value);
	return 0;
}

/* Resamples the blocks of a period. A replicate whose quantile overflows makes
 * the variance NAN. */
static int bootstrap(const struct blocks *blocks,
		     const struct segment_layout *layout, gsl_rng *random,
		     size_t n_resamples, struct blocks_sum *sum,
		     struct spread spread[N_COMPARE_QUANTILES])
{
	double *value =
		calloc(n_resamples * N_COMPARE_QUANTILES, sizeof(*value));
	unsigned *times = calloc(blocks->n, sizeof(*times));
	double n = (double)blocks->n;
	int err = value && times ? 0 : -ENOMEM;

	for (size_t r = 0; r < n_resamples && !err; r++) {
		blocks_draw(random, times, blocks->n);
		blocks_sum_clear(sum);
		for (size_t i = 0; i < blocks->n; i++)
			if (times[i])
				blocks_sum_add(sum, blocks->tally[i], times[i]);
		for (size_t q = 0; q < N_COMPARE_QUANTILES; q++)
			value[q * n_resamples + r] =
				quantile_of(&sum->tally, layout, q);
	}
	for (size_t q = 0; q < N_COMPARE_QUANTILES && !err; q++)
		spread[q] = (struct spread){
			.variance = n / (n - 1) *
				    gsl_stats_variance(value + q * n_resamples,
						       1, n_resamples),
			.n_blocks = n,
		};
	free(value);
	free(times);
	return err;
}

/* Interval and p of a difference, by Welch's t. */
static void set_test(const struct spread *a, const struct spread *b,
		     struct compare_quantile *quantile, double *ret_p)
{
	double variance = a->variance + b->variance, error, freedom, reach;

	if (!(variance > 0) || isnan(quantile->difference_ns))
		return;
	error = sqrt(variance);
	freedom = variance * variance /
		  (a->variance * a->variance / fmax(a->n_blocks - 1, 1) +
		   b->variance * b->variance / fmax(b->n_blocks - 1, 1));
	reach = gsl_cdf_tdist_Qinv(0.025, freedom) * error;
	quantile->low_ns = quantile->difference_ns - reach;
	quantile->high_ns = quantile->difference_ns + reach;
	*ret_p = 2 * gsl_cdf_tdist_Q(fabs(quantile->difference_ns) / error,
				     freedom);
}

/* The bin at whose upper edge the two functions differ most. */
static uint32_t widest_bin(const struct tally *a, const struct tally *b)
{
	double difference = 0, largest = -1;
	uint32_t widest = a->first_bin;

	/* Sums of one init: their bins are the same. */
	for (uint32_t i = 0; i < a->n_bins; i++) {
		difference += (double)a->bin[i] / (double)a->count -
			      (double)b->bin[i] / (double)b->count;
		if (fabs(difference) > largest) {
			largest = fabs(difference);
			widest = a->first_bin + i;
		}
	}
	return widest;
}

/* The share of each block's samples up to that edge. */
static void set_shares(const struct blocks *blocks, uint32_t last_bin,
		       double *share)
{
	for (size_t i = 0; i < blocks->n; i++) {
		const struct tally *tally = blocks->tally[i];
		uint64_t below = 0;

		for (uint32_t bin = 0;
		     bin < tally->n_bins && tally->first_bin + bin <= last_bin;
		     bin++)
			below += tally->bin[bin];
		share[i] = (double)below / (double)tally->count;
	}
}

/* By how much dependence widens the distance that chance makes; NAN: no memory.
 * The sums are those of the periods. */
static double distance_scale(const struct blocks *a, const struct blocks *b,
			     const struct blocks_sum sum[2])
{
	uint32_t last_bin = widest_bin(&sum[0].tally, &sum[1].tally);
	double *share = calloc(a->n + b->n, sizeof(*share)), inflation;

	if (!share)
		return NAN;
	set_shares(a, last_bin, share);
	set_shares(b, last_bin, share + a->n);
	inflation = inflation_of(share, a->n, b->n);
	free(share);
	return sqrt(inflation);
}

/* Deals all blocks anew, so many to the first period. */
static double deal(struct blocks_sum *first, struct blocks_sum *rest,
		   const struct tally **block, size_t n_first, size_t n,
		   gsl_rng *random)
{
	gsl_ran_shuffle(random, block, n, sizeof(const struct tally *));
	blocks_sum_clear(first);
	blocks_sum_clear(rest);
	for (size_t i = 0; i < n; i++)
		blocks_sum_add(i < n_first ? first : rest, block[i], 1);
	return distance_ks(&first->tally, &rest->tally);
}

static double permute(const struct blocks *a, const struct blocks *b,
		      struct blocks_sum *first, struct blocks_sum *rest,
		      double ks, uint64_t n_permutations, gsl_rng *random)
{
	size_t n = a->n + b->n;
	const struct tally **block = calloc(n, sizeof(const struct tally *));
	uint64_t n_as_large = 0, done = 0;

	if (!block)
		return NAN;
	for (size_t i = 0; i < n; i++)
		block[i] = i < a->n ? a->tally[i] : b->tally[i - a->n];
	while (done < n_permutations && n_as_large < ENOUGH) {
		done++;
		/* But for rounding: sums go in another order. */
		n_as_large += deal(first, rest, block, a->n, n, random) >=
			      ks - 1e-12;
	}
	free(block);
	if (n_as_large == ENOUGH)
		return (double)n_as_large / (double)done;
	return (double)(n_as_large + 1) / (double)(done + 1);
}

static int test_blocks(const struct blocks *a, const struct blocks *b,
		       const struct segment_layout *layout,
		       const struct compare_options *options, gsl_rng *random,
		       struct blocks_sum sum[2], struct compare_result *ret)
{
	struct spread spread[2][N_COMPARE_QUANTILES];
	double scale = distance_scale(a, b, sum);
	int err = bootstrap(a, layout, random, options->n_resamples, &sum[0],
			    spread[0]);

	if (!err)
		err = bootstrap(b, layout, random, options->n_resamples,
				&sum[1], spread[1]);
	if (!err)
		err = widen(a, b, layout, spread);
	if (err)
		return err;
	for (size_t q = 0; q < N_COMPARE_QUANTILES; q++)
		set_test(&spread[0][q], &spread[1][q], &ret->quantile[q],
			 &ret->p[q]);
	ret->p[COMPARE_DISTRIBUTION] = permute(a, b, &sum[0], &sum[1],
					       ret->ks_ratio / scale,
					       options->n_permutations, random);
	return isnan(ret->p[COMPARE_DISTRIBUTION]) ? -ENOMEM : 0;
}

static void describe(const struct blocks_sum sum[2],
		     const struct segment_layout *layout,
		     struct compare_result *ret)
{
	const struct tally *a = &sum[0].tally, *b = &sum[1].tally;

	for (size_t q = 0; q < N_COMPARE_QUANTILES; q++) {
		struct compare_quantile *own = &ret->quantile[q];

		own->a = quantile_get(a, layout, permille[q], QUANTILE_LINEAR);
		own->b = quantile_get(b, layout, permille[q], QUANTILE_LINEAR);
		own->difference_ns = own->low_ns = own->high_ns = NAN;
		if (!own->a.is_overflow && !own->b.is_overflow)
			own->difference_ns =
				(double)own->b.ns - (double)own->a.ns;
	}
	for (size_t i = 0; i < N_COMPARE_STATISTICS; i++)
		ret->p[i] = NAN;
	ret->ks_ratio = distance_ks(a, b);
	ret->wasserstein_ns = distance_wasserstein_ns(a, b, layout);
}

int compare_test(const struct blocks *a, const struct blocks *b,
		 const struct segment_layout *layout,
		 const struct compare_options *options,
		 struct compare_result *ret)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct blocks_sum sum[2] = { 0 };
	int err = random ? 0 : -ENOMEM;

	for (int i = 0; i < 2 && !err; i++)
		err = blocks_sum_init(&sum[i], a, b);
	if (!err) {
		sum_all(&sum[0], a);
		sum_all(&sum[1], b);
		describe(sum, layout, ret);
		blocks_seed(random, options->seed, a);
	}
	if (!err && a->n >= COMPARE_MIN_BLOCKS && b->n >= COMPARE_MIN_BLOCKS)
		err = test_blocks(a, b, layout, options, random, sum, ret);
	blocks_sum_fini(&sum[0]);
	blocks_sum_fini(&sum[1]);
	if (random)
		gsl_rng_free(random);
	return err;
}
