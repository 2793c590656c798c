// SPDX-License-Identifier: GPL-2.0-or-later
#include "distance.h"

#include <math.h>

static uint32_t end_of(const struct tally *tally)
{
	return tally->first_bin + tally->n_bins;
}

static double share_in(const struct tally *tally, uint32_t bin)
{
	if (bin < tally->first_bin || bin >= end_of(tally))
		return 0;
	return (double)tally->bin[bin - tally->first_bin] /
	       (double)tally->count;
}

/* Bins in which either has samples. */
static void span_of(const struct tally *a, const struct tally *b,
		    uint32_t *ret_first, uint32_t *ret_end)
{
	*ret_first = a->first_bin < b->first_bin ? a->first_bin : b->first_bin;
	*ret_end = end_of(a) > end_of(b) ? end_of(a) : end_of(b);
}

double distance_ks(const struct tally *a, const struct tally *b)
{
	double difference = 0, largest = 0;
	uint32_t bin, end;

	span_of(a, b, &bin, &end);
	for (; bin < end; bin++) {
		difference += share_in(a, bin) - share_in(b, bin);
		if (fabs(difference) > largest)
			largest = fabs(difference);
	}
	return largest;
}

/* Mean of |f| over a bin in which f runs straight from `left` to `right`. */
static double mean_height(double left, double right)
{
	double sum = fabs(left) + fabs(right);

	if (left * right >= 0)
		return sum / 2;
	return (left * left + right * right) / (2 * sum);
}

double distance_wasserstein_ns(const struct tally *a, const struct tally *b,
			       const struct segment_layout *layout)
{
	double difference = 0, area_ns = 0;
	uint32_t bin, end;

	span_of(a, b, &bin, &end);
	for (; bin < end && bin < layout->n_bins; bin++) {
		double left = difference;
		double width_ns = (double)(layout->edge_ns[bin + 1] -
					   layout->edge_ns[bin]);

		difference += share_in(a, bin) - share_in(b, bin);
		area_ns += mean_height(left, difference) * width_ns;
	}
	/* What is left is the difference of what overflows. */
	if (bin < layout->n_bins)
		area_ns += fabs(difference) *
			   (double)(layout->edge_ns[layout->n_bins] -
				    layout->edge_ns[bin]);
	return area_ns;
}
