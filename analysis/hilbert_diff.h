/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The change between two Hilbert maps, a and b, of the same grid, statistic,
 * source and sides.
 */
#ifndef ANALYSIS_HILBERT_DIFF_H
#define ANALYSIS_HILBERT_DIFF_H

#include "hilbert_map.h"

/* A block that has samples in a, in b or in both. */
struct hilbert_change {
	uint32_t index;
	const struct hilbert_cell *cell[2]; /* NULL: no sample in that one */
};

struct hilbert_diff {
	struct hilbert_map map[2];     /* a, b */
	struct hilbert_change *change; /* ascending index */
	size_t n_changes, max_changes;
};

/* Joins the cells of both maps. -ENOMEM; no line. */
int hilbert_diff_join(struct hilbert_diff *diff);
void hilbert_diff_fini(struct hilbert_diff *diff);

/* The statistic in a (0) or b (1); false: too few samples there. */
bool hilbert_change_value(const struct hilbert_diff *diff,
			  const struct hilbert_change *change, int which,
			  struct quantile_value *ret_value);
/* Both statistics in ns; false where one has too few samples or lies above the
 * histogram: no difference can be told. */
bool hilbert_change_get(const struct hilbert_diff *diff,
			const struct hilbert_change *change,
			uint64_t ret_ns[2]);

#endif
