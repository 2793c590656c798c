// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign_mend.h"
#include "campaign_publish.h"
#include "campaign_seal.h"
#include "cli.h"
#include "manifest.h"
#include "segment_columns.h"
#include "segment_file.h"
#include "segment_write.h"

enum {
	PATH_CHARS = 4096,
	MAX_TABLES = 32,
	RANGE_ROWS = 1 << 17,
	RANGE_BINS = 1 << 19,
};

/* What must be the same after writing and reading back. */
struct totals {
	size_t n_rows[MAX_TABLES];
	uint64_t count, sum_ns, packets;
};

/* Rows of the tables of `load` (enum segment_load; 0: all of them), and sums. */
static void add_totals(const struct segment *segment, unsigned int load,
		       struct totals *totals)
{
	const struct segment_table *table = segment_table;
	size_t i;

	for (i = 0; i < n_segment_tables && i < MAX_TABLES; i++, table++)
		if (!load || table->load & load)
			totals->n_rows[i] += segment_table_rows(segment, table);
	for (i = 0; i < segment->rtt.n; i++) {
		totals->count += segment->rtt.count[i];
		totals->sum_ns += segment->rtt.sum_ns[i];
	}
	for (i = 0; i < segment->traffic.n; i++)
		totals->packets += segment->traffic.packets_rx[i] +
				   segment->traffic.packets_tx[i];
}

/* Range by range, in the same memory: fresh pages cost more than the work. */
static int read_totals(struct segment_file *file, struct totals *totals,
		       struct segment_fault *fault)
{
	const unsigned int rows = SEGMENT_TRAFFIC | SEGMENT_ECN | SEGMENT_SPIN |
				  SEGMENT_RTT | SEGMENT_HIST;
	size_t at = 0, end, n = segment_file_whole(file)->subnet.n;
	struct segment range;
	int err = 0;

	add_totals(segment_file_whole(file), 0, totals);
	for (; at < n && !err; at = end) {
		end = segment_file_range_end(file, at, RANGE_ROWS, RANGE_BINS);
		err = segment_file_range(file, at, end, &range, fault);
		if (err)
			break;
		add_totals(&range, rows, totals);
		segment_range_fini(&range);
	}
	return err;
}

static int verify_file(const char *path, const struct totals *expected,
		       char *cause, size_t n_cause)
{
	struct totals totals = { 0 };
	struct segment_fault fault;
	struct segment_file *file;
	int err = segment_file_open(path, SEGMENT_ALL, &file, &fault);

	if (!err) {
		err = read_totals(file, &totals, &fault);
		segment_file_close(file);
	}
	if (err) {
		if (fault.problem)
			segment_fault_format(&fault, cause, n_cause);
		return err;
	}
	if (!memcmp(&totals, expected, sizeof(totals)))
		return 0;
	snprintf(cause, n_cause, "reads back different from what was written");
	return -EBADMSG;
}

static void describe(const struct segment *segment, char *name,
		     struct manifest_entry *entry)
{
	const struct segment_meta *meta = &segment->meta;

	campaign_segment_name(meta->time_start_ns, meta->first_seq, name);
	*entry = (struct manifest_entry){
		.path = name,
		.first_seq = meta->first_seq,
		.last_seq = meta->last_seq,
		.time_start_ns = meta->time_start_ns,
		.time_end_ns = meta->time_end_ns,
		.n_intervals = segment->interval.n,
		.n_subnets = segment->subnet.n,
		.n_rtt_rows = segment->rtt.n,
		.n_traffic_rows = segment->traffic.n,
	};
	snprintf(entry->campaign_uuid, sizeof(entry->campaign_uuid), "%s",
		 meta->campaign_uuid);
}

/* Consumes the segment: a large one is gone before it is read back. */
static int seal_segment(const char *path, int campaign_fd,
			struct segment *segment, char *cause, size_t n_cause)
{
	char name[CAMPAIGN_NAME_MAX], temporary[CAMPAIGN_NAME_MAX + 8];
	char file[PATH_CHARS];
	struct manifest_entry entry;
	struct totals totals = { 0 };
	int err;

