/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often a line may be logged: LOG_LIMIT_LINES of a kind in LOG_LIMIT_S, so
 * that a disk which fails every second does not fill the log, and one kind of
 * line does not keep others out. A kind is the format that its lines are made
 * from. Time is a parameter. Not thread-safe.
 */
#ifndef LIB_LOG_LIMIT_H
#define LIB_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOG_LIMIT_LINES = 5,
	LOG_LIMIT_S = 60,
	LOG_LIMIT_KINDS = 32, /* then the one that began first is forgotten */
};

/* Zeroed is empty. */
struct log_limit {
	struct {
		const char *format; /* NULL: free */
		int64_t begin_ns;
		uint32_t n_lines, n_left_out;
	} kind[LOG_LIMIT_KINDS];
};

/* Whether the line may be logged; *ret_left_out is how many of its kind were
 * not since the last that was. */
bool log_limit_take(struct log_limit *limit, const char *format, int64_t now_ns,
		    uint32_t *ret_left_out);

#endif
