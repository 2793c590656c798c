// SPDX-License-Identifier: GPL-2.0-or-later
#include "deviation.h"

#include <math.h>

static double clip(const struct tally *tally, uint64_t edge_ns)
{
	if (edge_ns < tally->min_ns)
		return (double)tally->min_ns;
	return (double)(edge_ns > tally->max_ns ? tally->max_ns : edge_ns);
}

/* Mean square about `centre` of what is spread evenly from low to high. */
static double mean_square(double low, double high, double centre)
{
	double middle = (low + high) / 2 - centre, width = high - low;

	return middle * middle + width * width / 12;
}

double deviation_ns(const struct tally *tally,
		    const struct segment_layout *layout)
{
	double mean_ns = (double)tally->sum_ns / (double)tally->count;
	double last_ns = (double)layout->edge_ns[layout->n_bins];
	double sum = (double)tally->overflow *
		     mean_square(last_ns, last_ns, mean_ns);

	for (uint32_t i = 0; i < tally->n_bins; i++) {
		uint32_t bin = tally->first_bin + i;

		if (!tally->bin[i] || bin >= layout->n_bins)
			continue;
		sum += (double)tally->bin[i] *
		       mean_square(clip(tally, layout->edge_ns[bin]),
				   clip(tally, layout->edge_ns[bin + 1]),
				   mean_ns);
	}
	return sqrt(sum / (double)tally->count);
}
