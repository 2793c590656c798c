/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child of rewrite_run() does. Calls libhdf5. */
#ifndef ARCHIVE_REWRITE_FILE_H
#define ARCHIVE_REWRITE_FILE_H

#include "rewrite.h"
#include "../lib/segment_file.h"

/* Opens the file with every group that can be read; the others are named in the
 * result. */
int rewrite_open(const struct rewrite *rewrite, struct segment_file **ret_file,
		 struct rewrite_result *result);

/* Writes the intervals that are kept, a file for each run of sequence numbers
 * without a hole, and publishes them. */
int rewrite_file(const struct rewrite *rewrite, struct segment_file *file,
		 struct rewrite_result *result);

#endif
