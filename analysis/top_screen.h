/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One screen of `top` as lines of text, at most as wide and as many as there is
 * room for.
 */
#ifndef ANALYSIS_TOP_SCREEN_H
#define ANALYSIS_TOP_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "top_data.h"

struct top_size {
	unsigned int n_lines, n_columns;
};

/* With is_live each line ends with the code that clears the rest of it, and the
 * line of names is reversed. now_ns is UTC. */
void top_screen_write(const struct top_query *query,
		      const struct top_data *data, int64_t now_ns,
		      struct top_size size, bool is_live, FILE *stream);

#endif
