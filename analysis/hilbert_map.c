// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"

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

struct group_spec hilbert_map_spec(const struct hilbert_grid *grid)
{
	/* IPv4 as a whole: how much of it is not on a map of IPv6. */
	if (grid->within.family == 6)
		return (struct group_spec){
			.by = GROUP_BY_PREFIX,
			.v6_prefix_len = (uint8_t)grid->cell_len,
			.has_v6 = true,
		};
	return (struct group_spec){
		.by = GROUP_BY_PREFIX,
		.v4_prefix_len = (uint8_t)grid->cell_len,
	};
}

void hilbert_map_fini(struct hilbert_map *map)
{
	for (size_t i = 0; i < map->n_cells; i++)
		tally_fini(&map->cell[i].tally);
	free(map->cell);
	map->cell = NULL;
	map->n_cells = map->max_cells = 0;
	map->n_samples = map->n_outside_samples = 0;
	map->n_other_family_samples = 0;
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

int hilbert_map_choose(struct hilbert_map *map,
		       const struct scan_result *result, uint32_t sources,
		       uint32_t sides)
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

static bool find_cell(const struct hilbert_grid *grid,
		      const struct group_key *key, uint32_t *ret_index)
{
	struct prefix prefix = { .prefix_len = key->prefix_len,
				 .family = key->family };

	if (key->label != GROUP_LABEL_PREFIX)
		return false;
	memcpy(prefix.address, key->address, sizeof(prefix.address));
	return hilbert_grid_find(grid, &prefix, ret_index);
}

/* Groups come by address, a side after the other. */
static struct hilbert_cell *cell_at(struct hilbert_map *map, uint32_t index)
{
	struct hilbert_cell *cell = map->cell + map->n_cells;

	if (map->n_cells && cell[-1].index == index)
		return cell - 1;
	cell = record_grow((void **)&map->cell, &map->n_cells, &map->max_cells,
			   sizeof(*cell));
	if (cell)
		cell->index = index;
	return cell;
}

static int add_group(struct hilbert_map *map, const struct group *group)
{
	const struct tally *tally = group->tally[map->source];
	struct hilbert_cell *cell;
	uint32_t index;

	if (!tally || !tally->count || !(map->sides >> group->key.side & 1))
		return 0;
	if (!find_cell(&map->grid, &group->key, &index)) {
		if (group->key.family == map->grid.within.family)
			map->n_outside_samples += tally->count;
		else
			map->n_other_family_samples += tally->count;
		return 0;
	}
	cell = cell_at(map, index);
	if (!cell)
		return -ENOMEM;
	map->n_samples += tally->count;
	return tally_add(&cell->tally, tally);
}

int hilbert_map_fill(struct hilbert_map *map, const struct scan_result *result,
		     size_t first, size_t end)
{
	int err = 0;

	map->layout = &result->layout;
	for (size_t i = first; i < end && !err; i++)
		err = add_group(map, result->table.group[i]);
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