	add_totals(segment, 0, &totals);
	describe(segment, name, &entry);
	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	snprintf(file, sizeof(file), "%s/%s", path, temporary);
	err = campaign_publish_directories(campaign_fd, name);
	if (!err)
		err = segment_write(segment, file);
	segment_fini(segment);
	if (!err)
		err = verify_file(file, &totals, cause, n_cause);
	if (!err)
		err = campaign_publish(campaign_fd, temporary, &entry);
	if (err)
		unlinkat(campaign_fd, temporary, 0);
	return err;
}

static int build(int journal_fd, const char *name, struct segment *ret_segment,
		 char *cause, size_t n_cause)
{
	struct journal_reader journal;
	const char *problem = NULL;
	int err = journal_open(journal_fd, name, &journal);

	if (err)
		return err;
	/* The file was closed with its last record. What is behind that must be
	 * looked at before the journal may go. */
	if (journal.valid_bytes < journal.file_bytes)
		err = -EUCLEAN;
	else
		err = campaign_journal_build(&journal, 0, ret_segment,
					     &problem);
	if (problem)
		snprintf(cause, n_cause, "%s", problem);
	journal_fini(&journal);
	return err;
}

static int seal_whole(const char *path, int campaign_fd, int journal_fd,
		      const char *name, char *cause, size_t n_cause)
{
	struct segment segment;
	int err = build(journal_fd, name, &segment, cause, n_cause);

	if (!err)
		err = seal_segment(path, campaign_fd, &segment, cause, n_cause);
	if (!err && (unlinkat(journal_fd, name, 0) || fsync(journal_fd)))
		err = -errno;
	return err;
}

/* It was damaged since it was written: what is left of it is sealed. */
static int seal_damaged(const char *path, int campaign_fd, int journal_fd,
			const char *name, char *cause, size_t n_cause)
{
	const struct campaign_mending mending = { .path = path,
						  .campaign_fd = campaign_fd,
						  .journal_fd = journal_fd };
	struct campaign_mended mended;
	char part[CAMPAIGN_NAME_MAX];
	size_t i;
	int err = campaign_mend_journal(&mending, name, &mended);

	if (err)
		return err;
	for (i = 0; i < mended.n && !err; i++) {
		campaign_journal_name(mended.first_seq[i], part);
		err = seal_whole(path, campaign_fd, journal_fd, part, cause,
				 n_cause);
	}
	campaign_mended_fini(&mended);
	return err;
}

int campaign_seal_journal(const char *path, int campaign_fd, int journal_fd,
			  uint64_t first_seq)
{
	char name[CAMPAIGN_NAME_MAX], cause[256] = "";
	int err;

	campaign_journal_name(first_seq, name);
	err = seal_whole(path, campaign_fd, journal_fd, name, cause,
			 sizeof(cause));
	if (err == -EUCLEAN)
		err = seal_damaged(path, campaign_fd, journal_fd, name, cause,
				   sizeof(cause));
	if (err)
		cli_error("%s/journal/%s: not sealed: %s", path, name,
			  *cause ? cause : strerror(-err));
	return err;
}

/* The entry of a segment that is whole and of this campaign. */
static int read_entry(const char *path, int campaign_fd, const char *name,
		      const char *campaign_uuid, char *cause, size_t n_cause)
{
	char file[PATH_CHARS], own_name[CAMPAIGN_NAME_MAX];
	struct manifest_entry entry;
	struct segment_fault fault;
	struct segment segment;
	int err;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	err = segment_read(file, SEGMENT_ALL, &segment, &fault);
	if (err) {
		if (fault.problem)
			segment_fault_format(&fault, cause, n_cause);
		return err;
	}
	describe(&segment, own_name, &entry);
	segment_fini(&segment);
	if (strcmp(own_name, name) ||
	    strcmp(entry.campaign_uuid, campaign_uuid)) {
		snprintf(cause, n_cause, "not a segment of this campaign");
		return -EBADMSG;
	}
	err = manifest_hash_file(campaign_fd, name, entry.sha256,
				 &entry.n_file_bytes);
	return err ? err : manifest_append(campaign_fd, &entry);
}

int campaign_relist_segment(const char *path, int campaign_fd, const char *name,
			    const char *campaign_uuid)
{
	char cause[256] = "";
	int err = read_entry(path, campaign_fd, name, campaign_uuid, cause,
			     sizeof(cause));

	cli_error("%s/%s: not in manifest.jsonl: %s%s", path, name,
		  err ? "left out: " : "reads back whole: listed again",
		  *cause ? cause :
		  err    ? strerror(-err) :
			   "");
	return err;
}
