/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment file that is larger than memory: its subnets and their rows are
 * written range by range, the rest at the end.
 */
#ifndef LIB_SEGMENT_APPEND_H
#define LIB_SEGMENT_APPEND_H

#include "segment.h"

struct segment_append;

/*
 * Creates the file, over what may be there. Of `meta` only the level is needed.
 * As with segment_write(): not synced; nothing is printed; what was written is
 * left for the caller to remove; and the process ends with _exit().
 */
int segment_append_open(const char *path, const struct segment_meta *meta,
			struct segment_append **ret_append);

/* Subnets that come after all that were added, with their rows: the positions
 * of rows and subnets are those in `range`, of intervals those in the file. */
int segment_append_add(struct segment_append *append,
		       const struct segment *range);

/* Writes all other tables and the attributes from `segment`, whose tables of
 * subnets and rows are not looked at; closes and frees, also on failure. `err`:
 * a failure until now, or 0; returned unless another is found. */
int segment_append_finish(struct segment_append *append,
			  const struct segment *segment, int err);

#endif
