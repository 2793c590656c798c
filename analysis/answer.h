/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a query to an answer in its place: for commands that are one pass over
 * the campaigns and a way to print the sums.
 */
#ifndef ANALYSIS_ANSWER_H
#define ANALYSIS_ANSWER_H

#include "query.h"

/* A negative errno, without a line: the sums cannot be printed; but -ENODATA
 * comes with one. */
typedef int answer_print(void *command, const struct scan_result *result,
			 FILE *stream);

/* Returns an exit code; every failure has its line. Notes on stderr, unless
 * quiet, what the grouping left out. `name` is the command's. */
int answer_run(const char *name, const struct query *query, answer_print *print,
	       void *command);

#endif
