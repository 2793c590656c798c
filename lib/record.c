// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "huge.h"

/* Fewer rows than this, so that positions fit u32 and sizes fit size_t. */
#define MAX_ROWS ((size_t)1 << 31)

void *record_grow(void **row, size_t *n, size_t *max, size_t row_bytes)
{
	size_t new_max;
	void *new_row;

	if (*n == *max) {
		new_max = *max ? 2 * *max : 64;
		if (new_max > MAX_ROWS)
			return NULL;
		new_row = realloc(*row, new_max * row_bytes);
		if (!new_row)
			return NULL;
		*row = huge_advise(new_row, new_max * row_bytes);
		*max = new_max;
	}
	return memset((char *)*row + (*n)++ * row_bytes, 0, row_bytes);
}

void record_clear(struct record *record)
{
	struct record empty = { 0 };

#define KEEP(array)                                                            \
	do {                                                                   \
		empty.array.row = record->array.row;                           \
		empty.array.max = record->array.max;                           \
	} while (0)
	KEEP(subnet);
	KEEP(traffic);
	KEEP(ecn);
	KEEP(spin);
	KEEP(protocol);
	KEEP(rtt);
	KEEP(bin);
	KEEP(gap);
	KEEP(events);
#undef KEEP
	*record = empty;
}

void record_fini(struct record *record)
{
	free(record->subnet.row);
	free(record->traffic.row);
	free(record->ecn.row);
	free(record->spin.row);
	free(record->protocol.row);
	free(record->rtt.row);
	free(record->bin.row);
	free(record->gap.row);
	free(record->events.row);
	*record = (struct record){ 0 };
}
