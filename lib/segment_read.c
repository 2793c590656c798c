// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <hdf5.h>

#include "huge.h"
#include "segment_columns.h"
#include "segment_reader.h"
#include "segment_type.h"

static bool type_matches(const struct segment_reader *reader, hid_t dataset,
			 const struct segment_column *column)
{
	uint8_t expected = segment_column_type(column, reader->is_rollup);
	hid_t type = H5Dget_type(dataset);
	bool matches = H5Tequal(type, segment_file_type(expected)) > 0;

	H5Tclose(type);
	return matches;
}

static void *segment_member(struct segment *segment, size_t offset)
{
	return (char *)segment + offset;
}

/* Memory for the column, in the segment at once, so that segment_fini() frees
 * it whatever happens; *ret_values is where n values go to. */
static int new_values(struct segment *segment,
		      const struct segment_table *table,
		      const struct segment_column *column, size_t n,
		      void **ret_values)
{
	size_t width = (size_t)column->memory_bytes * column->n_values;
	void *values = huge_calloc(n + 1, width), **at;

	if (!values)
		return -ENOMEM;
	*ret_values = values;
	if (!table->row_bytes || column->is_pointer) {
		at = segment_member(segment, column->offset);
		*at = values;
		return 0;
	}
	at = segment_member(segment, table->row_offset);
	if (!*at)
		*at = calloc(n + 1, table->row_bytes);
	if (*at)
		return 0;
	free(values);
	return -ENOMEM;
}

/* A column into a field of an array of structs. */
static void scatter_field(struct segment *segment,
			  const struct segment_table *table,
			  const struct segment_column *column, size_t n,
			  void *values)
{
	size_t width = (size_t)column->memory_bytes * column->n_values, i;
	char *row = *(char **)segment_member(segment, table->row_offset);

	for (i = 0; i < n; i++)
		memcpy(row + i * table->row_bytes + column->offset,
		       (char *)values + i * width, width);
	free(values);
}

static int read_rows(const struct segment_column *column, hid_t dataset,
		     uint64_t start, size_t n, void *values)
{
	hsize_t at[2] = { start, 0 }, count[2] = { n, column->n_values };
	hssize_t n_values = (hssize_t)n * column->n_values;
	hid_t memory =
		H5Screate_simple(column->n_values > 1 ? 2 : 1, count, NULL);
	hid_t space = H5Dget_space(dataset);
	int err = -EBADMSG;

	if (H5Sget_simple_extent_npoints(space) == n_values)
		err = H5Dread(dataset, segment_memory_type(column), H5S_ALL,
			      H5S_ALL, H5P_DEFAULT, values) < 0 ?
			      -EBADMSG :
			      0;
	else if (H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, count,
				     NULL) >= 0 &&
		 H5Dread(dataset, segment_memory_type(column), memory, space,
			 H5P_DEFAULT, values) >= 0)
		err = 0;
	H5Sclose(space);
	H5Sclose(memory);
	return err;
}

int segment_reader_values(const struct segment_reader *reader,
			  const struct segment_table *table,
			  const struct segment_column *column, hid_t dataset,
			  uint64_t start, size_t n)
{
	void *values;
	int err = new_values(reader->segment, table, column, n, &values);

	if (err)
		return err;
	if (n && dataset >= 0 && read_rows(column, dataset, start, n, values))
		err = segment_fault_set(reader->fault, table->group,
					column->name,
					"checksum or compression is wrong");
	if (table->row_bytes && !column->is_pointer)
		scatter_field(reader->segment, table, column, err ? 0 : n,
			      values);
	return err;
}

hid_t segment_reader_column(const struct segment_reader *reader,
			    const struct segment_table *table,
			    const struct segment_column *column,
			    uint64_t *ret_n)
{
	hsize_t dims[2];
	hid_t dataset =
		segment_reader_open(reader, table->group, column->name, dims);
	const char *problem = NULL;

	if (dataset < 0)
		return -1;
	if (!type_matches(reader, dataset, column))
		problem = "wrong type";
	else if (dims[1] != column->n_values)
		problem = "wrong length";
	*ret_n = dims[0];
	if (!problem)
		return dataset;
	segment_fault_set(reader->fault, table->group, column->name, problem);
	H5Dclose(dataset);
	return -1;
}

/* A column that the file need not have, and has not. */
static bool is_absent(const struct segment_reader *reader,
		      const struct segment_table *table,
		      const struct segment_column *column)
{
	char path[128];

	if (column->is_of_rollup)
		return !reader->is_rollup;
	snprintf(path, sizeof(path), "/%s/%s", table->group, column->name);
	return column->is_optional &&
	       H5Lexists(reader->file, path, H5P_DEFAULT) == 0;
}

