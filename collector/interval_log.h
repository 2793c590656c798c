/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the clocks do to a series of intervals, as the campaign tells it: spans,
 * gaps between them, events. Time is a parameter; nothing is read or written
 * here. One thread.
 */
#ifndef COLLECTOR_INTERVAL_LOG_H
#define COLLECTOR_INTERVAL_LOG_H

#include "../lib/record.h"
#include "interval_clock.h"

/* Zeroed, then begun. */
struct interval_log {
	struct interval_clock clock;
	struct record pending; /* gaps and events of the next record */
};

/* The first interval begins now, but not before earliest_ns. */
void interval_log_begin(struct interval_log *log, uint64_t interval_ns,
			const struct clock_reading *now, int64_t earliest_ns);
void interval_log_add_event(struct interval_log *log, int64_t mono_ns,
			    enum event_kind kind, int64_t value);

/* Call it every second or so. Steps and suspensions become events; the values
 * are as of interval_clock_look(). */
int64_t interval_log_look(struct interval_log *log,
			  const struct clock_reading *now,
			  int64_t *ret_suspend_ns);

/* Ends the interval, gives the record its time, gaps and events, and begins the
 * next one. */
void interval_log_end(struct interval_log *log, int64_t mono_ns,
		      struct record *record);
void interval_log_fini(struct interval_log *log);

#endif
