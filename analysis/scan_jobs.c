// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "../lib/progress.h"
#include "../lib/segment_file.h"
#include "scan_copy.h"
#include "scan_part.h"
#include "team.h"

/* Of one range of subnets: a raw segment is one, a rollup may be many. */
enum { RANGE_ROWS = 2 << 20, RANGE_BINS = 8 << 20 };

struct worker {
	pid_t pid;
	int fd;
};

static void refuse_part(const struct scan_job *job, int err,
			const struct record_subnet *subnet)
{
	const char *campaign = campaign_reader_path(job->reader);
	struct prefix prefix = { .prefix_len = subnet->prefix_len,
				 .family = subnet->family };
	char text[PREFIX_TEXT_MAX];

	switch (err) {
	case -EDOM:
		memcpy(prefix.address, subnet->address, sizeof(prefix.address));
		prefix_format(&prefix, text);
		cli_error("%s: cannot be grouped: its subnet %s is wider than "
			  "the groups asked for",
			  campaign, text);
		break;
	case -EINVAL:
		cli_error("%s: cannot be summed: another histogram layout than "
			  "the parts before it",
			  campaign);
		break;
	default:
		cli_error(
			"%s: %s: cannot be added: %s", campaign,
			campaign_reader_part(job->reader, job->part_idx)->path,
			strerror(-err));
	}
}

/* Ranges of subnets of a sealed part, so that memory is that of a range. */
static int add_ranges(const struct scan_job *job,
		      const struct scan_query *query, struct segment_file *file,
		      struct scan_part *part, struct record_subnet *ret_subnet)
{
	size_t at = 0, end, last = segment_file_whole(file)->subnet.n;
	struct segment range;
	int err = 0;

	if (query->has_subnet)
		segment_file_find(file, &query->subnet, &at, &last);
	for (; at < last && !err; at = end) {
		end = segment_file_range_end(file, at, RANGE_ROWS, RANGE_BINS);
		end = end < last ? end : last;
		/* Its line is printed. */
		if (campaign_reader_range(job->reader, job->part_idx, file, at,
					  end, &range))
			return -EBADMSG;
		err = scan_part_add_range(part, &range, ret_subnet);
		segment_range_fini(&range);
		if (err)
			refuse_part(job, err, ret_subnet);
	}
	return err;
}

static int run_file(const struct scan_job *job, const struct scan_query *query,
		    struct scan_result *result)
{
	const struct campaign_part *campaign_part =
		campaign_reader_part(job->reader, job->part_idx);
	struct record_subnet subnet = { 0 };
	struct segment_file *file;
	struct scan_part *part;
	int err = campaign_reader_open_file(
		job->reader, job->part_idx,
		scan_part_load(campaign_part, query), &file);

	if (err)
		return err;
	err = scan_part_begin(result, query, segment_file_whole(file), &part);
	if (err) {
		refuse_part(job, err, &subnet);
	} else {
		err = add_ranges(job, query, file, part, &subnet);
		scan_part_free(part);
	}
	segment_file_close(file);
	return err;
}

static int run_job(const struct scan_job *job, const struct scan_query *query,
		   struct scan_result *result)
{
	const struct campaign_part *part =
		campaign_reader_part(job->reader, job->part_idx);
	bool is_coarse = scan_part_is_coarse(part, query);
	struct record_subnet subnet = { 0 };
	struct segment segment = { 0 };
	int err;

	if (!is_coarse && !part->is_journal)
		return run_file(job, query, result);
	err = campaign_reader_load(job->reader, job->part_idx,
				   scan_part_load(part, query), &segment);
	if (err)
		return err;
	err = scan_part_add(result, query, &segment, is_coarse, &subnet);
	if (err)
		refuse_part(job, err, &subnet);
	segment_fini(&segment);
	return err;
}

static uint64_t job_bytes(const struct scan_job *job)
{
	return campaign_reader_part(job->reader, job->part_idx)->n_file_bytes;
}

/* Every n_workers-th job from `first` on, which counts the workers of all
 * members of the team; only worker 0 shows progress. */
