/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of `spindrift bloat`: two passes over the campaigns, first for the load
 * of each side, then for the samples of its idle and loaded steps, by day.
 */
#ifndef ANALYSIS_BLOAT_ROWS_H
#define ANALYSIS_BLOAT_ROWS_H

#include "bloat_test.h"
#include "query.h"

/* One side: its phases, and the blocks of both. */
struct bloat_side {
	struct bloat_phases phases;
	struct scan_result scan;
	struct blocks_list list;
};

/* One group and source. */
struct bloat_row {
	const struct blocks *blocks[N_BLOAT_PHASES]; /* NULL: no samples */
	const struct bloat_side *side;
	struct bloat_result result;
	bool is_tested;
};

struct bloat_rows {
	/* What is asked; set by the caller. */
	uint64_t step_ns;
	struct bloat_choice choice;
	uint64_t seed, n_resamples;
	struct bloat_load load; /* its direction */
	/* What is answered: lan before wan. */
	struct bloat_side side[N_SIDES];
	struct bloat_row *row;
	double *q; /* of each row and statistic; NAN: no test */
	size_t n_rows;
};

/* The load is that of the whole side, whatever subnets the query chooses. Prints
 * its line. */
int bloat_rows_read(struct bloat_rows *rows, const struct query *query);
/* Tests what was read. -ENOMEM. */
int bloat_rows_test(struct bloat_rows *rows, const struct query *query);
void bloat_rows_fini(struct bloat_rows *rows);

#endif
