// SPDX-License-Identifier: GPL-2.0-or-later
#include "interval_clock.h"

#include "../lib/clock.h"
#include "../lib/record.h"

/* First multiple of the interval after time_ns. */
static int64_t next_end(int64_t time_ns, uint64_t interval_ns)
{
	return clock_interval_start_ns(time_ns, interval_ns) +
	       (int64_t)interval_ns;
}

void interval_clock_init(struct interval_clock *clock, uint64_t interval_ns,
			 const struct clock_reading *now, int64_t earliest_ns)
{
	clock->interval_ns = interval_ns;
	clock->real_offset_ns = now->wall_ns - now->mono_ns;
	clock->slept_ns = now->boot_ns - now->mono_ns;
	clock->offset_ns = clock->real_offset_ns;
	if (now->wall_ns < earliest_ns)
		clock->offset_ns = earliest_ns - now->mono_ns;
	clock->start_ns = now->mono_ns + clock->offset_ns;
	clock->end_ns = next_end(clock->start_ns, interval_ns);
	clock->begin_mono_ns = now->mono_ns;
	clock->gap_cause = GAP_CLOCK_STEP;
	clock->flags = INTERVAL_RESTART;
	if (clock->end_ns - clock->start_ns < (int64_t)interval_ns)
		clock->flags |= INTERVAL_PARTIAL;
}

/* How long the machine slept since the last look. */
static int64_t take_suspend(struct interval_clock *clock,
			    const struct clock_reading *now)
{
	int64_t slept_ns = now->boot_ns - now->mono_ns - clock->slept_ns;

	if (slept_ns < INTERVAL_CLOCK_STEP_NS)
		return 0;
	clock->slept_ns += slept_ns;
	return slept_ns;
}

int64_t interval_clock_look(struct interval_clock *clock,
			    const struct clock_reading *now,
			    int64_t *ret_suspend_ns)
{
	int64_t real_ns = now->wall_ns - now->mono_ns;
	int64_t ahead_ns = clock->offset_ns - real_ns;
	int64_t suspend_ns = take_suspend(clock, now);
	int64_t step_ns = real_ns - clock->real_offset_ns - suspend_ns;

	if (step_ns > -INTERVAL_CLOCK_STEP_NS &&
	    step_ns < INTERVAL_CLOCK_STEP_NS)
		step_ns = 0;
	*ret_suspend_ns = suspend_ns;
	if (!step_ns && !suspend_ns) {
		if (clock->offset_ns == clock->real_offset_ns)
			clock->offset_ns = real_ns;
		clock->real_offset_ns = real_ns;
		return 0;
	}
	clock->real_offset_ns = real_ns;
	clock->gap_cause = suspend_ns > step_ns ? GAP_NOT_RUNNING :
						  GAP_CLOCK_STEP;
	if (step_ns)
		clock->flags |= INTERVAL_CLOCK_STEP;
	if (ahead_ns > 0 && ahead_ns <= (int64_t)clock->interval_ns)
		clock->offset_ns = real_ns;
	return step_ns;
}

/* Time by the offset in use. */
static int64_t used_ns(const struct interval_clock *clock, int64_t mono_ns)
{
	return mono_ns + clock->offset_ns;
}

/* The wall clock is a step ahead of the time in use. */
static bool is_stepped_forward(const struct interval_clock *clock)
{
	return clock->real_offset_ns - clock->offset_ns >=
	       INTERVAL_CLOCK_STEP_NS;
}

int64_t interval_clock_rest_ns(const struct interval_clock *clock,
			       int64_t mono_ns)
{
	int64_t rest_ns = clock->end_ns - used_ns(clock, mono_ns);

	return rest_ns < 0 || is_stepped_forward(clock) ? 0 : rest_ns;
}

bool interval_clock_is_over(const struct interval_clock *clock, int64_t mono_ns)
{
	return interval_clock_rest_ns(clock, mono_ns) == 0;
}

/* Where the next interval starts: where this one ended, unless the wall clock
 * is a step ahead. Of a clock that is kept back the old offset stays. */
static void begin_next(struct interval_clock *clock, int64_t mono_ns,
		       int64_t ended_ns)
{
	int64_t ahead_ns = clock->offset_ns - clock->real_offset_ns;

	clock->start_ns = ended_ns;
	clock->begin_mono_ns = mono_ns;
	clock->flags = 0;
	if (is_stepped_forward(clock)) {
		clock->offset_ns = clock->real_offset_ns;
		/* Not when it was set back before, and further than now. */
		if (used_ns(clock, mono_ns) > ended_ns) {
			clock->start_ns = used_ns(clock, mono_ns);
			clock->flags = INTERVAL_GAP;
		}
		if (clock->gap_cause == GAP_CLOCK_STEP)
			clock->flags |= INTERVAL_CLOCK_STEP;
	} else if (ahead_ns <= INTERVAL_CLOCK_STEP_NS) {
		clock->offset_ns = clock->real_offset_ns;
	}
	clock->end_ns = next_end(clock->start_ns, clock->interval_ns);
	if (clock->end_ns - clock->start_ns < (int64_t)clock->interval_ns)
		clock->flags |= INTERVAL_PARTIAL;
}

/* An end before its time. Of an interval that the clock was set back before, the
 * time measured counts, which the next start comes after. */
static int64_t early_end(const struct interval_clock *clock, int64_t mono_ns)
{
	int64_t now_ns = used_ns(clock, mono_ns);
	int64_t measured_ns = mono_ns - clock->begin_mono_ns;

	if (now_ns > clock->start_ns)
		return now_ns;
	if (measured_ns < 1)
		measured_ns = 1;
	if (measured_ns > clock->end_ns - clock->start_ns)
		return clock->end_ns;
	return clock->start_ns + measured_ns;
}

void interval_clock_turn(struct interval_clock *clock, int64_t mono_ns,
			 struct interval_span *ret_span)
{
	int64_t now_ns = used_ns(clock, mono_ns);
	int64_t ended_ns = clock->end_ns;

	/* Called late: the record spans whole intervals up to now. */
	if (now_ns >= clock->end_ns + (int64_t)clock->interval_ns)
		ended_ns = clock_interval_start_ns(now_ns, clock->interval_ns);
	if (now_ns < clock->end_ns) {
		ended_ns = early_end(clock, mono_ns);
		clock->flags |= INTERVAL_PARTIAL;
	}
	*ret_span = (struct interval_span){
		.start_ns = clock->start_ns,
		.duration_ns = ended_ns - clock->start_ns,
		.flags = clock->flags,
		.offset_ns = clock->offset_ns,
		.gap_cause = clock->gap_cause,
	};
	begin_next(clock, mono_ns, ended_ns);
}
