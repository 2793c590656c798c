/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series of steps of time, each with its groups, of any length: read in pieces,
 * so that memory is that of one piece and of what the caller keeps.
 */
#ifndef ANALYSIS_STEPS_H
#define ANALYSIS_STEPS_H

#include "query.h"

struct steps_moment {
	int64_t start_ns; /* of the step, UTC */
	double covered_s; /* what intervals cover of it */
};

/* Called for each group of each step: steps ascend, groups are in the order of
 * every answer. Nothing is kept of it afterwards. A negative errno ends it. */
typedef int steps_take(void *context, const struct steps_moment *moment,
		       const struct group *group,
		       const struct segment_layout *layout);

/* Prints its line for each failure, but for that of `take`: -ENODATA when no
 * interval is in the period, and what scan_campaigns() returns. query->scan has
 * a step. */
int steps_scan(const struct query *query, steps_take *take, void *context);

#endif
