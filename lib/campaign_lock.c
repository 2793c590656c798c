// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "campaign_lock.h"

enum { N_TRIES = 20, TRY_NS = 100000000 };

static int holder(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? (int)strtol(text, NULL, 10) : 0;
}

/* A writer that was killed leaves a sealing child, which is killed with it but
 * needs a moment to go; only then is it worth waiting. */
static int wait_for_lock(int fd, int *ret_pid)
{
	const struct timespec pause = { 0, TRY_NS };
	int i;

	for (i = 0; i < N_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		*ret_pid = holder(fd);
		if (*ret_pid <= 0 || !kill(*ret_pid, 0) || errno != ESRCH)
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

int campaign_lock_take(int campaign_fd, const char *name, int *ret_fd,
		       int *ret_pid)
{
	int err, fd = openat(campaign_fd, name, O_RDWR | O_CREAT | O_CLOEXEC,
			     0666);

	*ret_pid = 0;
	if (fd < 0)
		return -errno;
	err = wait_for_lock(fd, ret_pid);
	/* The id is for people; on a full disk the lock still holds. */
	if (!err && !ftruncate(fd, 0))
		dprintf(fd, "%d\n", (int)getpid());
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}
