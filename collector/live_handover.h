/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a collector leaves for the next one, beside the maps and links: where its
 * interval began, and what else it knows of it. Shared memory behind a
 * descriptor that the service manager keeps (live_store.h), so that it survives
 * a kill as it does an orderly restart.
 *
 * There are two copies, and a number that says which is whole: the other is
 * written, then the number. A collector that is killed at any instruction leaves
 * a state from which the next one goes on without loss or double count:
 *
 *   measuring            the interval goes on
 *   draining, not        the swap has not happened: the copy before, which was
 *   swapped              measuring, goes on
 *   draining, swapped    the interval in the idle buffer is drained and appended
 *                        now, unless the campaign has it already; then the next
 *                        goes on, whose buffer the programs write
 */
#ifndef COLLECTOR_LIVE_HANDOVER_H
#define COLLECTOR_LIVE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/settings.h"
#include "../lib/record.h"
#include "interval_clock.h"

enum {
	HANDOVER_MAX_ROWS = 32, /* gaps, and events, of an interval */
	HANDOVER_MAX_PATH = 1024,
};

enum handover_phase { HANDOVER_MEASURING = 1, HANDOVER_DRAINING };

/* Rows that a record has or will have. */
struct handover_rows {
	uint32_t n_gaps, n_events;
	struct record_gap gap[HANDOVER_MAX_ROWS];
	struct record_event event[HANDOVER_MAX_ROWS];
};

struct handover_copy {
	uint32_t phase;
	uint32_t epoch; /* of the buffer that the interval is in */
	struct interval_clock clock;
	uint8_t is_partial;
	struct handover_rows pending;
	/* Draining: the record but for what is in the tables. */
	int64_t start_ns, offset_ns;
	uint64_t duration_ns;
	uint32_t flags;
	struct handover_rows rows;
};

struct handover_shared {
	uint64_t magic;
	uint32_t layout; /* of this, and of the tables */
	uint32_t hook;
	struct settings settings;
	char output[HANDOVER_MAX_PATH];
	uint64_t n_saved; /* copy[n_saved & 1] is whole; 0: none */
	struct handover_copy copy[2];
};

struct live_handover {
	int fd; /* -1: there is none */
	struct handover_shared *shared;
};

/* A new one; -errno without a line. */
int live_handover_create(struct live_handover *handover,
			 const struct settings *settings, unsigned int hook,
			 const char *output);
/*
 * One that was left. NULL, or why it is of no use for these settings; the
 * settings take over its secret, for the flow table is sorted by it. The
 * descriptor is taken over only with NULL.
 */
const char *live_handover_adopt(struct live_handover *handover, int fd,
				struct settings *settings, unsigned int hook,
				const char *output);
/* The copy to go on from; epoch is that of the maps. */
const struct handover_copy *
live_handover_find(const struct live_handover *handover, uint32_t epoch);
/* Does nothing where there is none. */
void live_handover_save(struct live_handover *handover,
			const struct handover_copy *copy);
void live_handover_fini(struct live_handover *handover);

/* Cut at HANDOVER_MAX_ROWS. */
void handover_rows_save(struct handover_rows *rows,
			const struct record *record);
void handover_rows_restore(const struct handover_rows *rows,
			   struct record *record);

#endif
