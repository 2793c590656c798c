/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sides of a comparison, A and B: two campaigns, or two periods of one or
 * of both; scanned in blocks of time, and paired by group and source.
 */
#ifndef ANALYSIS_COMPARE_SIDE_H
#define ANALYSIS_COMPARE_SIDE_H

#include "blocks.h"
#include "query.h"

enum { N_COMPARE_SIDES = 2 };

struct compare_side {
	const char *campaign;
	int64_t from_ns, to_ns;
	struct scan_result scan;
	struct blocks_list list;
};

/* Of one group and source; NULL where a side has no samples of it. */
struct compare_pair {
	const struct blocks *blocks[N_COMPARE_SIDES];
};

/* "2026-11-02/2026-11-14", both ends or one: false after its line. */
bool compare_side_take_period(const char *option, const char *value,
			      struct compare_side *side);

/* Scans both and checks that they go together. Prints its line. */
int compare_side_scan(struct compare_side side[N_COMPARE_SIDES],
		      const struct query *query);
void compare_side_fini(struct compare_side *side);

/* All groups of those sources in the order of every answer; *ret_pair is the
 * caller's. -ENOMEM. */
int compare_side_pair(const struct compare_side side[N_COMPARE_SIDES],
		      uint32_t sources, struct compare_pair **ret_pair,
		      size_t *ret_n);

/* Whether one of them has samples of the source. */
bool compare_side_has_source(const struct compare_side side[N_COMPARE_SIDES],
			     uint8_t source);

#endif
