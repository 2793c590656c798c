// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "salvage_list.h"
#include "../lib/cli.h"
#include "../lib/record.h"

static int add_file(struct salvage_list *list, const char *path,
		    const struct manifest_entry *entry, bool is_there)
{
	struct salvage_file *file = record_grow((void **)&list->file, &list->n,
						&list->max, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->path = strdup(path);
	file->entry = entry;
	file->is_there = is_there;
	file->is_journal = !strncmp(path, "journal/", 8);
	if (!file->is_journal && segment_level_of_path(path, &file->level))
		file->level = LEVEL_RAW;
	if (file->path)
		return 0;
	list->n--;
	return -ENOMEM;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), n_suffix = strlen(suffix);

	return n >= n_suffix && !strcmp(name + n - n_suffix, suffix);
}

static int add_found(struct salvage_list *list, const char *campaign,
		     const char *directory)
{
	size_t n_campaign = strlen(campaign) + 1;
	char *top, *roots[2] = { NULL, NULL };
	const char *path;
	FTSENT *at;
	FTS *tree;
	int err = 0;

	if (asprintf(&top, "%s/%s", campaign, directory) < 0)
		return -ENOMEM;
	roots[0] = top;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (tree && !err && (at = fts_read(tree))) {
		path = at->fts_path + n_campaign;
		if (at->fts_info == FTS_F &&
		    (ends_in(path, ".h5") || ends_in(path, ".journal") ||
		     ends_in(path, ".journal.damaged")))
			err = add_file(list, path,
				       manifest_find(&list->manifest, path),
				       true);
	}
	if (tree)
		fts_close(tree);
	free(top);
	return err;
}

/* What the manifest names and the directories do not show. */
static int add_missing(struct salvage_list *list)
{
	const struct manifest_entry *entry;
	size_t i, f, n_found = list->n;
	int err = 0;

	for (i = 0; i < list->manifest.n && !err; i++) {
		entry = &list->manifest.entry[i];
		for (f = 0; f < n_found; f++)
			if (list->file[f].entry == entry)
				break;
		if (f == n_found)
			err = add_file(list, entry->path, entry, false);
	}
	return err;
}

static int compare_files(const void *a, const void *b)
{
	const struct salvage_file *x = a, *y = b;

	if (x->is_journal != y->is_journal)
		return x->is_journal ? 1 : -1;
	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return strcmp(x->path, y->path);
}

int salvage_list_read(const char *campaign, int campaign_fd,
		      struct salvage_list *ret_list)
{
	struct salvage_list list = { 0 };
	int err = manifest_read_damaged(campaign_fd, &list.manifest);

	if (!err)
		err = add_found(&list, campaign, "raw");
	if (!err)
		err = add_found(&list, campaign, "rollup");
	if (!err)
		err = add_found(&list, campaign, "journal");
	if (!err)
		err = add_missing(&list);
	if (err) {
		cli_error("%s: cannot be read: %s", campaign, strerror(-err));
		salvage_list_fini(&list);
		return err;
	}
	if (list.n)
		qsort(list.file, list.n, sizeof(*list.file), compare_files);
	*ret_list = list;
	return 0;
}

void salvage_list_fini(struct salvage_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->file[i].path);
	free(list->file);
	manifest_fini(&list->manifest);
	*list = (struct salvage_list){ 0 };
}
