// SPDX-License-Identifier: GPL-2.0-or-later
#include "shard_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "../lib/progress.h"
#include "team.h"

struct worker {
	pid_t pid; /* 0: this process */
	FILE *file;
};

struct pool {
	const struct shard_scan *scan;
	const struct shard_list *shards;
	struct worker worker[SCAN_MAX_PROCESSES];
	size_t n_workers;
};

static int put_groups(const struct shard_scan *scan,
		      const struct scan_result *result, FILE *file)
{
	uint64_t n = 0;
	int err = 0;

	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];

		n += group->tally[scan->source] &&
		     group->tally[scan->source]->count;
	}
	if (fwrite(&n, sizeof(n), 1, file) != 1)
		return -EIO;
	for (size_t i = 0; i < result->table.n && !err; i++) {
		const struct group *group = result->table.group[i];
		const struct tally *tally = group->tally[scan->source];
		struct summary summary;

		if (!tally || !tally->count)
			continue;
		summary = summary_make(&group->key, tally, &result->layout,
				       scan->min_samples);
		if (fwrite(&summary, sizeof(summary), 1, file) != 1)
			err = -EIO;
	}
	return err;
}

static int run_shard(const struct shard_scan *scan, const struct prefix *shard,
		     FILE *file)
{
	struct scan_query query = *scan->query;
	struct scan_result result = { 0 };
	int err;

	query.has_subnet = true;
	query.subnet = *shard;
	/* The members of a team share each shard, and not the shards. */
	if (team_mine()->size == 1)
		query.n_processes = 1;
	query.is_quiet = query.may_be_empty = true;
	err = scan_campaigns(scan->campaign, scan->n_campaigns, &query,
			     &result);
	if (err)
		return err;
	err = put_groups(scan, &result, file);
	if (err)
		cli_error("%s: cannot be summed: no memory for the result",
			  scan->campaign[0]);
	scan_result_fini(&result);
	return err;
}

/* Every n_workers-th shard from `first` on; only worker 0 shows progress. */
static int run_share(const struct pool *pool, size_t first, FILE *file)
{
	struct progress progress;
	int err = 0;

	progress_init(&progress, "reading", pool->shards->n_bytes,
		      pool->scan->query->is_quiet || first);
	for (size_t i = first; i < pool->shards->n && !err;
	     i += pool->n_workers) {
		err = run_shard(pool->scan, &pool->shards->prefix[i], file);
		progress_update(&progress, pool->shards->n_bytes /
						   pool->shards->n * (i + 1));
	}
	progress_hide(&progress);
	if (!err && fflush(file))
		err = -EIO;
	return err;
}

static int start_worker(struct pool *pool, size_t i)
{
	struct worker *worker = &pool->worker[i];
	int fd = memfd_create("spindrift-shard", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	worker->file = fdopen(fd, "w+");
	if (!worker->file) {
		close(fd);
		return -ENOMEM;
	}
	if (pool->n_workers == 1)
		return 0;
	worker->pid = fork();
	if (worker->pid == 0) {
		team_leave();
		_exit(run_share(pool, i, worker->file) ? EXIT_FAILED :
							 EXIT_DONE);
	}
	return worker->pid < 0 ? -errno : 0;
}

/* A worker that failed has printed its line. */
static int wait_for(const struct pool *pool, struct worker *worker)
{
	int status = 0;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(status))
		cli_error("%s: cannot be read: a reading process died of "
			  "signal %d",
			  pool->scan->campaign[0], WTERMSIG(status));
	return status ? -EIO : 0;
}

static int run_workers(struct pool *pool)
{
	int err = 0;

	for (size_t i = 0; i < pool->n_workers && !err; i++) {
		err = start_worker(pool, i);
		if (err)
			cli_error("%s: cannot be read: cannot start a "
				  "process: %s",
				  pool->scan->campaign[0], strerror(-err));
	}
	if (!err && pool->n_workers == 1)
		return run_share(pool, 0, pool->worker[0].file);
	for (size_t i = 0; i < pool->n_workers; i++) {
		int failure = pool->worker[i].pid > 0 ?
				      wait_for(pool, &pool->worker[i]) :
				      0;

		err = err ? err : failure;
	}
	return err;
}

static int take_shard(FILE *file, shard_scan_take *take, void *context)
{
	struct summary summary;
	uint64_t n;

	if (fread(&n, sizeof(n), 1, file) != 1)
		return -EIO;
	for (uint64_t i = 0; i < n; i++) {
		if (fread(&summary, sizeof(summary), 1, file) != 1)
			return -EIO;
		take(context, &summary);
	}
	return 0;
}

static int take_all(struct pool *pool, shard_scan_take *take, void *context)
{
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < pool->n_workers; i++)
		rewind(pool->worker[i].file);
	/* Shards were dealt in turn. */
	for (size_t i = 0; i < pool->shards->n && !err; i++) {
		err = take_shard(pool->worker[at].file, take, context);
		at = at + 1 < pool->n_workers ? at + 1 : 0;
	}
	if (err)
		cli_error("%s: cannot be summed: %s", pool->scan->campaign[0],
			  strerror(-err));
	return err;
}

static size_t count_workers(const struct shard_scan *scan,
			    const struct shard_list *shards)
{
	if (team_mine()->size > 1)
		return 1;
	return scan->query->n_processes < shards->n ? scan->query->n_processes :
						      shards->n;
}

int shard_scan_run(const struct shard_scan *scan,
		   const struct shard_list *shards, shard_scan_take *take,
		   void *context)
{
	struct pool pool = { .scan = scan, .shards = shards };
	int err;

	if (!shards->n)
		return 0;
	pool.n_workers = count_workers(scan, shards);
	err = run_workers(&pool);
	if (!err)
		err = take_all(&pool, take, context);
	for (size_t i = 0; i < pool.n_workers; i++)
		if (pool.worker[i].file)
			fclose(pool.worker[i].file);
	return err;
}
