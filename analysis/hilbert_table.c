// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_table.h"

enum { N_STATISTICS = 5 };

static void put_absent(struct output_table *table)
{
	for (int i = 0; i < N_STATISTICS; i++)
		output_table_absent(table);
}

static void put_cell(struct output_table *table, const struct hilbert_map *map,
		     const struct hilbert_cell *cell)
{
	static const unsigned permille[] = { 500, 950, 990 };

	output_table_u64(table, cell->tally.count);
	if (hilbert_cell_is_thin(map, cell)) {
		put_absent(table);
		return;
	}
	output_table_ns(table, cell->tally.min_ns);
	for (int i = 0; i < 3; i++)
		output_table_quantile(
			table, quantile_get(&cell->tally, map->layout,
					    permille[i], QUANTILE_LINEAR));
	/* A count is no time: n_samples has it. */
	if (map->stat == HILBERT_STAT_N)
		output_table_absent(table);
	else
		output_table_quantile(table, hilbert_cell_value(map, cell));
}

int hilbert_table_write(const struct hilbert_map *map,
			enum output_format format, FILE *stream)
{
	static const char *const columns[] = {
		"prefix", "x",      "y",      "n_samples", "min_ns",
		"p50_ns", "p95_ns", "p99_ns", "value_ns"
	};
	uint32_t side = hilbert_grid_side(&map->grid), x, y;
	struct output_table table;
	size_t next = 0;

	output_table_begin(&table, stream, format, columns, 9, 1);
	for (uint32_t i = 0; i < side * side; i++) {
		uint32_t address = hilbert_grid_address(&map->grid, i);
		char text[24];

		snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", address >> 24,
			 address >> 16 & 255, address >> 8 & 255, address & 255,
			 map->grid.cell_len);
		output_table_text(&table, text);
		hilbert_grid_locate(&map->grid, i, &x, &y);
		output_table_u64(&table, x);
		output_table_u64(&table, y);
		if (next < map->n_cells && map->cell[next].index == i) {
			put_cell(&table, map, &map->cell[next++]);
		} else {
			output_table_u64(&table, 0);
			put_absent(&table);
		}
	}
	return output_table_end(&table);
}
