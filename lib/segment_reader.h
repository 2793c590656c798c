/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment file that is being read: its datasets and its attributes, opened
 * with suspicion. What is wrong goes to the fault, with -EBADMSG.
 */
#ifndef LIB_SEGMENT_READER_H
#define LIB_SEGMENT_READER_H

#include <stdint.h>
#include <hdf5.h>

#include "segment_columns.h"
#include "segment_read.h"

struct segment_reader {
	hid_t file;
	uint64_t file_bytes;
	bool is_rollup; /* known after segment_reader_meta() */
	/* Of each dataset that is opened: keeps the last chunk between reads;
	 * 0: read at once. */
	bool is_read_in_parts;
	struct segment *segment;
	struct segment_fault *fault;
};

/* Opens a dataset through hard links only, of one or two dimensions, whose data
 * is all there and needs no foreign filter; its lengths go to dims. Negative:
 * the fault is set. */
hid_t segment_reader_open(const struct segment_reader *reader,
			  const char *group, const char *name, hsize_t dims[2]);

/* Reads and checks the root attributes into segment->meta. */
int segment_reader_meta(struct segment_reader *reader);

/* Opens the file, reads its attributes and bins. The caller closes
 * reader->file, unless it is negative, also after a failure. */
int segment_reader_start(struct segment_reader *reader, const char *path);
/* Reads whole tables: those that are always read, and those of `load`. */
int segment_reader_tables(const struct segment_reader *reader,
			  unsigned int load);
/* Opens the dataset of a column, whose type and second length are right; the
 * first goes to *ret_n. Negative: the fault is set. */
hid_t segment_reader_column(const struct segment_reader *reader,
			    const struct segment_table *table,
			    const struct segment_column *column,
			    uint64_t *ret_n);
/* Rows [start, start + n) of it into the segment, which had none: the column's
 * array, or the field of an array of structs. */
int segment_reader_values(const struct segment_reader *reader,
			  const struct segment_table *table,
			  const struct segment_column *column, hid_t dataset,
			  uint64_t start, size_t n);
/* What else must be loaded to make sense of what is asked for. */
unsigned int segment_load_with_needed(unsigned int load);

#endif
