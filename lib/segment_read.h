/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HDF5 file -> struct segment. The file may be hostile as far as libhdf5
 * survives it: links other than hard ones, external or virtual data, filters
 * that others would have to bring, types, lengths that the file's size cannot
 * back, and every index and pointer are checked before use.
 */
#ifndef LIB_SEGMENT_READ_H
#define LIB_SEGMENT_READ_H

#include "segment.h"

/* What is wrong, and where. */
struct segment_fault {
	char dataset[96]; /* "/rtt/count", "@schema" for an attribute, "" */
	bool has_row;
	uint64_t row;
	const char *problem; /* static text; NULL: none */
};

/*
 * Reads what `load` (enum segment_load) asks for, and what it needs.
 * -EBADMSG with *ret_fault set when the file is damaged or not a segment,
 * -ENOTSUP (with fault) for another major version; otherwise a negative errno
 * (fault->problem NULL). Nothing is printed.
 */
int segment_read(const char *path, unsigned int load,
		 struct segment *ret_segment, struct segment_fault *ret_fault);

/* Structure of the loaded groups: order, pointers, indices, codes. -EBADMSG
 * with *ret_fault set. segment_read() has called it. */
int segment_check(const struct segment *segment, unsigned int load,
		  struct segment_fault *ret_fault);

/*
 * For a segment that is read range by range of subnets: the tables that are
 * always loaded and the subnets, whole, with their pointers, of which the ends
 * are checked against the numbers of rows; and the rows of a range, whose
 * pointers and positions of subnets count from its first.
 */
int segment_check_whole(const struct segment *segment, uint64_t n_traffic,
			uint64_t n_rtt, struct segment_fault *ret_fault);
int segment_check_range(const struct segment *range, unsigned int load,
			struct segment_fault *ret_fault);

/* Sets the fault and returns -EBADMSG. */
int segment_fault_set(struct segment_fault *fault, const char *group,
		      const char *name, const char *problem);
int segment_fault_set_row(struct segment_fault *fault, const char *group,
			  const char *name, uint64_t row, const char *problem);

/* "DATASET: row N: PROBLEM", as much as is known. */
void segment_fault_format(const struct segment_fault *fault, char *text,
			  size_t n_text);

#endif
