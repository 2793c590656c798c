/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a campaign's directory for writing, and undoing that. */
#ifndef LIB_CAMPAIGN_CREATE_H
#define LIB_CAMPAIGN_CREATE_H

#include <stdbool.h>
#include <json-c/json.h>

#include "campaign.h"
#include "manifest.h"

struct campaign_directory {
	char *path;       /* absolute */
	const char *name; /* as the user says it, for messages; borrowed */
	int campaign_fd, journal_fd, lock_fd; /* -1: not open */
	struct json_object *root;             /* campaign.json */
	bool made_directory, is_new;          /* what removing undoes */
};

/*
 * Makes the campaign, or with CAMPAIGN_RESUME takes an existing one of equal
 * configuration; holds its lock. On failure one line is printed and what was
 * made is removed.
 */
int campaign_directory_open(const char *path,
			    const struct campaign_config *config,
			    unsigned int flags,
			    struct campaign_directory *ret_directory);
/* Removes a campaign that was new, with all that is in it; not one that was
 * there before. Nobody may be writing it any more. */
void campaign_directory_remove(struct campaign_directory *directory);
void campaign_directory_close(struct campaign_directory *directory);

/* A new one, as text (RFC 9562, version 4). -EIO without randomness. */
int campaign_uuid_make(char uuid[MANIFEST_UUID_CHARS + 1]);

#endif
