// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign_config.h"
#include "campaign_describe.h"
#include "campaign_create.h"
#include "campaign_lock.h"
#include "cli.h"
#include "manifest.h"

/* What creating a campaign makes before campaign.json, which makes it one. */
static const char *const beginning[] = { "lock", "raw", "journal",
					 CAMPAIGN_CONFIG_NAME ".tmp",
					 CAMPAIGN_CONFIG_COPY };

/* A new file system is empty although it has lost+found. */
static int is_content(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
	       strcmp(entry->d_name, "lost+found");
}

static int is_foreign(const struct dirent *entry)
{
	size_t i;

	for (i = 0; i < sizeof(beginning) / sizeof(beginning[0]); i++)
		if (!strcmp(entry->d_name, beginning[i]))
			return false;
	return is_content(entry);
}

/* Entries of a directory below `fd` that `filter` counts; none when there is no
 * such directory. */
static int count_entries(int fd, const char *path,
			 int (*filter)(const struct dirent *entry))
{
	struct dirent **names;
	int i, n = scandirat(fd, path, &names, filter, NULL);

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n;
}

/* Empty, or with what an interrupted creation left: no interval is lost when a
 * campaign is made of it. */
static int is_empty(int fd, bool *ret_is_empty)
{
	int n = count_entries(fd, ".", is_foreign);

	if (!n)
		n = count_entries(fd, "raw", is_content);
	if (!n)
		n = count_entries(fd, "journal", is_content);
	/* A file of that name. */
	if (n == -ENOTDIR)
		n = 1;
	if (n < 0)
		return n;
	*ret_is_empty = !n;
	return 0;
}

