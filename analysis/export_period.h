/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces of time that an export reads one after the other, so that its
 * memory is that of one piece, however long the campaign: whole steps, of
 * EXPORT_PIECE_NS together or one if it is longer, and at most
 * EXPORT_PIECE_STEPS. Time in which no part of a campaign lies has no piece.
 */
#ifndef ANALYSIS_EXPORT_PERIOD_H
#define ANALYSIS_EXPORT_PERIOD_H

#include "scan.h"

#define EXPORT_PIECE_NS 3600000000000LL
enum { EXPORT_PIECE_STEPS = 32 };

struct export_part {
	int64_t start_ns, end_ns;
	uint64_t n_bytes;
};

struct export_period {
	struct export_part *part; /* in no order */
	size_t n_parts, max_parts;
	int64_t from_ns, to_ns;
	uint64_t step_ns;
	uint64_t piece_ns, piece_steps; /* as above, unless set after init */
	int64_t at_ns;                  /* before it everything was given */
};

/* Of a query with a step. Opens the campaigns to see what there is; prints its
 * line. Ends with export_period_fini() also after a failure. */
int export_period_init(struct export_period *period, const char *const *path,
		       size_t n_campaigns, const struct scan_query *query);
/* false: it was the last. */
bool export_period_next(struct export_period *period,
			struct scan_span *ret_piece);
/* Of the parts that lie in the period, and of those among them that were begun. */
uint64_t export_period_n_bytes(const struct export_period *period);
uint64_t export_period_n_done(const struct export_period *period);
void export_period_fini(struct export_period *period);

#endif
