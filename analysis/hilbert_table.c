// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_table.h"

#include <math.h>

enum { N_STATISTICS = 5, N_COLUMNS = 9, N_DIFF_COLUMNS = 9 };

static void put_absent(struct output_table *table, int n)
{
	for (int i = 0; i < n; i++)
		output_table_absent(table);
}

static void put_statistics(struct output_table *table,
			   const struct hilbert_map *map,
			   const struct hilbert_cell *cell)
{
	static const unsigned permille[] = { 500, 950, 990 };

	output_table_u64(table, cell->tally.count);
	if (hilbert_cell_is_thin(map, cell)) {
		put_absent(table, N_STATISTICS);
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

static void put_place(struct output_table *table,
		      const struct hilbert_grid *grid, uint32_t index)
{
	struct prefix prefix = hilbert_grid_prefix(grid, index);
	char text[PREFIX_TEXT_MAX];
	uint32_t x, y;

	prefix_format(&prefix, text);
	output_table_text(table, text);
	hilbert_grid_locate(grid, index, &x, &y);
	output_table_u64(table, x);
	output_table_u64(table, y);
}

void hilbert_table_begin(struct output_table *table, bool has_time,
			 enum output_format format, FILE *stream)
{
	static const char *const columns[N_COLUMNS + 1] = {
		"time",   "prefix", "x",      "y",      "n_samples",
		"min_ns", "p50_ns", "p95_ns", "p99_ns", "value_ns"
	};

	output_table_begin(table, stream, format, columns + !has_time,
			   N_COLUMNS + has_time, 1);
}

void hilbert_table_put(struct output_table *table,
		       const struct hilbert_map *map, const char *time)
{
	size_t next = 0;

	for (uint32_t i = 0; i < hilbert_grid_n_cells(&map->grid); i++) {
		if (time)
			output_table_text(table, time);
		put_place(table, &map->grid, i);
		if (next < map->n_cells && map->cell[next].index == i) {
			put_statistics(table, map, &map->cell[next++]);
		} else {
			output_table_u64(table, 0);
			put_absent(table, N_STATISTICS);
		}
	}
}

/* A ratio of more than 1 is no share, but printed alike. */
static void put_change(struct output_table *table,
		       const struct hilbert_diff *diff,
		       const struct hilbert_change *change)
{
	struct quantile_value value;
	uint64_t ns[2];

	for (int i = 0; i < 2; i++)
		output_table_u64(table, change->cell[i] ?
						change->cell[i]->tally.count :
						0);
	for (int i = 0; i < 2; i++) {
		if (hilbert_change_value(diff, change, i, &value))
			output_table_quantile(table, value);
		else
			output_table_absent(table);
	}
	if (!hilbert_change_get(diff, change, ns)) {
		put_absent(table, 2);
		return;
	}
	output_table_i64(table, (int64_t)ns[1] - (int64_t)ns[0]);
	if (ns[0])
		output_table_ratio(table, (double)ns[1] / (double)ns[0]);
	else
		output_table_absent(table);
}

int hilbert_table_write_diff(const struct hilbert_diff *diff,
			     enum output_format format, FILE *stream)
{
	static const char *const columns[N_DIFF_COLUMNS] = {
		"prefix",      "x",           "y",
		"n_samples_a", "n_samples_b", "value_a_ns",
		"value_b_ns",  "change_ns",   "ratio"
	};
	const struct hilbert_grid *grid = &diff->map[0].grid;
	struct output_table table;
	size_t next = 0;

	output_table_begin(&table, stream, format, columns, N_DIFF_COLUMNS, 1);
	for (uint32_t i = 0; i < hilbert_grid_n_cells(grid); i++) {
		static const struct hilbert_change none;

		put_place(&table, grid, i);
		if (next < diff->n_changes && diff->change[next].index == i)
			put_change(&table, diff, &diff->change[next++]);
		else
			put_change(&table, diff, &none);
	}
	return output_table_end(&table);
}
