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
			 int64_t mono_ns, int64_t wall_ns, int64_t earliest_ns)
{
	clock->interval_ns = interval_ns;
	clock->real_offset_ns = wall_ns - mono_ns;
	clock->offset_ns = clock->real_offset_ns;
	if (wall_ns < earliest_ns)
		clock->offset_ns = earliest_ns - mono_ns;
	clock->start_ns = mono_ns + clock->offset_ns;
	clock->end_ns = next_end(clock->start_ns, interval_ns);
	clock->flags = INTERVAL_RESTART;
	if (clock->end_ns - clock->start_ns < (int64_t)interval_ns)
		clock->flags |= INTERVAL_PARTIAL;
}

int64_t interval_clock_look(struct interval_clock *clock, int64_t mono_ns,
			    int64_t wall_ns)
{
	int64_t real_ns = wall_ns - mono_ns;
	int64_t step_ns = real_ns - clock->real_offset_ns;
	int64_t ahead_ns = clock->offset_ns - real_ns;

	if (step_ns > -INTERVAL_CLOCK_STEP_NS &&
	    step_ns < INTERVAL_CLOCK_STEP_NS) {
		if (clock->offset_ns == clock->real_offset_ns)
			clock->offset_ns = real_ns;
		clock->real_offset_ns = real_ns;
		return 0;
	}
	clock->real_offset_ns = real_ns;
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
	clock->flags = 0;
	if (is_stepped_forward(clock)) {
		clock->offset_ns = clock->real_offset_ns;
		clock->start_ns = used_ns(clock, mono_ns);
		clock->flags = INTERVAL_CLOCK_STEP | INTERVAL_GAP;
	} else if (ahead_ns <= INTERVAL_CLOCK_STEP_NS) {
		clock->offset_ns = clock->real_offset_ns;
	}
	clock->end_ns = next_end(clock->start_ns, clock->interval_ns);
	if (clock->end_ns - clock->start_ns < (int64_t)clock->interval_ns)
		clock->flags |= INTERVAL_PARTIAL;
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
		ended_ns = now_ns > clock->start_ns ? now_ns : clock->start_ns;
		clock->flags |= INTERVAL_PARTIAL;
	}
	*ret_span = (struct interval_span){
		.start_ns = clock->start_ns,
		.duration_ns = ended_ns - clock->start_ns,
		.flags = clock->flags,
		.offset_ns = clock->offset_ns,
	};
	begin_next(clock, mono_ns, ended_ns);
}
