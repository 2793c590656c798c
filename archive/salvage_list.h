/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All files that a damaged campaign has, or ought to have: what the directories
 * show and what the manifest names, by level and then in order of time, which is
 * that of their names; journals last.
 */
#ifndef ARCHIVE_SALVAGE_LIST_H
#define ARCHIVE_SALVAGE_LIST_H

#include <stdbool.h>

#include "../lib/manifest.h"
#include "../lib/segment_level.h"

struct salvage_file {
	char *path; /* relative to the campaign */
	bool is_journal, is_there;
	enum segment_level level;
	const struct manifest_entry *entry; /* NULL: in no line */
};

struct salvage_list {
	struct manifest manifest; /* its lines that are whole */
	struct salvage_file *file;
	size_t n, max;
};

/* Prints one line on failure. */
int salvage_list_read(const char *campaign, int campaign_fd,
		      struct salvage_list *ret_list);
void salvage_list_fini(struct salvage_list *list);

#endif
