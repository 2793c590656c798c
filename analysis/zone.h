/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times for display in a zone of the tz database. Storage and arithmetic stay
 * UTC; this is text only. zone_set() changes the process's TZ, so it is for
 * the main thread before any other uses local time.
 */
#ifndef ANALYSIS_ZONE_H
#define ANALYSIS_ZONE_H

#include <stdbool.h>
#include <stdint.h>

enum { ZONE_TEXT_MAX = 48 };

/* "Europe/Stockholm"; prints a line and returns false when it is not in the
 * tz database of this machine. */
bool zone_set(const char *name);
/* ISO 8601: "2026-11-22T10:00:00Z", or with a zone set
 * "2026-11-22T11:00:00+01:00". */
void zone_format_ns(int64_t time_ns, bool is_local, char text[ZONE_TEXT_MAX]);
/* Days since 1970-01-01 and hours since Monday midnight, 0 .. 167, on the clock of
 * the zone (is_local) or UTC. An hour that a clock is set back over comes twice. */
void zone_week_hour(int64_t time_ns, bool is_local, int64_t *ret_day,
		    unsigned *ret_hour);

#endif
