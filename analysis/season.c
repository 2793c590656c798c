// SPDX-License-Identifier: GPL-2.0-or-later
#include "season.h"

#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "zone.h"

enum { DAY_HOURS = 24, WEEK_DAYS = 7, ABOUT = 3 };

/* While a series is fitted. */
struct fit {
	struct season *season;
	const struct season_point *point;
	size_t n;
	unsigned *hour;  /* of the week, by point */
	double *level;   /* by day */
	double *scratch; /* n + WEEK_DAYS */
	double weekday[WEEK_DAYS];
};

static unsigned weekday_of(const struct fit *fit, size_t day_idx)
{
	return fit->hour[fit->season->day[day_idx].first_idx] / DAY_HOURS;
}

/* Reorders the values; 0 of none. */
static double median(double *value, size_t n)
{
	return n ? gsl_stats_median(value, 1, n) : 0;
}

static void add_day(struct fit *fit, int64_t day, size_t first, size_t end)
{
	uint32_t hours = 0;

	for (size_t i = first; i < end; i++)
		hours |= 1u << fit->hour[i] % DAY_HOURS;
	if (__builtin_popcount(hours) < SEASON_MIN_HOURS)
		return;
	fit->season->day[fit->season->n++] = (struct season_day){
		.day = day, .first_idx = first, .end_idx = end
	};
}

static void find_days(struct fit *fit, bool is_local)
{
	int64_t day, before = 0;
	size_t first = 0;

	for (size_t i = 0; i < fit->n; i++) {
		zone_week_hour(fit->point[i].time_ns, is_local, &day,
			       &fit->hour[i]);
		if (i && day != before) {
			add_day(fit, before, first, i);
			first = i;
		}
		before = day;
	}
	if (fit->n)
		add_day(fit, before, first, fit->n);
	fit->season->has_weekdays = fit->season->n >= SEASON_MIN_DAYS;
}

static void set_levels(struct fit *fit)
{
	for (size_t d = 0; d < fit->season->n; d++) {
		const struct season_day *day = &fit->season->day[d];
		size_t n = 0;

		for (size_t i = day->first_idx; i < day->end_idx; i++)
			fit->scratch[n++] = fit->point[i].value;
		fit->level[d] = median(fit->scratch, n);
	}
}

/* The day's level less the median of the week about it; false where that is not
 * all there. */
static bool day_effect(const struct fit *fit, size_t d, double *ret)
{
	const struct season_day *day = fit->season->day;
	double week[WEEK_DAYS];

	if (d < ABOUT || d + ABOUT >= fit->season->n ||
	    day[d + ABOUT].day - day[d - ABOUT].day != 2 * ABOUT)
		return false;
	for (size_t i = 0; i < WEEK_DAYS; i++)
		week[i] = fit->level[d - ABOUT + i];
	*ret = fit->level[d] - median(week, WEEK_DAYS);
	return true;
}

static void set_weekdays(struct fit *fit)
{
	double mean = 0;

	for (unsigned w = 0; w < WEEK_DAYS; w++) {
		size_t n = 0;

		for (size_t d = 0; d < fit->season->n; d++)
			if (weekday_of(fit, d) == w &&
			    day_effect(fit, d, &fit->scratch[n]))
				n++;
		/* One week alone would take every day's own noise away. */
		fit->weekday[w] = fit->season->has_weekdays && n > 1 ?
					  median(fit->scratch, n) :
					  0;
		mean += fit->weekday[w] / WEEK_DAYS;
	}
	for (unsigned w = 0; w < WEEK_DAYS; w++)
		fit->weekday[w] -= mean;
}

/* Median of values less the level of their day, of an hour of the week, or with
 * `is_any_day` of that hour of all days. */
static double hour_effect(struct fit *fit, unsigned hour, bool is_any_day,
			  size_t *ret_n)
{
	size_t n = 0;

	for (size_t d = 0; d < fit->season->n; d++) {
		const struct season_day *day = &fit->season->day[d];

		if (!is_any_day && weekday_of(fit, d) != hour / DAY_HOURS)
			continue;
		for (size_t i = day->first_idx; i < day->end_idx; i++)
			if (fit->hour[i] % DAY_HOURS == hour % DAY_HOURS)
				fit->scratch[n++] =
					fit->point[i].value - fit->level[d];
	}
	*ret_n = n;
	return median(fit->scratch, n);
}

static void set_week(struct fit *fit)
{
	struct season *season = fit->season;

	for (unsigned hour = 0; hour < SEASON_WEEK_HOURS; hour++) {
		size_t n_own, n_all;
		double own = hour_effect(fit, hour, false, &n_own);
		double all = hour_effect(fit, hour, true, &n_all);

		season->n_days[hour] = (unsigned)n_own;
		if (!n_own)
			season->week[hour] = NAN;
		else
			season->week[hour] =
				fit->weekday[hour / DAY_HOURS] +
				(season->has_weekdays && n_own > 1 ? own : all);
	}
}

static void set_rest(struct fit *fit)
{
	struct season *season = fit->season;

	for (size_t i = 0; i < fit->n; i++) {
		double usual = season->week[fit->hour[i]];

		season->rest[i] =
			fit->point[i].value - (isnan(usual) ? 0 : usual);
	}
	for (size_t d = 0; d < season->n; d++) {
		struct season_day *day = &season->day[d];
		size_t n = 0;

		for (size_t i = day->first_idx; i < day->end_idx; i++)
			fit->scratch[n++] = season->rest[i];
		day->value = median(fit->scratch, n);
	}
}

int season_fit(struct season *season, const struct season_point *point,
	       size_t n, bool is_local)
{
	struct fit fit = { .season = season, .point = point, .n = n };
	int err = -ENOMEM;

	*season = (struct season){ 0 };
	season->day = calloc(n + 1, sizeof(*season->day));
	season->rest = calloc(n + 1, sizeof(*season->rest));
	fit.hour = calloc(n + 1, sizeof(*fit.hour));
	fit.level = calloc(n + 1, sizeof(*fit.level));
	fit.scratch = calloc(n + WEEK_DAYS, sizeof(*fit.scratch));
	if (season->day && season->rest && fit.hour && fit.level &&
	    fit.scratch) {
		find_days(&fit, is_local);
		set_levels(&fit);
		set_weekdays(&fit);
		set_week(&fit);
		set_rest(&fit);
		err = 0;
	}
	free(fit.hour);
	free(fit.level);
	free(fit.scratch);
	return err;
}

void season_fini(struct season *season)
{
	free(season->day);
	free(season->rest);
	season->day = NULL;
	season->rest = NULL;
}
