/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last steps of every file that a campaign gets: it is complete under a
 * temporary name, and becomes part of the campaign durably, or not at all.
 * Nothing here prints; errors are negative errno.
 */
#ifndef LIB_CAMPAIGN_PUBLISH_H
#define LIB_CAMPAIGN_PUBLISH_H

#include "manifest.h"

/* Makes the directories of a path below the campaign, each durable in its
 * parent. */
int campaign_publish_directories(int campaign_fd, const char *path);

/*
 * Sync, hash, rename to entry->path, sync of the directory, line in the
 * manifest. Sets the entry's hash and length. A failure may leave the file
 * under its name, where without its line it does not count.
 */
int campaign_publish(int campaign_fd, const char *temporary,
		     struct manifest_entry *entry);

#endif
