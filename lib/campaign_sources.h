/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that a campaign has, or had, to read: journals, which stay open, so that
 * they can be read also when they are sealed and removed meanwhile, and what the
 * manifest names.
 */
#ifndef LIB_CAMPAIGN_SOURCES_H
#define LIB_CAMPAIGN_SOURCES_H

#include "campaign.h"
#include "journal.h"
#include "manifest.h"

struct campaign_source {
	struct campaign_part part; /* its texts are those below */
	char *path;
	char uuid[MANIFEST_UUID_CHARS + 1];
	bool is_removed;
	struct journal_reader journal; /* fd -1 for a segment */
	uint64_t after_seq;            /* records up to it are in a segment */
};

struct campaign_sources {
	const char *path; /* of the campaign, borrowed, as is the uuid */
	const char *uuid;
	int fd;                         /* of its directory, borrowed */
	struct campaign_source *source; /* in order of time */
	size_t n, max;
};

/* path, uuid and fd are set, the rest is zero. Prints one line on failure;
 * campaign_sources_fini() also then. */
int campaign_sources_find(struct campaign_sources *sources);
void campaign_sources_fini(struct campaign_sources *sources);

#endif
