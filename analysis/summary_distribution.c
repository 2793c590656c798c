// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary_distribution.h"

#include <errno.h>
#include <stdlib.h>

#include "../lib/record.h"
#include "group_row.h"

/* The groups of one side and family; values of absent statistics are left out
 * of their list. */
struct cohort {
	struct summary global;
	RECORD_ARRAY(struct summary_value) value[N_STATISTICS];
};

struct summary_distribution {
	struct cohort *cohort;
	size_t n_cohorts;
	uint8_t source;
};

int summary_distribution_new(const struct group_table *global, uint8_t source,
			     const struct segment_layout *layout,
			     uint64_t min_samples,
			     struct summary_distribution **ret_distribution)
{
	struct summary_distribution *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->source = source;
	d->cohort = calloc(global->n + 1, sizeof(*d->cohort));
	if (!d->cohort) {
		free(d);
		return -ENOMEM;
	}
	for (size_t i = 0; i < global->n; i++) {
		const struct group *group = global->group[i];

		d->cohort[d->n_cohorts++].global = summary_make(
			&group->key, group->tally[source], layout, min_samples);
	}
	*ret_distribution = d;
	return 0;
}

void summary_distribution_free(struct summary_distribution *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n_cohorts; i++)
		for (int j = 0; j < N_STATISTICS; j++)
			free(d->cohort[i].value[j].row);
	free(d->cohort);
	free(d);
}

static struct cohort *find_cohort(struct summary_distribution *d,
				  const struct group_key *key)
{
	for (size_t i = 0; i < d->n_cohorts; i++) {
		const struct group_key *global = &d->cohort[i].global.key;

		if (global->side == key->side &&
		    (!global->family || global->family == key->family))
			return &d->cohort[i];
	}
	return NULL;
}

bool summary_distribution_add(struct summary_distribution *d,
			      const struct summary *summary)
{
	struct cohort *cohort = find_cohort(d, &summary->key);

	if (!cohort || !summary->is_known)
		return true;
	for (int i = 0; i < N_STATISTICS; i++) {
		struct summary_value *value;

		if (summary->statistic[i].kind == SUMMARY_ABSENT)
			continue;
		value = record_add(&cohort->value[i]);
		if (!value)
			return false;
		*value = summary->statistic[i];
	}
	return true;
}

/* Lower bounds are above all that is known. */
static int compare_values(const void *left, const void *right)
{
	const struct summary_value *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

static void put_key(struct output_table *table,
		    const struct summary_distribution *d,
		    const struct cohort *cohort, int statistic)
{
	const struct group_key *key = &cohort->global.key;

	output_table_text(table, group_side_name(key->side));
	if (key->family)
		output_table_text(table, key->family == 4 ? "ipv4" : "ipv6");
	else
		output_table_absent(table);
	output_table_text(table, group_source_name(d->source));
	output_table_text(table, summary_statistic_name(statistic));
}

/* How many values are at or below; the list is sorted. */
static size_t count_at_most(const struct summary_value *value, size_t n,
			    const struct summary_value *limit)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_values(&value[middle], limit) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void put_step(struct output_table *table,
		     const struct summary_distribution *d,
		     const struct cohort *cohort, int statistic, size_t first,
		     size_t end)
{
	size_t n = cohort->value[statistic].n;

	put_key(table, d, cohort, statistic);
	output_table_text(table, "groups");
	summary_put_value(table, &cohort->value[statistic].row[first]);
	output_table_u64(table, end - first);
	output_table_share(table, end, n);
}

static void put_global(struct output_table *table,
		       const struct summary_distribution *d,
		       const struct cohort *cohort, int statistic)
{
	const struct summary_value *global =
		&cohort->global.statistic[statistic];
	size_t n = cohort->value[statistic].n;

	put_key(table, d, cohort, statistic);
	output_table_text(table, "global");
	summary_put_value(table, global);
	output_table_absent(table);
	output_table_share(
		table, count_at_most(cohort->value[statistic].row, n, global),
		n);
}

static void put_steps(struct output_table *table,
		      const struct summary_distribution *d,
		      const struct cohort *cohort, int statistic)
{
	const struct summary_value *value = cohort->value[statistic].row;
	size_t n = cohort->value[statistic].n, end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			/* Lower bounds are one step: the last. */
			if (compare_values(&value[i], &value[end]) != 0 &&
			    value[i].kind != SUMMARY_ABOVE)
				break;
		put_step(table, d, cohort, statistic, i, end);
	}
	if (n && cohort->global.is_known &&
	    cohort->global.statistic[statistic].kind != SUMMARY_ABSENT)
		put_global(table, d, cohort, statistic);
}

/* At rank q (n - 1), linear between neighbours; a lower bound where one of
 * them is. */
static struct summary_value value_at(const struct summary_value *value,
				     size_t n, unsigned permille)
{
	uint64_t scaled = (uint64_t)permille * (n - 1);
	size_t i = scaled / 1000;
	struct summary_value result = value[i];
	unsigned rest = scaled % 1000;

	if (!rest || result.kind == SUMMARY_ABOVE)
		return result;
	if (value[i + 1].kind == SUMMARY_ABOVE)
		return value[i + 1];
	result.ns += ((value[i + 1].ns - result.ns) * rest + 500) / 1000;
	return result;
}

static void put_quantiles(struct output_table *table,
			  const struct summary_distribution *d,
			  const struct cohort *cohort, int statistic)
{
	static const unsigned permille[] = { 0, 50, 250, 500, 750, 950, 1000 };
	const struct summary_value *global =
		&cohort->global.statistic[statistic];
	size_t n = cohort->value[statistic].n;

	if (!n)
		return;
	put_key(table, d, cohort, statistic);
	output_table_u64(table, n);
	for (size_t i = 0; i < sizeof(permille) / sizeof(permille[0]); i++) {
		struct summary_value value =
			value_at(cohort->value[statistic].row, n, permille[i]);

		summary_put_value(table, &value);
	}
	summary_put_value(table, global);
	if (global->kind == SUMMARY_ABSENT)
		output_table_absent(table);
	else
		output_table_share(table,
				   count_at_most(cohort->value[statistic].row,
						 n, global),
				   n);
}

static void put_cohort(struct output_table *table,
		       const struct summary_distribution *d,
		       struct cohort *cohort)
{
	for (int i = 0; i < N_STATISTICS; i++) {
		if (cohort->value[i].n)
			qsort(cohort->value[i].row, cohort->value[i].n,
			      sizeof(*cohort->value[i].row), compare_values);
		if (table->format == OUTPUT_TEXT)
			put_quantiles(table, d, cohort, i);
		else
			put_steps(table, d, cohort, i);
	}
}

int summary_distribution_print(struct summary_distribution *d,
			       enum output_format format, FILE *stream)
{
	static const char *const quantiles[] = {
		"side",  "family", "source", "statistic",   "groups",
		"min  ", "p5  ",   "p25  ",  "p50  ",       "p75  ",
		"p95  ", "max  ",  "global", "at or below",
	};
	static const char *const steps[] = { "side",     "family",
					     "source",   "statistic",
					     "kind",     "value_ns",
					     "n_groups", "ecdf_ratio" };
	bool is_text = format == OUTPUT_TEXT;
	struct output_table table;

	output_table_begin(&table, stream, format, is_text ? quantiles : steps,
			   is_text ? 14 : 8, 4);
	for (size_t i = 0; i < d->n_cohorts; i++)
		put_cohort(&table, d, &d->cohort[i]);
	if (is_text && !table.n_rows)
		fputs("none\n", stream);
	return output_table_end(&table);
}
