/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether round-trip times of one group and source differ between two periods.
 *
 * Quantiles: the difference of those of the summed histograms. Its standard
 * error comes from a bootstrap of blocks of time (a day), each period for itself,
 * with n/(n - 1) for few blocks, and widened by serial_inflation() of the blocks'
 * own quantiles; interval and p are those of Student's t with Welch's degrees of
 * freedom, of as many independent blocks as that leaves. Assumed: blocks of a
 * period come from the same distribution and are about as dependent as AR(1), and
 * the estimate is about normal.
 *
 * Distribution: the distances of distance.h; p is that of a permutation of all
 * blocks between the periods, which would make them independent; so the distance
 * of Kolmogorov and Smirnov is first divided by what dependence adds to it, the
 * root of serial_inflation() of the blocks' shares below the point where the
 * periods differ most. It stops early where enough permutations were as far apart
 * (Besag and Clifford 1991).
 */
#ifndef ANALYSIS_COMPARE_TEST_H
#define ANALYSIS_COMPARE_TEST_H

#include "blocks.h"

enum compare_statistic {
	COMPARE_P50,
	COMPARE_P95,
	COMPARE_P99,
	N_COMPARE_QUANTILES,
	COMPARE_DISTRIBUTION = N_COMPARE_QUANTILES,
	N_COMPARE_STATISTICS,
};

enum { COMPARE_MIN_BLOCKS = 5 };

struct compare_options {
	uint64_t seed, n_resamples, n_permutations;
};

struct compare_quantile {
	struct quantile_value a, b;
	/* b - a and its interval of 95 %, ns; NAN: not known. */
	double difference_ns, low_ns, high_ns;
};

struct compare_result {
	struct compare_quantile quantile[N_COMPARE_QUANTILES];
	double ks_ratio, wasserstein_ns;
	double p[N_COMPARE_STATISTICS]; /* two-sided; NAN: no test */
};

const char *compare_statistic_name(enum compare_statistic statistic);

/* Blocks of the same group and source, of both at least one. Below
 * COMPARE_MIN_BLOCKS of either there is no interval and no test. -ENOMEM. */
int compare_test(const struct blocks *a, const struct blocks *b,
		 const struct segment_layout *layout,
		 const struct compare_options *options,
		 struct compare_result *ret);

#endif
