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
#include <time.h>
#include <unistd.h>
#include <linux/close_range.h>

#include "campaign_seal.h"
#include "cli.h"
#include "clock.h"
#include "record.h"

enum {
	SEAL_NICENESS = 10,
	SEAL_CPU_S = 3600,
	SEAL_LIMIT_S = 1800,
	SEAL_LOOK_NS = 20000000, /* while nothing else is left to do */
	SPARE_BYTES = 16 << 20,
	LOW_FACTOR = 4, /* of what sealing needs: some hours at least */
	HEAP_BYTES = 4 << 20,
};

int campaign_seal_add(struct campaign_seal *seal, uint64_t first_seq)
{
	uint64_t *row;
	size_t i;

	for (i = 0; i < seal->n_waiting; i++)
		if (seal->waiting[i] == first_seq)
			return 0;
	row = record_grow((void **)&seal->waiting, &seal->n_waiting,
			  &seal->max_waiting, sizeof(*row));
	if (!row)
		return -ENOMEM;
	*row = first_seq;
	/* What failed before is tried again with it. */
	seal->n_failed = 0;
	return 0;
}

/* A segment is about as large as its journal; while it is written there are
 * two of it. */
static uint64_t needed_bytes(uint64_t journal_bytes)
{
	return 2 * journal_bytes + SPARE_BYTES;
}

enum campaign_space campaign_space_level(uint64_t free_bytes,
					 uint64_t journal_bytes,
					 enum campaign_space last)
{
	uint64_t need = needed_bytes(journal_bytes);
	uint64_t none = last == CAMPAIGN_SPACE_NONE ? need + need / 4 : need;
	uint64_t low = need * LOW_FACTOR;

	if (last >= CAMPAIGN_SPACE_LOW)
		low += low / 4;
	return free_bytes < none ? CAMPAIGN_SPACE_NONE :
	       free_bytes < low  ? CAMPAIGN_SPACE_LOW :
				   CAMPAIGN_SPACE_ENOUGH;
}

void campaign_seal_look_at_space(struct campaign_seal *seal,
				 uint64_t journal_bytes)
{
	enum campaign_space last = seal->space;
	struct statvfs fs;

	if (fstatvfs(seal->journal_fd, &fs))
		return;
	seal->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	seal->space =
		campaign_space_level(seal->free_bytes, journal_bytes, last);
	/* A warning is for who has time to do something. */
	if (seal->is_hurried && seal->space == CAMPAIGN_SPACE_LOW)
		seal->space = CAMPAIGN_SPACE_ENOUGH;
	if (seal->space > last)
		cli_error("%s: %s: %llu MB of space left, %llu MB wanted",
			  seal->path,
			  seal->space == CAMPAIGN_SPACE_LOW ? "low on space" :
			  seal->is_hurried                  ? "not sealed" :
					     "not sealed for now",
			  (unsigned long long)(seal->free_bytes >> 20),
			  (unsigned long long)(needed_bytes(journal_bytes) >>
					       20));
	if (last == CAMPAIGN_SPACE_NONE && seal->space < last)
		seal->n_failed = 0;
}

/* Whether there is room to seal this journal now. */
static bool has_space(struct campaign_seal *seal, const char *journal_name)
{
	struct stat st;

	if (fstatat(seal->journal_fd, journal_name, &st, 0))
		return true;
	campaign_seal_look_at_space(seal, (uint64_t)st.st_size);
	return seal->space != CAMPAIGN_SPACE_NONE;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
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
		seal->child_start_ns = now_ns();
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

/* One that was stopped, or waits for a disk that does not answer, must not
 * keep all later journals waiting. */
static void kill_late(struct campaign_seal *seal)
{
	int64_t limit_ns = seal->limit_ns ? seal->limit_ns :
					    SEAL_LIMIT_S * CLOCK_NS_PER_S;

	if (now_ns() - seal->child_start_ns < limit_ns)
		return;
	cli_error("%s: sealing takes more than %llu s: killed", seal->path,
		  (unsigned long long)(limit_ns / CLOCK_NS_PER_S));
	kill(seal->child, SIGKILL);
	/* Once: one that cannot be killed is not to be talked about. */
	seal->child_start_ns = now_ns();
}

void campaign_seal_poll(struct campaign_seal *seal)
{
	if (seal->child)
		reap(seal, WNOHANG);
	if (seal->child)
		kill_late(seal);
	start_next(seal);
}

static void wait_for_child(struct campaign_seal *seal)
{
	const struct timespec pause = { 0, SEAL_LOOK_NS };

	while (seal->child) {
		reap(seal, WNOHANG);
		if (!seal->child)
			return;
		kill_late(seal);
		nanosleep(&pause, NULL);
	}
}

int campaign_seal_finish(struct campaign_seal *seal)
{
	wait_for_child(seal);
	seal->n_failed = 0;
	seal->err = 0;
	for (;;) {
		start_next(seal);
		if (!seal->child)
			return seal->err;
		wait_for_child(seal);
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

int campaign_seal_relist(struct campaign_seal *seal, const char *name,
			 const char *campaign_uuid)
{
	int fds[2] = { seal->campaign_fd, seal->journal_fd };
	pid_t parent = getpid(), child = fork();
	int status = 0;

	if (!child) {
		become_sealer(seal, parent, fds);
		_exit(campaign_relist_segment(seal->path, seal->campaign_fd,
					      name, campaign_uuid) ?
			      1 :
			      0);
	}
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status))
		cli_error("%s/%s: not in manifest.jsonl: left out: its reader "
			  "was killed by signal %d",
			  seal->path, name, WTERMSIG(status));
	return status ? -EBADMSG : 0;
}

void campaign_seal_fini(struct campaign_seal *seal)
{
	free(seal->waiting);
	seal->waiting = NULL;
}
