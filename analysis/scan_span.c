// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_span.h"

#include <errno.h>
#include <stdlib.h>

#include "../core/traffic.h"

int64_t scan_step_start_ns(int64_t time_ns, uint64_t step_ns)
{
	int64_t rest = time_ns % (int64_t)step_ns;

	return time_ns - (rest < 0 ? rest + (int64_t)step_ns : rest);
}

int scan_span_add(struct scan_result *result, int64_t start_ns, int64_t end_ns)
{
	struct scan_span *last = result->span + result->n_spans;
	struct scan_span *row;

	if (result->n_spans && last[-1].end_ns == start_ns) {
		last[-1].end_ns = end_ns;
		return 0;
	}
	row = record_grow((void **)&result->span, &result->n_spans,
			  &result->max_spans, sizeof(*row));
	if (!row)
		return -ENOMEM;
	*row = (struct scan_span){ start_ns, end_ns };
	return 0;
}

static int compare_spans(const void *left, const void *right)
{
	const struct scan_span *a = left, *b = right;

	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return a->end_ns < b->end_ns ? -1 : a->end_ns > b->end_ns;
}

void scan_span_unite(struct scan_result *result)
{
	struct scan_span *span = result->span;
	size_t n = 0;

	if (!result->n_spans)
		return;
	qsort(span, result->n_spans, sizeof(*span), compare_spans);
	for (size_t i = 1; i < result->n_spans; i++) {
		if (span[i].start_ns > span[n].end_ns)
			span[++n] = span[i];
		else if (span[i].end_ns > span[n].end_ns)
			span[n].end_ns = span[i].end_ns;
	}
	result->n_spans = n + 1;
}

int scan_span_add_row(struct scan_result *result, const struct segment *segment,
		      size_t i)
{
	const struct segment_interval *interval = &segment->interval;
	int64_t at_ns = interval->time_ns[i];
	int64_t end_ns = at_ns + (int64_t)interval->duration_ns[i];
	bool is_whole = interval->covered_ns[i] == interval->duration_ns[i];
	const struct record_gap *gap = segment->gap.row;
	int err = 0;

	for (size_t j = 0; j < segment->gap.n && !is_whole && !err;
	     j++, gap++) {
		if (gap->end_ns <= at_ns || gap->start_ns >= end_ns)
			continue;
		if (gap->start_ns > at_ns)
			err = scan_span_add(result, at_ns, gap->start_ns);
		at_ns = gap->end_ns;
	}
	if (!err && at_ns < end_ns)
		err = scan_span_add(result, at_ns, end_ns);
	return err;
}

uint64_t scan_covered_ns(const struct scan_result *result, int64_t start_ns,
			 int64_t end_ns)
{
	uint64_t covered_ns = 0;

	for (size_t i = 0; i < result->n_spans; i++) {
		const struct scan_span *span = &result->span[i];
		int64_t from_ns = span->start_ns > start_ns ? span->start_ns :
							      start_ns;
		int64_t to_ns = span->end_ns < end_ns ? span->end_ns : end_ns;

		if (span->start_ns >= end_ns)
			break;
		if (to_ns > from_ns)
			covered_ns += (uint64_t)(to_ns - from_ns);
	}
	return covered_ns;
}

static uint32_t sides_of(const struct group_table *table)
{
	uint32_t sides = 0;

	for (size_t i = 0; i < table->n; i++)
		if (table->group[i]->key.side < N_SIDES)
			sides |= 1u << table->group[i]->key.side;
	return sides;
}

int scan_span_add_quiet_steps(struct scan_result *result,
			      const struct scan_query *query)
{
	struct group_key key = { .label = GROUP_LABEL_SIDE };
	uint32_t sides = sides_of(&result->table);

	for (size_t i = 0; i < result->n_spans; i++) {
		key.step_ns = scan_step_start_ns(result->span[i].start_ns,
						 query->step_ns);
		for (; key.step_ns < result->span[i].end_ns;
		     key.step_ns += (int64_t)query->step_ns)
			for (key.side = 0; key.side < N_SIDES; key.side++)
				if ((sides >> key.side & 1) &&
				    !group_table_get(&result->table, &key))
					return -ENOMEM;
	}
	return 0;
}
