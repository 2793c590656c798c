/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantiles of a tally.
 *
 * QUANTILE_LINEAR, the default: the quantile q of n samples is at rank
 * q (n - 1) (definition 7 of Hyndman and Fan 1996, the default of R and
 * NumPy). A whole rank is estimated inside its bin as if the bin's c samples
 * were spread evenly, the j-th (from 0) at (j + 1/2) / c of its width; a rank
 * between two whole ones lies linearly between their estimates. Ranks 0 and
 * n - 1 are the exact minimum and maximum, and every estimate is clipped to
 * them.
 *
 * Error: a whole rank's estimate lies in the bin of the true sample, so it is
 * wrong by less than the bin's width: 1/32 of the value above 16.4 us, 512 ns
 * below, in the layout of core/hist.h.
 *
 * QUANTILE_MIDPOINT: the midpoint of the bin that holds the nearest rank,
 * the smallest with at least q n samples at or below it, neither interpolated
 * nor clipped. For comparison with studies that answered so.
 *
 * A rank among the overflowing samples has no value but "above the last edge".
 */
#ifndef ANALYSIS_QUANTILE_H
#define ANALYSIS_QUANTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/segment.h"
#include "tally.h"

enum quantile_method { QUANTILE_LINEAR, QUANTILE_MIDPOINT };

/* With is_overflow, ns is the last edge and the value lies at or above it. */
struct quantile_value {
	uint64_t ns;
	bool is_overflow;
};

/* `permille` is 0 .. 1000; the tally has at least one sample. */
struct quantile_value quantile_get(const struct tally *tally,
				   const struct segment_layout *layout,
				   unsigned permille,
				   enum quantile_method method);

/*
 * Share of samples at or below limit_ns, 0 .. 1: linear inside the bin that
 * limit_ns cuts, or inside what of it lies within [min, max]; exact at bin edges
 * and outside [min, max]. Above the last
 * edge and below the maximum it counts no overflowing sample, hence a lower
 * bound.
 */
double quantile_le_ratio(const struct tally *tally,
			 const struct segment_layout *layout,
			 uint64_t limit_ns);

#endif
