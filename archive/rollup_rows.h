/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of finer intervals added up to rows of coarser ones, range by range of
 * subnets. Every sum is exact: counts and bins add, minima and maxima are those
 * of all. Prints nothing.
 */
#ifndef ARCHIVE_ROLLUP_ROWS_H
#define ARCHIVE_ROLLUP_ROWS_H

#include "../lib/segment.h"
#include "../lib/segment_build.h"

struct rollup_rows;

/* NULL when memory is short. */
struct rollup_rows *rollup_rows_new(uint32_t n_bins);
void rollup_rows_free(struct rollup_rows *rows);

#define ROLLUP_DROPPED UINT32_MAX

/*
 * Adds the rows of a range. map[i] is the coarse interval that interval i of
 * its file is part of, or ROLLUP_DROPPED; else it ascends, and over the ranges
 * of one builder does not go back.
 */
int rollup_rows_add(struct rollup_rows *rows, struct segment_builder *builder,
		    const struct segment *range, const uint32_t *map);

/* Likewise for /protocol, which is of no subnet. */
int rollup_rows_add_protocol(struct segment_builder *builder,
			     const struct segment *whole, const uint32_t *map);

#endif
