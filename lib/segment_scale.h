/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HDF5 dimension scales (HDF5 Dimension Scales specification 1.0), written
 * without libhdf5_hl: CLASS, NAME and REFERENCE_LIST on the scale,
 * DIMENSION_LIST on each dataset. A scale without values of its own is marked
 * the way netCDF-4 marks a dimension without a variable.
 */
#ifndef LIB_SEGMENT_SCALE_H
#define LIB_SEGMENT_SCALE_H

#include <stdbool.h>
#include <stdint.h>
#include <hdf5.h>

enum { SCALE_MAX_ATTACHED = 128 };

struct segment_scale {
	hid_t file;
	hobj_ref_t scale;
	hobj_ref_t attached[SCALE_MAX_ATTACHED];
	unsigned int n_attached;
	int32_t dimension; /* of the datasets: 0 the first */
};

/* Makes `dataset` (at `path`) a scale of the first dimension. */
int segment_scale_init(struct segment_scale *scale, hid_t file, hid_t dataset,
		       const char *path, bool has_values, uint64_t n);
/* Remembers that `dataset` (at `path`) has the scale as its first dimension,
 * and as its second `second`, unless NULL. */
int segment_scale_attach(struct segment_scale *scale,
			 struct segment_scale *second, hid_t dataset,
			 const char *path);
/* Writes the list of what was attached; at the end. */
int segment_scale_finish(struct segment_scale *scale);

#endif
