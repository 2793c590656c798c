/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of manifest.jsonl, with its newline (spindrift-segment(5)). */
#ifndef LIB_MANIFEST_LINE_H
#define LIB_MANIFEST_LINE_H

#include <stddef.h>
#include <stdio.h>

#include "manifest.h"

/* -EBADMSG when the n bytes, which end with a zero, are no line or a damaged
 * one. ret_entry->path is the caller's. */
int manifest_line_parse(const char *line, size_t n,
			struct manifest_entry *ret_entry);
/* malloc()ed; NULL when memory is short. */
char *manifest_line_format(const struct manifest_entry *entry, size_t *ret_n);

/* Calls `take` with each line of the file that ends, until it fails. */
int manifest_line_each(FILE *file,
		       int (*take)(void *to, const char *line, size_t n),
		       void *to);

#endif
