// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "verify_list.h"
#include "../lib/campaign_choice.h"
#include "../lib/campaign_journal.h"
#include "../lib/campaign_lock.h"
#include "../lib/cli.h"
#include "../lib/record.h"

static struct verify_file *add_file(struct verify_list *list, const char *path)
{
	struct verify_file *file = record_grow((void **)&list->file, &list->n,
					       &list->max, sizeof(*file));

	if (!file)
		return NULL;
	file->path = strdup(path);
	if (file->path)
		return file;
	list->n--;
	return NULL;
}

static int add_journal(struct verify_list *list, int campaign_fd,
		       const char *name)
{
	const struct journal_entry *last;
	struct journal_reader journal;
	struct verify_file *file;
	char path[512];
	int err;

	snprintf(path, sizeof(path), "journal/%s", name);
	err = journal_open(campaign_fd, path, &journal);
	/* Sealed since the directory was read. */
	if (err == -ENOENT)
		return 0;
	file = add_file(list, path);
	if (!file) {
		if (!err)
			journal_fini(&journal);
		return -ENOMEM;
	}
	file->is_journal = true;
	file->open_err = err;
	if (err)
		return 0;
	file->n_bytes = journal.valid_bytes;
	file->is_torn = !journal.n_entries &&
			journal.valid_bytes < journal.file_bytes;
	if (journal.n_entries) {
		last = &journal.entry[journal.n_entries - 1];
		file->first_seq = journal.entry[0].seq;
		file->last_seq = last->seq;
		file->time_start_ns = journal.entry[0].start_ns;
		file->time_end_ns = last->start_ns + (int64_t)last->duration_ns;
	}
	journal_fini(&journal);
	return 0;
}

static int is_journal(const struct dirent *entry)
{
	return campaign_journal_is_name(entry->d_name);
}

