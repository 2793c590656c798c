/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTT samples added up: a histogram of any layout, with the exact count,
 * minimum, maximum and sum of all samples beside it.
 *
 * Adding is integer addition: a tally does not depend on the order in which
 * its parts came, nor on how they were spread over processes. Only the span of
 * bins that has samples is kept, so that a campaign of many subnets costs the
 * memory of its spread, not of its layout. Not thread-safe.
 */
#ifndef ANALYSIS_TALLY_H
#define ANALYSIS_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* count = sum of all bins + overflow; min_ns and max_ns are only meaningful
 * when count > 0. bin[i] counts layout bin first_bin + i. */
struct tally {
	uint64_t count, min_ns, max_ns, overflow;
	unsigned __int128 sum_ns;
	uint32_t first_bin, n_bins;
	uint64_t *bin;
};

/* One row of a segment: its bins are ascending. Arrays are borrowed. */
struct tally_row {
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	const uint16_t *bin;
	const uint64_t *bin_count;
	size_t n_bins;
};

/* Starts from zeros ({ 0 }). */
void tally_fini(struct tally *tally);
/* -ENOMEM; the tally is then unchanged. A row without samples adds nothing. */
int tally_add_row(struct tally *tally, const struct tally_row *row);
int tally_add(struct tally *tally, const struct tally *other);
/* Rounded to the nearest nanosecond; 0 when there is no sample. */
uint64_t tally_mean_ns(const struct tally *tally);

#endif
