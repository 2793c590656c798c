/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files to read, where raw segments and rollups hold the same intervals:
 * every interval once, from the coarsest file that will do, or the finest there
 * is. Pure.
 */
#ifndef LIB_CAMPAIGN_CHOICE_H
#define LIB_CAMPAIGN_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment_level.h"

/* Ranges of sequence numbers of one campaign and one level do not overlap; a
 * rollup holds whole files of the finer levels. */
struct campaign_candidate {
	const char *campaign_uuid;
	enum segment_level level;
	uint64_t first_seq, last_seq;
	bool is_there;  /* the file was not removed */
	bool is_usable; /* its rows are fine enough for the question */
	bool is_wanted; /* it holds some of the period asked for */
	bool is_chosen; /* the answer */
};

/*
 * Sets is_chosen. With `is_finest` a rollup is chosen only where finer files
 * are missing. Returns the position of a candidate that is wanted and that the
 * chosen ones do not hold, or -1.
 */
ptrdiff_t campaign_choose(struct campaign_candidate *candidate, size_t n,
			  bool is_finest);

#endif
