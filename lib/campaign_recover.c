// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign_mend.h"
#include "campaign_recover.h"
#include "cli.h"
#include "journal.h"
#include "manifest.h"
#include "temporary.h"

struct recovery {
	const char *path;
	int campaign_fd, journal_fd;
	struct campaign_seal *seal;
	const char *spare_meta, *campaign_uuid;
	struct manifest manifest;
	bool is_cut; /* the journal before lost its end */
	uint64_t last_seq;
	int64_t end_ns;
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), n_suffix = strlen(suffix);

	return n > n_suffix && !strcmp(name + n - n_suffix, suffix);
}

static void note_end(struct recovery *recovery, uint64_t last_seq,
		     int64_t end_ns)
{
	if (last_seq <= recovery->last_seq)
		return;
	recovery->last_seq = last_seq;
	recovery->end_ns = end_ns;
}

static int mend_manifest(struct recovery *recovery)
{
	const struct manifest *manifest = &recovery->manifest;

	if (!manifest->n_damaged)
		return manifest_cut(recovery->campaign_fd);
	cli_error("%s/manifest.jsonl: line %zu: damaged%s", recovery->path,
		  manifest->damaged_line,
		  manifest->n_damaged > 1 ? ", and others after it" : "");
	return manifest_repair(recovery->campaign_fd);
}

static int recover_manifest(struct recovery *recovery)
{
	const struct manifest_entry *entry;
	size_t i;
	int err = manifest_read_damaged(recovery->campaign_fd,
					&recovery->manifest);

	if (err) {
		cli_error("%s/manifest.jsonl: cannot be read: %s",
			  recovery->path, strerror(-err));
		return err;
	}
	for (i = 0; i < recovery->manifest.n; i++) {
		entry = &recovery->manifest.entry[i];
		note_end(recovery, entry->last_seq, entry->time_end_ns);
	}
	err = mend_manifest(recovery);
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

static int mend(struct recovery *recovery, const char *name)
{
	const struct campaign_mending mending = {
		.path = recovery->path,
		.campaign_fd = recovery->campaign_fd,
		.journal_fd = recovery->journal_fd,
		.spare_meta = recovery->spare_meta,
		.follows_damage = recovery->is_cut,
	};
	struct campaign_mended mended;
	size_t i;
	int err = campaign_mend_journal(&mending, name, &mended);

	if (err)
		return err;
	recovery->is_cut = mended.is_cut;
	if (mended.n)
		note_end(recovery, mended.last_seq, mended.end_ns);
	for (i = 0; i < mended.n && !err; i++)
		err = campaign_seal_add(recovery->seal, mended.first_seq[i]);
	campaign_mended_fini(&mended);
	return err;
}

static int recover_journal(struct recovery *recovery, const char *name)
{
	struct journal_reader journal;
	bool is_done = false;
	int err = journal_open(recovery->journal_fd, name, &journal);

	if (!err) {
		is_done = journal.n_entries &&
			  journal.valid_bytes == journal.file_bytes &&
			  is_sealed(recovery, &journal);
		journal_fini(&journal);
	}
	if (is_done)
		recovery->is_cut = false;
	if (is_done)
		err = unlinkat(recovery->journal_fd, name, 0) ? -errno : 0;
	else if (!err || err == -EBADMSG)
		err = mend(recovery, name);
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

/* A segment whose journal waits is sealed again, under the same name. */
static bool is_waiting(const struct recovery *recovery, const char *name)
{
	const struct campaign_seal *seal = recovery->seal;
	const char *at = strrchr(name, '-');
	size_t i;

	for (i = 0; at && i < seal->n_waiting; i++)
		if (strtoull(at + 1, NULL, 10) == seal->waiting[i])
			return true;
	return false;
}

/* Every segment that the manifest does not name: its line was damaged, or cut
 * off with the end of the file. */
static int relist(struct recovery *recovery)
{
	size_t n_path = strlen(recovery->path) + 1;
	char raw[PATH_MAX], *roots[2] = { raw, NULL };
	bool is_any = false;
	FTSENT *at;
	FTS *tree;

	snprintf(raw, sizeof(raw), "%s/raw", recovery->path);
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return -errno;
	while ((at = fts_read(tree))) {
		const char *name = at->fts_path + n_path;

		if (at->fts_info != FTS_F || !has_suffix(name, ".h5") ||
		    manifest_find(&recovery->manifest, name) ||
		    is_waiting(recovery, name))
			continue;
		/* What it cannot list it names; the start goes on. */
		campaign_seal_relist(recovery->seal, name,
				     recovery->campaign_uuid);
		is_any = true;
	}
	fts_close(tree);
	if (!is_any)
		return 0;
	manifest_fini(&recovery->manifest);
	return recover_manifest(recovery);
}

int campaign_recover(const struct campaign_recovery *from,
		     uint64_t *ret_last_seq, int64_t *ret_end_ns)
{
	struct recovery recovery = {
		.path = from->path,
		.campaign_fd = from->campaign_fd,
		.journal_fd = from->journal_fd,
		.seal = from->seal,
		.spare_meta = from->spare_meta,
		.campaign_uuid = from->campaign_uuid,
		.end_ns = INT64_MIN,
	};
	int err = temporary_remove_all(from->path, "raw");

	if (!err)
		err = temporary_remove_all(from->path, "journal");
	if (!err)
		err = recover_manifest(&recovery);
	if (!err)
		err = recover_journals(&recovery);
	if (!err)
		err = relist(&recovery);
	manifest_fini(&recovery.manifest);
	*ret_last_seq = recovery.last_seq;
	*ret_end_ns = recovery.end_ns;
	return err;
}
