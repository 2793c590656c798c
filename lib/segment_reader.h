/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment file that is being read: its datasets and its attributes, opened
 * with suspicion. What is wrong goes to the fault, with -EBADMSG.
 */
#ifndef LIB_SEGMENT_READER_H
#define LIB_SEGMENT_READER_H

#include <stdint.h>
#include <hdf5.h>

#include "segment_read.h"

struct segment_reader {
	hid_t file;
	uint64_t file_bytes;
	struct segment *segment;
	struct segment_fault *fault;
};

/* Opens a dataset through hard links only, of one or two dimensions, whose data
 * is all there and needs no foreign filter; its lengths go to dims. Negative:
 * the fault is set. */
hid_t segment_reader_open(const struct segment_reader *reader,
			  const char *group, const char *name, hsize_t dims[2]);

/* Reads and checks the root attributes into segment->meta. */
int segment_reader_meta(const struct segment_reader *reader);

#endif
