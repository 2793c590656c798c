/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment file that stays open and is read range by range of subnets: for
 * files that are larger than memory, and for questions about a few subnets.
 * Subnets are sorted by address, so those of a prefix are one range.
 *
 * Checks what segment_read() checks, when it is read. Nothing is printed;
 * -EBADMSG comes with *ret_fault. libhdf5 is not thread-safe.
 */
#ifndef LIB_SEGMENT_FILE_H
#define LIB_SEGMENT_FILE_H

#include "segment_read.h"

struct segment_file;

/* Reads all but the rows of subnets: of `load`, the tables /protocol and
 * /slash8 at once, and rows of the others later. */
int segment_file_open(const char *path, unsigned int load,
		      struct segment_file **ret_file,
		      struct segment_fault *ret_fault);
void segment_file_close(struct segment_file *file);

/* What was read at once; the tables of rows are empty, but the pointers of
 * subnets are those of the file. Borrowed. */
const struct segment *segment_file_whole(const struct segment_file *file);
/* Rows in the file: of one table (enum segment_load, one bit). */
uint64_t segment_file_n_rows(const struct segment_file *file,
			     unsigned int table);

/*
 * Rows of subnets [first, end), of the groups that the file was opened for.
 * Positions of subnets and pointers count from the range's first. Meta data,
 * layout and intervals are borrowed from the file. Ends with
 * segment_range_fini().
 */
int segment_file_range(struct segment_file *file, size_t first, size_t end,
		       struct segment *ret_range,
		       struct segment_fault *ret_fault);
void segment_range_fini(struct segment *range);

/* Turns the row of a fault that was found in a range into that of the file.
 * first_entry: of /hist, where the range's begin; 0 where it does not matter. */
void segment_file_place_fault(const struct segment_file *file, size_t first,
			      uint64_t first_entry,
			      struct segment_fault *fault);

/* End of the longest range from `first` that has at most about that many rows
 * and bins; at least one subnet. */
size_t segment_file_range_end(const struct segment_file *file, size_t first,
			      uint64_t max_rows, uint64_t max_bins);

/* The range of subnets whose addresses lie in the prefix; it may hold overflow
 * rows and, for a prefix that has ::ffff:0:0 in it, others. */
struct prefix;
void segment_file_find(const struct segment_file *file,
		       const struct prefix *prefix, size_t *ret_first,
		       size_t *ret_end);

#endif
