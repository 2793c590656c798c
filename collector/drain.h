/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interval's tables -> struct record. The view is of a buffer that nobody
 * writes: after the swap in memory, after the swap and a grace period in BPF.
 */
#ifndef COLLECTOR_DRAIN_H
#define COLLECTOR_DRAIN_H

#include "../core/tables.h"
#include "../lib/record.h"

struct drain_view {
	const struct subnet_row *row;          /* overflow rows first */
	const struct hist *hist;               /* the overflow rows' first */
	const struct version_row *version_row; /* the overflow rows' first */
	__u32 n_rows, n_hists, n_version_rows;
	const struct counters *counters; /* summed over all CPUs */
};

/* Used slots of a buffer, overflow ones included; dealt may run past the
 * maximum. */
__u32 drain_n_rows(const struct dealt *dealt, const struct settings *settings);
__u32 drain_n_hists(const struct dealt *dealt, const struct settings *settings);

__u32 drain_n_version_rows(const struct dealt *dealt,
			   const struct settings *settings);

/* Fills the tables and counters of a cleared record; time, flags, gaps and
 * events are the caller's. Rows of zeros are left out. -ENOMEM. */
int drain_tables(const struct drain_view *view, struct record *record);

/* Samples in a record: what EVENT_SAMPLE must equal. */
__u64 drain_count_samples(const struct record *record);

#endif
