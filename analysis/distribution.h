/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a ratio is distributed over groups, each counted once whatever its
 * traffic. What had no room in the collector's tables (other-v4, other-v6) is
 * no subnet and not among them.
 */
#ifndef ANALYSIS_DISTRIBUTION_H
#define ANALYSIS_DISTRIBUTION_H

#include "group.h"

/* Whole millionths, ascending. */
struct distribution {
	uint32_t *value;
	size_t n;
};

/* Of the groups of that side (or GROUP_SIDE_NONE) that have the ratio.
 * -ENOMEM. */
int distribution_init(struct distribution *distribution,
		      const struct group_table *table, uint8_t side,
		      enum participation_ratio ratio,
		      const struct participation_choice *choice);
void distribution_fini(struct distribution *distribution);

/* 0 .. 1; n > 0. The quantile q is at rank q (n - 1), linear between ranks
 * (definition 7 of Hyndman and Fan 1996). */
double distribution_quantile(const struct distribution *distribution,
			     unsigned permille);
double distribution_mean(const struct distribution *distribution);
/* How many values are the same as value[i], from i on. */
size_t distribution_n_same(const struct distribution *distribution, size_t i);

#endif
