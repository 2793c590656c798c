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

/* All at one moment: a pause between two of them would look like a step. */
static void read_clocks(struct clock_reading *now)
{
	enum { N_TRIES = 10, AT_ONCE_NS = 1000000 };

	for (int i = 0; i < N_TRIES; i++) {
		now->mono_ns = live_read_clock(CLOCK_MONOTONIC);
		now->wall_ns = live_read_clock(CLOCK_REALTIME);
		now->boot_ns = live_read_clock(CLOCK_BOOTTIME);
		if (live_read_clock(CLOCK_MONOTONIC) - now->mono_ns <
		    AT_ONCE_NS)
			return;
	}
}

void live_intervals_begin(struct live_intervals *intervals,
			  struct live_maps *maps,
			  struct campaign_writer *writer, uint64_t interval_ns)
{
	struct clock_reading now;

	intervals->maps = maps;
	intervals->writer = writer;
	read_clocks(&now);
	interval_log_begin(&intervals->log, interval_ns, &now,
			   campaign_writer_end_ns(writer));
}

void live_intervals_add_event(struct live_intervals *intervals,
			      enum event_kind kind, int64_t value)
{
	interval_log_add_event(&intervals->log,
			       live_read_clock(CLOCK_MONOTONIC), kind, value);
}

void live_intervals_look_at_clocks(struct live_intervals *intervals)
{
	struct clock_reading now;
	int64_t step_ns, suspend_ns;

	read_clocks(&now);
	step_ns = interval_log_look(&intervals->log, &now, &suspend_ns);
	if (suspend_ns)
		cli_note(CLI_WARNING, "machine: was suspended for %.3f s",
			 (double)suspend_ns / 1e9);
	if (step_ns)
		cli_note(CLI_WARNING, "wall clock: stepped by %+.3f s",
			 (double)step_ns / 1e9);
}

bool live_intervals_is_over(const struct live_intervals *intervals)
{
	return interval_clock_is_over(&intervals->log.clock,
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

void live_intervals_save(struct live_intervals *intervals)
{
	struct handover_copy copy = { .phase = HANDOVER_MEASURING };

	if (!intervals->handover)
		return;
	copy.epoch = live_maps_epoch(intervals->maps);
	copy.clock = intervals->log.clock;
	copy.is_partial = intervals->is_partial;
	handover_rows_save(&copy.pending, &intervals->log.pending);
	live_handover_save(intervals->handover, &copy);
}

/* Before the swap: the record's own part is in the record already. */
static void save_draining(struct live_intervals *intervals)
{
	const struct record *record = &intervals->record;
	struct handover_copy copy = {
		.phase = HANDOVER_DRAINING,
		.clock = intervals->log.clock,
		.start_ns = record->start_ns,
		.offset_ns = record->clock_offset_ns,
		.duration_ns = record->duration_ns,
		.flags = record->flags,
	};

	if (!intervals->handover)
		return;
	copy.epoch = live_maps_epoch(intervals->maps);
	handover_rows_save(&copy.pending, &intervals->log.pending);
	handover_rows_save(&copy.rows, record);
	live_handover_save(intervals->handover, &copy);
}

/* Ends the interval on the clock; the record gets all but the tables. */
static void set_span(struct live_intervals *intervals)
{
	record_clear(&intervals->record);
	interval_log_end(&intervals->log, live_read_clock(CLOCK_MONOTONIC),
			 &intervals->record);
	if (intervals->is_partial)
		intervals->record.flags |= INTERVAL_PARTIAL;
	intervals->is_partial = false;
}

/* From the buffer that was left behind into the record. */
static int drain_buffer(struct live_intervals *intervals)
{
	struct drain_view view;
	int err = live_maps_view(intervals->maps, &view);

	return err ? err : drain_tables(&view, &intervals->record);
}

/* A record of no duration has no samples either: time had not gone on. */
static int append(struct live_intervals *intervals)
{
	struct record *record = &intervals->record;

	if (!record->duration_ns)
		return 0;
	return campaign_writer_append(intervals->writer, record);
}

/* The record is in the campaign, or lost, before its buffer is cleared: who is
 * killed in between leaves both to compare. */
static bool take_buffer(struct live_intervals *intervals)
{
	int err = drain_buffer(intervals), clear_err;
	bool is_drained = !err;

	if (!err)
		err = append(intervals);
	clear_err = live_maps_clear(intervals->maps);
	if (!is_drained || clear_err)
		cli_error("interval: not drained: %s",
			  strerror(is_drained ? -clear_err : -err));
	if (err || clear_err) {
		intervals->has_failed = true;
		intervals->n_lost += err != 0;
	}
	if (err || !intervals->record.duration_ns)
		return false;
	count_interval(intervals);
	return true;
}

bool live_intervals_end(struct live_intervals *intervals)
{
	bool is_written = false;
	int err;

	set_span(intervals);
	save_draining(intervals);
	err = live_maps_swap(intervals->maps);
	if (err) {
		cli_error("interval: not drained: %s", strerror(-err));
		intervals->has_failed = true;
		intervals->n_lost++;
	} else {
		is_written = take_buffer(intervals);
	}
	live_intervals_save(intervals);
	return is_written;
}

/* The earlier process ended between the swap and the clear. */
static void finish_draining(struct live_intervals *intervals,
			    const struct handover_copy *copy)
{
	struct record *record = &intervals->record;
	int64_t end_ns = copy->start_ns + (int64_t)copy->duration_ns;

	live_maps_wait(intervals->maps);
	if (campaign_writer_end_ns(intervals->writer) >= end_ns) {
		live_maps_clear(intervals->maps);
		return;
	}
	record_clear(record);
	record->start_ns = copy->start_ns;
	record->duration_ns = copy->duration_ns;
	record->flags = (uint8_t)copy->flags;
	record->clock_offset_ns = copy->offset_ns;
	handover_rows_restore(&copy->rows, record);
	take_buffer(intervals);
}

bool live_intervals_resume(struct live_intervals *intervals,
			   struct live_maps *maps,
			   struct campaign_writer *writer)
{
	struct handover_copy copy =
		*live_handover_find(intervals->handover, live_maps_epoch(maps));

	intervals->maps = maps;
	intervals->writer = writer;
	intervals->log.clock = copy.clock;
	if (copy.phase == HANDOVER_DRAINING)
		finish_draining(intervals, &copy);
	if (campaign_writer_end_ns(writer) > intervals->log.clock.start_ns) {
		cli_note(CLI_WARNING,
			 "not taken over: the campaign has later intervals");
		return false;
	}
	intervals->log.clock.flags |= INTERVAL_RESTART;
	intervals->is_partial = copy.is_partial;
	handover_rows_restore(&copy.pending, &intervals->log.pending);
	live_intervals_add_event(intervals, EVENT_KIND_START, 0);
	live_intervals_save(intervals);
	return true;
}

void live_intervals_fini(struct live_intervals *intervals)
{
	record_fini(&intervals->record);
	interval_log_fini(&intervals->log);
}
