// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "../lib/clock.h"
#include "../lib/progress.h"
#include "../lib/segment_file.h"
#include "scan_copy.h"
#include "scan_part.h"
#include "scan_span.h"
#include "team.h"

/* Of one range of subnets: a raw segment is one, a rollup may be many. */
enum { RANGE_ROWS = 8 << 20, RANGE_BINS = 24 << 20 };

struct job {
	const struct campaign_reader *reader;
	size_t part_idx;
};

struct scan {
	const struct scan_query *query;
	struct campaign_reader **reader;
	size_t n_readers;
	struct job *job;
	size_t n_jobs, max_jobs;
};

struct worker {
	pid_t pid;
	int fd;
};

void scan_result_fini(struct scan_result *result)
{
	group_table_fini(&result->table);
	free(result->layout.edge_ns);
	free(result->span);
	*result = (struct scan_result){ 0 };
}

static void refuse_part(const struct job *job, int err,
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
static int add_ranges(const struct job *job, const struct scan_query *query,
		      struct segment_file *file, struct scan_part *part,
		      struct record_subnet *ret_subnet)
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

static int run_file(const struct job *job, const struct scan_query *query,
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

static int run_job(const struct job *job, const struct scan_query *query,
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

static uint64_t job_bytes(const struct job *job)
{
	return campaign_reader_part(job->reader, job->part_idx)->n_file_bytes;
}

/* Every n_workers-th job from `first` on, which counts the workers of all
 * members of the team; only worker 0 shows progress. */
static int run_share(const struct scan *scan, size_t first, size_t n_workers,
		     struct scan_result *result)
{
	struct progress progress;
	uint64_t total = 0, done = 0;
	int err = 0;

	for (size_t i = first; i < scan->n_jobs; i += n_workers)
		total += job_bytes(&scan->job[i]);
	progress_init(&progress, "reading", total,
		      scan->query->is_quiet || first);
	for (size_t i = first; i < scan->n_jobs && !err; i += n_workers) {
		err = run_job(&scan->job[i], scan->query, result);
		done += job_bytes(&scan->job[i]);
		progress_update(&progress, done);
	}
	progress_hide(&progress);
	return err;
}

/* The child: its sums into a file in memory, its success as exit code. */
static void work(const struct scan *scan, size_t first, size_t n_workers,
		 int fd)
{
	struct scan_result result = { 0 };
	FILE *file = fdopen(fd, "w");
	int err = file ? run_share(scan, first, n_workers, &result) : -ENOMEM;

	if (!err && (scan_copy_save(&result, file) || fclose(file))) {
		cli_error("%s: cannot be summed: no memory for the result",
			  campaign_reader_path(scan->reader[0]));
		err = -EIO;
	}
	_exit(err ? EXIT_FAILED : EXIT_DONE);
}

static int start_worker(const struct scan *scan, size_t first, size_t n_workers,
			struct worker *worker)
{
	worker->fd = memfd_create("spindrift-scan", MFD_CLOEXEC);
	if (worker->fd < 0)
		return -errno;
	worker->pid = fork();
	if (worker->pid == 0)
		work(scan, first, n_workers, worker->fd);
	return worker->pid < 0 ? -errno : 0;
}

/* Waits for a worker; the caller has its sums afterwards. */
static int finish_worker(const struct scan *scan, struct worker *worker,
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
			  campaign_reader_path(scan->reader[0]),
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
				  campaign_reader_path(scan->reader[0]),
				  err == -EINVAL ? "histogram layouts differ" :
						   strerror(-err));
	}
	if (file)
		fclose(file);
	else if (worker->fd >= 0)
		close(worker->fd);
	return err;
}

static int run_workers(const struct scan *scan, size_t n_workers,
		       struct scan_result *result)
{
	struct worker worker[SCAN_MAX_PROCESSES] = { 0 };
	const struct team *team = team_mine();
	size_t n_started = 0;
	int err = 0;

	fflush(NULL);
	for (; n_started < n_workers && !err; n_started++)
		err = start_worker(scan, n_started * team->size + team->rank,
				   n_workers * team->size, &worker[n_started]);
	if (err)
		cli_error("%s: cannot be read: cannot start a process: %s",
			  campaign_reader_path(scan->reader[0]),
			  strerror(-err));
	for (size_t i = 0; i < n_started; i++) {
		int failure = finish_worker(scan, &worker[i], !err, result);

		err = err ? err : failure;
	}
	return err;
}

static int list_jobs(struct scan *scan, const struct campaign_reader *reader)
{
	for (size_t i = 0; i < campaign_reader_n_parts(reader); i++) {
		const struct campaign_part *part =
			campaign_reader_part(reader, i);
		struct job *job;

		if (part->time_end_ns <= scan->query->from_ns ||
		    part->time_start_ns >= scan->query->to_ns)
			continue;
		job = record_grow((void **)&scan->job, &scan->n_jobs,
				  &scan->max_jobs, sizeof(*scan->job));
		if (!job) {
			cli_error("%s: cannot be read: no memory",
				  campaign_reader_path(reader));
			return -ENOMEM;
		}
		*job = (struct job){ reader, i };
	}
	return 0;
}

/* One campaign under two names would be counted twice. */
static bool is_named_twice(const char *const *path, size_t n)
{
	struct stat last, other;

	if (stat(path[n - 1], &last))
		return false;
	for (size_t i = 0; i + 1 < n; i++)
		if (stat(path[i], &other) == 0 && other.st_dev == last.st_dev &&
		    other.st_ino == last.st_ino)
			return true;
	return false;
}

static int open_readers(struct scan *scan, const char *const *path, size_t n)
{
	const struct campaign_wish wish = {
		.max_level = scan->query->max_level,
		.step_ns = scan->query->step_ns,
		.from_ns = scan->query->from_ns,
		.to_ns = scan->query->to_ns,
	};
	int err = 0;

	scan->reader = calloc(n, sizeof(struct campaign_reader *));
	if (!scan->reader) {
		cli_error("%s: cannot be read: no memory", path[0]);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n && !err; i++) {
		if (is_named_twice(path, i + 1)) {
			cli_error("%s: cannot be summed: it is named twice",
				  path[i]);
			return -EINVAL;
		}
		err = campaign_reader_open(path[i], &scan->reader[i]);
		if (err)
			break;
		scan->n_readers++;
		if (scan->query->step_ns %
		    campaign_reader_interval_ns(scan->reader[i])) {
			cli_error("step: bad length: not a multiple of the "
				  "interval of %s, %g s",
				  path[i],
				  (double)campaign_reader_interval_ns(
					  scan->reader[i]) /
					  1e9);
			err = -EINVAL;
		}
		if (!err)
			err = campaign_reader_choose(scan->reader[i], &wish);
		if (!err)
			err = list_jobs(scan, scan->reader[i]);
	}
	return err;
}

static void refuse_empty(const char *const *path, size_t n_campaigns,
			 const struct scan_query *query)
{
	char from[CLOCK_TEXT_MAX] = "", to[CLOCK_TEXT_MAX] = "";

	if (query->from_ns != INT64_MIN)
		clock_format_ns(query->from_ns, from);
	if (query->to_ns != INT64_MAX)
		clock_format_ns(query->to_ns, to);
	cli_error("%s%s: no data: no interval%s%s%s%s", path[0],
		  n_campaigns > 1 ? " and the others" : "",
		  from[0] ? " from " : "", from, to[0] ? " to " : "", to);
}

/* The member's share of the jobs. */
static int run_jobs(const struct scan *scan, struct scan_result *result)
{
	const struct team *team = team_mine();
	size_t n_workers = scan->query->n_processes;
	size_t n_own = (scan->n_jobs + team->size - 1) / team->size;
	int err;

	n_workers = n_workers < n_own ? n_workers : n_own;
	team_begin_share();
	err = n_workers > 1 ? run_workers(scan, n_workers, result) :
			      run_share(scan, team->rank, team->size, result);
	team_end_share();
	return err;
}

static int take_sums(void *context, const void *bytes, size_t n_bytes)
{
	FILE *file = fmemopen((void *)bytes, n_bytes, "r");
	int err = file ? scan_copy_load(context, file) : -ENOMEM;

	if (file)
		fclose(file);
	return err;
}

/* In every member the sums of all; err is that of its own share. */
static int unite(const char *campaign, struct scan_result *result, int err)
{
	struct scan_result sum = { 0 };
	size_t n_bytes = 0;
	char *bytes = NULL;
	FILE *file;
	int failure;

	if (team_mine()->size == 1)
		return err;
	file = open_memstream(&bytes, &n_bytes);
	failure = file ? scan_copy_save(result, file) : -ENOMEM;
	if (file && fclose(file))
		failure = -ENOMEM;
	if (!err && failure)
		cli_error("%s: cannot be summed: no memory", campaign);
	err = err ? err : failure;
	failure = team_mine()->exchange(err, bytes, n_bytes, take_sums, &sum);
	free(bytes);
	if (!err && failure && failure != -ECANCELED)
		cli_error("%s: cannot be summed: %s", campaign,
			  failure == -EINVAL ? "histogram layouts differ" :
					       strerror(-failure));
	scan_result_fini(result);
	*result = sum;
	return failure;
}

int scan_campaigns(const char *const *path, size_t n_campaigns,
		   const struct scan_query *query,
		   struct scan_result *ret_result)
{
	struct scan_result result = { 0 };
	struct scan scan = { .query = query };
	int err = open_readers(&scan, path, n_campaigns);

	if (team_mine()->agree)
		err = team_mine()->agree(err);
	if (!err)
		err = unite(path[0], &result, run_jobs(&scan, &result));
	if (!err && !result.n_intervals && !query->may_be_empty) {
		refuse_empty(path, n_campaigns, query);
		err = -ENODATA;
	}
	if (err)
		goto out;
	scan_span_unite(&result);
	if (query->step_ns && query->by.by == GROUP_BY_SIDE)
		err = scan_span_add_quiet_steps(&result, query);
	if (err) {
		cli_error("%s: cannot be summed: no memory", path[0]);
		goto out;
	}
	group_table_sort(&result.table);
	*ret_result = result;
	result = (struct scan_result){ 0 };
out:
	scan_result_fini(&result);
	for (size_t i = 0; i < scan.n_readers; i++)
		campaign_reader_close(scan.reader[i]);
	free(scan.reader);
	free(scan.job);
	return err;
}
