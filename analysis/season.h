/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a series repeats by hour of the week, and what is left, day by day.
 *
 * Everything is a median, so that neither incidents of hours nor a step of the
 * level bends the profile:
 *
 *   level of a day      median of its values
 *   effect of a weekday median over weeks of the day's level less the median of
 *                       the seven days about it; only with SEASON_MIN_DAYS
 *   effect of an hour   median over weeks of the value less the level of its day;
 *                       by hour of day alone below SEASON_MIN_DAYS
 *
 * The season is the sum of both. What is left of a day is the median of its
 * values less their season. Days with values of fewer than SEASON_MIN_HOURS
 * different hours are left out.
 */
#ifndef ANALYSIS_SEASON_H
#define ANALYSIS_SEASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEASON_WEEK_HOURS = 168,
	SEASON_MIN_DAYS = 14,
	SEASON_MIN_HOURS = 6,
	/* Degrees of freedom that weekdays take from the days. */
	SEASON_WEEKDAYS_LOST = 6,
};

struct season_point {
	int64_t time_ns; /* UTC, start of a step */
	uint64_t n_samples;
	double value;
};

struct season_day {
	int64_t day; /* since 1970, on the zone's clock; ascending */
	double value;
	size_t first_idx, end_idx; /* its points */
};

struct season {
	/* From Monday's first hour on; NAN where nothing was measured. */
	double week[SEASON_WEEK_HOURS];
	unsigned n_days[SEASON_WEEK_HOURS]; /* that an hour was measured on */
	bool has_weekdays;
	struct season_day *day;
	size_t n;
	double *rest; /* by point: value less season */
};

/* Points ascend in time. -ENOMEM. Ends with season_fini() also then. */
int season_fit(struct season *season, const struct season_point *point,
	       size_t n, bool is_local);
void season_fini(struct season *season);

#endif
