/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files of several campaigns make one, so that no interval is in it twice.
 * Pure, but for memory and for the line that says why not.
 */
#ifndef ARCHIVE_MERGE_PLAN_H
#define ARCHIVE_MERGE_PLAN_H

#include "merge_input.h"
#include "rewrite.h"
#include "../lib/segment_level.h"

struct merge_file {
	const struct merge_input *input;
	const struct manifest_entry *entry;
	const struct merge_part *part;
	enum segment_level level;
	/* Intervals that another file has already: it is rewritten without. */
	struct rewrite_range *drop;
	size_t n_drop;
};

struct merge_plan {
	struct merge_file *file;
	size_t n, max;
	uint64_t n_duplicates; /* files that others hold already */
};

/* is_distinct: campaigns that name no vantage point are different ones. */
int merge_plan_make(const struct merge_input *input, size_t n_inputs,
		    bool is_distinct, struct merge_plan *ret_plan);
void merge_plan_fini(struct merge_plan *plan);

#endif
