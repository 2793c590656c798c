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
		cli_error("machine: was suspended for %.3f s",
			  (double)suspend_ns / 1e9);
	if (step_ns)
		cli_error("wall clock: stepped by %+.3f s",
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
	interval_log_end(&intervals->log, live_read_clock(CLOCK_MONOTONIC),
			 &intervals->record);
	if (intervals->is_partial)
		intervals->record.flags |= INTERVAL_PARTIAL;
	intervals->is_partial = false;
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
	interval_log_fini(&intervals->log);
}
