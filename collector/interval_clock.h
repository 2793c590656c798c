/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an interval begins and ends. Packets are timed by the monotonic clock,
 * intervals by UTC; this holds the offset between them. Time is a parameter.
 *
 * Intervals end on multiples of interval_ns since the epoch, never overlap and
 * never go backwards. Small changes of the wall clock (slewing) are followed as
 * they come. A step (INTERVAL_CLOCK_STEP_NS or more) is handled at
 * once:
 *   forward:  the interval ends now; the next starts at the new time, and what
 *             lies between is a gap
 *   backward, up to one interval: the current interval lasts until the wall
 *             clock has reached its end
 *   backward, further: the old offset is kept until the wall clock has caught
 *             up, so that time goes on
 * A suspended machine is no step: its monotonic clock stands still while the
 * wall clock and the boot-time clock go on. The interval ends at the wake-up as
 * with a step forward, and the gap has its own cause. A leap second, which the
 * kernel inserts by repeating a second, is a step backward of one second.
 */
#ifndef COLLECTOR_INTERVAL_CLOCK_H
#define COLLECTOR_INTERVAL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define INTERVAL_CLOCK_STEP_NS 100000000LL

struct interval_clock {
	uint64_t interval_ns;
	int64_t offset_ns; /* UTC = monotonic + offset_ns */
	int64_t start_ns;  /* of the current interval, UTC */
	int64_t end_ns;
	uint8_t flags; /* enum interval_flag of the current interval */
	/* private */
	int64_t real_offset_ns; /* as last seen */
	int64_t slept_ns;       /* boot-time clock less monotonic, likewise */
	int64_t begin_mono_ns;  /* when the current interval began */
	uint8_t gap_cause;      /* of a gap after it */
};

/* The three clocks at one moment. */
struct clock_reading {
	int64_t mono_ns; /* CLOCK_MONOTONIC */
	int64_t wall_ns; /* CLOCK_REALTIME, UTC */
	int64_t boot_ns; /* CLOCK_BOOTTIME */
};

/* A finished interval. */
struct interval_span {
	int64_t start_ns;
	uint64_t duration_ns;
	uint8_t flags;
	int64_t offset_ns;
	/* Of the time between its end and the start of the next, if any. */
	uint8_t gap_cause;
};

/* Begins now, but not before earliest_ns (INT64_MIN: no limit). */
void interval_clock_init(struct interval_clock *clock, uint64_t interval_ns,
			 const struct clock_reading *now, int64_t earliest_ns);

/*
 * Looks at the clocks; call it every second or so. Returns the size of a step
 * of the wall clock since the last look in ns, or 0; *ret_suspend_ns is how long
 * the machine was suspended since, or 0. After a forward step or a suspension
 * interval_clock_is_over() is true.
 */
int64_t interval_clock_look(struct interval_clock *clock,
			    const struct clock_reading *now,
			    int64_t *ret_suspend_ns);

/* Nanoseconds until the interval ends; 0 when it is over. */
int64_t interval_clock_rest_ns(const struct interval_clock *clock,
			       int64_t mono_ns);
bool interval_clock_is_over(const struct interval_clock *clock,
			    int64_t mono_ns);

/* Ends the current interval at its end, or now when that has not come (a stop
 * or a step: partial), and begins the next one. What was measured always has a
 * duration: also when the clock was set back to before the interval's start. */
void interval_clock_turn(struct interval_clock *clock, int64_t mono_ns,
			 struct interval_span *ret_span);

#endif
