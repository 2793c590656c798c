// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_diff.h"

#include <errno.h>
#include <stdlib.h>

void hilbert_diff_fini(struct hilbert_diff *diff)
{
	hilbert_map_fini(&diff->map[0]);
	hilbert_map_fini(&diff->map[1]);
	free(diff->change);
	diff->change = NULL;
	diff->n_changes = diff->max_changes = 0;
}

static uint32_t index_at(const struct hilbert_map *map, size_t i)
{
	return i < map->n_cells ? map->cell[i].index : UINT32_MAX;
}

int hilbert_diff_join(struct hilbert_diff *diff)
{
	const struct hilbert_map *map = diff->map;
	size_t at[2] = { 0, 0 };

	while (at[0] < map[0].n_cells || at[1] < map[1].n_cells) {
		uint32_t index[2] = { index_at(&map[0], at[0]),
				      index_at(&map[1], at[1]) };
		struct hilbert_change *change =
			record_grow((void **)&diff->change, &diff->n_changes,
				    &diff->max_changes, sizeof(*change));

		if (!change)
			return -ENOMEM;
		change->index = index[0] < index[1] ? index[0] : index[1];
		for (int i = 0; i < 2; i++)
			if (index[i] == change->index)
				change->cell[i] = &map[i].cell[at[i]++];
	}
	return 0;
}

bool hilbert_change_value(const struct hilbert_diff *diff,
			  const struct hilbert_change *change, int which,
			  struct quantile_value *ret_value)
{
	const struct hilbert_map *map = &diff->map[which];
	const struct hilbert_cell *cell = change->cell[which];

	if (!cell || hilbert_cell_is_thin(map, cell))
		return false;
	*ret_value = hilbert_cell_value(map, cell);
	return true;
}

bool hilbert_change_get(const struct hilbert_diff *diff,
			const struct hilbert_change *change, uint64_t ret_ns[2])
{
	struct quantile_value value[2];

	for (int i = 0; i < 2; i++)
		if (!hilbert_change_value(diff, change, i, &value[i]) ||
		    value[i].is_overflow)
			return false;
	ret_ns[0] = value[0].ns;
	ret_ns[1] = value[1].ns;
	return true;
}
