/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a rollup still has to make, and of which. Pure, but for memory.
 *
 * A file of 5-minute rows is the sum of the raw segments of one day, one of
 * 1-hour rows that of the 5-minute files of one month (UTC, by their start). It
 * covers sequence numbers without a hole; where there is one, or where there
 * are very many files, several cover the period. What comes later for a period
 * that was rolled up already gets a file of its own. Campaigns whose intervals
 * do not divide 5 minutes have 1-hour rows alone.
 */
#ifndef ARCHIVE_ROLLUP_PLAN_H
#define ARCHIVE_ROLLUP_PLAN_H

#include "../lib/manifest.h"
#include "../lib/segment_level.h"

/* What must not be rolled up yet: an interval of that campaign and of this or
 * a later time is not sealed. */
struct rollup_unsealed {
	const char *uuid; /* NULL: nothing is unsealed */
	int64_t start_ns;
};

struct rollup_job {
	enum segment_level level, input_level;
	const struct manifest_entry **input; /* by sequence number; owned */
	size_t n_inputs, max_inputs;
	uint64_t n_bytes; /* of the inputs */
};

struct rollup_plan {
	struct rollup_job *job;
	size_t n, max;
};

/*
 * Jobs of one level; entries are borrowed from the manifest. Periods that are
 * not over at now_ns are left out, unless is_open_too; so are those of which
 * something is not sealed. -EBADMSG: *ret_entry overlaps a rollup that is not
 * made of it.
 */
int rollup_plan_make(const struct manifest *manifest, uint64_t interval_ns,
		     enum segment_level level, int64_t now_ns, bool is_open_too,
		     const struct rollup_unsealed *unsealed,
		     struct rollup_plan *ret_plan,
		     const struct manifest_entry **ret_entry);
void rollup_plan_fini(struct rollup_plan *plan);

/* The finest level that rows of `level` are made of. */
enum segment_level rollup_input_level(enum segment_level level,
				      uint64_t interval_ns);

/* The entry of that level, not removed, which holds all that the other holds;
 * or NULL. */
const struct manifest_entry *rollup_covering(const struct manifest *manifest,
					     enum segment_level level,
					     const struct manifest_entry *of);

#endif
