/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct segment -> HDF5 file (spindrift-segment(5)). */
#ifndef LIB_SEGMENT_WRITE_H
#define LIB_SEGMENT_WRITE_H

#include "segment.h"

/*
 * Writes a new file at `path`, over what may be there; the root attribute
 * `complete` comes last. Not synced. All groups of the segment must be loaded,
 * and text left NULL is written as "". Call it in a process that ends with
 * _exit(): after a failed close libhdf5 may crash at exit. A negative errno;
 * nothing is printed, and what was written is left for the caller to remove.
 */
int segment_write(const struct segment *segment, const char *path);

#endif
