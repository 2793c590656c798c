/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an import: looked into before anything is written, in the order
 * of their first records, whatever their names. */
#ifndef IMPORT_IMPORT_FILES_H
#define IMPORT_IMPORT_FILES_H

#include "epping_file.h"

struct import_files {
	struct epping_file *file;
	size_t n;
	uint64_t n_bytes; /* of all; 0: not known */
};

/*
 * Looks into each, sorts them, and sees that they go together: one set of
 * settings, which the first one begins with, one layout (is_old), none twice. What does
 * not has its one line. The progress bar is hidden before.
 */
int import_files_look(char *const *paths, size_t n_paths, bool is_old,
		      struct progress *progress,
		      struct import_files *ret_files);
void import_files_fini(struct import_files *files);

/* Settings of the first file, which are those of all. */
const struct epping_settings *
import_files_settings(const struct import_files *files);

/* Name of a file, without its directories. */
const char *import_file_name(const struct epping_file *file);
/* What the campaign calls its devices: the names, or the first and the last of
 * many; malloc()ed. */
char *import_files_devices(const struct import_files *files);

#endif
