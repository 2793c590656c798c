/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seasons, slopes and changes of many series at once, of the days' values that
 * the season leaves (season.h, slope.h, change.h).
 *
 * The tests of all series are adjusted together: first those of a slope and of a
 * first change of each series, as one family. Where a change is found, for good or
 * for a while, the parts that it makes are tested for more, level by level, each level a family of its
 * own (Yekutieli 2008: tests below what was found control the rate of their
 * level).
 */
#ifndef ANALYSIS_TREND_FIT_H
#define ANALYSIS_TREND_FIT_H

#include "change.h"
#include "group.h"
#include "season.h"
#include "slope.h"

struct trend_change {
	size_t day_idx;       /* the first day after it */
	int64_t time_ns;      /* the step that fits best, about that day */
	double before, after; /* means of the days on both sides */
	double low, high;     /* interval of 95 % of after less before */
	unsigned level;       /* 0: of the whole series */
	double p, q;
};

struct trend_series {
	struct group group; /* its key, without a step; nothing else */
	uint8_t source;
	struct season_point *point; /* borrowed; ascending in time */
	size_t n;
	uint64_t n_samples;
	/* Set by trend_fit(). */
	struct season season;
	double level;       /* median of the days' values; NAN without a day */
	struct slope slope; /* p NAN: too few days */
	double slope_q, change_p, change_q; /* of the first change; or NAN */
	struct trend_change *change;        /* those that were found, in time */
	size_t n_changes, max_changes;
};

/* -ENOMEM. */
int trend_fit(struct trend_series *series, size_t n, double fdr, bool is_local);
/* Of what trend_fit() made. */
void trend_fini(struct trend_series *series);

#endif
