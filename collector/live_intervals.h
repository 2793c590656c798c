/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The intervals of a live measurement: when each ends, what is drained into it,
 * and its way into the campaign. Reads the clocks. One thread.
 */
#ifndef COLLECTOR_LIVE_INTERVALS_H
#define COLLECTOR_LIVE_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../lib/campaign.h"
#include "interval_log.h"
#include "live_handover.h"
#include "live_maps.h"

struct live_intervals {
	struct live_maps *maps;         /* borrowed */
	struct campaign_writer *writer; /* borrowed */
	struct live_handover *handover; /* borrowed; NULL: nobody follows */
	struct interval_log log;
	struct record record; /* the last interval */
	bool has_failed;      /* an interval was lost */
	bool is_partial;      /* the current one is not measured throughout */
	uint64_t n_intervals, n_lost, n_samples, n_packets;
	uint64_t n_last_packets; /* of the last interval */
};

int64_t live_read_clock(clockid_t id);

/* The first interval starts now, before the programs do. */
void live_intervals_begin(struct live_intervals *intervals,
			  struct live_maps *maps,
			  struct campaign_writer *writer, uint64_t interval_ns);

/*
 * The first interval is the one that an earlier process was in. What that had
 * left undone is done first. False, after its line, when the campaign has
 * intervals beyond: the caller begins anew, with tables that are empty.
 */
bool live_intervals_resume(struct live_intervals *intervals,
			   struct live_maps *maps,
			   struct campaign_writer *writer);
/* What has changed since the last interval ended is saved for who follows. */
void live_intervals_save(struct live_intervals *intervals);

/* For the current interval. */
void live_intervals_add_event(struct live_intervals *intervals,
			      enum event_kind kind, int64_t value);

/* Compares the clocks; a step ends up in the campaign and in one line. */
void live_intervals_look_at_clocks(struct live_intervals *intervals);
bool live_intervals_is_over(const struct live_intervals *intervals);

/* Swaps, drains and appends. Returns whether there is a new record; a failure
 * has had its line, and loses this interval only. */
bool live_intervals_end(struct live_intervals *intervals);
void live_intervals_fini(struct live_intervals *intervals);

#endif
