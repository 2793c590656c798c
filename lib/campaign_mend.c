// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign_gaps.h"
#include "campaign_journal.h"
#include "campaign_mend.h"
#include "cli.h"
#include "journal.h"
#include "manifest.h"

struct mend {
	const struct campaign_mending *from;
	const char *path, *name;
	int fd; /* the directory journal/ */
	const char *meta_json;
	const struct journal_reader *journal;
	int64_t prev_end_ns; /* of the interval before its first, or INT64_MIN */
};

void campaign_mended_fini(struct campaign_mended *mended)
{
	free(mended->first_seq);
	*mended = (struct campaign_mended){ 0 };
}

static int64_t end_of(const struct journal_entry *entry)
{
	return entry->start_ns + (int64_t)entry->duration_ns;
}

static int add_journal(struct campaign_mended *mended, uint64_t first_seq)
{
	uint64_t *row = record_grow((void **)&mended->first_seq, &mended->n,
				    &mended->max, sizeof(*row));

	if (!row)
		return -ENOMEM;
	*row = first_seq;
	return 0;
}

static int cut_tail(const struct mend *mend)
{
	const struct journal_reader *journal = mend->journal;
	int err = 0, fd;

	if (journal->file_bytes == journal->valid_bytes)
		return 0;
	cli_error("%s/journal/%s: torn record cut off: %llu bytes", mend->path,
		  mend->name,
		  (unsigned long long)(journal->file_bytes -
				       journal->valid_bytes));
	fd = openat(mend->fd, mend->name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)journal->valid_bytes) || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void name_aside(const struct mend *mend, char aside[NAME_MAX])
{
	snprintf(aside, NAME_MAX, "%s.damaged", mend->name);
}

/* Nothing valid is in it. A header that was never finished held no record; of
 * anything else a person may make something. */
static int set_aside(const struct mend *mend)
{
	const struct journal_reader *journal = mend->journal;
	char aside[NAME_MAX];

	if (journal->meta_json && journal->file_bytes > journal->valid_bytes)
		cli_error("%s/journal/%s: its only record is torn: removed",
			  mend->path, mend->name);
	if (journal->meta_json || journal->file_bytes < JOURNAL_HEADER_BYTES)
		return unlinkat(mend->fd, mend->name, 0) ? -errno : 0;
	name_aside(mend, aside);
	cli_error("%s/journal/%s: no valid record: set aside as %s", mend->path,
		  mend->name, aside);
	return renameat(mend->fd, mend->name, mend->fd, aside) ? -errno : 0;
}

