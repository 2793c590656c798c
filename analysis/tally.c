// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Spans grow by whole octaves of the standard layout: samples of one host
 * spread over a few of them, so most tallies grow once or twice. */
enum { SPAN_BINS = 32 };

void tally_fini(struct tally *tally)
{
	free(tally->bin);
	*tally = (struct tally){ 0 };
}

/* Makes bins [first, last] part of the span. */
static int cover(struct tally *tally, uint32_t first, uint32_t last)
{
	uint32_t begin = first / SPAN_BINS * SPAN_BINS;
	uint32_t end = (last / SPAN_BINS + 1) * SPAN_BINS;
	uint32_t old_end = tally->first_bin + tally->n_bins;
	uint64_t *bin;

	if (tally->n_bins) {
		if (first >= tally->first_bin && last < old_end)
			return 0;
		begin = begin < tally->first_bin ? begin : tally->first_bin;
		end = end > old_end ? end : old_end;
	}
	bin = calloc(end - begin, sizeof(*bin));
	if (!bin)
		return -ENOMEM;
	if (tally->n_bins)
		memcpy(bin + (tally->first_bin - begin), tally->bin,
		       tally->n_bins * sizeof(*bin));
	free(tally->bin);
	tally->bin = bin;
	tally->first_bin = begin;
	tally->n_bins = end - begin;
	return 0;
}

static void add_exact(struct tally *tally, uint64_t count, uint64_t min_ns,
		      uint64_t max_ns, unsigned __int128 sum_ns,
		      uint64_t overflow)
{
	if (!tally->count || min_ns < tally->min_ns)
		tally->min_ns = min_ns;
	if (!tally->count || max_ns > tally->max_ns)
		tally->max_ns = max_ns;
	tally->count += count;
	tally->sum_ns += sum_ns;
	tally->overflow += overflow;
}

int tally_add_row(struct tally *tally, const struct tally_row *row)
{
	int err;

	if (!row->count)
		return 0;
	if (row->n_bins) {
		err = cover(tally, row->bin[0], row->bin[row->n_bins - 1]);
		if (err)
			return err;
	}
	add_exact(tally, row->count, row->min_ns, row->max_ns, row->sum_ns,
		  row->overflow);
	for (size_t i = 0; i < row->n_bins; i++) {
		uint32_t bin = row->bin[i] - tally->first_bin;

		/* Bins that do not ascend would leave the span. */
		if (bin < tally->n_bins)
			tally->bin[bin] += row->bin_count[i];
	}
	return 0;
}

int tally_add(struct tally *tally, const struct tally *other)
{
	int err;

	if (!other->count)
		return 0;
	if (other->n_bins) {
		err = cover(tally, other->first_bin,
			    other->first_bin + other->n_bins - 1);
		if (err)
			return err;
	}
	add_exact(tally, other->count, other->min_ns, other->max_ns,
		  other->sum_ns, other->overflow);
	for (uint32_t i = 0; i < other->n_bins; i++)
		tally->bin[other->first_bin - tally->first_bin + i] +=
			other->bin[i];
	return 0;
}

uint64_t tally_mean_ns(const struct tally *tally)
{
	if (!tally->count)
		return 0;
	return (uint64_t)((tally->sum_ns + tally->count / 2) / tally->count);
}
