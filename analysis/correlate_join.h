/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and round-trip time of the same steps of time: an inner join of traffic
 * and samples, per side and source.
 */
#ifndef ANALYSIS_CORRELATE_JOIN_H
#define ANALYSIS_CORRELATE_JOIN_H

#include "../core/source.h"
#include "../core/traffic.h"
#include "steps.h"

/* Loads first. Rates while it was measured, so that a step which a gap cuts is
 * not too low; down is towards the users. */
enum correlate_variable {
	CORRELATE_DOWN_BYTES,
	CORRELATE_UP_BYTES,
	CORRELATE_DOWN_PACKETS,
	CORRELATE_UP_PACKETS,
	N_CORRELATE_LOADS,
	CORRELATE_MIN = N_CORRELATE_LOADS,
	CORRELATE_P50,
	CORRELATE_MEAN,
	CORRELATE_P95,
	CORRELATE_P99,
	CORRELATE_MAX,
	CORRELATE_STD,
	N_CORRELATE_VARIABLES,
};

const char *correlate_variable_name(enum correlate_variable variable);

struct correlate_row {
	int64_t day; /* of UTC, since 1970 */
	double value[N_CORRELATE_VARIABLES];
};

struct correlate_rows {
	struct correlate_row *row; /* in order of time */
	size_t n, max;
};

struct correlate_join {
	uint64_t min_samples;
	struct correlate_rows rows[N_SIDES][N_SOURCES];
	/* Steps that have no row: a percentile lies above the last edge. */
	uint64_t n_overflows;
};

/* A steps_take; the context is the join. */
int correlate_join_take(void *join, const struct steps_moment *moment,
			const struct group *group,
			const struct segment_layout *layout);
/* Ready for the next series. */
void correlate_join_fini(struct correlate_join *join);

#endif
