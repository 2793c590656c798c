// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"
#include "hilbert_curve.h"

static const struct {
	const char *name, *title;
} stats[] = {
	[HILBERT_STAT_MIN] = { "min", "Minimum" },
	[HILBERT_STAT_P50] = { "p50", "Median" },
	[HILBERT_STAT_P95] = { "p95", "95th percentile of" },
	[HILBERT_STAT_P99] = { "p99", "99th percentile of" },
	[HILBERT_STAT_MEAN] = { "mean", "Mean" },
	[HILBERT_STAT_N] = { "n", "Number of samples of" },
};

const char *hilbert_stat_title(enum hilbert_stat stat)
{
	return stats[stat].title;
}

bool hilbert_stat_parse(const char *text, enum hilbert_stat *ret_stat)
{
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++)
		if (strcmp(text, stats[i].name) == 0) {
			*ret_stat = i;
			return true;
		}
	return false;
}

uint32_t hilbert_grid_address(const struct hilbert_grid *grid, uint32_t index)
{
	return grid->address | index << (32 - grid->cell_len);
}

void hilbert_grid_locate(const struct hilbert_grid *grid, uint32_t index,
			 uint32_t *ret_x, uint32_t *ret_y)
{
	uint32_t cell = hilbert_grid_address(grid, index) >>
			(32 - grid->cell_len);
	uint32_t mask = hilbert_grid_side(grid) - 1;

	hilbert_curve_locate(cell, grid->cell_len / 2, ret_x, ret_y);
	*ret_x &= mask;
	*ret_y &= mask;
}

void hilbert_map_fini(struct hilbert_map *map)
{
	for (size_t i = 0; i < map->n_cells; i++)
		tally_fini(&map->cell[i].tally);
	free(map->cell);
	map->cell = NULL;
	map->n_cells = map->max_cells = 0;
}

static uint64_t count_samples(const struct scan_result *result, uint8_t source,
			      uint32_t sides)
{
	uint64_t n = 0;

	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];

		if (group->tally[source] && (sides >> group->key.side & 1))
			n += group->tally[source]->count;
	}
	return n;
}

/* One source and the sides, or -ENODATA. */
static int choose(struct hilbert_map *map, const struct scan_result *result,
		  uint32_t sources, uint32_t sides)
{
	static const uint8_t preferred[] = { SOURCE_TCP_TS, SOURCE_EPPING };
	int only = __builtin_popcount(sources) == 1 ? __builtin_ctz(sources) :
						      -1;
	uint32_t wan = sides & 1u << SIDE_WAN;

	for (size_t i = 0; i < sizeof(preferred); i++) {
		map->source = only >= 0 ? (uint8_t)only : preferred[i];
		if (!(sources >> map->source & 1))
			continue;
		map->sides = wan;
		if (wan && count_samples(result, map->source, wan))
			return 0;
		map->sides = sides;
		if (count_samples(result, map->source, sides))
			return 0;
	}
	return -ENODATA;
}

static uint32_t address_of(const struct group_key *key)
{
	uint32_t address = 0;

	for (int i = 12; i < 16; i++)
		address = address << 8 | key->address[i];
	return address;
}

static bool is_inside(const struct hilbert_grid *grid,
		      const struct group_key *key)
{
	return key->label == GROUP_LABEL_PREFIX && key->family == 4 &&
	       (!grid->within_len ||
		(address_of(key) ^ grid->address) >> (32 - grid->within_len) ==
			0);
}

/* Groups come by address, a side after the other. */
static struct hilbert_cell *cell_of(struct hilbert_map *map,
				    const struct group_key *key)
{
	uint32_t index = (address_of(key) ^ map->grid.address) >>
			 (32 - map->grid.cell_len);
	struct hilbert_cell *cell = map->cell + map->n_cells;

	if (map->n_cells && cell[-1].index == index)
		return cell - 1;
	cell = record_grow((void **)&map->cell, &map->n_cells, &map->max_cells,
			   sizeof(*cell));
	if (cell)
		cell->index = index;
	return cell;
}

int hilbert_map_fill(struct hilbert_map *map, const struct scan_result *result,
		     uint32_t sources, uint32_t sides)
{
	int err = choose(map, result, sources, sides);

	if (err)
		return err;
	map->layout = &result->layout;
	for (size_t i = 0; i < result->table.n && !err; i++) {
		const struct group *group = result->table.group[i];
		const struct tally *tally = group->tally[map->source];
		struct hilbert_cell *cell;

		if (!tally || !tally->count ||
		    !(map->sides >> group->key.side & 1))
			continue;
		if (!is_inside(&map->grid, &group->key)) {
			map->n_outside_samples += tally->count;
			continue;
		}
		cell = cell_of(map, &group->key);
		err = cell ? tally_add(&cell->tally, tally) : -ENOMEM;
		map->n_samples += tally->count;
	}
	return err;
}

bool hilbert_cell_is_thin(const struct hilbert_map *map,
			  const struct hilbert_cell *cell)
{
	return cell->tally.count < map->min_samples;
}

struct quantile_value hilbert_cell_value(const struct hilbert_map *map,
					 const struct hilbert_cell *cell)
{
	static const unsigned permille[] = { [HILBERT_STAT_P50] = 500,
					     [HILBERT_STAT_P95] = 950,
					     [HILBERT_STAT_P99] = 990 };
	const struct tally *tally = &cell->tally;

	switch (map->stat) {
	case HILBERT_STAT_MIN:
		return (struct quantile_value){ tally->min_ns, false };
	case HILBERT_STAT_MEAN:
		return (struct quantile_value){ tally_mean_ns(tally), false };
	case HILBERT_STAT_N:
		return (struct quantile_value){ tally->count, false };
	default:
		return quantile_get(tally, map->layout, permille[map->stat],
				    QUANTILE_LINEAR);
	}
}
