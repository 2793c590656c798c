// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "verify_child.h"
#include "verify_rollup.h"
#include "../lib/campaign_journal.h"
#include "../lib/segment_file.h"

/* Small enough to stay in the same memory from range to range. */
enum { RANGE_ROWS = 1 << 17, RANGE_BINS = 1 << 19 };

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

static void count_intervals(const struct segment *segment,
			    struct verify_result *result)
{
	const struct segment_interval *in = &segment->interval;
	size_t i, c;

	for (i = 0; i < in->n; i++) {
		result->n_intervals += in->n_intervals[i];
		for (c = 0; c < N_OUTCOMES; c++)
			result->n_packets += in->outcome[c][i];
	}
}

static void count_samples(const struct segment *segment,
			  struct verify_result *result)
{
	size_t i;

	for (i = 0; i < segment->rtt.n; i++)
		result->n_samples += segment->rtt.count[i];
}

static const char *compare_entry(const struct segment *segment,
				 uint64_t n_rtt_rows, uint64_t n_traffic_rows,
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
	    n_rtt_rows != entry->n_rtt_rows ||
	    n_traffic_rows != entry->n_traffic_rows)
		return "numbers of rows are not the manifest's";
	return NULL;
}

static const char *compare_campaign(const struct segment *segment,
				    const struct verify_part *part)
{
	uint64_t interval_ns = segment_level_ns(part->level);

	if (strcmp(segment->meta.campaign_uuid, part->campaign_uuid))
		return "belongs to another campaign";
	if (strcmp(segment->meta.level, segment_level_name(part->level)))
		return "is of another level than its directory";
	if (segment->meta.interval_ns !=
	    (interval_ns ? interval_ns : part->interval_ns))
		return "its interval is not the campaign's";
	return NULL;
}

static int audit_ranges(struct segment_file *file, struct audit *audit,
			struct verify_result *result,
			struct segment_fault *fault)
{
	size_t at = 0, end, n = segment_file_whole(file)->subnet.n;
	struct segment range;
	int err = 0;

	for (; at < n && !err; at = end) {
		end = segment_file_range_end(file, at, RANGE_ROWS, RANGE_BINS);
		err = segment_file_range(file, at, end, &range, fault);
		if (err)
			break;
		count_samples(&range, result);
		err = audit_add(audit, &range, fault);
		if (err == -EBADMSG)
			segment_file_place_fault(file, at, 0, fault);
		segment_range_fini(&range);
	}
	return err;
}

static int audit_file(const struct verify_part *part, struct segment_file *file,
		      struct verify_result *result, struct segment_fault *fault)
{
	const struct segment *whole = segment_file_whole(file);
	struct audit *audit = audit_new(whole, part->prev_end_ns);
	int err = audit ? audit_ranges(file, audit, result, fault) : -ENOMEM;

	if (!err)
		err = audit_finish(audit, fault);
	audit_free(audit);
	if (!err && part->level != LEVEL_RAW)
		err = verify_rollup(part->campaign, part->manifest, whole,
				    fault);
	return err;
}

static int check_opened(const struct verify_part *part,
			struct segment_file *file, struct verify_result *result,
			struct segment_fault *fault)
{
	const struct segment *whole = segment_file_whole(file);
	const char *problem = compare_campaign(whole, part);

	count_intervals(whole, result);
	if (!problem)
		problem = compare_entry(
			whole, segment_file_n_rows(file, SEGMENT_RTT),
			segment_file_n_rows(file, SEGMENT_TRAFFIC),
			part->entry);
	if (!problem)
		return audit_file(part, file, result, fault);
	fault->problem = problem;
	return -EBADMSG;
}

static void check_file(const struct verify_part *part,
		       struct verify_result *result)
{
	char sha256[MANIFEST_SHA256_CHARS + 1], *path;
	struct segment_fault fault = { 0 };
	struct segment_file *file;
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
	err = segment_file_open(path, SEGMENT_ALL, &file, &fault);
	free(path);
	if (!err) {
		err = check_opened(part, file, result, &fault);
		segment_file_close(file);
	}
	if (err)
		set_fault(result, err, &fault);
	else if (n_bytes != part->entry->n_file_bytes ||
		 strcmp(sha256, part->entry->sha256))
		set_problem(result, "SHA-256 is not the manifest's");
}

static void check_records(const struct verify_part *part,
			  const struct segment *segment,
			  struct verify_result *result)
{
	const char *problem = compare_campaign(segment, part);
	struct segment_fault fault = { 0 };
	int err;

	count_intervals(segment, result);
	count_samples(segment, result);
	if (problem) {
		set_problem(result, problem);
		return;
	}
	err = audit_segment(segment, part->prev_end_ns, &fault);
	if (err)
		set_fault(result, err, &fault);
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
		check_records(part, &segment, result);
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

static void work(const void *argument, void *result)
{
	const struct verify_part *part = argument;

	if (part->is_journal)
		check_journal(part, result);
	else
		check_file(part, result);
}

int verify_part_start(const struct verify_part *part,
		      struct limited_child *ret_child)
{
	return limited_child_start(work, part, sizeof(struct verify_result),
				   ret_child);
}

/* The result, or what the child died of. */
int verify_part_wait(const struct limited_child *child,
		     struct verify_result *ret_result)
{
	int ended = limited_child_wait(child, ret_result, sizeof(*ret_result));

	ret_result->problem[sizeof(ret_result->problem) - 1] = 0;
	if (ended > 0)
		snprintf(ret_result->problem, sizeof(ret_result->problem),
			 "reading it ends the process: signal %d", ended);
	else if (ended == -EPIPE)
		set_problem(ret_result, "reading it ends the process");
	ret_result->has_fault |= ended > 0;
	ret_result->fault.problem = ret_result->problem;
	return ended == -EPIPE || ended > 0 ? 0 : ended;
}
