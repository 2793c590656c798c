// SPDX-License-Identifier: GPL-2.0-or-later
#include "interval_log.h"

void interval_log_begin(struct interval_log *log, uint64_t interval_ns,
			const struct clock_reading *now, int64_t earliest_ns)
{
	interval_clock_init(&log->clock, interval_ns, now, earliest_ns);
	interval_log_add_event(log, now->mono_ns, EVENT_KIND_START, 0);
}

void interval_log_add_event(struct interval_log *log, int64_t mono_ns,
			    enum event_kind kind, int64_t value)
{
	struct record_event *event = record_add(&log->pending.events);

	if (!event)
		return;
	event->time_ns = mono_ns + log->clock.offset_ns;
	event->kind = kind;
	event->value = value;
}

int64_t interval_log_look(struct interval_log *log,
			  const struct clock_reading *now,
			  int64_t *ret_suspend_ns)
{
	int64_t step_ns = interval_clock_look(&log->clock, now, ret_suspend_ns);

	if (*ret_suspend_ns)
		interval_log_add_event(log, now->mono_ns, EVENT_KIND_SUSPEND,
				       *ret_suspend_ns);
	if (step_ns)
		interval_log_add_event(log, now->mono_ns, EVENT_KIND_CLOCK_STEP,
				       step_ns);
	return step_ns;
}

/* Gaps and events that came up since the last interval ended. */
static void move_pending(struct interval_log *log, struct record *record)
{
	struct record *pending = &log->pending;

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

/* Time without a measurement before the next interval. */
static void add_gap(struct interval_log *log, int64_t start_ns,
		    enum gap_cause cause)
{
	struct record_gap *gap;

	if (log->clock.start_ns <= start_ns)
		return;
	gap = record_add(&log->pending.gap);
	if (gap)
		*gap = (struct record_gap){ start_ns, log->clock.start_ns,
					    (uint8_t)cause };
}

void interval_log_end(struct interval_log *log, int64_t mono_ns,
		      struct record *record)
{
	struct interval_span span;

	interval_clock_turn(&log->clock, mono_ns, &span);
	record->start_ns = span.start_ns;
	record->duration_ns = span.duration_ns;
	record->flags = span.flags;
	record->clock_offset_ns = span.offset_ns;
	move_pending(log, record);
	add_gap(log, span.start_ns + (int64_t)span.duration_ns, span.gap_cause);
}

void interval_log_fini(struct interval_log *log)
{
	record_fini(&log->pending);
}
