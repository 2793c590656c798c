// SPDX-License-Identifier: GPL-2.0-or-later
#include "trend_table.h"

#include <math.h>

#include "group_row.h"
#include "output_statistic.h"
#include "zone.h"

static void put_key(const struct trend_table *self, struct output_table *table,
		    const struct trend_series *series)
{
	group_row_put_key(table, &series->group, series->source);
	output_table_text(table, trend_statistic_name(self->statistic));
}

static void put_claim(const struct trend_table *self,
		      struct output_table *table, double q)
{
	if (isnan(q))
		output_table_absent(table);
	else
		output_statistic_claim(table, q <= self->fdr);
}

static void put_series(const struct trend_table *self,
		       struct output_table *table,
		       const struct trend_series *series)
{
	put_key(self, table, series);
	output_table_u64(table, series->n_samples);
	output_table_u64(table, series->season.n);
	output_statistic_ns(table, series->level);
	output_statistic_ns(table, series->slope.median);
	output_statistic_ns(table, series->slope.low);
	output_statistic_ns(table, series->slope.high);
	output_statistic_ratio(table, series->slope.tau);
	output_statistic_p(table, series->slope.p);
	output_statistic_p(table, series->slope_q);
	put_claim(self, table, series->slope_q);
	output_statistic_p(table, series->change_p);
	output_statistic_p(table, series->change_q);
	output_table_u64(table, series->n_changes);
}

int trend_table_series(const struct trend_table *self, FILE *stream)
{
	enum { N_COLUMNS = 17 };
	static const char *const machine[N_COLUMNS] = {
		"group",
		"side",
		"source",
		"statistic",
		"n_samples",
		"n_days",
		"level_ns",
		"slope_ns_per_day",
		"slope_low_ns",
		"slope_high_ns",
		"tau",
		"slope_p_value",
		"slope_q_value",
		"trend",
		"change_p_value",
		"change_q_value",
		"n_changes",
	};
	static const char *const text[N_COLUMNS] = {
		"group", "side",    "source",    "statistic", "samples",
		"days",  "level",   "slope/day", "low",       "high",
		"tau",   "p",       "q",         "trend",     "change p",
		"q",     "changes",
	};
	bool is_text = self->format == OUTPUT_TEXT;
	struct output_table table;

	output_table_begin(&table, stream, self->format,
			   is_text ? text : machine, N_COLUMNS, 4);
	for (size_t i = 0; i < self->list->n; i++)
		put_series(self, &table, &self->list->series[i]);
	return output_table_end(&table);
}

static void put_change(const struct trend_table *self,
		       struct output_table *table,
		       const struct trend_series *series,
		       const struct trend_change *change)
{
	char text[ZONE_TEXT_MAX];

	put_key(self, table, series);
	zone_format_ns(change->time_ns, self->is_local, text);
	output_table_text(table, text);
	output_statistic_ns(table, change->before);
	output_statistic_ns(table, change->after);
	output_statistic_ns(table, change->after - change->before);
	output_statistic_ns(table, change->low);
	output_statistic_ns(table, change->high);
	output_table_u64(table, change->level);
	output_statistic_p(table, change->p);
	output_statistic_p(table, change->q);
}

int trend_table_changes(const struct trend_table *self, FILE *stream)
{
	enum { N_COLUMNS = 13 };
	static const char *const machine[N_COLUMNS] = {
		"group",     "side",     "source",    "statistic", "time",
		"before_ns", "after_ns", "change_ns", "low_ns",    "high_ns",
		"level",     "p_value",  "q_value",
	};
	static const char *const text[N_COLUMNS] = {
		"group",  "side",  "source", "statistic", "time",
		"before", "after", "change", "low",       "high",
		"level",  "p",     "q",
	};
	bool is_text = self->format == OUTPUT_TEXT;
	struct output_table table;

	output_table_begin(&table, stream, self->format,
			   is_text ? text : machine, N_COLUMNS, 5);
	for (size_t i = 0; i < self->list->n; i++) {
		const struct trend_series *series = &self->list->series[i];

		for (size_t c = 0; c < series->n_changes; c++)
			put_change(self, &table, series, &series->change[c]);
	}
	return output_table_end(&table);
}

static void put_hour(const struct trend_table *self, struct output_table *table,
		     const struct trend_series *series, unsigned hour)
{
	static const char *const weekday[] = { "Mon", "Tue", "Wed", "Thu",
					       "Fri", "Sat", "Sun" };
	const struct season *season = &series->season;

	put_key(self, table, series);
	output_table_text(table, weekday[hour / 24]);
	output_table_u64(table, hour % 24);
	output_table_u64(table, season->n_days[hour]);
	output_statistic_ns(table, season->week[hour]);
	output_statistic_ns(table, series->level + season->week[hour]);
}

int trend_table_season(const struct trend_table *self, FILE *stream)
{
	enum { N_COLUMNS = 9 };
	static const char *const machine[N_COLUMNS] = {
		"group", "side",   "source",    "statistic", "weekday",
		"hour",  "n_days", "season_ns", "usual_ns",
	};
	static const char *const text[N_COLUMNS] = {
		"group", "side", "source", "statistic", "weekday",
		"hour",  "days", "season", "usual",
	};
	bool is_text = self->format == OUTPUT_TEXT;
	struct output_table table;

	output_table_begin(&table, stream, self->format,
			   is_text ? text : machine, N_COLUMNS, 5);
	for (size_t i = 0; i < self->list->n; i++)
		for (unsigned hour = 0; hour < SEASON_WEEK_HOURS; hour++)
			put_hour(self, &table, &self->list->series[i], hour);
	return output_table_end(&table);
}