static int add_journals(struct verify_list *list, int campaign_fd)
{
	struct dirent **names;
	int i, n, err = 0;

	n = scandirat(campaign_fd, "journal", &names, is_journal, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < n; i++) {
		if (!err)
			err = add_journal(list, campaign_fd, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}

static int add_segments(struct verify_list *list)
{
	const struct manifest_entry *entry;
	struct verify_file *file;
	size_t i;

	for (i = 0; i < list->manifest.n; i++) {
		entry = &list->manifest.entry[i];
		file = add_file(list, entry->path);
		if (!file)
			return -ENOMEM;
		file->entry = entry;
		file->campaign_uuid = entry->campaign_uuid;
		/* A manifest names no file elsewhere. */
		if (segment_level_of_path(entry->path, &file->level))
			file->level = LEVEL_RAW;
		file->n_bytes = entry->n_file_bytes;
		file->first_seq = entry->first_seq;
		file->last_seq = entry->last_seq;
		file->time_start_ns = entry->time_start_ns;
		file->time_end_ns = entry->time_end_ns;
	}
	return 0;
}

/* A segment whose journal still stands was renamed, but its line is not written
 * yet: that is no fault. Its name ends with the journal's number. */
static bool is_being_sealed(const struct verify_list *list, const char *path)
{
	char name[CAMPAIGN_NAME_MAX];
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (!list->file[i].is_journal)
			continue;
		campaign_segment_name(list->file[i].time_start_ns,
				      list->file[i].first_seq, name);
		if (!strcmp(name, path))
			return true;
	}
	return false;
}

/* Whoever makes rollups may have renamed one, and not written its line yet. */
static bool is_rolling_up(int campaign_fd)
{
	int fd = openat(campaign_fd, CAMPAIGN_ROLLUP_LOCK_NAME,
			O_RDONLY | O_CLOEXEC);
	bool is_locked;

	if (fd < 0)
		return false;
	is_locked = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return is_locked;
}

static int add_unlisted(struct verify_list *list, const char *campaign,
			const char *directory)
{
	size_t n_suffix = 3, n_campaign = strlen(campaign) + 1;
	char *raw, *roots[2] = { NULL, NULL };
	struct verify_file *file;
	const char *path;
	FTSENT *at;
	FTS *tree;
	int err = 0;

	if (asprintf(&raw, "%s/%s", campaign, directory) < 0)
		return -ENOMEM;
	roots[0] = raw;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (tree && !err && (at = fts_read(tree))) {
		path = at->fts_path + n_campaign;
		if (at->fts_info != FTS_F || at->fts_namelen < n_suffix ||
		    strcmp(at->fts_name + at->fts_namelen - n_suffix, ".h5") ||
		    manifest_find(&list->manifest, path) ||
		    is_being_sealed(list, path))
			continue;
		file = add_file(list, path);
		if (file)
			file->is_unlisted = true;
		else
			err = -ENOMEM;
	}
	if (tree)
		fts_close(tree);
	free(raw);
	return err;
}

/* Unlisted and damaged files have no time and come first. */
static int compare_files(const void *a, const void *b)
{
	const struct verify_file *x = a, *y = b;
	bool x_first = x->is_unlisted || x->open_err;
	bool y_first = y->is_unlisted || y->open_err;
	int order;

	if (x_first != y_first)
		return x_first ? -1 : 1;
	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	order = strcmp(x->campaign_uuid, y->campaign_uuid);
	if (order)
		return order;
	if (x->time_start_ns != y->time_start_ns)
		return x->time_start_ns < y->time_start_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Intervals of a journal that a segment has too count once. */
static void skip_sealed(struct verify_list *list)
{
	struct verify_file *journal, *segment;
	size_t i, s;

	for (i = 0; i < list->n; i++) {
		journal = &list->file[i];
		for (s = 0; journal->is_journal && s < list->n; s++) {
			segment = &list->file[s];
			if (segment->entry &&
			    !strcmp(segment->campaign_uuid,
				    journal->campaign_uuid) &&
			    segment->first_seq <= journal->last_seq &&
			    segment->last_seq >= journal->first_seq &&
			    segment->last_seq > journal->after_seq)
				journal->after_seq = segment->last_seq;
		}
	}
}

static int choose_counted(struct verify_list *list)
{
	struct campaign_candidate *candidate =
		calloc(list->n + 1, sizeof(*candidate));
	const struct verify_file *file = list->file;
	size_t i;

	if (!candidate)
		return -ENOMEM;
	for (i = 0; i < list->n; i++, file++)
		candidate[i] = (struct campaign_candidate){
			.campaign_uuid = file->campaign_uuid,
			.level = file->level,
			.first_seq = file->first_seq > file->after_seq ?
					     file->first_seq :
					     file->after_seq + 1,
			.last_seq = file->last_seq,
			.is_there = file->is_journal ||
				    (file->entry && !file->entry->is_removed),
			.is_usable = true,
		};
	campaign_choose(candidate, list->n, true);
	for (i = 0; i < list->n; i++)
		list->file[i].is_counted = candidate[i].is_chosen;
	free(candidate);
	return 0;
}

int verify_list_read(const char *campaign, int campaign_fd, const char *uuid,
		     struct verify_list *ret_list)
{
	struct verify_list list = { 0 };
	size_t line, i;
	int err = add_journals(&list, campaign_fd);

	if (!err) {
		err = manifest_read(campaign_fd, &list.manifest, &line);
		if (!err && list.manifest.is_torn)
			err = -EBADMSG;
		if (err == -EBADMSG) {
			cli_error("%s/manifest.jsonl: line %zu: damaged",
				  campaign, line);
			verify_list_fini(&list);
			return err;
		}
	}
	if (!err)
		err = add_unlisted(&list, campaign, "raw");
	if (!err && !is_rolling_up(campaign_fd))
		err = add_unlisted(&list, campaign, "rollup");
	if (!err)
		err = add_segments(&list);
	for (i = 0; i < list.n; i++)
		if (!list.file[i].campaign_uuid)
			list.file[i].campaign_uuid = uuid;
	skip_sealed(&list);
	if (!err)
		err = choose_counted(&list);
	if (err) {
		cli_error("%s: cannot be read: %s", campaign, strerror(-err));
		verify_list_fini(&list);
		return err;
	}
	if (list.n)
		qsort(list.file, list.n, sizeof(*list.file), compare_files);
	*ret_list = list;
	return 0;
}

void verify_list_fini(struct verify_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->file[i].path);
	free(list->file);
	manifest_fini(&list->manifest);
	*list = (struct verify_list){ 0 };
}
