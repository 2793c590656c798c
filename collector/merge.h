/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of several captures in the order of their time. Files may overlap,
 * and be named in any order. A file is opened when its first packet is due, so
 * a month of hourly captures holds one or two of them open at a time; what
 * cannot be read twice (stdin, pipes) stays open from the start.
 *
 * Within a file the order is kept: a packet that jumps back in time comes where
 * it stands. A damaged file is used up to the damage; that prints one line, and
 * so do packets of link types that are not known.
 */
#ifndef COLLECTOR_MERGE_H
#define COLLECTOR_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture.h"
#include "../lib/progress.h"

struct merge;

struct merge_packet {
	struct capture_packet packet; /* its bytes: until the next call */
	/* No capture was under way before it: what lies between it and the
	 * packet before was not captured. True for the first packet. */
	bool starts_coverage;
};

/* Opens every capture once; a file that is none is refused with its line. The
 * paths and the progress bar, hidden before a line is printed, are borrowed. */
int merge_open(char *const *paths, size_t n_paths, struct progress *progress,
	       struct merge **ret_merge);
/* NULL is accepted. */
void merge_close(struct merge *merge);

/* 1 and a packet, or 0 at the end of all, or where a file could not be opened
 * again: the rest without it would look complete. */
int merge_next(struct merge *merge, struct merge_packet *ret_packet);

/* Whether any capture was damaged, or could not be opened again. */
bool merge_has_failed(const struct merge *merge);
/* Packets of link types that are not known, so far as captures are done. */
uint64_t merge_n_unsupported(const struct merge *merge);
/* Input read so far, and in all; the latter is 0 when it is not known. */
uint64_t merge_input_bytes(const struct merge *merge);
uint64_t merge_total_bytes(const struct merge *merge);

#endif
