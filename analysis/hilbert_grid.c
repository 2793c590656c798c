// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_grid.h"

#include <stdio.h>

#include "hilbert_curve.h"

enum { ADDRESS_BITS = 128, V4_AT_BIT = 96, V6_WHOLE_LEN = 3 };

/* The address with its first bit, in the family's own terms, on top. */
static unsigned __int128 bits_of(const struct prefix *prefix)
{
	unsigned __int128 bits = 0;

	for (int i = 0; i < 16; i++)
		bits = bits << 8 | prefix->address[i];
	return prefix->family == 4 ? bits << V4_AT_BIT : bits;
}

static struct prefix prefix_of(unsigned __int128 bits, uint8_t family,
			       unsigned prefix_len)
{
	struct prefix prefix = { .family = family,
				 .prefix_len = (uint8_t)prefix_len };
	int first = 0;

	if (family == 4) {
		prefix.address[10] = prefix.address[11] = 0xff;
		first = V4_AT_BIT / 8;
	}
	for (int i = first; i < 16; i++) {
		prefix.address[i] = (uint8_t)(bits >> (ADDRESS_BITS - 8));
		bits <<= 8;
	}
	return prefix;
}

/* Bits [from, to) of an address; fewer than 64. */
static uint64_t take_bits(unsigned __int128 bits, unsigned from, unsigned to)
{
	return (uint64_t)(bits << from >> (ADDRESS_BITS - (to - from)));
}

struct prefix hilbert_grid_whole(uint8_t family)
{
	struct prefix whole = { .family = family };

	if (family == 4) {
		whole.address[10] = whole.address[11] = 0xff;
		return whole;
	}
	whole.address[0] = 0x20;
	whole.prefix_len = V6_WHOLE_LEN;
	return whole;
}

struct prefix hilbert_grid_prefix(const struct hilbert_grid *grid,
				  uint32_t index)
{
	unsigned __int128 bits = bits_of(&grid->within) |
				 (unsigned __int128)index
					 << (ADDRESS_BITS - grid->cell_len);

	return prefix_of(bits, grid->within.family, grid->cell_len);
}

bool hilbert_grid_find(const struct hilbert_grid *grid,
		       const struct prefix *prefix, uint32_t *ret_index)
{
	if (!prefix_contains(&grid->within, prefix) ||
	    prefix->prefix_len < grid->cell_len)
		return false;
	*ret_index = (uint32_t)take_bits(
		bits_of(prefix), grid->within.prefix_len, grid->cell_len);
	return true;
}

/* Where the curve begins that the block lies on: the whole map's, or its own. */
static unsigned curve_start(const struct prefix *within)
{
	struct prefix whole = hilbert_grid_whole(within->family);

	return prefix_contains(&whole, within) &&
			       (within->prefix_len - whole.prefix_len) % 2 ==
				       0 ?
		       whole.prefix_len :
		       within->prefix_len;
}

void hilbert_grid_locate(const struct hilbert_grid *grid, uint32_t index,
			 uint32_t *ret_x, uint32_t *ret_y)
{
	struct prefix cell = hilbert_grid_prefix(grid, index);
	unsigned start = curve_start(&grid->within);
	uint32_t mask = hilbert_grid_side(grid) - 1;

	hilbert_curve_locate(take_bits(bits_of(&cell), start, grid->cell_len),
			     (grid->cell_len - start) / 2, ret_x, ret_y);
	*ret_x &= mask;
	*ret_y &= mask;
}

void hilbert_grid_label(const struct prefix *prefix,
			char text[HILBERT_GRID_LABEL_MAX])
{
	bool is_v4 = prefix->family == 4;
	unsigned part_bits = is_v4 ? 8 : 16;
	unsigned __int128 bits = bits_of(prefix);
	size_t at = 0;

	for (unsigned from = 0; from == 0 || from < prefix->prefix_len;
	     from += part_bits) {
		unsigned part =
			(unsigned)take_bits(bits, from, from + part_bits);

		at += (size_t)snprintf(text + at, HILBERT_GRID_LABEL_MAX - at,
				       is_v4 ? "%s%u" : "%s%x",
				       from ? (is_v4 ? "." : ":") : "", part);
	}
}
