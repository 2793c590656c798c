/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the statistics of groups (subnets, origin AS) are distributed over the
 * groups of a side and family, each counted once whatever its samples; beside
 * it the global value, which is that of all samples of the side and family.
 */
#ifndef ANALYSIS_SUMMARY_DISTRIBUTION_H
#define ANALYSIS_SUMMARY_DISTRIBUTION_H

#include <stdio.h>

#include "summary.h"

struct summary_distribution;

/* `global` is of side-family, or of side where families are summed; sorted,
 * borrowed. -ENOMEM. */
int summary_distribution_new(const struct group_table *global, uint8_t source,
			     const struct segment_layout *layout,
			     uint64_t min_samples,
			     struct summary_distribution **ret_distribution);
void summary_distribution_free(struct summary_distribution *distribution);

/* A group without known samples adds nothing. False: memory is short. */
bool summary_distribution_add(struct summary_distribution *distribution,
			      const struct summary *summary);

/* As text quantiles; for machines a row per value that occurs, and one of the
 * global value. Sorts what was added. -ENOMEM. */
int summary_distribution_print(struct summary_distribution *distribution,
			       enum output_format format, FILE *stream);

#endif
