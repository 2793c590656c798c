// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/cli.h"
#include "../lib/clock.h"
#include "scan_copy.h"
#include "scan_jobs.h"
#include "scan_span.h"
#include "team.h"

struct scan {
	struct scan_jobs jobs;
	struct campaign_reader **reader;
	size_t n_readers;
};

void scan_result_fini(struct scan_result *result)
{
	group_table_fini(&result->table);
	free(result->layout.edge_ns);
	free(result->span);
	*result = (struct scan_result){ 0 };
}

static int list_jobs(struct scan_jobs *jobs,
		     const struct campaign_reader *reader)
{
	for (size_t i = 0; i < campaign_reader_n_parts(reader); i++) {
		const struct campaign_part *part =
			campaign_reader_part(reader, i);
		struct scan_job *job;

		if (part->time_end_ns <= jobs->query->from_ns ||
		    part->time_start_ns >= jobs->query->to_ns)
			continue;
		job = record_grow((void **)&jobs->job, &jobs->n, &jobs->max,
				  sizeof(*jobs->job));
		if (!job) {
			cli_error("%s: cannot be read: no memory",
				  campaign_reader_path(reader));
			return -ENOMEM;
		}
		*job = (struct scan_job){ reader, i };
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
		.max_level = scan->jobs.query->max_level,
		.step_ns = scan->jobs.query->phases ?
				   scan->jobs.query->phases->step_ns :
				   scan->jobs.query->step_ns,
		.from_ns = scan->jobs.query->from_ns,
		.to_ns = scan->jobs.query->to_ns,
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
		if (scan->jobs.query->step_ns %
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
			err = list_jobs(&scan->jobs, scan->reader[i]);
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
	struct scan scan = { .jobs.query = query };
	int err = open_readers(&scan, path, n_campaigns);

	if (team_mine()->agree)
		err = team_mine()->agree(err);
	if (!err)
		err = unite(path[0], &result,
			    scan_jobs_run(&scan.jobs, &result));
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
	free(scan.jobs.job);
	return err;
}
