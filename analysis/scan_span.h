/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time that a scan's intervals cover, as spans of it; scan.h has the spans'
 * questions. -ENOMEM from what adds.
 */
#ifndef ANALYSIS_SCAN_SPAN_H
#define ANALYSIS_SCAN_SPAN_H

#include "scan.h"

/* Joins it to the last one where they touch. */
int scan_span_add(struct scan_result *result, int64_t start_ns, int64_t end_ns);
/* Of row i of /interval. A row of a rollup covers what is in it and in no gap. */
int scan_span_add_row(struct scan_result *result, const struct segment *segment,
		      size_t i);
/* Sorts and unites result->span. */
void scan_span_unite(struct scan_result *result);
/* Gives every covered step a group of each side that occurs at all: a quiet
 * step is not a gap. Needs united spans; the table is not sorted yet. */
int scan_span_add_quiet_steps(struct scan_result *result,
			      const struct scan_query *query);

#endif
