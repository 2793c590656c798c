// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign_recover.h"
#include "cli.h"
#include "journal.h"
#include "manifest.h"
#include "temporary.h"

struct recovery {
	const char *path;
	int campaign_fd, journal_fd;
	struct campaign_seal *seal;
	struct manifest manifest;
	uint64_t last_seq;
	int64_t end_ns;
};

static void note_end(struct recovery *recovery, uint64_t last_seq,
		     int64_t end_ns)
{
	if (last_seq <= recovery->last_seq)
		return;
	recovery->last_seq = last_seq;
	recovery->end_ns = end_ns;
}

static int recover_manifest(struct recovery *recovery)
{
	const struct manifest_entry *entry;
	size_t i, line;
	int err = manifest_read(recovery->campaign_fd, &recovery->manifest,
				&line);

	if (err) {
		cli_error("%s/manifest.jsonl: line %zu: %s", recovery->path,
			  line, err == -EBADMSG ? "damaged" : strerror(-err));
		return err;
	}
	for (i = 0; i < recovery->manifest.n; i++) {
		entry = &recovery->manifest.entry[i];
		note_end(recovery, entry->last_seq, entry->time_end_ns);
	}
	err = manifest_cut(recovery->campaign_fd);
	if (err)
		cli_error("%s/manifest.jsonl: cannot be written: %s",
			  recovery->path, strerror(-err));
	return err;
}

/* The segment is there, in the manifest, and is the file that was hashed. */
static bool is_sealed(const struct recovery *recovery,
		      const struct journal_reader *journal)
{
	char name[CAMPAIGN_NAME_MAX], sha256[MANIFEST_SHA256_CHARS + 1];
	const struct journal_entry *last =
		&journal->entry[journal->n_entries - 1];
	const struct manifest_entry *entry;
	uint64_t n_bytes;

	campaign_segment_name(journal->entry[0].start_ns, journal->entry[0].seq,
			      name);
	entry = manifest_find(&recovery->manifest, name);
	return entry && entry->last_seq == last->seq &&
	       !manifest_hash_file(recovery->campaign_fd, name, sha256,
				   &n_bytes) &&
	       n_bytes == entry->n_file_bytes && !strcmp(sha256, entry->sha256);
}

static int cut_tail(const struct recovery *recovery, const char *name,
		    const struct journal_reader *journal)
{
	int err = 0, fd;

	if (journal->file_bytes == journal->valid_bytes)
		return 0;
	cli_error("%s/journal/%s: torn record cut off: %llu bytes",
		  recovery->path, name,
		  (unsigned long long)(journal->file_bytes -
				       journal->valid_bytes));
	fd = openat(recovery->journal_fd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)journal->valid_bytes) || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* A header that was never finished holds no interval. One that is damaged is
 * set aside, for a person to look at. */
static int set_aside(const struct recovery *recovery, const char *name)
{
	char aside[NAME_MAX + 16];
	struct stat st;

	if (fstatat(recovery->journal_fd, name, &st, 0))
		return -errno;
	if (st.st_size < JOURNAL_HEADER_BYTES)
		return unlinkat(recovery->journal_fd, name, 0) ? -errno : 0;
	snprintf(aside, sizeof(aside), "%s.damaged", name);
	cli_error("%s/journal/%s: damaged header: set aside as %s",
		  recovery->path, name, aside);
	return renameat(recovery->journal_fd, name, recovery->journal_fd,
			aside) ?
		       -errno :
		       0;
}

static int recover_open_journal(struct recovery *recovery, const char *name,
				const struct journal_reader *journal)
{
	const struct journal_entry *last;
	int err;

	if (!journal->n_entries || is_sealed(recovery, journal))
		return unlinkat(recovery->journal_fd, name, 0) ? -errno : 0;
	err = cut_tail(recovery, name, journal);
	if (err)
		return err;
	last = &journal->entry[journal->n_entries - 1];
	note_end(recovery, last->seq,
		 last->start_ns + (int64_t)last->duration_ns);
	return campaign_seal_add(recovery->seal, journal->entry[0].seq);
}

static int recover_journal(struct recovery *recovery, const char *name)
{
	struct journal_reader journal;
	int err = journal_open(recovery->journal_fd, name, &journal);

	if (err == -EBADMSG)
		err = set_aside(recovery, name);
	else if (!err) {
		err = recover_open_journal(recovery, name, &journal);
		journal_fini(&journal);
	}
	if (err)
		cli_error("%s/journal/%s: cannot be recovered: %s",
			  recovery->path, name, strerror(-err));
	return err;
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

static int recover_journals(struct recovery *recovery)
{
	struct dirent **names;
	int n = scandirat(recovery->journal_fd, ".", &names, is_journal,
			  alphasort);
	int i, err = 0;

	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (!err)
			err = recover_journal(recovery, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}

int campaign_recover(const char *path, int campaign_fd, int journal_fd,
		     struct campaign_seal *seal, uint64_t *ret_last_seq,
		     int64_t *ret_end_ns)
{
	struct recovery recovery = { path,  campaign_fd, journal_fd, seal,
				     { 0 }, 0,           INT64_MIN };
	int err = temporary_remove_all(path, "raw");

	if (!err)
		err = recover_manifest(&recovery);
	if (!err)
		err = recover_journals(&recovery);
	manifest_fini(&recovery.manifest);
	*ret_last_seq = recovery.last_seq;
	*ret_end_ns = recovery.end_ns;
	return err;
}