static int read_column(const struct segment_reader *reader,
		       const struct segment_table *table,
		       const struct segment_column *column, bool is_first)
{
	size_t *n_rows = segment_member(reader->segment, table->count_offset);
	hid_t dataset;
	uint64_t n;
	int err = 0;

	if (is_absent(reader, table, column))
		return segment_reader_values(reader, table, column, -1, 0,
					     *n_rows);
	dataset = segment_reader_column(reader, table, column, &n);
	if (dataset < 0)
		return -EBADMSG;
	if (is_first)
		*n_rows = n;
	if (n != *n_rows + column->is_pointer)
		err = segment_fault_set(reader->fault, table->group,
					column->name, "wrong length");
	if (!err)
		err = segment_reader_values(reader, table, column, dataset, 0,
					    n);
	H5Dclose(dataset);
	return err;
}

/* A row of a raw segment is one interval. */
static void fill_raw_intervals(struct segment_interval *interval)
{
	size_t i;

	for (i = 0; i < interval->n; i++) {
		interval->last_seq[i] = interval->seq[i];
		interval->n_intervals[i] = 1;
		interval->covered_ns[i] = interval->duration_ns[i];
	}
}

int segment_reader_tables(const struct segment_reader *reader,
			  unsigned int load)
{
	const struct segment_column *column = segment_column;
	const struct segment_table *table;
	uint8_t last = UINT8_MAX;
	size_t i;
	int err = 0;

	for (i = 0; i < n_segment_columns && !err; i++, column++) {
		table = &segment_table[column->table];
		if (table->load && !(table->load & load))
			continue;
		err = read_column(reader, table, column, column->table != last);
		last = column->table;
	}
	if (!err && !reader->is_rollup)
		fill_raw_intervals(&reader->segment->interval);
	return err;
}

static int read_layout(const struct segment_reader *reader)
{
	struct segment_layout *layout = &reader->segment->layout;
	hsize_t dims[2];
	hid_t dataset =
		segment_reader_open(reader, "hist", "bin_edge_ns", dims);
	int err = 0;
	hid_t type;

	if (dataset < 0)
		return -EBADMSG;
	type = H5Dget_type(dataset);
	if (dims[0] < 2 || dims[0] > 65537 || dims[1] != 1 ||
	    H5Tequal(type, H5T_STD_U64LE) <= 0)
		err = segment_fault_set(reader->fault, "hist", "bin_edge_ns",
					"wrong type or length");
	H5Tclose(type);
	if (!err) {
		layout->edge_ns = calloc(dims[0], sizeof(uint64_t));
		layout->n_bins = (uint32_t)dims[0] - 1;
		if (!layout->edge_ns)
			err = -ENOMEM;
	}
	if (!err && H5Dread(dataset, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL,
			    H5P_DEFAULT, layout->edge_ns) < 0)
		err = segment_fault_set(reader->fault, "hist", "bin_edge_ns",
					"checksum or compression is wrong");
	H5Dclose(dataset);
	return err;
}

static hid_t open_file(const char *path)
{
	hid_t plist, file = -1;

	/* Must come before the library starts; afterwards it only fails. An
	 * exit handler may crash after a damaged file. */
	H5dont_atexit();
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	plist = H5Pcreate(H5P_FILE_ACCESS);
	/* Segments never change, and may stand on a read-only file system. */
	if (H5Pset_file_locking(plist, 0, 1) >= 0)
		file = H5Fopen(path, H5F_ACC_RDONLY, plist);
	H5Pclose(plist);
	return file;
}

unsigned int segment_load_with_needed(unsigned int load)
{
	if (load & SEGMENT_HIST)
		load |= SEGMENT_RTT;
	if (load & (SEGMENT_TRAFFIC | SEGMENT_RTT | SEGMENT_ECN | SEGMENT_SPIN))
		load |= SEGMENT_SUBNET;
	return load;
}

int segment_reader_start(struct segment_reader *reader, const char *path)
{
	struct stat st;
	int err;

	reader->file = -1;
	*reader->fault = (struct segment_fault){ 0 };
	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return segment_fault_set(reader->fault, "@", "", "not a file");
	if (access(path, R_OK)) /* the library does not tell why */
		return -errno;
	reader->file_bytes = (uint64_t)st.st_size;
	reader->file = open_file(path);
	if (reader->file < 0) {
		reader->fault->problem = "not an HDF5 file, or damaged";
		return -EBADMSG;
	}
	err = segment_reader_meta(reader);
	return err ? err : read_layout(reader);
}

int segment_read(const char *path, unsigned int load,
		 struct segment *ret_segment, struct segment_fault *ret_fault)
{
	struct segment segment = { 0 };
	struct segment_reader reader = { .segment = &segment,
					 .fault = ret_fault };
	int err;

	load = segment_load_with_needed(load);
	err = segment_reader_start(&reader, path);
	if (!err)
		err = segment_reader_tables(&reader, load);
	if (!err)
		err = segment_check(&segment, load, ret_fault);
	if (reader.file >= 0)
		H5Fclose(reader.file);
	if (err)
		segment_fini(&segment);
	else
		*ret_segment = segment;
	return err;
}
