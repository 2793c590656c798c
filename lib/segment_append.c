// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment_append.h"
#include "segment_type.h"
#include "segment_writer.h"

enum { MAX_COLUMNS = 192 };

struct segment_append {
	struct segment_writer writer;
	hid_t dataset[MAX_COLUMNS]; /* of growing columns, by position; or -1 */
	uint64_t n_rows[MAX_COLUMNS]; /* of tables */
};

/* Whether a table has rows of subnets. */
static bool is_growing(const struct segment_table *table)
{
	return table->load & (SEGMENT_SUBNET | SEGMENT_TRAFFIC | SEGMENT_ECN |
			      SEGMENT_SPIN | SEGMENT_RTT | SEGMENT_HIST);
}

static int create_datasets(struct segment_append *append)
{
	const struct segment_column *column = segment_column;
	const struct segment_table *table;
	size_t i;
	int err = 0;

	for (i = 0; i < n_segment_columns && !err; i++, column++) {
		table = &segment_table[column->table];
		if (!is_growing(table))
			continue;
		err = segment_writer_group(&append->writer, table);
		if (err)
			return err;
		append->dataset[i] = segment_writer_create(
			&append->writer, table, column, 0, true);
		if (append->dataset[i] < 0)
			err = -EIO;
	}
	return err;
}

int segment_append_open(const char *path, const struct segment_meta *meta,
			struct segment_append **ret_append)
{
	struct segment_append *append = calloc(1, sizeof(*append));
	size_t i;
	int err;

	if (!append || n_segment_columns > MAX_COLUMNS) {
		free(append);
		return -ENOMEM;
	}
	for (i = 0; i < MAX_COLUMNS; i++)
		append->dataset[i] = -1;
	err = segment_writer_open(&append->writer, path, meta);
	if (err) {
		free(append);
		return err;
	}
	err = create_datasets(append);
	if (err)
		return segment_append_finish(append, NULL, err);
	*ret_append = append;
	return 0;
}

static int extend(hid_t dataset, const struct segment_column *column,
		  uint64_t start, uint64_t n, const void *values)
{
	hsize_t at[2] = { start, 0 }, count[2] = { n, column->n_values };
	hsize_t dims[2] = { start + n, column->n_values };
	int rank = column->n_values > 1 ? 2 : 1, err = -EIO;
	hid_t memory, space = -1;

	if (!n)
		return 0;
	if (H5Dset_extent(dataset, dims) < 0)
		return -EIO;
	memory = H5Screate_simple(rank, count, NULL);
	space = H5Dget_space(dataset);
	if (H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, count, NULL) >=
		    0 &&
	    H5Dwrite(dataset, segment_memory_type(column), memory, space,
		     H5P_DEFAULT, values) >= 0)
		err = 0;
	H5Sclose(space);
	H5Sclose(memory);
	return err;
}

/* What positions in the range become in the file: more by this. */
static uint64_t base_of(const struct segment_append *append,
			const struct segment_column *column)
{
	const char *name = column->name;
	size_t i;
	unsigned int load = 0;

	if (!strcmp(name, "subnet"))
		load = SEGMENT_SUBNET;
	else if (!strcmp(name, "traffic_ptr"))
		load = SEGMENT_TRAFFIC;
	else if (!strcmp(name, "rtt_ptr"))
		load = SEGMENT_RTT;
	else if (!strcmp(name, "hist_ptr"))
		load = SEGMENT_HIST;
	for (i = 0; i < n_segment_tables; i++)
		if (load && segment_table[i].load == load)
			return append->n_rows[i];
	return 0;
}

/* The column's values of the range, as they are in the file; the caller's. */
static void *copy_values(const struct segment_append *append,
			 const struct segment *range,
			 const struct segment_table *table,
			 const struct segment_column *column, size_t n)
{
	size_t width = (size_t)column->memory_bytes * column->n_values, i;
	uint64_t base = base_of(append, column);
	bool is_field = table->row_bytes && !column->is_pointer;
	const char *from = *(
		char *const *)((const char *)range +
			       (is_field ? table->row_offset : column->offset));
	char *values = malloc(n * width + 1);

	if (!values)
		return NULL;
	if (!is_field)
		memcpy(values, from, n * width);
	for (i = 0; is_field && i < n; i++)
		memcpy(values + i * width,
		       from + i * table->row_bytes + column->offset, width);
	for (i = 0; base && width == 4 && i < n; i++)
		((uint32_t *)values)[i] += (uint32_t)base;
	for (i = 0; base && width == 8 && i < n; i++)
		((uint64_t *)values)[i] += base;
	return values;
}

int segment_append_add(struct segment_append *append,
		       const struct segment *range)
{
	const struct segment_column *column = segment_column;
	const struct segment_table *table;
	void *values;
	size_t i, n;
	int err = 0;

	for (i = 0; i < n_segment_columns && !err; i++, column++) {
		table = &segment_table[column->table];
		n = segment_table_rows(range, table);
		if (!is_growing(table) || !n)
			continue;
		values = copy_values(append, range, table, column, n);
		err = values ?
			      extend(append->dataset[i], column,
				     append->n_rows[column->table], n, values) :
			      -ENOMEM;
		free(values);
	}
	for (i = 0; i < n_segment_tables; i++)
		if (is_growing(&segment_table[i]))
			append->n_rows[i] +=
				segment_table_rows(range, &segment_table[i]);
	return err;
}

/* Last values of pointers, and what tells of each column. */
static int finish_column(struct segment_append *append, size_t column_idx)
{
	const struct segment_column *column = &segment_column[column_idx];
	const struct segment_table *table = &segment_table[column->table];
	hid_t dataset = append->dataset[column_idx];
	uint64_t n = append->n_rows[column->table];
	uint64_t end = base_of(append, column);
	int err = 0;

	if (column->is_pointer)
		err = extend(dataset, column, n, 1, &end);
	if (!err)
		err = segment_writer_describe(&append->writer, table, column,
					      dataset, n);
	return err;
}

static int finish_growing(struct segment_append *append, size_t table_idx)
{
	size_t i;
	int err = segment_writer_begin_scales(&append->writer, table_idx,
					      append->n_rows[table_idx]);

	for (i = 0; i < n_segment_columns && !err; i++)
		if (segment_column[i].table == table_idx)
			err = finish_column(append, i);
	return err ? err : segment_writer_finish_scales(&append->writer);
}

int segment_append_finish(struct segment_append *append,
			  const struct segment *segment, int err)
{
	size_t i;

	for (i = 0; i < n_segment_tables && !err; i++)
		err = is_growing(&segment_table[i]) ?
			      finish_growing(append, i) :
			      segment_writer_table(&append->writer, segment, i);
	for (i = 0; i < MAX_COLUMNS; i++)
		if (append->dataset[i] >= 0 &&
		    H5Dclose(append->dataset[i]) < 0 && !err)
			err = -EIO;
	err = segment_writer_finish(&append->writer, segment, err);
	free(append);
	return err;
}
