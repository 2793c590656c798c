// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign_journal.h"
#include "campaign_publish.h"

static int sync_path(int campaign_fd, const char *path)
{
	int err = 0, fd = openat(campaign_fd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

int campaign_publish_directories(int campaign_fd, const char *path)
{
	char directory[CAMPAIGN_NAME_MAX], parent[CAMPAIGN_NAME_MAX] = ".";
	const char *slash = path;
	int err;

	while ((slash = strchr(slash, '/'))) {
		snprintf(directory, sizeof(directory), "%.*s",
			 (int)(slash - path), path);
		if (mkdirat(campaign_fd, directory, 0777) && errno != EEXIST)
			return -errno;
		err = sync_path(campaign_fd, parent);
		if (err)
			return err;
		memcpy(parent, directory, sizeof(parent));
		slash++;
	}
	return 0;
}

int campaign_publish(int campaign_fd, const char *temporary,
		     struct manifest_entry *entry)
{
	char directory[CAMPAIGN_NAME_MAX];
	int err;

	snprintf(directory, sizeof(directory), "%s", entry->path);
	*strrchr(directory, '/') = 0;
	err = sync_path(campaign_fd, temporary);
	if (!err)
		err = manifest_hash_file(campaign_fd, temporary, entry->sha256,
					 &entry->n_file_bytes);
	if (!err && renameat(campaign_fd, temporary, campaign_fd, entry->path))
		err = -errno;
	if (!err)
		err = sync_path(campaign_fd, directory);
	if (!err)
		err = manifest_append(campaign_fd, entry);
	return err;
}
