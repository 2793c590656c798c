/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the answers of spindrift hilbert share: refusals, notes, and pictures on
 * a stream.
 */
#ifndef ANALYSIS_HILBERT_WRITE_H
#define ANALYSIS_HILBERT_WRITE_H

#include "hilbert_caption.h"
#include "hilbert_options.h"
#include "hilbert_view.h"

/* What a map of these options is of; source and sides are chosen from a scan of
 * `campaign`. -ENODATA with its line. */
int hilbert_write_choose(const struct hilbert_options *options,
			 const struct scan_result *result, const char *campaign,
			 struct hilbert_map *ret_map);
/* The scale of a map: of counts it ends at the largest. */
struct hilbert_scale hilbert_write_scale(const struct hilbert_options *options,
					 const struct hilbert_map *map);
/* Samples that are on none of the maps. */
struct hilbert_left_out {
	uint64_t n_outside, n_other_family;
};

void hilbert_write_leave_out(struct hilbert_left_out *left_out,
			     const struct hilbert_map *map,
			     const struct scan_result *result);
/* On stderr, unless quiet. */
void hilbert_write_notes(const struct hilbert_options *options,
			 const struct hilbert_left_out *left_out);
/* -errno; no line. */
int hilbert_write_picture(const struct hilbert_options *options,
			  const struct hilbert_view *view,
			  const struct hilbert_caption *caption, FILE *stream);
/* Prints the line of an output that cannot be written; returns err. */
int hilbert_write_refuse(const char *path, int err);

#endif