int campaign_uuid_make(char uuid[MANIFEST_UUID_CHARS + 1])
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -EIO;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(uuid, MANIFEST_UUID_CHARS + 1,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int take_lock(struct campaign_directory *directory)
{
	int pid, err = campaign_lock_take(directory->campaign_fd,
					  CAMPAIGN_LOCK_NAME,
					  &directory->lock_fd, &pid);

	if (err == -EBUSY)
		cli_error("%s: in use: process %d writes it", directory->name,
			  pid);
	else if (err)
		cli_error("%s: cannot be locked: %s", directory->name,
			  strerror(-err));
	return err;
}

static int open_journals(struct campaign_directory *directory)
{
	directory->journal_fd = openat(directory->campaign_fd, "journal",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory->journal_fd < 0 ? -errno : 0;
}

/* The campaign's own name is to outlast a power cut. */
static int sync_parent(const struct campaign_directory *directory)
{
	int err = 0, fd = openat(directory->campaign_fd, "..",
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int make_directory(const struct campaign_directory *directory,
			  const char *name)
{
	if (mkdirat(directory->campaign_fd, name, 0777) && errno != EEXIST)
		return -errno;
	return 0;
}

static int fill_new(struct campaign_directory *directory,
		    const struct campaign_config *config)
{
	char uuid[MANIFEST_UUID_CHARS + 1];
	int err = campaign_uuid_make(uuid);

	if (err)
		return err;
	directory->root = campaign_config_new(config, uuid);
	if (!directory->root)
		return -ENOMEM;
	err = make_directory(directory, "journal");
	if (!err)
		err = make_directory(directory, "raw");
	if (!err)
		err = open_journals(directory);
	if (!err)
		err = sync_parent(directory);
	/* Last: what has campaign.json is a campaign. */
	return err ? err :
		     campaign_config_write(directory->campaign_fd,
					   directory->root);
}

static int make_new(struct campaign_directory *directory,
		    const struct campaign_config *config)
{
	bool is_unused = false;
	int err = take_lock(directory);

	if (err)
		return err;
	/* Another writer may have made it one before the lock was ours. */
	err = is_empty(directory->campaign_fd, &is_unused);
	if (!err && !is_unused) {
		cli_error("%s: in use: another process has just made it",
			  directory->name);
		return -EBUSY;
	}
	directory->is_new = true;
	if (!err)
		err = fill_new(directory, config);
	if (err)
		cli_error("%s: cannot be created: %s", directory->name,
			  strerror(-err));
	return err;
}

static int check_difference(const struct campaign_directory *directory,
			    const struct campaign_config *config)
{
	const char *difference =
		campaign_config_difference(directory->root, config);

	if (!difference)
		return 0;
	cli_error("%s: cannot go on: other configuration: %s differs",
		  directory->name, difference);
	return -EINVAL;
}

/* campaign.json cannot be read: perhaps its copy can. */
static int restore(struct campaign_directory *directory, const char *problem)
{
	if (campaign_config_restore(directory->campaign_fd, &directory->root)) {
		cli_error("%s: %s", directory->name, problem);
		return -EINVAL;
	}
	cli_error("%s: %s: restored from " CAMPAIGN_CONFIG_COPY,
		  directory->name, problem);
	return 0;
}

static int resume(struct campaign_directory *directory,
		  const struct campaign_config *config)
{
	bool has_copy = !faccessat(directory->campaign_fd, CAMPAIGN_CONFIG_COPY,
				   F_OK, 0);
	const char *problem;
	int lock_err;
	int err = campaign_config_read(directory->campaign_fd, &directory->root,
				       &problem);

	if (err && (err != -EINVAL || !has_copy)) {
		cli_error("%s: %s", directory->name, problem);
		return err;
	}
	/* A directory of others is not written to: not even a lock. */
	if (!err && check_difference(directory, config))
		return -EINVAL;
	lock_err = take_lock(directory);
	if (lock_err)
		return lock_err;
	if (err && (restore(directory, problem) ||
		    check_difference(directory, config)))
		return -EINVAL;
	err = open_journals(directory);
	if (err)
		cli_error("%s/journal: cannot be opened: %s", directory->name,
			  strerror(-err));
	return err;
}

/* Makes the directory where there is none. */
static int open_path(const char *path, struct campaign_directory *directory)
{
	if (!mkdir(path, 0777))
		directory->made_directory = true;
	else if (errno != EEXIST)
		goto out;
	directory->campaign_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory->campaign_fd >= 0) {
		directory->path = realpath(path, NULL);
		if (directory->path)
			return 0;
	}
out:
	cli_error("%s: cannot be %s: %s", path,
		  errno == ENOTDIR ? "a campaign" : "created", strerror(errno));
	return -errno;
}

int campaign_directory_open(const char *path,
			    const struct campaign_config *config,
			    unsigned int flags,
			    struct campaign_directory *ret_directory)
{
	struct campaign_directory directory = {
		.name = path, .campaign_fd = -1, .journal_fd = -1, .lock_fd = -1
	};
	bool is_unused = false;
	int err = open_path(path, &directory);

	if (!err) {
		err = is_empty(directory.campaign_fd, &is_unused);
		if (err)
			cli_error("%s: cannot be read: %s", path,
				  strerror(-err));
	}
	if (!err && is_unused)
		err = make_new(&directory, config);
	else if (!err && flags & CAMPAIGN_RESUME)
		err = resume(&directory, config);
	else if (!err) {
		cli_error("%s: exists: not an empty directory", path);
		err = -EEXIST;
	}
	if (err) {
		campaign_directory_remove(&directory);
		campaign_directory_close(&directory);
	} else {
		*ret_directory = directory;
	}
	return err;
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	return remove(path) && errno != ENOENT ? -1 : 0;
}

static void remove_tree(const char *campaign, const char *name)
{
	enum { MAX_OPEN = 8 };
	char *path;

	if (asprintf(&path, "%s/%s", campaign, name) < 0)
		return;
	nftw(path, remove_entry, MAX_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(path);
}

/* campaign.json goes first: without it the rest is no campaign. */
void campaign_directory_remove(struct campaign_directory *directory)
{
	int fd = directory->campaign_fd;

	if (directory->is_new) {
		unlinkat(fd, CAMPAIGN_CONFIG_NAME, 0);
		unlinkat(fd, CAMPAIGN_CONFIG_COPY, 0);
		unlinkat(fd, MANIFEST_NAME, 0);
		remove_tree(directory->path, "raw");
		remove_tree(directory->path, "journal");
		unlinkat(fd, "lock", 0);
	}
	if (directory->made_directory)
		rmdir(directory->path ? directory->path : directory->name);
	directory->is_new = directory->made_directory = false;
}

void campaign_directory_close(struct campaign_directory *directory)
{
	if (directory->journal_fd >= 0)
		close(directory->journal_fd);
	if (directory->lock_fd >= 0)
		close(directory->lock_fd);
	if (directory->campaign_fd >= 0)
		close(directory->campaign_fd);
	json_object_put(directory->root);
	free(directory->path);
	*directory = (struct campaign_directory){ .campaign_fd = -1,
						  .journal_fd = -1,
						  .lock_fd = -1 };
}
