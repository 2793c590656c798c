/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard deviation of a tally, which keeps no squares. */
#ifndef ANALYSIS_DEVIATION_H
#define ANALYSIS_DEVIATION_H

#include "../lib/segment.h"
#include "tally.h"

/*
 * In ns, about the exact mean; each bin's samples count as spread evenly over
 * what of it lies between the exact extremes. An overflowing sample counts as
 * lying at the last edge, so that the answer is then a lower bound. A sample is
 * off by less than its bin's width w, the answer by less than w (w/v <= 1/32 of
 * a value v above 16.4 us). The tally has samples.
 */
double deviation_ns(const struct tally *tally,
		    const struct segment_layout *layout);

#endif
