/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Hilbert map as a table, a row per cell of the grid by address. The columns
 * are a contract (spindrift-hilbert(1)).
 */
#ifndef ANALYSIS_HILBERT_TABLE_H
#define ANALYSIS_HILBERT_TABLE_H

#include "hilbert_map.h"
#include "output.h"

/* -ENOMEM; errors of the stream show when it is closed. */
int hilbert_table_write(const struct hilbert_map *map,
			enum output_format format, FILE *stream);

#endif
