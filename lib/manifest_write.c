// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manifest.h"
#include "manifest_line.h"

/* Cuts off what follows the last newline: a line that was never finished. Only
 * the end of the file is looked at. */
static int cut_torn_line(int fd, off_t *n_bytes)
{
	char block[4096];
	off_t at = *n_bytes;
	ssize_t n;

	while (at > 0) {
		n = at < (off_t)sizeof(block) ? (ssize_t)at :
						(ssize_t)sizeof(block);
		if (pread(fd, block, (size_t)n, at - n) != n)
			return -EIO;
		while (n > 0 && block[n - 1] != '\n') {
			n--;
			at--;
		}
		if (n > 0)
			break;
	}
	if (at == *n_bytes)
		return 0;
	*n_bytes = at;
	return ftruncate(fd, at) ? -errno : 0;
}

int manifest_cut(int campaign_fd)
{
	struct stat st;
	int err = 0,
	    fd = openat(campaign_fd, MANIFEST_NAME, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_EX) || fstat(fd, &st))
		err = -errno;
	else
		err = cut_torn_line(fd, &st.st_size);
	close(fd);
	return err;
}

/* Sealing, rollup and repair change the same file, and repair replaces it: the
 * file that was locked must still be the one that has the name. */
static int open_locked(int campaign_fd, int *ret_fd)
{
	struct stat st, named;
	int fd, err;

	for (;;) {
		fd = openat(campaign_fd, MANIFEST_NAME,
			    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) || fstat(fd, &st) ||
		    fstatat(campaign_fd, MANIFEST_NAME, &named, 0)) {
			err = -errno;
			close(fd);
			return err;
		}
		if (st.st_ino == named.st_ino)
			break;
		close(fd);
	}
	*ret_fd = fd;
	return 0;
}

static int append_line(int fd, const char *line, size_t n_line)
{
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	err = cut_torn_line(fd, &st.st_size);
	if (err)
		return err;
	errno = ENOSPC; /* of a short write */
	if (write(fd, line, n_line) == (ssize_t)n_line && !fsync(fd))
		return 0;
	err = -errno;
	/* What cannot be cut off has no newline and does not count. */
	return ftruncate(fd, st.st_size) ? -EIO : err;
}

int manifest_append(int campaign_fd, const struct manifest_entry *entry)
{
	size_t n_line;
	char *line = manifest_line_format(entry, &n_line);
	int err, fd = -1;

	if (!line)
		return -ENOMEM;
	err = open_locked(campaign_fd, &fd);
	if (!err)
		err = append_line(fd, line, n_line);
	if (!err && fsync(campaign_fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	free(line);
	return err;
}

/* A whole line, byte for byte; others are left out. */
static int copy_line(void *to, const char *line, size_t n)
{
	struct manifest_entry entry;
	int err = manifest_line_parse(line, n, &entry);

	if (err)
		return err == -EBADMSG ? 0 : err;
	free(entry.path);
	return fwrite(line, 1, n, to) == n ? 0 : errno ? -errno : -EIO;
}

static int write_copy(int campaign_fd, const char *name, FILE *from)
{
	int err = 0,
	    fd = openat(campaign_fd, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");

	if (!to) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = manifest_line_each(from, copy_line, to);
	if (!err && (fflush(to) || fsync(fd)))
		err = -errno;
	fclose(to);
	return err;
}

static int replace(int campaign_fd, FILE *from)
{
	const char *temporary = MANIFEST_NAME ".tmp";
	int err = write_copy(campaign_fd, temporary, from);

	/* A file system without links: rather the data than the evidence. */
	if (!err &&
	    linkat(campaign_fd, MANIFEST_NAME, campaign_fd,
		   MANIFEST_NAME ".damaged", 0) &&
	    errno != EEXIST && errno != EPERM && errno != EOPNOTSUPP)
		err = -errno;
	if (!err &&
	    renameat(campaign_fd, temporary, campaign_fd, MANIFEST_NAME))
		err = -errno;
	if (!err && fsync(campaign_fd))
		err = -errno;
	if (err)
		unlinkat(campaign_fd, temporary, 0);
	return err;
}

int manifest_repair(int campaign_fd)
{
	FILE *from;
	int fd = -1, err = open_locked(campaign_fd, &fd);

	if (err)
		return err;
	from = fdopen(fd, "r");
	if (!from) {
		close(fd);
		return -ENOMEM;
	}
	err = replace(campaign_fd, from);
	fclose(from);
	return err;
}
