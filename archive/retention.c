// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retention.h"
#include "rollup_plan.h"
#include "../lib/cli.h"

struct retention {
	const char *campaign;
	int campaign_fd;
	enum segment_level level; /* of the rollups that must hold it */
	const struct manifest *manifest;
	/* The rollup that was looked at last, and whether it is whole. */
	const struct manifest_entry *known;
	bool is_whole;
};

/* Hashing is a second per rollup: little, against raw data that are gone. */
static bool is_whole(struct retention *retention,
		     const struct manifest_entry *rollup)
{
	char sha256[MANIFEST_SHA256_CHARS + 1];
	uint64_t n_bytes;

	if (rollup == retention->known)
		return retention->is_whole;
	retention->known = rollup;
	retention->is_whole = !manifest_hash_file(retention->campaign_fd,
						  rollup->path, sha256,
						  &n_bytes) &&
			      n_bytes == rollup->n_file_bytes &&
			      !strcmp(sha256, rollup->sha256);
	if (!retention->is_whole)
		cli_error("%s/%s: damaged: its raw segments are kept",
			  retention->campaign, rollup->path);
	return retention->is_whole;
}

/* The line first: a file that is still there without it would count. */
static int remove_one(const struct retention *retention,
		      const struct manifest_entry *entry)
{
	struct manifest_entry line = *entry;
	int err = 0;

	line.is_removed = true;
	if (!entry->is_removed)
		err = manifest_append(retention->campaign_fd, &line);
	if (!err && unlinkat(retention->campaign_fd, entry->path, 0) &&
	    errno != ENOENT)
		err = -errno;
	if (err)
		cli_error("%s/%s: cannot be removed: %s", retention->campaign,
			  entry->path, strerror(-err));
	return err;
}

static bool is_raw(const struct manifest_entry *entry)
{
	enum segment_level level;

	return !segment_level_of_path(entry->path, &level) &&
	       level == LEVEL_RAW;
}

static int remove_all(struct retention *retention, int64_t before_ns,
		      uint64_t *n_removed)
{
	const struct manifest_entry *entry = retention->manifest->entry;
	const struct manifest_entry *rollup;
	size_t i;
	int err = 0;

	for (i = 0; i < retention->manifest->n && !err; i++, entry++) {
		if (!is_raw(entry))
			continue;
		if (entry->is_removed) {
			/* Of a removal that was interrupted. */
			if (!faccessat(retention->campaign_fd, entry->path,
				       F_OK, 0))
				err = remove_one(retention, entry);
			continue;
		}
		rollup = rollup_covering(retention->manifest, retention->level,
					 entry);
		/* All segments of a rollup or none: it is read in the place
		 * of all of them. */
		if (!rollup || rollup->time_end_ns > before_ns ||
		    !is_whole(retention, rollup))
			continue;
		err = remove_one(retention, entry);
		*n_removed += !err;
	}
	return err;
}

int retention_remove_raw(const char *campaign, int campaign_fd,
			 uint64_t interval_ns, int64_t before_ns,
			 uint64_t *ret_n_removed)
{
	struct manifest manifest;
	struct retention retention = { .campaign = campaign,
				       .campaign_fd = campaign_fd,
				       .level = LEVEL_5MIN,
				       .manifest = &manifest };
	size_t line;
	int err = manifest_read(campaign_fd, &manifest, &line);

	*ret_n_removed = 0;
	if (err) {
		cli_error("%s/manifest.jsonl: line %zu: cannot be read: %s",
			  campaign, line, strerror(-err));
		return err;
	}
	if (!segment_level_is_possible(LEVEL_5MIN, interval_ns))
		retention.level = LEVEL_1H;
	err = remove_all(&retention, before_ns, ret_n_removed);
	manifest_fini(&manifest);
	return err;
}
