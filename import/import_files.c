// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"

/* Each segment carries the names: of a month of files only two. */
enum { MAX_DEVICES_CHARS = 1024 };

const char *import_file_name(const struct epping_file *file)
{
	const char *slash = strrchr(file->path, '/');

	return slash ? slash + 1 : file->path;
}

const struct epping_settings *
import_files_settings(const struct import_files *files)
{
	return &files->file[0].settings;
}

/* By time, and by name where that is the same. */
static int compare_files(const void *a, const void *b)
{
	const struct epping_file *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int check_settings(const struct import_files *files)
{
	const struct epping_file *first = &files->file[0], *file;
	const char *difference;

	if (!first->has_settings) {
		cli_error("%s: cannot be imported: the first record in time is "
			  "no metadata, which say what bins its histograms "
			  "have",
			  first->path);
		return -EINVAL;
	}
	for (size_t i = 1; i < files->n; i++) {
		file = &files->file[i];
		if (!file->has_settings)
			continue;
		difference = epping_settings_difference(&file->settings,
							&first->settings);
		if (!difference)
			continue;
		cli_error("%s: cannot be imported: byte %" PRIu64
			  ": other %s than in %s",
			  file->path, file->metadata_offset, difference,
			  first->path);
		return -EINVAL;
	}
	return 0;
}

/* The same records would count twice. */
static int check_times(const struct import_files *files)
{
	for (size_t i = 1; i < files->n; i++) {
		if (files->file[i].first_ns != files->file[i - 1].first_ns)
			continue;
		cli_error("%s: cannot be imported: begins at the same "
			  "nanosecond as %s: a file twice",
			  files->file[i].path, files->file[i - 1].path);
		return -EINVAL;
	}
	return 0;
}

static int check_layouts(const struct import_files *files, bool is_old)
{
	const struct epping_file *file;
	const char *problem;

	for (size_t i = 0; i < files->n; i++) {
		file = &files->file[i];
		if (!file->has_prefix)
			continue;
		problem = epping_check_layout(file->is_flat, is_old);
		if (problem) {
			cli_error("%s: cannot be imported: %s", file->path,
				  problem);
			return -EINVAL;
		}
	}
	return 0;
}

static int look_at_all(char *const *paths, size_t n_paths,
		       struct progress *progress, struct import_files *files)
{
	bool is_known = true;
	int err = 0;

	for (size_t i = 0; i < n_paths && !err; i++) {
		err = epping_file_look(paths[i], &files->file[i]);
		if (err)
			break;
		files->n++;
		files->n_bytes += files->file[i].n_bytes;
		is_known &= files->file[i].n_bytes > 0;
		progress_update(progress, files->n_bytes);
	}
	progress_hide(progress);
	if (!is_known)
		files->n_bytes = 0;
	return err;
}

int import_files_look(char *const *paths, size_t n_paths, bool is_old,
		      struct progress *progress, struct import_files *ret_files)
{
	struct import_files files = { .file = calloc(n_paths,
						     sizeof(*files.file)) };
	int err;

	if (!files.file) {
		cli_error("import: cannot go on: out of memory");
		return -ENOMEM;
	}
	err = look_at_all(paths, n_paths, progress, &files);
	if (!err) {
		qsort(files.file, files.n, sizeof(*files.file), compare_files);
		err = check_settings(&files);
	}
	if (!err)
		err = check_times(&files);
	if (!err)
		err = check_layouts(&files, is_old);
	if (err)
		import_files_fini(&files);
	else
		*ret_files = files;
	return err;
}

void import_files_fini(struct import_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		epping_file_close(&files->file[i]);
	free(files->file);
	*files = (struct import_files){ 0 };
}

static char *join_names(const struct import_files *files, size_t n_chars)
{
	char *joined = malloc(n_chars), *end = joined;

	if (!joined)
		return NULL;
	for (size_t i = 0; i < files->n; i++) {
		if (i > 0)
			*end++ = ',';
		end = stpcpy(end, import_file_name(&files->file[i]));
	}
	return joined;
}

char *import_files_devices(const struct import_files *files)
{
	size_t n_chars = 1;
	char *text;

	for (size_t i = 0; i < files->n; i++)
		n_chars += strlen(import_file_name(&files->file[i])) + 1;
	if (n_chars <= MAX_DEVICES_CHARS)
		return join_names(files, n_chars);
	if (asprintf(&text, "%s to %s (%zu files)",
		     import_file_name(&files->file[0]),
		     import_file_name(&files->file[files->n - 1]),
		     files->n) < 0)
		return NULL;
	return text;
}
