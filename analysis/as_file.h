/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A foreign text file, plain or gzip, whole in memory.
 */
#ifndef ANALYSIS_AS_FILE_H
#define ANALYSIS_AS_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* At most max_bytes after decompression, and a NUL behind them. *ret_text is
 * the caller's, also after a failure, which *ret_problem explains or leaves to
 * errno. */
int as_file_read(const char *path, size_t max_bytes, char **ret_text,
		 size_t *ret_n, const char **ret_problem);

/* Cuts the next line from the text: false at its end. Without \n and \r. */
bool as_file_next_line(const char **text, size_t *n_text, const char **ret_line,
		       size_t *ret_n);

#endif
