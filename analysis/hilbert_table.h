/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hilbert maps as tables, a row per cell of the grid by address. The columns are
 * a contract (spindrift-hilbert(1)).
 */
#ifndef ANALYSIS_HILBERT_TABLE_H
#define ANALYSIS_HILBERT_TABLE_H

#include "hilbert_diff.h"
#include "output.h"

/* One map, or with has_time several of different steps, one after the other.
 * End with output_table_end(); errors of the stream show when it is closed. */
void hilbert_table_begin(struct output_table *table, bool has_time,
			 enum output_format format, FILE *stream);
/* `time` is NULL without has_time. */
void hilbert_table_put(struct output_table *table,
		       const struct hilbert_map *map, const char *time);

/* The change between two maps. -ENOMEM. */
int hilbert_table_write_diff(const struct hilbert_diff *diff,
			     enum output_format format, FILE *stream);

#endif
