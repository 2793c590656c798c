// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/cli.h"
#include "../lib/clock.h"

/* Names come from users: they stay inside the database. */
static bool is_known(const char *name)
{
	char path[256];

	if (!*name || name[0] == '/' || strstr(name, ".."))
		return false;
	if ((size_t)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s",
			     name) >= sizeof(path))
		return false;
	return access(path, R_OK) == 0;
}

bool zone_set(const char *name)
{
	/* The C library takes an unknown name for UTC without a word. */
	if (strcmp(name, "UTC") != 0 && !is_known(name)) {
		cli_error("--tz: unknown time zone '%s': not in "
			  "/usr/share/zoneinfo (package tzdata)",
			  name);
		return false;
	}
	setenv("TZ", name, 1);
	tzset();
	return true;
}

void zone_format_ns(int64_t time_ns, bool is_local, char text[ZONE_TEXT_MAX])
{
	int64_t whole_ns = clock_interval_start_ns(time_ns, CLOCK_NS_PER_S);
	time_t seconds = (time_t)(whole_ns / CLOCK_NS_PER_S);
	struct tm local;
	long offset_min;
	size_t n;

	if (!is_local || !localtime_r(&seconds, &local)) {
		clock_format_ns(time_ns, text);
		return;
	}
	n = strftime(text, ZONE_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &local);
	if (time_ns != whole_ns)
		n += (size_t)snprintf(text + n, ZONE_TEXT_MAX - n, ".%09d",
				      (int)(time_ns - whole_ns));
	offset_min = local.tm_gmtoff / 60;
	snprintf(text + n, ZONE_TEXT_MAX - n, "%c%02ld:%02ld",
		 offset_min < 0 ? '-' : '+', labs(offset_min) / 60,
		 labs(offset_min) % 60);
}

void zone_week_hour(int64_t time_ns, bool is_local, int64_t *ret_day,
		    unsigned *ret_hour)
{
	enum { DAY_S = 86400, DAY_H = 24, WEEK_DAYS = 7, MONDAY = 1 };
	int64_t whole_ns = clock_interval_start_ns(time_ns, CLOCK_NS_PER_S);
	time_t seconds = (time_t)(whole_ns / CLOCK_NS_PER_S);
	struct tm clock = { 0 };
	int hour, weekday;

	if (is_local)
		localtime_r(&seconds, &clock);
	else
		gmtime_r(&seconds, &clock);
	hour = clock.tm_hour;
	weekday = (clock.tm_wday + WEEK_DAYS - MONDAY) % WEEK_DAYS;
	clock.tm_hour = clock.tm_min = clock.tm_sec = 0;
	/* The clock's own reading, counted as if it were UTC. */
	*ret_day = timegm(&clock) / DAY_S;
	*ret_hour = (unsigned)(weekday * DAY_H + hour);
}