static int run_share(const struct scan_jobs *jobs, size_t first,
		     size_t n_workers, struct scan_result *result)
{
	struct progress progress;
	uint64_t total = 0, done = 0;
	int err = 0;

	for (size_t i = first; i < jobs->n; i += n_workers)
		total += job_bytes(&jobs->job[i]);
	progress_init(&progress, "reading", total,
		      jobs->query->is_quiet || first);
	for (size_t i = first; i < jobs->n && !err; i += n_workers) {
		err = run_job(&jobs->job[i], jobs->query, result);
		done += job_bytes(&jobs->job[i]);
		progress_update(&progress, done);
	}
	progress_hide(&progress);
	return err;
}

/* The child: its sums into a file in memory, its success as exit code. */
static void work(const struct scan_jobs *jobs, size_t first, size_t n_workers,
		 int fd)
{
	struct scan_result result = { 0 };
	FILE *file = fdopen(fd, "w");
	int err = file ? run_share(jobs, first, n_workers, &result) : -ENOMEM;

	if (!err && (scan_copy_save(&result, file) || fclose(file))) {
		cli_error("%s: cannot be summed: no memory for the result",
			  campaign_reader_path(jobs->job[0].reader));
		err = -EIO;
	}
	_exit(err ? EXIT_FAILED : EXIT_DONE);
}

static int start_worker(const struct scan_jobs *jobs, size_t first,
			size_t n_workers, struct worker *worker)
{
	worker->fd = memfd_create("spindrift-scan", MFD_CLOEXEC);
	if (worker->fd < 0)
		return -errno;
	worker->pid = fork();
	if (worker->pid == 0)
		work(jobs, first, n_workers, worker->fd);
	return worker->pid < 0 ? -errno : 0;
}

/* Waits for a worker; the caller has its sums afterwards. */
static int finish_worker(const struct scan_jobs *jobs, struct worker *worker,
			 bool is_wanted, struct scan_result *result)
{
	int err = 0, status = 0;
	FILE *file = NULL;

	if (worker->pid > 0)
		while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
			continue;
	if (worker->pid > 0 && WIFSIGNALED(status))
		cli_error("%s: cannot be read: a reading process died of "
			  "signal %d",
			  campaign_reader_path(jobs->job[0].reader),
			  WTERMSIG(status));
	if (worker->pid <= 0 || status) {
		err = -EIO;
	} else if (is_wanted) {
		file = fdopen(worker->fd, "r");
		err = file && fseek(file, 0, SEEK_SET) == 0 ?
			      scan_copy_load(result, file) :
			      -EIO;
		if (err)
			cli_error("%s: cannot be summed: %s",
				  campaign_reader_path(jobs->job[0].reader),
				  err == -EINVAL ? "histogram layouts differ" :
						   strerror(-err));
	}
	if (file)
		fclose(file);
	else if (worker->fd >= 0)
		close(worker->fd);
	return err;
}

static int run_workers(const struct scan_jobs *jobs, size_t n_workers,
		       struct scan_result *result)
{
	struct worker worker[SCAN_MAX_PROCESSES] = { 0 };
	const struct team *team = team_mine();
	size_t n_started = 0;
	int err = 0;

	fflush(NULL);
	for (; n_started < n_workers && !err; n_started++)
		err = start_worker(jobs, n_started * team->size + team->rank,
				   n_workers * team->size, &worker[n_started]);
	if (err)
		cli_error("%s: cannot be read: cannot start a process: %s",
			  campaign_reader_path(jobs->job[0].reader),
			  strerror(-err));
	for (size_t i = 0; i < n_started; i++) {
		int failure = finish_worker(jobs, &worker[i], !err, result);

		err = err ? err : failure;
	}
	return err;
}

/* The member's share of the jobs. */
int scan_jobs_run(const struct scan_jobs *jobs, struct scan_result *result)
{
	const struct team *team = team_mine();
	size_t n_workers = jobs->query->n_processes;
	size_t n_own = (jobs->n + team->size - 1) / team->size;
	int err;

	n_workers = n_workers < n_own ? n_workers : n_own;
	team_begin_share();
	err = n_workers > 1 ? run_workers(jobs, n_workers, result) :
			      run_share(jobs, team->rank, team->size, result);
	team_end_share();
	return err;
}