static void take_later(int64_t end_ns, int64_t start_ns, int64_t *to_ns)
{
	if (end_ns <= start_ns && end_ns > *to_ns)
		*to_ns = end_ns;
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

static void look_at_journal(const struct mend *mend, const char *name,
			    int64_t start_ns, int64_t *to_ns)
{
	struct journal_reader other;

	if (!strcmp(name, mend->name) || journal_open(mend->fd, name, &other))
		return;
	if (other.n_entries)
		take_later(end_of(&other.entry[other.n_entries - 1]), start_ns,
			   to_ns);
	journal_fini(&other);
}

/* End of the last interval in any other part that is not after start_ns. */
static int find_prev_end(const struct mend *mend, int64_t start_ns,
			 int64_t *ret_end_ns)
{
	struct manifest manifest;
	struct dirent **names;
	size_t i;
	int n, err = manifest_read_damaged(mend->from->campaign_fd, &manifest);

	*ret_end_ns = INT64_MIN;
	if (err)
		return err;
	for (i = 0; i < manifest.n; i++)
		take_later(manifest.entry[i].time_end_ns, start_ns, ret_end_ns);
	manifest_fini(&manifest);
	n = scandirat(mend->fd, ".", &names, is_journal, alphasort);
	if (n < 0)
		return -errno;
	while (n--) {
		look_at_journal(mend, names[n]->d_name, start_ns, ret_end_ns);
		free(names[n]);
	}
	free(names);
	return 0;
}

static int append_entry(const struct mend *mend, size_t entry_idx,
			struct journal_writer *writer, struct record *record)
{
	const struct journal_entry *entry = &mend->journal->entry[entry_idx];
	const struct campaign_gaps none = { 0 };
	int err = journal_read(mend->journal, entry_idx, record);

	if (!err && entry->follows_damage)
		err = campaign_gaps_fill(&none,
					 entry_idx ? end_of(entry - 1) :
						     mend->prev_end_ns,
					 GAP_TORN, record);
	return err ? err : journal_append(writer, record);
}

/* Records [first, end) as a journal of their own, under a temporary name. */
static int write_run(const struct mend *mend, size_t first, size_t end,
		     const char *temporary)
{
	struct journal_writer *writer;
	struct record record = { 0 };
	int err;

	unlinkat(mend->fd, temporary, 0);
	err = journal_create(mend->fd, temporary, mend->meta_json, true,
			     &writer);
	if (err)
		return err;
	for (; first < end && !err; first++)
		err = append_entry(mend, first, writer, &record);
	journal_close(writer);
	record_fini(&record);
	if (err)
		unlinkat(mend->fd, temporary, 0);
	return err;
}

/* The damaged file keeps a name while its own goes to what was good of it. */
static int keep_damaged(const struct mend *mend)
{
	char aside[NAME_MAX];

	name_aside(mend, aside);
	if (!linkat(mend->fd, mend->name, mend->fd, aside, 0) ||
	    errno == EEXIST)
		return 0;
	/* A file system without links: rather the data than the evidence. */
	return errno == EPERM || errno == EOPNOTSUPP ? 0 : -errno;
}

static int place_run(const struct mend *mend, size_t first, size_t end)
{
	char name[CAMPAIGN_NAME_MAX], temporary[CAMPAIGN_NAME_MAX + 8];
	int err;

	campaign_journal_name(mend->journal->entry[first].seq, name);
	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	err = write_run(mend, first, end, temporary);
	if (!err && !first)
		err = keep_damaged(mend);
	if (!err && renameat(mend->fd, temporary, mend->fd, name))
		err = -errno;
	if (!err && fsync(mend->fd))
		err = -errno;
	/* Last, when all that was good of it is durable elsewhere. */
	if (!err && !first && strcmp(name, mend->name) &&
	    unlinkat(mend->fd, mend->name, 0))
		err = -errno;
	return err;
}

/* From the last to the first, which takes the file's own name. */
static int split(const struct mend *mend, struct campaign_mended *mended)
{
	const struct journal_reader *journal = mend->journal;
	size_t first, end = journal->n_entries, i;
	uint64_t swapped;
	int err = 0;

	for (first = end; first-- && !err;) {
		if (first && !journal->entry[first].follows_damage)
			continue;
		err = place_run(mend, first, end);
		if (!err)
			err = add_journal(mended, journal->entry[first].seq);
		end = first;
	}
	for (i = 0; i < mended->n / 2; i++) {
		swapped = mended->first_seq[i];
		mended->first_seq[i] = mended->first_seq[mended->n - 1 - i];
		mended->first_seq[mended->n - 1 - i] = swapped;
	}
	return err;
}

static bool is_split(const struct journal_reader *journal)
{
	size_t i;

	for (i = 0; i < journal->n_entries; i++)
		if (journal->entry[i].follows_damage)
			return true;
	return false;
}

static int mend_records(struct mend *mend, struct campaign_mended *mended)
{
	const struct journal_reader *journal = mend->journal;
	const struct journal_entry *last =
		&journal->entry[journal->n_entries - 1];
	int err;

	mended->last_seq = last->seq;
	mended->end_ns = end_of(last);
	mended->is_cut = journal->valid_bytes < journal->file_bytes;
	if (!is_split(journal)) {
		err = cut_tail(mend);
		return err ? err : add_journal(mended, journal->entry[0].seq);
	}
	if (!mend->from->follows_damage)
		cli_error("%s/journal/%s: damaged: %zu intervals can be read "
			  "and are kept%s",
			  mend->path, mend->name, journal->n_entries,
			  journal->meta_json ? "" : ", the header cannot");
	mend->meta_json = journal->meta_json ? journal->meta_json :
					       mend->from->spare_meta;
	if (!mend->meta_json)
		return -EBADMSG;
	err = find_prev_end(mend, journal->entry[0].start_ns,
			    &mend->prev_end_ns);
	return err ? err : split(mend, mended);
}

int campaign_mend_journal(const struct campaign_mending *mending,
			  const char *name, struct campaign_mended *ret_mended)
{
	struct campaign_mended mended = { 0 };
	struct journal_reader journal;
	struct mend mend = { .from = mending,
			     .path = mending->path,
			     .name = name,
			     .fd = mending->journal_fd,
			     .journal = &journal };
	int err = journal_open_damaged(mending->journal_fd, name, &journal);

	if (err)
		return err;
	if (journal.n_entries) {
		journal.entry[0].follows_damage |= mending->follows_damage;
		err = mend_records(&mend, &mended);
	} else {
		mended.is_cut = true;
		err = set_aside(&mend);
	}
	journal_fini(&journal);
	if (err)
		campaign_mended_fini(&mended);
	else
		*ret_mended = mended;
	return err;
}
