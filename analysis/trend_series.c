// SPDX-License-Identifier: GPL-2.0-or-later
#include "trend_series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantile.h"

struct trend_entry {
	struct group_key key; /* without its step */
	struct season_point point;
	uint8_t source;
};

static const char *const names[N_TREND_STATISTICS] = {
	[TREND_MIN] = "min", [TREND_P50] = "p50", [TREND_MEAN] = "mean",
	[TREND_P95] = "p95", [TREND_P99] = "p99",
};

const char *trend_statistic_name(enum trend_statistic statistic)
{
	return names[statistic];
}

bool trend_statistic_parse(const char *text, enum trend_statistic *ret)
{
	for (size_t i = 0; i < N_TREND_STATISTICS; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* NAN: above the last edge. */
static double value_of(const struct tally *tally,
		       const struct segment_layout *layout,
		       enum trend_statistic statistic)
{
	static const unsigned permille[N_TREND_STATISTICS] = {
		[TREND_P50] = 500, [TREND_P95] = 950, [TREND_P99] = 990
	};
	struct quantile_value quantile;

	if (statistic == TREND_MIN)
		return (double)tally->min_ns;
	if (statistic == TREND_MEAN)
		return (double)tally_mean_ns(tally);
	quantile = quantile_get(tally, layout, permille[statistic],
				QUANTILE_LINEAR);
	return quantile.is_overflow ? NAN : (double)quantile.ns;
}

int trend_gather_take(void *opaque, const struct steps_moment *moment,
		      const struct group *group,
		      const struct segment_layout *layout)
{
	struct trend_gather *gather = opaque;

	for (unsigned source = 0; source < N_SOURCES; source++) {
		const struct tally *tally = group->tally[source];
		struct trend_entry *entry;
		double value;

		if (!tally || !tally->count ||
		    tally->count < gather->min_samples)
			continue;
		value = value_of(tally, layout, gather->statistic);
		if (isnan(value)) {
			gather->n_overflows++;
			continue;
		}
		entry = record_grow((void **)&gather->entry, &gather->n,
				    &gather->max, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entry->key = group->key;
		entry->key.step_ns = 0;
		entry->source = (uint8_t)source;
		entry->point =
			(struct season_point){ .time_ns = moment->start_ns,
					       .n_samples = tally->count,
					       .value = value };
	}
	return 0;
}

void trend_gather_fini(struct trend_gather *gather)
{
	free(gather->entry);
	gather->entry = NULL;
	gather->n = gather->max = 0;
}

static int compare_series(const struct trend_entry *a,
			  const struct trend_entry *b)
{
	int order = group_key_compare(&a->key, &b->key);

	return order ? order : a->source - b->source;
}

static int compare_entries(const void *left, const void *right)
{
	const struct trend_entry *a = left, *b = right;
	int order = compare_series(a, b);

	if (order)
		return order;
	return a->point.time_ns < b->point.time_ns ?
		       -1 :
		       a->point.time_ns > b->point.time_ns;
}

static uint32_t choose_sources(const struct trend_gather *gather,
			       uint32_t sources)
{
	for (size_t i = 0; i < gather->n && !sources; i++)
		if (gather->entry[i].source == SOURCE_TCP_TS)
			sources = 1u << SOURCE_TCP_TS;
	return sources ? sources : 1u << SOURCE_EPPING;
}

static void add_entry(struct trend_list *list, const struct trend_entry *entry,
		      struct season_point *point, bool is_new)
{
	struct trend_series *series;

	if (is_new) {
		series = &list->series[list->n++];
		series->group.key = entry->key;
		series->source = entry->source;
		series->point = point;
	}
	series = &list->series[list->n - 1];
	*point = entry->point;
	series->n++;
	series->n_samples += entry->point.n_samples;
}

static size_t count_series(const struct trend_gather *gather)
{
	size_t n = gather->n > 0;

	for (size_t i = 1; i < gather->n; i++)
		n += compare_series(&gather->entry[i - 1], &gather->entry[i]) !=
		     0;
	return n;
}

int trend_list_init(struct trend_list *list, struct trend_gather *gather,
		    uint32_t sources)
{
	const struct trend_entry *before = NULL;
	size_t n_points = 0;

	*list = (struct trend_list){ 0 };
	sources = choose_sources(gather, sources);
	if (gather->n)
		qsort(gather->entry, gather->n, sizeof(*gather->entry),
		      compare_entries);
	list->series = calloc(count_series(gather) + 1, sizeof(*list->series));
	list->point = calloc(gather->n + 1, sizeof(*list->point));
	if (!list->series || !list->point)
		return -ENOMEM;
	for (size_t i = 0; i < gather->n; i++) {
		const struct trend_entry *entry = &gather->entry[i];

		if (!(sources >> entry->source & 1))
			continue;
		add_entry(list, entry, &list->point[n_points++],
			  !before || compare_series(before, entry) != 0);
		before = entry;
	}
	return 0;
}

void trend_list_fini(struct trend_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		trend_fini(&list->series[i]);
	free(list->series);
	free(list->point);
	*list = (struct trend_list){ 0 };
}
