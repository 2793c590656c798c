// SPDX-License-Identifier: GPL-2.0-or-later
#include "trend_fit.h"

#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "fdr.h"

/* Days [first, end) of a series that are tested for a change. */
struct part {
	struct trend_series *series;
	size_t first, end;
	struct change change;
};

struct parts {
	struct part *part;
	size_t n, max;
};

static double *day_values(const struct season *season)
{
	double *value = calloc(2 * season->n + 1, sizeof(*value));

	for (size_t d = 0; d < season->n && value; d++) {
		value[d] = season->day[d].value;
		value[season->n + d] = (double)season->day[d].day;
	}
	return value;
}

static int fit_slope(struct trend_series *series)
{
	size_t n = series->season.n;
	double *value = day_values(&series->season);
	int err;

	if (!value)
		return -ENOMEM;
	series->slope = (struct slope){
		.median = NAN, .low = NAN, .high = NAN, .tau = NAN, .p = NAN
	};
	err = slope_fit(value + n, value, n, &series->slope);
	series->level = n ? gsl_stats_median(value, 1, n) : NAN;
	free(value);
	/* Too few days, or more than years have. */
	return err == -EDOM || err == -E2BIG ? 0 : err;
}

static int test_part(struct part *part)
{
	const struct season *season = &part->series->season;
	size_t n = part->end - part->first;
	double *value = day_values(season);
	double n_lost =
		season->has_weekdays ?
			SEASON_WEEKDAYS_LOST * (double)n / (double)season->n :
			0;
	int err = -ENOMEM;

	if (value)
		err = change_test(value + part->first, n, n_lost,
				  &part->change);
	free(value);
	return err;
}

static int add_part(struct parts *parts, struct trend_series *series,
		    size_t first, size_t end)
{
	struct part *part;

	if (end - first < CHANGE_MIN_VALUES)
		return 0;
	part = record_grow((void **)&parts->part, &parts->n, &parts->max,
			   sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->series = series;
	part->first = first;
	part->end = end;
	return test_part(part);
}

static double distance_from(const struct season *season, size_t i,
			    double centre)
{
	return fabs(season->rest[i] - centre);
}

/* The step about the day at which values leave the one mean for the other: the
 * cut with the least sum of distances from the means of both sides. */
static int64_t find_time(const struct trend_series *series,
			 const struct trend_change *change)
{
	size_t day_idx = change->day_idx;
	const struct season *season = &series->season;
	const struct season_day *day = &season->day[day_idx];
	size_t first = day_idx ? day[-1].first_idx : day->first_idx;
	double sum = 0, least;
	size_t best = first;

	for (size_t i = first; i < day->end_idx; i++)
		sum += distance_from(season, i, change->after);
	least = sum;
	for (size_t i = first; i < day->end_idx; i++) {
		sum += distance_from(season, i, change->before) -
		       distance_from(season, i, change->after);
		if (sum < least) {
			least = sum;
			best = i + 1;
		}
	}
	/* Behind the day's last step the next day begins. */
	return best < series->n ? series->point[best].time_ns :
				  series->point[series->n - 1].time_ns;
}

/* One edge of what was found: where it begins, or where it ends again. */
static int add_edge(const struct part *part, bool is_end, unsigned level,
		    double q)
{
	struct trend_series *series = part->series;
	const struct change *change = &part->change;
	struct trend_change *edge =
		record_grow((void **)&series->change, &series->n_changes,
			    &series->max_changes, sizeof(*edge));

	if (!edge)
		return -ENOMEM;
	*edge = (struct trend_change){
		.day_idx = part->first + (is_end ? change->to : change->from),
		.before = is_end ? change->inside : change->outside,
		.after = is_end ? change->outside : change->inside,
		.low = is_end ? -change->high : change->low,
		.high = is_end ? -change->low : change->high,
		.level = level,
		.p = change->p,
		.q = q,
	};
	edge->time_ns = find_time(series, edge);
	return 0;
}

/* The edges into the series, and the parts that they make into the next level. */
static int add_change(const struct part *part, unsigned level, double q,
		      struct parts *next)
{
	size_t from = part->first + part->change.from;
	size_t to = part->first + part->change.to;
	int err = add_edge(part, false, level, q);

	if (!err && to < part->end)
		err = add_edge(part, true, level, q);
	if (!err)
		err = add_part(next, part->series, part->first, from);
	if (!err)
		err = add_part(next, part->series, from, to);
	return err ? err : add_part(next, part->series, to, part->end);
}

/* Keeps what was found of a level, and puts the parts beside it in the next. */
static int take_found(const struct parts *parts, const double *q, double fdr,
		      unsigned level, struct parts *next)
{
	int err = 0;

	for (size_t i = 0; i < parts->n && !err; i++) {
		const struct part *part = &parts->part[i];

		if (!level) {
			part->series->change_p = part->change.p;
			part->series->change_q = q[i];
		}
		if (q[i] <= fdr)
			err = add_change(part, level, q[i], next);
	}
	return err;
}

/* One family: the changes of a level, and in the first level all slopes. */
static int run_level(const struct parts *parts, struct trend_series *series,
		     size_t n_series, double fdr, unsigned level,
		     struct parts *next)
{
	size_t n = parts->n + (level ? 0 : n_series);
	double *p = calloc(2 * n + 1, sizeof(*p)), *q = p + n;
	int err = p ? 0 : -ENOMEM;

	if (err)
		return err;
	for (size_t i = 0; i < parts->n; i++)
		p[i] = parts->part[i].change.p;
	for (size_t i = parts->n; i < n; i++)
		p[i] = series[i - parts->n].slope.p;
	err = fdr_adjust(p, n, q);
	for (size_t i = parts->n; i < n; i++)
		series[i - parts->n].slope_q = q[i];
	if (!err)
		err = take_found(parts, q, fdr, level, next);
	free(p);
	return err;
}

static int compare_changes(const void *left, const void *right)
{
	const struct trend_change *a = left, *b = right;

	return a->day_idx < b->day_idx ? -1 : a->day_idx > b->day_idx;
}

int trend_fit(struct trend_series *series, size_t n, double fdr, bool is_local)
{
	struct parts parts = { 0 }, next = { 0 };
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		series[i].slope_q = series[i].change_p = series[i].change_q =
			NAN;
		err = season_fit(&series[i].season, series[i].point,
				 series[i].n, is_local);
		if (!err)
			err = fit_slope(&series[i]);
		if (!err)
			err = add_part(&parts, &series[i], 0,
				       series[i].season.n);
	}
	/* Every level has shorter parts than the one before. */
	for (unsigned level = 0; !err && (!level || parts.n); level++) {
		err = run_level(&parts, series, n, fdr, level, &next);
		free(parts.part);
		parts = next;
		next = (struct parts){ 0 };
	}
	free(parts.part);
	free(next.part);
	for (size_t i = 0; i < n; i++)
		if (series[i].n_changes)
			qsort(series[i].change, series[i].n_changes,
			      sizeof(*series[i].change), compare_changes);
	return err;
}

void trend_fini(struct trend_series *series)
{
	season_fini(&series->season);
	free(series->change);
	series->change = NULL;
	series->n_changes = series->max_changes = 0;
}
