/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Hilbert curve on a square of 2^order x 2^order cells, as maps of the IPv4
 * space draw it: index 0 at the top left, the last index at the top right,
 * x to the right and y down.
 *
 * Each pair of bits of the index, from the top, chooses a quadrant: top left,
 * bottom left, bottom right, top right; inside the first the curve is transposed,
 * inside the last anti-transposed, so that neighbours in the index stay
 * neighbours on the map. The choice does not depend on the bits below, hence the
 * cell of a prefix covers exactly the cells of its parts in every finer map, and
 * the map of one block is that square of the whole map.
 */
#ifndef ANALYSIS_HILBERT_CURVE_H
#define ANALYSIS_HILBERT_CURVE_H

#include <stdint.h>

enum { HILBERT_CURVE_MAX_ORDER = 31 };

/* index is below 4^order; order is 0 .. HILBERT_CURVE_MAX_ORDER. */
static inline void hilbert_curve_locate(uint64_t index, unsigned order,
					uint32_t *ret_x, uint32_t *ret_y)
{
	uint32_t x = 0, y = 0;

	for (unsigned level = 0; level < order; level++) {
		uint32_t size = 1u << level, swap;
		uint32_t right = index >> 1 & 1, down = (index ^ right) & 1;

		if (!down) {
			if (right) {
				x = size - 1 - x;
				y = size - 1 - y;
			}
			swap = x;
			x = y;
			y = swap;
		}
		x += right * size;
		y += down * size;
		index >>= 2;
	}
	*ret_x = x;
	*ret_y = y;
}

#endif
