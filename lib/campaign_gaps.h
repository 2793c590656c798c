/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gaps: every nanosecond between two intervals of a campaign is covered by gap
 * rows, each with its cause. Keeps what intervals that could not be written
 * would have said, for the next that can.
 */
#ifndef LIB_CAMPAIGN_GAPS_H
#define LIB_CAMPAIGN_GAPS_H

#include "record.h"

/* Zeroed is empty. Bounded: neighbours of one cause are joined, and of the
 * events only the first ones are kept. */
struct campaign_gaps {
	RECORD_ARRAY(struct record_gap) gap;
	RECORD_ARRAY(struct record_event) events;
};

/*
 * Completes the record's gap rows and flags: takes over what is kept, and names
 * `cause` for the rest of [end_ns, start of the record).
 */
int campaign_gaps_fill(const struct campaign_gaps *gaps, int64_t end_ns,
		       enum gap_cause cause, struct record *record);

/* The record, filled, could not be written: keeps its gaps and events, and the
 * interval itself as a gap of that cause. */
int campaign_gaps_keep(struct campaign_gaps *gaps, const struct record *record,
		       enum gap_cause cause);
/* The record was written. */
void campaign_gaps_clear(struct campaign_gaps *gaps);
void campaign_gaps_fini(struct campaign_gaps *gaps);

#endif
