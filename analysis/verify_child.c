// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "verify_child.h"
#include "../lib/campaign_journal.h"

enum { CHILD_CPU_S = 3600 };

/* Enough for the largest segment that a writer makes, four times over. */
#define CHILD_MEMORY_BYTES (8ull << 30)

static void set_problem(struct verify_result *result, const char *problem)
{
	result->has_fault = true;
	snprintf(result->problem, sizeof(result->problem), "%s", problem);
}

static void set_fault(struct verify_result *result, int err,
		      const struct segment_fault *fault)
{
	if (fault->problem) {
		result->fault = *fault;
		set_problem(result, fault->problem);
	} else {
		set_problem(result, strerror(-err));
	}
}

static void count(const struct segment *segment, struct verify_result *result)
{
	size_t i, c;

	result->n_intervals = segment->interval.n;
	for (i = 0; i < segment->rtt.n; i++)
		result->n_samples += segment->rtt.count[i];
	for (i = 0; i < segment->interval.n; i++)
		for (c = 0; c < N_OUTCOMES; c++)
			result->n_packets += segment->interval.outcome[c][i];
}

static const char *compare_entry(const struct segment *segment,
				 const struct manifest_entry *entry)
{
	const struct segment_meta *meta = &segment->meta;

	if (meta->first_seq != entry->first_seq ||
	    meta->last_seq != entry->last_seq ||
	    meta->time_start_ns != entry->time_start_ns ||
	    meta->time_end_ns != entry->time_end_ns)
		return "sequence numbers or times are not the manifest's";
	if (segment->interval.n != entry->n_intervals ||
	    segment->subnet.n != entry->n_subnets ||
	    segment->rtt.n != entry->n_rtt_rows ||
	    segment->traffic.n != entry->n_traffic_rows)
		return "numbers of rows are not the manifest's";
	return NULL;
}

static const char *compare_campaign(const struct segment *segment,
				    const struct verify_part *part)
{
	const char *problem = NULL;

	if (strcmp(segment->meta.campaign_uuid, part->campaign_uuid))
		return "belongs to another campaign";
	if (segment->meta.interval_ns != part->interval_ns)
		return "its interval is not the campaign's";
	if (part->entry)
		problem = compare_entry(segment, part->entry);
	return problem;
}

static void check_segment(const struct verify_part *part,
			  const struct segment *segment,
			  struct verify_result *result)
{
	const char *problem = compare_campaign(segment, part);
	struct segment_fault fault = { 0 };
	int err;

	count(segment, result);
	if (problem) {
		set_problem(result, problem);
		return;
	}
	err = audit_segment(segment, part->prev_end_ns, &fault);
	if (err)
		set_fault(result, err, &fault);
}

static void check_file(const struct verify_part *part,
		       struct verify_result *result)
{
	char sha256[MANIFEST_SHA256_CHARS + 1], *path;
	struct segment_fault fault = { 0 };
	struct segment segment;
	uint64_t n_bytes;
	int err = manifest_hash_file(part->campaign_fd, part->path, sha256,
				     &n_bytes);

	if (!err && asprintf(&path, "%s/%s", part->campaign, part->path) < 0)
		err = -ENOMEM;
	if (err) {
		set_problem(result, strerror(-err));
		return;
	}
	/* What the checksum tells is said last: a dataset and a row are of more
	 * use, where the damage shows in one. */
	err = segment_read(path, SEGMENT_ALL, &segment, &fault);
	free(path);
	if (err) {
		set_fault(result, err, &fault);
		return;
	}
	check_segment(part, &segment, result);
	segment_fini(&segment);
	if (!result->has_fault && (n_bytes != part->entry->n_file_bytes ||
				   strcmp(sha256, part->entry->sha256)))
		set_problem(result, "SHA-256 is not the manifest's");
}

static void check_journal(const struct verify_part *part,
			  struct verify_result *result)
{
	struct journal_reader journal;
	const char *problem = NULL;
	struct segment segment;
	int err = journal_open(part->campaign_fd, part->path, &journal);

	if (err) {
		set_problem(result, err == -EBADMSG ? "header is damaged" :
						      strerror(-err));
		return;
	}
	err = journal.n_entries > 0 ?
		      campaign_journal_build(&journal, part->after_seq,
					     &segment, &problem) :
		      -ENODATA;
	if (!err) {
		check_segment(part, &segment, result);
		segment_fini(&segment);
	} else if (err != -ENODATA) {
		set_problem(result, problem ? problem : strerror(-err));
	}
	if (!result->has_fault && !part->is_growing &&
	    journal.valid_bytes < journal.file_bytes) {
		snprintf(result->problem, sizeof(result->problem),
			 "%zu valid records, then %llu bytes that are none",
			 journal.n_entries,
			 (unsigned long long)(journal.file_bytes -
					      journal.valid_bytes));
		result->has_fault = true;
	}
	journal_fini(&journal);
}

static void limit_child(void)
{
	const struct rlimit no_core = { 0, 0 };
	const struct rlimit cpu = { CHILD_CPU_S, CHILD_CPU_S };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	/* AddressSanitizer maps terabytes of shadow. */
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit memory = { CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES };

	setrlimit(RLIMIT_AS, &memory);
#endif
}

static void run_child(const struct verify_part *part, int fd)
{
	struct verify_result result = { 0 };
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

	limit_child();
	/* The C library and libhdf5 may have last words; the finding has none
	 * of them. */
	if (quiet >= 0)
		dup2(quiet, STDERR_FILENO);
	if (part->is_journal)
		check_journal(part, &result);
	else
		check_file(part, &result);
	_exit(write(fd, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

/* The result, or what the child died of. */
static int wait_child(pid_t child, int fd, struct verify_result *ret_result)
{
	struct verify_result result;
	size_t n = 0;
	ssize_t n_read;
	int status;

	while (n < sizeof(result)) {
		n_read = read(fd, (char *)&result + n, sizeof(result) - n);
		if (n_read < 0 && errno == EINTR)
			continue;
		if (n_read <= 0)
			break;
		n += (size_t)n_read;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_result = (struct verify_result){ 0 };
	if (n == sizeof(result) && WIFEXITED(status) && !WEXITSTATUS(status)) {
		result.problem[sizeof(result.problem) - 1] = 0;
		*ret_result = result;
	} else if (WIFSIGNALED(status)) {
		snprintf(ret_result->problem, sizeof(ret_result->problem),
			 "reading it ends the process: signal %d",
			 WTERMSIG(status));
		ret_result->has_fault = true;
	} else {
		set_problem(ret_result, "reading it ends the process");
	}
	ret_result->fault.problem = ret_result->problem;
	return 0;
}

int verify_part_run(const struct verify_part *part,
		    struct verify_result *ret_result)
{
	int fds[2], err;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	child = fork();
	if (!child)
		run_child(part, fds[1]);
	err = child < 0 ? -errno : 0;
	close(fds[1]);
	if (!err)
		err = wait_child(child, fds[0], ret_result);
	close(fds[0]);
	return err;
}
