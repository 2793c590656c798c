// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_intervals.h"

#include <inttypes.h>
#include <string.h>

#include "../lib/cli.h"
#include "../lib/clock.h"

int64_t live_read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

void live_intervals_begin(struct live_intervals *intervals,
			  struct live_maps *maps,
			  struct campaign_writer *writer, uint64_t interval_ns)
{
	intervals->maps = maps;
	intervals->writer = writer;
	interval_clock_init(&intervals->clock, interval_ns,
			    live_read_clock(CLOCK_MONOTONIC),
			    live_read_clock(CLOCK_REALTIME),
			    campaign_writer_end_ns(writer));
	live_intervals_add_event(intervals, EVENT_KIND_START, 0);
}

void live_intervals_add_event(struct live_intervals *intervals,
			      enum event_kind kind, int64_t value)
{
	struct record_event *event = record_add(&intervals->pending.events);

	if (!event)
		return;
	event->time_ns =
		live_read_clock(CLOCK_MONOTONIC) + intervals->clock.offset_ns;
	event->kind = kind;
	event->value = value;
}

/* Seconds without a measurement between two intervals. */
static void add_gap(struct live_intervals *intervals, int64_t start_ns,
		    int64_t end_ns, enum gap_cause cause)
{
	struct record_gap *gap;

	if (end_ns <= start_ns)
		return;
	gap = record_add(&intervals->pending.gap);
	if (!gap)
		return;
	gap->start_ns = start_ns;
	gap->end_ns = end_ns;
	gap->cause = cause;
}

/* Gaps and events that came up since the last interval ended. */
static void move_pending(struct live_intervals *intervals)
{
	struct record *record = &intervals->record;
	struct record *pending = &intervals->pending;

	for (size_t i = 0; i < pending->gap.n; i++) {
		struct record_gap *gap = record_add(&record->gap);

		if (gap)
			*gap = pending->gap.row[i];
	}
	for (size_t i = 0; i < pending->events.n; i++) {
		struct record_event *event = record_add(&record->events);

		if (event)
			*event = pending->events.row[i];
	}
	record_clear(pending);
}

void live_intervals_look_at_clocks(struct live_intervals *intervals)
{
	int64_t step_ns = interval_clock_look(&intervals->clock,
					      live_read_clock(CLOCK_MONOTONIC),
					      live_read_clock(CLOCK_REALTIME));

	if (!step_ns)
		return;
	live_intervals_add_event(intervals, EVENT_KIND_CLOCK_STEP, step_ns);
	cli_error("wall clock: stepped by %+.3f s", (double)step_ns / 1e9);
}

bool live_intervals_is_over(const struct live_intervals *intervals)
{
	return interval_clock_is_over(&intervals->clock,
				      live_read_clock(CLOCK_MONOTONIC));
}

static void count_interval(struct live_intervals *intervals)
{
	const struct record *record = &intervals->record;
	uint64_t n_drained = drain_count_samples(record);
	uint64_t n_packets = 0;

	for (int i = 0; i < N_OUTCOMES; i++)
		n_packets += record->outcome[i];
	if (n_drained != record->event[EVENT_SAMPLE])
		cli_error("interval %" PRIu64 ": %" PRIu64 " samples counted, "
			  "%" PRIu64 " drained",
			  record->seq, (uint64_t)record->event[EVENT_SAMPLE],
			  n_drained);
	intervals->n_intervals++;
	intervals->n_packets += n_packets;
	intervals->n_samples += n_drained;
	intervals->n_last_packets = n_packets;
}

/* Swaps the buffers and fills the record from the one left behind. */
static int drain_interval(struct live_intervals *intervals)
{
	struct drain_view view;
	int err = live_maps_swap(intervals->maps);

	if (!err)
		err = live_maps_view(intervals->maps, &view);
	if (!err)
		err = drain_tables(&view, &intervals->record);
	if (!err)
		err = live_maps_clear(intervals->maps);
	if (err)
		cli_error("interval: not drained: %s", strerror(-err));
	return err;
}

static void set_span(struct live_intervals *intervals)
{
	struct record *record = &intervals->record;
	struct interval_span span;

	interval_clock_turn(&intervals->clock, live_read_clock(CLOCK_MONOTONIC),
			    &span);
	record->start_ns = span.start_ns;
	record->duration_ns = span.duration_ns;
	record->flags = span.flags;
	if (intervals->is_partial)
		record->flags |= INTERVAL_PARTIAL;
	intervals->is_partial = false;
	record->clock_offset_ns = span.offset_ns;
	move_pending(intervals);
	add_gap(intervals, span.start_ns + (int64_t)span.duration_ns,
		intervals->clock.start_ns, GAP_CLOCK_STEP);
}

bool live_intervals_end(struct live_intervals *intervals)
{
	int err;

	record_clear(&intervals->record);
	err = drain_interval(intervals);
	set_span(intervals);
	if (!err && !intervals->record.duration_ns)
		return false;
	if (!err)
		err = campaign_writer_append(intervals->writer,
					     &intervals->record);
	if (err) {
		intervals->has_failed = true;
		intervals->n_lost++;
		return false;
	}
	count_interval(intervals);
	return true;
}

void live_intervals_fini(struct live_intervals *intervals)
{
	record_fini(&intervals->record);
	record_fini(&intervals->pending);
}
