/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a segment that is being built, and their order. */
#ifndef LIB_SEGMENT_ROWS_H
#define LIB_SEGMENT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of every row. */
struct row_key {
	uint32_t subnet, interval;
	uint32_t extra; /* after code in the order */
	uint8_t code;
};

struct row_array {
	void *row;
	size_t n, max;
};

/*
 * Replaces each row's subnet s by rank[s] and sorts by (subnet, interval, code,
 * extra). Rows must come in ascending order of interval. -ENOMEM.
 */
int row_array_sort(struct row_array *array, size_t row_bytes,
		   const uint32_t *rank, size_t n_subnets);

static inline bool row_key_equals(const struct row_key *a,
				  const struct row_key *b)
{
	return a->subnet == b->subnet && a->interval == b->interval &&
	       a->code == b->code && a->extra == b->extra;
}

#endif
