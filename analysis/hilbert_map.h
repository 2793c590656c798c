/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of a Hilbert map: one tally per prefix that has samples, of one
 * source and one or both sides.
 */
#ifndef ANALYSIS_HILBERT_MAP_H
#define ANALYSIS_HILBERT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantile.h"
#include "scan.h"

enum hilbert_stat {
	HILBERT_STAT_MIN,
	HILBERT_STAT_P50,
	HILBERT_STAT_P95,
	HILBERT_STAT_P99,
	HILBERT_STAT_MEAN,
	HILBERT_STAT_N,
};

/* Cells are prefixes of cell_len inside address/within_len (host byte order);
 * both lengths are even, within_len < cell_len <= 24. */
struct hilbert_grid {
	uint32_t address;
	unsigned within_len, cell_len;
};

struct hilbert_cell {
	uint32_t index; /* position of the prefix inside the block */
	struct tally tally;
};

struct hilbert_map {
	struct hilbert_grid grid;
	enum hilbert_stat stat;
	uint64_t min_samples;
	uint8_t source;
	uint32_t sides;                      /* bit i: side i */
	const struct segment_layout *layout; /* borrowed */
	struct hilbert_cell *cell; /* ascending index, each with samples */
	size_t n_cells, max_cells;
	uint64_t n_samples;         /* in the cells */
	uint64_t n_outside_samples; /* IPv4 elsewhere, and overflow rows */
	uint64_t n_v6_samples;
};

static inline unsigned hilbert_grid_order(const struct hilbert_grid *grid)
{
	return (grid->cell_len - grid->within_len) / 2;
}

static inline uint32_t hilbert_grid_side(const struct hilbert_grid *grid)
{
	return 1u << hilbert_grid_order(grid);
}

/* Address of a cell, host byte order. */
uint32_t hilbert_grid_address(const struct hilbert_grid *grid, uint32_t index);
/* Column and row of a cell, from the top left. */
void hilbert_grid_locate(const struct hilbert_grid *grid, uint32_t index,
			 uint32_t *ret_x, uint32_t *ret_y);

/*
 * Fills the cells from a scan by prefix:cell_len. `sources` and `sides` are
 * what may be used; of several sources tcp_ts is taken, else epping; of both
 * sides wan, else both. -ENODATA (no sample of these), -ENOMEM; no line.
 */
int hilbert_map_fill(struct hilbert_map *map, const struct scan_result *result,
		     uint32_t sources, uint32_t sides);
void hilbert_map_fini(struct hilbert_map *map);

bool hilbert_cell_is_thin(const struct hilbert_map *map,
			  const struct hilbert_cell *cell);
/* The statistic shown: ns, or a count for HILBERT_STAT_N. */
struct quantile_value hilbert_cell_value(const struct hilbert_map *map,
					 const struct hilbert_cell *cell);
/* "Median", "Minimum", ... */
const char *hilbert_stat_title(enum hilbert_stat stat);
/* "p50", ...; false when unknown. */
bool hilbert_stat_parse(const char *text, enum hilbert_stat *ret_stat);

#endif
