/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that one rollup is the sum of, read side by side, range by range of
 * subnets; and their intervals added up to coarse ones. The files are
 * consecutive, of one campaign and one layout.
 */
#ifndef ARCHIVE_ROLLUP_INPUTS_H
#define ARCHIVE_ROLLUP_INPUTS_H

#include "rollup_plan.h"
#include "../lib/segment_file.h"

struct rollup_input {
	const struct manifest_entry *entry;
	struct segment_file *file;
	uint32_t *map; /* coarse interval of each of its intervals */
	size_t at;     /* first subnet that was not read yet */
};

struct rollup_inputs {
	struct rollup_input *input;
	size_t n;
	struct segment_interval interval; /* coarse; owned */
};

/* -EBADMSG and other errors: *ret_entry is the file, *ret_fault what is wrong
 * with it. */
int rollup_inputs_open(const char *campaign, const struct rollup_job *job,
		       struct rollup_inputs *ret_inputs,
		       const struct manifest_entry **ret_entry,
		       struct segment_fault *ret_fault);
void rollup_inputs_close(struct rollup_inputs *inputs);

/*
 * Chooses the next range of subnets, the same addresses in every file, so that
 * the rows of all together are few enough for memory: input i has subnets
 * [input.at, ret_end[i]). False: none are left.
 */
bool rollup_inputs_next(const struct rollup_inputs *inputs, size_t *ret_end);

#endif
