/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over all rows of files: those of a rollup are those of its inputs, and
 * those of a file that was written are those that it reads back.
 */
#ifndef ARCHIVE_ROLLUP_TOTALS_H
#define ARCHIVE_ROLLUP_TOTALS_H

#include "../lib/segment_file.h"

struct rollup_totals {
	/* Samples, their RTTs, those in bins and beyond. */
	uint64_t count, sum_ns, binned, overflow;
	uint64_t packets_rx, packets_tx, bytes_rx, bytes_tx;
	uint64_t ecn_rx, ecn_tx, spin_flows, spin_packets;
	uint64_t ip_packets, ip_bytes; /* of /protocol */
	uint64_t n_intervals, covered_ns, seen_packets, events;
	uint64_t n_gaps, n_events;
};

/* Rows of subnets, and what is not of a subnet. */
void rollup_totals_add_range(struct rollup_totals *totals,
			     const struct segment *range);
void rollup_totals_add_whole(struct rollup_totals *totals,
			     const struct segment *whole);

/* Reads a whole file. Errors as segment_file_range(). */
int rollup_totals_read(struct segment_file *file, struct rollup_totals *totals,
		       struct segment_fault *ret_fault);

/* The first thing that differs, as a sentence, or NULL. */
const char *rollup_totals_difference(const struct rollup_totals *a,
				     const struct rollup_totals *b);

#endif
