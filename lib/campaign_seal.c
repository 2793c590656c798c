// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/close_range.h>

#include "campaign_seal.h"
#include "cli.h"
#include "record.h"

enum {
	SEAL_NICENESS = 10,
	SEAL_CPU_S = 3600,
	SPARE_BYTES = 16 << 20,
	HEAP_BYTES = 4 << 20,
};

int campaign_seal_add(struct campaign_seal *seal, uint64_t first_seq)
{
	uint64_t *row = record_grow((void **)&seal->waiting, &seal->n_waiting,
				    &seal->max_waiting, sizeof(*row));

	if (!row)
		return -ENOMEM;
	*row = first_seq;
	/* What failed before is tried again with it. */
	seal->n_failed = 0;
	return 0;
}

/* A segment is about as large as its journal; while it is written there are
 * two of it. Below that the journal is the safer place. */
static bool has_space(struct campaign_seal *seal, const char *journal_name)
{
	struct statvfs fs;
	struct stat st;
	uint64_t free_bytes, wanted_bytes;

	if (fstatvfs(seal->journal_fd, &fs) ||
	    fstatat(seal->journal_fd, journal_name, &st, 0))
		return true;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	wanted_bytes = 2 * (uint64_t)st.st_size + SPARE_BYTES;
	if (free_bytes >= wanted_bytes) {
		seal->low_space_bytes = 0;
		return true;
	}
	if (!seal->low_space_bytes)
		cli_error("%s: not sealed%s: %llu MB of space left, %llu MB "
			  "wanted",
			  seal->path, seal->is_hurried ? "" : " for now",
			  (unsigned long long)(free_bytes >> 20),
			  (unsigned long long)(wanted_bytes >> 20));
	seal->low_space_bytes = free_bytes ? free_bytes : 1;
	return false;
}

/* Keeps nothing of the parent's but its standard files, and the lock: it is
 * released when this child is gone too. Dies with the parent. */
static void become_sealer(const struct campaign_seal *seal, pid_t parent,
			  int fds[2])
{
	const struct rlimit no_core = { 0, 0 };
	const struct rlimit cpu = { SEAL_CPU_S, SEAL_CPU_S };
	const int keep[3] = { seal->lock_fd, fds[0], fds[1] };
	int i, j, fd, next = STDERR_FILENO + 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	for (i = 0; i < 3; i++) {
		fd = INT32_MAX;
		for (j = 0; j < 3; j++)
			if (keep[j] >= next && keep[j] < fd)
				fd = keep[j];
		if (fd == INT32_MAX)
			break;
		if (fd > next)
			close_range((unsigned int)next, (unsigned int)fd - 1,
				    0);
		next = fd + 1;
	}
	close_range((unsigned int)next, ~0u, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	/* Chunk buffers come from the heap again and again, not from fresh
	 * pages; large tables still grow without being copied. */
	mallopt(M_MMAP_THRESHOLD, HEAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, 16 * HEAP_BYTES);
	if (!seal->is_hurried && nice(SEAL_NICENESS) < 0)
		errno = 0;
}

static void start_child(struct campaign_seal *seal)
{
	int fds[2] = { seal->campaign_fd, seal->journal_fd };
	pid_t parent = getpid(), child = fork();
	int err;

	if (!child) {
		become_sealer(seal, parent, fds);
		err = campaign_seal_journal(seal->path, fds[0], fds[1],
					    seal->waiting[0]);
		_exit(err ? 1 : 0);
	}
	if (child > 0) {
		seal->child = child;
		return;
	}
	seal->err = -errno;
	seal->n_failed = seal->n_waiting;
	cli_error("%s: not sealed: %s", seal->path, strerror(errno));
}

static void start_next(struct campaign_seal *seal)
{
	char name[CAMPAIGN_NAME_MAX];

	if (seal->child || seal->n_waiting <= seal->n_failed)
		return;
	campaign_journal_name(seal->waiting[0], name);
	if (!has_space(seal, name)) {
		seal->err = -ENOSPC;
		seal->n_failed = seal->n_waiting;
		return;
	}
	start_child(seal);
}

/* Takes the first off the list; a failure goes to its end. */
static void note_result(struct campaign_seal *seal, bool is_sealed)
{
	uint64_t first_seq = seal->waiting[0];

	seal->child = 0;
	seal->n_waiting--;
	memmove(seal->waiting, seal->waiting + 1,
		seal->n_waiting * sizeof(*seal->waiting));
	if (is_sealed)
		return;
	seal->waiting[seal->n_waiting++] = first_seq;
	seal->n_failed++;
	seal->err = -EIO;
}

/* The child printed why, unless a signal ended it. */
static void reap(struct campaign_seal *seal, int options)
{
	char name[CAMPAIGN_NAME_MAX];
	struct stat st;
	pid_t pid;
	int status = 0;

	do
		pid = waitpid(seal->child, &status, options);
	while (pid < 0 && errno == EINTR);
	if (!pid)
		return;
	campaign_journal_name(seal->waiting[0], name);
	/* Somebody else may have reaped it: the journal itself tells. */
	if (pid < 0)
		status = fstatat(seal->journal_fd, name, &st, 0) ? 0 : 1;
	if (pid > 0 && WIFSIGNALED(status))
		cli_error("%s/journal/%s: not sealed: killed by signal %d",
			  seal->path, name, WTERMSIG(status));
	note_result(seal, !status);
}

void campaign_seal_poll(struct campaign_seal *seal)
{
	if (seal->child)
		reap(seal, WNOHANG);
	start_next(seal);
}

int campaign_seal_finish(struct campaign_seal *seal)
{
	if (seal->child)
		reap(seal, 0);
	seal->n_failed = 0;
	seal->err = 0;
	for (;;) {
		start_next(seal);
		if (!seal->child)
			return seal->err;
		reap(seal, 0);
	}
}

void campaign_seal_stop(struct campaign_seal *seal)
{
	if (!seal->child)
		return;
	kill(seal->child, SIGKILL);
	while (waitpid(seal->child, NULL, 0) < 0 && errno == EINTR)
		;
	seal->child = 0;
}

void campaign_seal_fini(struct campaign_seal *seal)
{
	free(seal->waiting);
	seal->waiting = NULL;
}
