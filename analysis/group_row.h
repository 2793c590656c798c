/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cells that begin the rows of every table of groups: group, side, source.
 */
#ifndef ANALYSIS_GROUP_ROW_H
#define ANALYSIS_GROUP_ROW_H

#include "group.h"
#include "output.h"
#include "query.h"

/* Three cells; source N_SOURCES: `-`. */
void group_row_put_key(struct output_table *table, const struct group *group,
		       unsigned source);
/* Two cells. */
void group_row_put_side(struct output_table *table, const struct group *group,
			unsigned source);
void group_row_put_absent(struct output_table *table, size_t n);

/* The next source from *source on of which the group has samples: true, and
 * *source is it. Iteration starts from 0 and goes on after ++*source. */
bool group_row_next_source(const struct group *group, unsigned *source);

/* Takes `--by KEY`, also `asn`, of which as_choice.h has the table; false after
 * its line. */
bool group_row_take_key(const char *value, struct group_spec *ret_spec);
/* On stderr, unless quiet: the samples that the grouping left out. */
void group_row_note_left_out(const struct query *query,
			     const struct scan_result *result);

#endif
