/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All files of a campaign that hold intervals, in order of time, and files that
 * ought not to be there. Unlike campaign_reader, it drops nothing.
 */
#ifndef ANALYSIS_VERIFY_LIST_H
#define ANALYSIS_VERIFY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/manifest.h"

struct verify_file {
	char *path; /* relative to the campaign */
	bool is_journal;
	/* A segment that no line of the manifest names. */
	bool is_unlisted;
	/* Why a journal cannot be read at all, or 0. */
	int open_err;
	const struct manifest_entry *entry; /* of a listed segment */
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
int verify_list_read(const char *campaign, int campaign_fd,
		     struct verify_list *ret_list);
void verify_list_fini(struct verify_list *list);

#endif
