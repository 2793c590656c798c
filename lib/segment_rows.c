// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment_rows.h"
#include "huge.h"

static int compare_codes(const void *a, const void *b)
{
	const struct row_key *x = a, *y = b;

	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return (x->extra > y->extra) - (x->extra < y->extra);
}

/* Sorts the few rows of each (subnet, interval); most are in order. */
static void sort_runs(char *row, size_t n, size_t row_bytes)
{
	const struct row_key *first, *key, *last;
	size_t i, start = 0;
	bool is_sorted = true;

	for (i = 1; i <= n; i++) {
		first = (const void *)(row + start * row_bytes);
		last = (const void *)(row + (i - 1) * row_bytes);
		key = (const void *)(row + i * row_bytes);
		if (i < n && key->subnet == first->subnet &&
		    key->interval == first->interval) {
			is_sorted &= compare_codes(last, key) <= 0;
			continue;
		}
		if (!is_sorted)
			qsort(row + start * row_bytes, i - start, row_bytes,
			      compare_codes);
		start = i;
		is_sorted = true;
	}
}

/* A counting sort by subnet: stable, so intervals stay in order. */
int row_array_sort(struct row_array *array, size_t row_bytes,
		   const uint32_t *rank, size_t n_subnets)
{
	size_t *next = calloc(n_subnets + 1, sizeof(*next));
	char *row = array->row, *sorted;
	struct row_key *key;
	size_t i;

	sorted = huge_advise(malloc(array->n * row_bytes + 1),
			     array->n * row_bytes);
	if (!next || !sorted) {
		free(next);
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < array->n; i++) {
		key = (void *)(row + i * row_bytes);
		key->subnet = rank[key->subnet];
		next[key->subnet + 1]++;
	}
	for (i = 0; i < n_subnets; i++)
		next[i + 1] += next[i];
	for (i = 0; i < array->n; i++) {
		key = (void *)(row + i * row_bytes);
		memcpy(sorted + next[key->subnet]++ * row_bytes, key,
		       row_bytes);
	}
	free(next);
	free(array->row);
	array->row = sorted;
	array->max = array->n;
	sort_runs(sorted, array->n, row_bytes);
	return 0;
}
