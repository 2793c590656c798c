/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By how much a group's percentiles are larger in loaded than in idle steps.
 *
 * Days are resampled, each with its idle and its loaded samples together, so that
 * what a whole day shares falls out of the difference. Standard error, dependence
 * of days, interval and p are as in compare_test.h, of the differences of days;
 * degrees of freedom are those of as many independent days, less one. Assumed:
 * days are of one kind and about as dependent as AR(1), and the estimate is about
 * normal.
 */
#ifndef ANALYSIS_BLOAT_TEST_H
#define ANALYSIS_BLOAT_TEST_H

#include "blocks.h"
#include "bloat_load.h"

enum bloat_statistic { BLOAT_P50, BLOAT_P95, BLOAT_P99, N_BLOAT_STATISTICS };

enum { BLOAT_MIN_DAYS = 5 };

struct bloat_result {
	struct quantile_value value[N_BLOAT_STATISTICS][N_BLOAT_PHASES];
	/* Loaded less idle, its interval of 95 % and two-sided p; NAN: none. */
	double difference_ns[N_BLOAT_STATISTICS];
	double low_ns[N_BLOAT_STATISTICS], high_ns[N_BLOAT_STATISTICS];
	double p[N_BLOAT_STATISTICS];
	size_t n_days; /* with samples of both */
};

const char *bloat_statistic_name(enum bloat_statistic statistic);

/* Blocks of the same group and source. -ENOMEM. */
int bloat_test(const struct blocks *idle, const struct blocks *loaded,
	       const struct segment_layout *layout, uint64_t seed,
	       uint64_t n_resamples, struct bloat_result *ret);

#endif
