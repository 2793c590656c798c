/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign that is made of others. It is one from the moment it has
 * campaign.json, which comes last: what was interrupted is not taken for whole.
 */
#ifndef ARCHIVE_TARGET_H
#define ARCHIVE_TARGET_H

#include <stdbool.h>
#include <json-c/json.h>

#include "../lib/manifest.h"

struct target {
	const char *name; /* as the user says it */
	char *path;       /* absolute */
	int fd, lock_fd;
	bool made_directory;
};

/* Makes the directory, or takes an empty one. Prints one line on failure. */
int target_open(const char *path, struct target *ret_target);
/*
 * Copies a file that is listed in another campaign to `path` of this one, with
 * its line, unless the copy has another SHA-256 than the line says: -EBADMSG.
 * Prints nothing.
 */
int target_copy(const struct target *target, int from_fd,
		const struct manifest_entry *entry, const char *path);
/* Writes campaign.json and closes. Prints one line on failure. */
int target_finish(struct target *target, struct json_object *root);
/* Removes what was made, as far as it is empty, and closes. */
void target_close(struct target *target);

#endif
