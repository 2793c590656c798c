/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay found, over all its intervals, and the line that says so.
 */
#ifndef COLLECTOR_REPLAY_TOTALS_H
#define COLLECTOR_REPLAY_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/source.h"
#include "../lib/record.h"

struct replay_totals {
	uint64_t n_packets;   /* read */
	uint64_t n_untimed;   /* of them without a time */
	uint64_t n_backward;  /* of them earlier than one before */
	uint64_t n_intervals; /* ended */
	uint64_t n_samples[N_SOURCES];
	uint64_t outcome[N_OUTCOMES], event[N_EVENTS];
};

/* Adds an interval that ended. */
void replay_totals_add(struct replay_totals *totals,
		       const struct record *record);

/* One line on stderr, `NAME: ...`; samples of the sources in the mask. Verbose:
 * then a line of outcomes and one of events. */
void replay_totals_print(const struct replay_totals *totals, const char *name,
			 bool is_verbose);

#endif
