/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the ratios of spindrift-coverage(1) are distributed over groups: as text
 * their quantiles, for machines the ECDF, a row per value that occurs.
 */
#ifndef ANALYSIS_COVERAGE_DISTRIBUTION_H
#define ANALYSIS_COVERAGE_DISTRIBUTION_H

#include <stdio.h>

#include "group.h"
#include "output.h"

/* -ENOMEM */
int coverage_distribution_print(const struct group_table *groups,
				const struct participation_choice *choice,
				enum output_format format, FILE *stream);

#endif
