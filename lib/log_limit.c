// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_limit.h"

#include <stddef.h>

#include "clock.h"

/* Its place, or one that it can have. */
static int find_kind(const struct log_limit *limit, const char *format)
{
	int oldest = 0;

	for (int i = 0; i < LOG_LIMIT_KINDS; i++) {
		if (!limit->kind[i].format || limit->kind[i].format == format)
			return i;
		if (limit->kind[i].begin_ns < limit->kind[oldest].begin_ns)
			oldest = i;
	}
	return oldest;
}

bool log_limit_take(struct log_limit *limit, const char *format, int64_t now_ns,
		    uint32_t *ret_left_out)
{
	int i = find_kind(limit, format);
	bool is_known = limit->kind[i].format == format;

	*ret_left_out = 0;
	if (is_known &&
	    now_ns - limit->kind[i].begin_ns < LOG_LIMIT_S * CLOCK_NS_PER_S) {
		if (limit->kind[i].n_lines < LOG_LIMIT_LINES) {
			limit->kind[i].n_lines++;
			return true;
		}
		limit->kind[i].n_left_out++;
		return false;
	}
	if (is_known)
		*ret_left_out = limit->kind[i].n_left_out;
	limit->kind[i].format = format;
	limit->kind[i].begin_ns = now_ns;
	limit->kind[i].n_lines = 1;
	limit->kind[i].n_left_out = 0;
	return true;
}
