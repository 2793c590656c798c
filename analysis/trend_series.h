/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One statistic of each group and source, step by step, as series. */
#ifndef ANALYSIS_TREND_SERIES_H
#define ANALYSIS_TREND_SERIES_H

#include "steps.h"
#include "trend_fit.h"

enum trend_statistic {
	TREND_MIN,
	TREND_P50,
	TREND_MEAN,
	TREND_P95,
	TREND_P99,
	N_TREND_STATISTICS,
};

const char *trend_statistic_name(enum trend_statistic statistic);
/* "p50", ...; false: none of them. */
bool trend_statistic_parse(const char *text, enum trend_statistic *ret);

struct trend_entry; /* one value on its way to its series */

struct trend_gather {
	enum trend_statistic statistic;
	uint64_t min_samples; /* fewer in a step: the step has no value */
	struct trend_entry *entry;
	size_t n, max;
	uint64_t n_overflows; /* steps without a value: above the last edge */
};

/* A steps_take; the context is the gather. -ENOMEM also where there are more
 * values than an array may have. */
int trend_gather_take(void *gather, const struct steps_moment *moment,
		      const struct group *group,
		      const struct segment_layout *layout);
void trend_gather_fini(struct trend_gather *gather);

struct trend_list {
	struct trend_series
		*series; /* the order of every answer, then source */
	size_t n;
	struct season_point *point; /* of all of them */
};

/* Of the sources wanted; those of tcp_ts, else epping, where none are. -ENOMEM;
 * ends with trend_list_fini() also then. */
int trend_list_init(struct trend_list *list, struct trend_gather *gather,
		    uint32_t sources);
void trend_list_fini(struct trend_list *list);

#endif
