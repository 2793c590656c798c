/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grid of a Hilbert map: which prefix stands in which cell.
 *
 * Cells are the prefixes of length cell_len inside the block `within`, an even
 * number of bits apart, at most HILBERT_GRID_MAX_BITS (4096 x 4096 cells). The
 * whole map of IPv4 is that of 0.0.0.0/0, of IPv6 that of 2000::/3, from which
 * global unicast addresses are assigned (RFC 4291 2.4). A block at an even
 * distance from its whole map is the square that it has there. Of IPv6 there are
 * blocks at an odd distance (a registry's /12, a network's /32) or outside
 * 2000::/3: they have no such square, and get a curve of their own.
 */
#ifndef ANALYSIS_HILBERT_GRID_H
#define ANALYSIS_HILBERT_GRID_H

#include "../lib/prefix.h"

enum {
	HILBERT_GRID_MAX_BITS = 24,
	HILBERT_GRID_MAX_V4_LEN = 24, /* of cells */
	HILBERT_GRID_MAX_V6_LEN = 64,
};

struct hilbert_grid {
	struct prefix within;
	unsigned cell_len; /* within.prefix_len < cell_len */
};

/* "0.0.0.0/0" or "2000::/3". */
struct prefix hilbert_grid_whole(uint8_t family);

static inline unsigned hilbert_grid_order(const struct hilbert_grid *grid)
{
	return (grid->cell_len - grid->within.prefix_len) / 2;
}

static inline uint32_t hilbert_grid_side(const struct hilbert_grid *grid)
{
	return 1u << hilbert_grid_order(grid);
}

static inline uint32_t hilbert_grid_n_cells(const struct hilbert_grid *grid)
{
	return hilbert_grid_side(grid) * hilbert_grid_side(grid);
}

/* The prefix of a cell, counted from the start of the block. */
struct prefix hilbert_grid_prefix(const struct hilbert_grid *grid,
				  uint32_t index);
/* The cell that holds the prefix; false: outside, or wider than a cell. */
bool hilbert_grid_find(const struct hilbert_grid *grid,
		       const struct prefix *prefix, uint32_t *ret_index);
/* Column and row of a cell, from the top left. */
void hilbert_grid_locate(const struct hilbert_grid *grid, uint32_t index,
			 uint32_t *ret_x, uint32_t *ret_y);

enum { HILBERT_GRID_LABEL_MAX = 20 };

/* Short name of a cell: the whole octets (or groups of IPv6) that its length
 * reaches into: "10", "10.64", "2a00:1450". */
void hilbert_grid_label(const struct prefix *prefix,
			char text[HILBERT_GRID_LABEL_MAX]);

#endif
