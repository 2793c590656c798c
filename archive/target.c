// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"
#include "../lib/campaign_config.h"
#include "../lib/campaign_journal.h"
#include "../lib/campaign_lock.h"
#include "../lib/campaign_publish.h"
#include "../lib/cli.h"
#include "../lib/temporary.h"

static int is_content(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
	       strcmp(entry->d_name, "lost+found");
}

static int check_empty(int fd)
{
	struct dirent **names;
	int i, n = scandirat(fd, ".", &names, is_content, NULL);

	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n ? -ENOTEMPTY : 0;
}

static int open_directory(const char *path, struct target *target)
{
	int pid, err;

	if (!mkdir(path, 0777))
		target->made_directory = true;
	else if (errno != EEXIST)
		return -errno;
	target->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target->fd < 0)
		return -errno;
	target->path = realpath(path, NULL);
	if (!target->path)
		return -errno;
	err = check_empty(target->fd);
	if (!err)
		err = campaign_lock_take(target->fd, CAMPAIGN_LOCK_NAME,
					 &target->lock_fd, &pid);
	if (!err && (mkdirat(target->fd, "raw", 0777) ||
		     mkdirat(target->fd, "journal", 0777)))
		err = -errno;
	return err;
}

int target_open(const char *path, struct target *ret_target)
{
	struct target target = { .name = path, .fd = -1, .lock_fd = -1 };
	int err = open_directory(path, &target);

	if (!err) {
		*ret_target = target;
		return 0;
	}
	if (err == -ENOTEMPTY)
		cli_error("%s: exists: not an empty directory", path);
	else
		cli_error("%s: cannot be created: %s", path, strerror(-err));
	target_close(&target);
	return err;
}

static int copy_bytes(int from, int to)
{
	ssize_t n;

	do
		n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

static int copy_to(const struct target *target, int from_fd,
		   const struct manifest_entry *entry, const char *temporary)
{
	char sha256[MANIFEST_SHA256_CHARS + 1];
	uint64_t n_bytes;
	int from, to = -1, err = 0;

	from = openat(from_fd, entry->path,
		      O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (from >= 0)
		to = openat(target->fd, temporary,
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (to < 0)
		err = -errno;
	if (!err)
		err = copy_bytes(from, to);
	if (to >= 0 && close(to) && !err)
		err = -errno;
	if (from >= 0)
		close(from);
	if (!err)
		err = manifest_hash_file(target->fd, temporary, sha256,
					 &n_bytes);
	if (!err &&
	    (n_bytes != entry->n_file_bytes || strcmp(sha256, entry->sha256)))
		err = -EBADMSG;
	return err;
}

int target_copy(const struct target *target, int from_fd,
		const struct manifest_entry *entry, const char *path)
{
	char name[CAMPAIGN_NAME_MAX], temporary[CAMPAIGN_NAME_MAX + 8];
	struct manifest_entry copy = *entry;
	int err;

	if (strlen(path) >= sizeof(name))
		return -ENAMETOOLONG;
	strcpy(name, path);
	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	copy.path = name;
	err = campaign_publish_directories(target->fd, name);
	if (!err)
		err = copy_to(target, from_fd, entry, temporary);
	if (!err)
		err = campaign_publish(target->fd, temporary, &copy);
	if (err)
		unlinkat(target->fd, temporary, 0);
	return err;
}

int target_finish(struct target *target, struct json_object *root)
{
	int err = temporary_remove_all(target->path, ".");

	if (!err) {
		err = campaign_config_write(target->fd, root);
		if (err)
			cli_error("%s: cannot be written: %s", target->name,
				  strerror(-err));
	}
	if (!err)
		target->made_directory = false;
	return err;
}

void target_close(struct target *target)
{
	if (target->made_directory) {
		unlinkat(target->fd, "raw", AT_REMOVEDIR);
		unlinkat(target->fd, "journal", AT_REMOVEDIR);
		unlinkat(target->fd, "lock", 0);
		rmdir(target->path ? target->path : target->name);
	}
	if (target->lock_fd >= 0)
		close(target->lock_fd);
	if (target->fd >= 0)
		close(target->fd);
	free(target->path);
	target->path = NULL;
}
