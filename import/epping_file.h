/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of ePPing's output: looked into once, so that files can be put in order
 * and refused before anything is written, and read once.
 */
#ifndef IMPORT_EPPING_FILE_H
#define IMPORT_EPPING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/progress.h"
#include "epping_convert.h"
#include "epping_parse.h"

struct stream;

struct epping_file {
	const char *path;      /* borrowed; "-" is stdin */
	struct stream *stream; /* open where it cannot be opened again */
	uint64_t n_bytes;      /* of the file itself; 0: not known */
	/* Of what was looked into: its first record, metadata before any
	 * prefix, and whether the first prefix is of the flat layout. */
	int64_t first_ns;
	uint64_t metadata_offset;
	bool has_settings, has_prefix, is_flat;
	struct epping_settings settings;
};

/* What reading it came to. */
struct epping_reading {
	uint64_t n_records; /* complete ones */
	uint64_t position;  /* of the problem; where it ended */
	uint64_t n_left;    /* bytes behind the last record */
	const char *problem;
};

/* -errno with its line when it cannot be read, or is not what it should be. */
int epping_file_look(const char *path, struct epping_file *ret_file);

/*
 * Every complete record goes to `take`, which may stop it. A file that is
 * damaged is read up to there, which is *ret_reading's problem; -errno with its
 * line when it cannot be opened again.
 */
int epping_file_read(struct epping_file *file, epping_take *take, void *context,
		     struct progress *progress, uint64_t n_bytes_before,
		     struct epping_reading *ret_reading);
void epping_file_close(struct epping_file *file);

#endif
