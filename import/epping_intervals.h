/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in the order of their time -> intervals.
 *
 * A timestamp is the end of an interval, as ePPing's clock saw it. Records of one
 * interval differ by what writing them takes, so those within half an interval of
 * the first one are of the same. An interval begins where the one before ended,
 * unless more than half an interval lies between, or ePPing was started anew:
 * then it has its nominal length, and what lies before it is a gap,
 *
 * - not_running: the metadata are at least an interval older than the end of the
 *   first interval after them, so they are of a process that began then (a
 *   process that only opens another file goes on within an interval);
 * - no_capture: a file ends there and another one begins;
 * - unknown: within a file.
 *
 * Memory is that of one interval, which is bounded.
 */
#ifndef IMPORT_EPPING_INTERVALS_H
#define IMPORT_EPPING_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/record.h"

enum {
	/* ePPing has room for 16,384 of each family. */
	EPPING_MAX_SUBNETS = 1 << 18,
	EPPING_MAX_INTERVAL_BINS = 8 << 20,
};

/* Gets each interval; the record is cleared afterwards. An error ends it all. */
typedef int epping_append(void *context, struct record *record);

/* Zeroed but for the first three. */
struct epping_intervals {
	int64_t width_ns;
	epping_append *append;
	void *context;
	struct record record; /* of the open interval */
	bool is_open;
	int64_t end_ns;                 /* of the open interval */
	bool has_last;                  /* an interval was appended */
	int64_t last_end_ns;            /* where it ended */
	bool is_new_file, has_metadata; /* since the last interval */
	int64_t metadata_ns;
};

/* Another file begins, which may go on within the open interval. */
void epping_intervals_begin_file(struct epping_intervals *intervals);
/* Metadata end the open interval. Errors are of `append`. */
int epping_intervals_add_metadata(struct epping_intervals *intervals,
				  int64_t time_ns);

/* Why a record has no place. */
enum epping_no_place { EPPING_IS_BEFORE = 1, EPPING_IS_FULL = 2 };

/* The record of the interval that ends then, or, as a positive number, why there
 * is none, which leaves all as it was: it is before what was appended, or the
 * interval is full. */
int epping_intervals_find(struct epping_intervals *intervals, int64_t time_ns,
			  struct record **ret_record);

int epping_intervals_end(struct epping_intervals *intervals);
void epping_intervals_fini(struct epping_intervals *intervals);

#endif
