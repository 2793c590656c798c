/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a campaign written anew into another campaign: without some of its
 * intervals, without what cannot be read, with a gap named before it. What is
 * kept is unchanged. Sequence numbers and uuid stay, so that an interval can be
 * known again.
 */
#ifndef ARCHIVE_REWRITE_H
#define ARCHIVE_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/manifest.h"
#include "../lib/segment_level.h"

struct rewrite_range {
	uint64_t first_seq, last_seq;
};

struct rewrite {
	const char *source; /* path of the file */
	const char *target; /* path of the campaign, open as target_fd */
	int target_fd;
	enum segment_level level;
	bool has_uuid_in_name; /* campaign_file_name() */
	/* Intervals of these sequence numbers are left out. */
	const struct rewrite_range *drop;
	size_t n_drop;
	/* Whatever lies between this and the file's first interval, and is in
	 * none of its gaps, becomes a gap of cause torn. INT64_MIN: nothing. */
	int64_t prev_end_ns;
	/* Expected; NULL: whatever the file says. */
	const char *campaign_uuid;
};

/* What became of it; all text is in it, for it crosses a pipe. */
struct rewrite_result {
	int err;
	uint64_t n_files, n_intervals; /* written */
	uint64_t n_subnets, n_lost_subnets;
	int64_t time_start_ns, time_end_ns; /* of the source, if has_time */
	uint64_t first_seq, last_seq;
	int64_t end_ns; /* of the last interval that was kept */
	bool has_time;
	char lost_groups[64]; /* " /ecn /spin", or "" */
	char problem[160];    /* the first that was found, or "" */
};

/*
 * In a child process with limited memory and time: libhdf5 may die of a damaged
 * file, which is then a result like others. A negative errno when no child could
 * be run.
 */
int rewrite_run(const struct rewrite *rewrite,
		struct rewrite_result *ret_result);
/* The same for a journal, which becomes a segment. `fallback_json` describes
 * the run where the journal's header is damaged. */
int rewrite_run_journal(const struct rewrite *rewrite,
			const char *fallback_json,
			struct rewrite_result *ret_result);

#endif
