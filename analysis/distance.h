/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far apart two distributions are, of tallies with one layout. Inside a bin
 * samples count as spread evenly, as in quantile.h. Both tallies have samples.
 */
#ifndef ANALYSIS_DISTANCE_H
#define ANALYSIS_DISTANCE_H

#include "../lib/segment.h"
#include "tally.h"

/*
 * The largest difference of the two distribution functions (Kolmogorov and
 * Smirnov), 0 .. 1, taken at the edges of bins, where they are exact; between
 * edges the true one may be larger.
 */
double distance_ks(const struct tally *a, const struct tally *b);

/*
 * The area between the two distribution functions (Wasserstein, first order),
 * in ns: by how much time samples of one have to be moved to make the other.
 * Up to the last edge; what overflows counts as lying there.
 */
double distance_wasserstein_ns(const struct tally *a, const struct tally *b,
			       const struct segment_layout *layout);

#endif
