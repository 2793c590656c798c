/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads one part of a campaign in a child process with limited memory and time:
 * libhdf5 may die of a damaged file, and that is a finding like any other.
 */
#ifndef ANALYSIS_VERIFY_CHILD_H
#define ANALYSIS_VERIFY_CHILD_H

#include "../lib/limited_child.h"
#include "../lib/manifest.h"
#include "../lib/segment_level.h"
#include "../lib/segment_read.h"

/* What a part holds, and the first thing that is wrong with it. */
struct verify_result {
	uint64_t n_intervals, n_samples, n_packets;
	/* fault.problem is not valid across the pipe: see has_fault, problem */
	struct segment_fault fault;
	bool has_fault;
	char problem[160];
};

/* What to read and what it must agree with. */
struct verify_part {
	int campaign_fd;
	const char *campaign; /* path */
	const char *path;     /* relative to it */
	bool is_journal;
	bool is_growing;      /* a journal whose writer runs */
	int64_t prev_end_ns;  /* of the part before, or INT64_MIN */
	uint64_t after_seq;   /* of a journal: records up to it are elsewhere */
	uint64_t interval_ns; /* of the campaign */
	const char *campaign_uuid;
	const struct manifest_entry *entry; /* of a segment */
	enum segment_level level;
	const struct manifest *manifest; /* for the sources of a rollup */
};

/* A negative errno when no child could be run. Several may run at a time; each
 * ends with verify_part_wait(). */
int verify_part_start(const struct verify_part *part,
		      struct limited_child *ret_child);
int verify_part_wait(const struct limited_child *child,
		     struct verify_result *ret_result);

#endif
