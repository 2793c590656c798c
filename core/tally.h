/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic on its way into the rows of subnets: added up by CPU first, because a
 * locked addition costs 9 ns, four of them for each packet, and makes the
 * processor wait for every load before it.
 *
 * A tally is of one (slot, cell) at a time. The next one that falls on it sends
 * its sums to the row; the drain collects the rest, so nothing is parked beyond
 * its interval. Slots are dealt in order: up to N_TALLIES subnets of one cell
 * do not meet.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "atomic.h"
#include "tables.h"

static inline __u32 tally_owner(__u32 slot, __u32 cell)
{
	return (slot << TALLY_CELL_BITS | cell) + 1;
}

/* A third of the table between cells. */
static inline __u32 tally_idx(__u32 slot, __u32 cell)
{
	return (slot + cell * (N_TALLIES / 3)) & (N_TALLIES - 1);
}

static inline __u32 tally_slot(const struct tally *tally)
{
	return (tally->owner - 1) >> TALLY_CELL_BITS;
}

/* The sums go to the row that they belong to. */
static inline void tally_add_to_row(const struct tally *tally,
				    struct subnet_row *row)
{
	__u32 cell = (tally->owner - 1) & ((1 << TALLY_CELL_BITS) - 1);
	struct subnet_counters *counters;

	/* keeps the verifier's bound and the value in one register */
	__asm__ volatile("" : "+r"(cell));
	if (cell >= N_TRAFFIC_CELLS)
		return;
	counters = &row->traffic[cell];
	if (tally->packets_rx) {
		atomic_add(&counters->packets_rx, tally->packets_rx);
		atomic_add(&counters->bytes_rx, tally->bytes_rx);
	}
	if (tally->packets_tx) {
		atomic_add(&counters->packets_tx, tally->packets_tx);
		atomic_add(&counters->bytes_tx, tally->bytes_tx);
	}
}

#endif
