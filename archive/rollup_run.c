// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rollup_build.h"
#include "rollup_run.h"
#include "../lib/cli.h"
#include "../lib/clock.h"
#include "../lib/progress.h"

enum { HEAP_BYTES = 4 << 20 };

struct running {
	pid_t pid; /* 0: free */
	const struct rollup_job *job;
};

/* Dies with the parent: a rollup that is killed is killed whole. */
static void become_child(pid_t parent)
{
	const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setrlimit(RLIMIT_CORE, &no_core);
	/* Chunk buffers come from the heap again and again, not from fresh
	 * pages. */
	mallopt(M_MMAP_THRESHOLD, HEAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, 16 * HEAP_BYTES);
}

static int start(const struct rollup_run *run, const struct rollup_job *job,
		 struct running *running)
{
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	if (!child) {
		become_child(parent);
		_exit(rollup_build(run->campaign, run->campaign_fd, run->uuid,
				   job) ?
			      1 :
			      0);
	}
	if (child < 0) {
		cli_error("%s: cannot be rolled up: no process: %s",
			  run->campaign, strerror(errno));
		return -EAGAIN;
	}
	*running = (struct running){ child, job };
	return 0;
}

static void describe(const struct rollup_run *run, const struct rollup_job *job)
{
	char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

	clock_format_ns(job->input[0]->time_start_ns, start);
	clock_format_ns(job->input[job->n_inputs - 1]->time_end_ns, end);
	cli_error("%s: %s to %s: %zu files to %s", run->campaign, start, end,
		  job->n_inputs, segment_level_name(job->level));
}

/* The child printed why it failed, unless a signal ended it. */
static int finish(struct rollup_run *run, struct running *running, int status)
{
	const struct rollup_job *job = running->job;

	running->pid = 0;
	if (!status) {
		run->n_made++;
		if (run->is_verbose)
			describe(run, job);
		return 0;
	}
	if (WIFSIGNALED(status))
		cli_error("%s/%s: cannot be rolled up: killed by signal %d",
			  run->campaign, job->input[0]->path, WTERMSIG(status));
	return -EIO;
}

/* Waits for one of them; *ret_bytes is what it had to read. */
static int wait_for_one(struct rollup_run *run, struct running *running,
			uint64_t *ret_bytes)
{
	unsigned int i;
	int status;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	for (i = 0; i < run->n_processes; i++)
		if (pid > 0 && running[i].pid == pid) {
			*ret_bytes = running[i].job->n_bytes;
			return finish(run, &running[i], status);
		}
	return pid < 0 ? -errno : 0;
}

static struct running *find_free(const struct rollup_run *run,
				 struct running *running)
{
	unsigned int i;

	for (i = 0; i < run->n_processes; i++)
		if (!running[i].pid)
			return &running[i];
	return NULL;
}

static bool is_any_running(const struct rollup_run *run,
			   const struct running *running)
{
	unsigned int i;

	for (i = 0; i < run->n_processes; i++)
		if (running[i].pid)
			return true;
	return false;
}

int rollup_run_jobs(struct rollup_run *run, const struct rollup_plan *plan)
{
	struct running running[ROLLUP_MAX_PROCESSES] = { 0 }, *free_one;
	struct progress progress;
	uint64_t total = 0, done = 0, n_bytes;
	int err = 0, failure;
	size_t i;

	for (i = 0; i < plan->n; i++)
		total += plan->job[i].n_bytes;
	progress_init(&progress, "rollup", total, run->is_quiet);
	for (i = 0; i < plan->n || is_any_running(run, running);) {
		free_one = find_free(run, running);
		n_bytes = 0;
		if (i < plan->n && free_one)
			failure = start(run, &plan->job[i++], free_one);
		else
			failure = wait_for_one(run, running, &n_bytes);
		done += n_bytes;
		progress_update(&progress, done);
		err = failure ? failure : err;
	}
	progress_hide(&progress);
	return err;
}
