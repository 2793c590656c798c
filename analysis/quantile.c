// SPDX-License-Identifier: GPL-2.0-or-later
#include "quantile.h"

static uint64_t clip(const struct tally *tally, uint64_t value_ns)
{
	if (value_ns < tally->min_ns)
		return tally->min_ns;
	return value_ns > tally->max_ns ? tally->max_ns : value_ns;
}

/* The bin of `rank`, which is below the sum of all bins, and how many samples
 * lie in earlier bins. A tally whose bins do not add up ends in the last. */
static uint32_t find_bin(const struct tally *tally, uint64_t rank,
			 uint64_t *ret_before)
{
	uint64_t before = 0;
	uint32_t i;

	for (i = 0; i + 1 < tally->n_bins; i++) {
		if (rank < before + tally->bin[i])
			break;
		before += tally->bin[i];
	}
	*ret_before = before;
	return i;
}

static void bin_edges(const struct tally *tally,
		      const struct segment_layout *layout, uint32_t i,
		      uint64_t *ret_low_ns, uint64_t *ret_high_ns)
{
	uint32_t bin = tally->first_bin + i;

	if (bin >= layout->n_bins)
		bin = layout->n_bins - 1;
	*ret_low_ns = layout->edge_ns[bin];
	*ret_high_ns = layout->edge_ns[bin + 1];
}

/* Estimate of one whole rank, which does not overflow. */
static uint64_t value_at(const struct tally *tally,
			 const struct segment_layout *layout, uint64_t rank)
{
	uint64_t before, low_ns, high_ns, n;
	unsigned __int128 offset;
	uint32_t i;

	if (rank == 0 || !tally->n_bins)
		return tally->min_ns;
	if (rank == tally->count - 1)
		return tally->max_ns;
	i = find_bin(tally, rank, &before);
	n = tally->bin[i] ? tally->bin[i] : 1;
	bin_edges(tally, layout, i, &low_ns, &high_ns);
	offset = (unsigned __int128)(high_ns - low_ns) *
		 (2 * (rank - before) + 1) / 2 / n;
	return clip(tally, low_ns + (uint64_t)offset);
}

static struct quantile_value overflow(const struct segment_layout *layout)
{
	return (struct quantile_value){ layout->edge_ns[layout->n_bins], true };
}

static struct quantile_value linear(const struct tally *tally,
				    const struct segment_layout *layout,
				    unsigned permille)
{
	unsigned __int128 scaled =
		(unsigned __int128)(tally->count - 1) * permille;
	uint64_t rank = (uint64_t)(scaled / 1000);
	unsigned part = (unsigned)(scaled % 1000);
	uint64_t n_binned = tally->count - tally->overflow;
	uint64_t low_ns, high_ns;
	unsigned __int128 rise;

	if (rank + (part > 0) >= n_binned)
		return overflow(layout);
	low_ns = value_at(tally, layout, rank);
	if (!part)
		return (struct quantile_value){ low_ns, false };
	high_ns = value_at(tally, layout, rank + 1);
	rise = (unsigned __int128)(high_ns - low_ns) * part;
	return (struct quantile_value){
		low_ns + (uint64_t)((rise + 500) / 1000), false
	};
}

static struct quantile_value midpoint(const struct tally *tally,
				      const struct segment_layout *layout,
				      unsigned permille)
{
	unsigned __int128 scaled = (unsigned __int128)tally->count * permille;
	uint64_t nearest = (uint64_t)((scaled + 999) / 1000);
	uint64_t before, low_ns, high_ns;
	uint64_t rank = nearest ? nearest - 1 : 0;
	uint32_t i;

	if (rank >= tally->count - tally->overflow || !tally->n_bins)
		return overflow(layout);
	i = find_bin(tally, rank, &before);
	bin_edges(tally, layout, i, &low_ns, &high_ns);
	return (struct quantile_value){ low_ns + (high_ns - low_ns) / 2,
					false };
}

struct quantile_value quantile_get(const struct tally *tally,
				   const struct segment_layout *layout,
				   unsigned permille,
				   enum quantile_method method)
{
	return method == QUANTILE_MIDPOINT ? midpoint(tally, layout, permille) :
					     linear(tally, layout, permille);
}

/* Samples of bin i at or below limit_ns, which lies inside the bin: spread
 * evenly over what of it is between the exact minimum and maximum. */
static double part_below(const struct tally *tally, uint32_t i, uint64_t low_ns,
			 uint64_t high_ns, uint64_t limit_ns)
{
	low_ns = clip(tally, low_ns);
	high_ns = clip(tally, high_ns);
	if (limit_ns <= low_ns || high_ns <= low_ns)
		return 0;
	return (double)tally->bin[i] * (double)(limit_ns - low_ns) /
	       (double)(high_ns - low_ns);
}

double quantile_le_ratio(const struct tally *tally,
			 const struct segment_layout *layout, uint64_t limit_ns)
{
	double below = 0;

	if (limit_ns >= tally->max_ns)
		return 1;
	if (limit_ns < tally->min_ns)
		return 0;
	for (uint32_t i = 0; i < tally->n_bins; i++) {
		uint64_t low_ns, high_ns;

		bin_edges(tally, layout, i, &low_ns, &high_ns);
		if (limit_ns < low_ns)
			break;
		below += limit_ns >= high_ns ? (double)tally->bin[i] :
					       part_below(tally, i, low_ns,
							  high_ns, limit_ns);
	}
	/* The smallest sample is below, the largest is not. */
	if (below < 1)
		below = 1;
	if (below > (double)(tally->count - 1))
		below = (double)(tally->count - 1);
	return below / (double)tally->count;
}
