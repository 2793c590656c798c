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

#include "hilbert_grid.h"
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
	uint64_t n_samples; /* in the cells */
	/* Of the source and sides: the family elsewhere, with its overflow rows,
	 * and the other family as far as the scan had it. */
	uint64_t n_outside_samples, n_other_family_samples;
};

/* What a scan must group by for this grid. */
struct group_spec hilbert_map_spec(const struct hilbert_grid *grid);
/*
 * Chooses source and sides by what has samples. `sources` and `sides` are what
 * may be used; of several sources tcp_ts is taken, else epping; of both sides
 * wan, else both. The scan's groups have sides. -ENODATA (no sample of these);
 * no line.
 */
int hilbert_map_choose(struct hilbert_map *map,
		       const struct scan_result *result, uint32_t sources,
		       uint32_t sides);
/*
 * Fills the cells from groups [first, end) of a scan by hilbert_map_spec(), all
 * of one step, with the samples of map->source and map->sides. -ENOMEM; no line.
 */
int hilbert_map_fill(struct hilbert_map *map, const struct scan_result *result,
		     size_t first, size_t end);
/* Forgets the cells and the counts, not what the map is of. */
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
