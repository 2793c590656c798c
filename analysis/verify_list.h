/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All files of a campaign that hold intervals, and files that ought not to be
 * there: by level, then by where they came from, then in order of time. Unlike
 * campaign_reader, it drops nothing; entries whose file was removed are in it.
 */
#ifndef ANALYSIS_VERIFY_LIST_H
#define ANALYSIS_VERIFY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/manifest.h"
#include "../lib/segment_level.h"

struct verify_file {
	char *path; /* relative to the campaign */
	bool is_journal;
	/* A segment that no line of the manifest names. */
	bool is_unlisted;
	/* Why a journal cannot be read at all, or 0. */
	int open_err;
	bool is_torn; /* a journal without a whole record, but with bytes */
	const struct manifest_entry *entry; /* of a listed segment */
	enum segment_level level;
	const char *campaign_uuid; /* borrowed */
	/* The finest that is kept of its intervals: their number counts. */
	bool is_counted;
	uint64_t first_seq, last_seq, after_seq;
	int64_t time_start_ns, time_end_ns;
	uint64_t n_bytes;
};

struct verify_list {
	struct manifest manifest;
	struct verify_file *file;
	size_t n, max;
};

/* Prints its line on failure. */
int verify_list_read(const char *campaign, int campaign_fd, const char *uuid,
		     struct verify_list *ret_list);
void verify_list_fini(struct verify_list *list);

#endif
