// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rewrite.h"
#include "rewrite_file.h"
#include "../lib/campaign_journal.h"
#include "../lib/limited_child.h"
#include "../lib/segment_write.h"

enum { BLOCK_BYTES = 1 << 16 };

struct task {
	const struct rewrite *rewrite;
	const char *fallback_json;
};

static void note_time(const struct segment_file *file,
		      struct rewrite_result *result)
{
	const struct segment_meta *meta = &segment_file_whole(file)->meta;

	result->has_time = true;
	result->time_start_ns = meta->time_start_ns;
	result->time_end_ns = meta->time_end_ns;
	result->first_seq = meta->first_seq;
	result->last_seq = meta->last_seq;
}

static bool is_expected(const struct rewrite *rewrite,
			const struct segment_file *file)
{
	const struct segment_meta *meta = &segment_file_whole(file)->meta;
	enum segment_level level;

	return !segment_level_parse(meta->level, &level) &&
	       level == rewrite->level &&
	       (!rewrite->campaign_uuid ||
		!strcmp(rewrite->campaign_uuid, meta->campaign_uuid));
}

static void set_problem(struct rewrite_result *result, const char *problem)
{
	if (!*result->problem)
		snprintf(result->problem, sizeof(result->problem), "%s",
			 problem);
}

static void work(const void *argument, void *at)
{
	const struct task *task = argument;
	struct rewrite_result *result = at;
	struct segment_file *file;

	result->err = rewrite_open(task->rewrite, &file, result);
	if (result->err) {
		set_problem(result, strerror(-result->err));
		return;
	}
	note_time(file, result);
	if (is_expected(task->rewrite, file)) {
		result->err = rewrite_file(task->rewrite, file, result);
	} else {
		result->err = -EBADMSG;
		set_problem(result, "belongs to another campaign or level");
	}
	if (result->err)
		set_problem(result, strerror(-result->err));
	segment_file_close(file);
}

/* End of what is not zero in [at, end) of the file. */
static uint64_t find_content_end(int fd, uint64_t at, uint64_t end)
{
	uint8_t block[BLOCK_BYTES];
	ssize_t n;

	while (end > at) {
		n = end - at < sizeof(block) ? (ssize_t)(end - at) :
					       (ssize_t)sizeof(block);
		if (pread(fd, block, (size_t)n, (off_t)end - n) != n)
			return end;
		for (; n && !block[n - 1]; n--)
			end--;
		if (n)
			return end;
	}
	return end;
}

/* Bytes before and between the records, and after the last of them up to the
 * last that is not zero: space is allocated ahead. */
static uint64_t count_lost_bytes(const struct journal_reader *journal)
{
	uint64_t at = JOURNAL_HEADER_BYTES, start, n_lost = 0;
	size_t i;

	for (i = 0; i < journal->n_entries; i++) {
		start = journal->entry[i].offset - JOURNAL_RECORD_HEADER_BYTES;
		if (journal->entry[i].follows_damage && start > at)
			n_lost += start - at;
		at = journal->entry[i].offset + journal->entry[i].payload_bytes;
	}
	if (!journal->n_entries)
		at = journal->valid_bytes;
	if (at >= journal->file_bytes)
		return n_lost;
	return n_lost + find_content_end(journal->fd, at, journal->file_bytes) -
	       at;
}

/* The journal as a segment under a temporary name, which is then rewritten. */
static int build_segment(const struct task *task, const char *path,
			 struct rewrite_result *result)
{
	struct journal_reader journal;
	struct segment segment;
	const char *problem = NULL;
	uint64_t n_lost;
	int err =
		journal_open_damaged(AT_FDCWD, task->rewrite->source, &journal);

	if (err)
		return err;
	n_lost = count_lost_bytes(&journal);
	if (n_lost)
		snprintf(result->problem, sizeof(result->problem),
			 "%llu bytes are no records",
			 (unsigned long long)n_lost);
	if (!journal.meta_json)
		journal.meta_json = strdup(task->fallback_json);
	err = !journal.n_entries ?
		      -ENODATA :
	      !journal.meta_json ?
		      -ENOMEM :
		      campaign_journal_build(&journal, 0, &segment, &problem);
	if (problem)
		set_problem(result, problem);
	journal_fini(&journal);
	if (err)
		return err;
	err = segment_write(&segment, path);
	segment_fini(&segment);
	return err;
}

static void work_journal(const void *argument, void *at)
{
	const struct task *task = argument;
	struct rewrite rewrite = *task->rewrite;
	struct rewrite_result *result = at;
	const struct task inner = { &rewrite, NULL };
	char *path;

	if (asprintf(&path, "%s/journal.h5.tmp", rewrite.target) < 0) {
		result->err = -ENOMEM;
		return;
	}
	result->err = build_segment(task, path, result);
	rewrite.source = path;
	if (!result->err)
		work(&inner, result);
	/* Nothing in it is no loss but that of its bytes. */
	else if (result->err == -ENODATA)
		result->err = 0;
	else
		set_problem(result, strerror(-result->err));
	unlink(path);
	free(path);
}

static int run(void (*child_work)(const void *, void *),
	       const struct task *task, struct rewrite_result *ret_result)
{
	struct limited_child child;
	int err = limited_child_start(child_work, task, sizeof(*ret_result),
				      &child);

	if (err)
		return err;
	err = limited_child_wait(&child, ret_result, sizeof(*ret_result));
	ret_result->problem[sizeof(ret_result->problem) - 1] = 0;
	ret_result->lost_groups[sizeof(ret_result->lost_groups) - 1] = 0;
	if (err > 0)
		snprintf(ret_result->problem, sizeof(ret_result->problem),
			 "reading it ends the process: signal %d", err);
	else if (err)
		set_problem(ret_result, "reading it ends the process");
	if (err)
		ret_result->err = -EBADMSG;
	return 0;
}

int rewrite_run(const struct rewrite *rewrite,
		struct rewrite_result *ret_result)
{
	const struct task task = { rewrite, NULL };

	return run(work, &task, ret_result);
}

int rewrite_run_journal(const struct rewrite *rewrite,
			const char *fallback_json,
			struct rewrite_result *ret_result)
{
	const struct task task = { rewrite, fallback_json };

	return run(work_journal, &task, ret_result);
}
