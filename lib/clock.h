/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTC as int64 nanoseconds since 1970-01-01T00:00:00Z, without leap seconds
 * (POSIX time): its text form, and the arithmetic of intervals. Nothing here
 * reads a clock; every function is pure and may be called from any thread.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NS_PER_S 1000000000LL

enum {
	CLOCK_TEXT_MAX = 40,
	CLOCK_INTERVAL_MAX_S = 3600,
};

/* ISO 8601 UTC, "2026-11-22T10:00:00Z"; a fraction of 3, 6 or 9 digits stands
 * only where it is not zero. Every int64 can be formatted (1677 to 2262). */
void clock_format_ns(int64_t time_ns, char text[CLOCK_TEXT_MAX]);

/* 2026-11-22, 2026-11-22T10:00, 2026-11-22T10:00:00[.f][Z] with up to nine
 * digits of fraction; a space may stand for the T. Anything else, an impossible
 * date, or one that int64 nanoseconds cannot hold: -EINVAL. */
int clock_parse_ns(const char *text, int64_t *ret_time_ns);

/* Start of the interval that holds time_ns. Intervals are aligned to the epoch,
 * hence, as they divide an hour, to every UTC hour. Rounds down also before
 * 1970; saturates at the first whole interval of int64. */
int64_t clock_interval_start_ns(int64_t time_ns, uint64_t interval_ns);

/* Whether it is a whole number of seconds that divides an hour. */
bool clock_interval_is_valid(uint64_t interval_ns);

#endif
