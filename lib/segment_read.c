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

/* A 64-bit column may be narrower in the file or not (/hist/count). */
static bool type_matches(hid_t dataset, const struct segment_column *column)
{
	hid_t type = H5Dget_type(dataset);
	bool matches =
		H5Tequal(type, segment_file_type(column->type)) > 0 ||
		(column->memory_bytes == 8 && column->type != COLUMN_I64 &&
		 H5Tequal(type, H5T_STD_U64LE) > 0);

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

static int read_values(const struct segment_reader *reader,
		       const struct segment_table *table,
		       const struct segment_column *column, hid_t dataset,
		       size_t n)
{
	void *values;
	int err = new_values(reader->segment, table, column, n, &values);

	if (err)
		return err;
	if (n && dataset >= 0 &&
	    H5Dread(dataset, segment_memory_type(column), H5S_ALL, H5S_ALL,
		    H5P_DEFAULT, values) < 0)
		err = segment_fault_set(reader->fault, table->group,
					column->name,
					"checksum or compression is wrong");
	if (table->row_bytes && !column->is_pointer)
		scatter_field(reader->segment, table, column, err ? 0 : n,
			      values);
	return err;
}

static int read_column(const struct segment_reader *reader,
		       const struct segment_table *table,
		       const struct segment_column *column, bool is_first)
{
	size_t *n_rows = segment_member(reader->segment, table->count_offset);
	hsize_t dims[2];
	hid_t dataset;
	int err = 0;

	if (column->is_optional) {
		char path[128];

		snprintf(path, sizeof(path), "/%s/%s", table->group,
			 column->name);
		if (H5Lexists(reader->file, path, H5P_DEFAULT) == 0)
			return read_values(reader, table, column, -1, *n_rows);
	}
	dataset = segment_reader_open(reader, table->group, column->name, dims);
	if (dataset < 0)
		return -EBADMSG;
	if (is_first)
		*n_rows = dims[0];
	if (!type_matches(dataset, column))
		err = segment_fault_set(reader->fault, table->group,
					column->name, "wrong type");
	else if (dims[0] != *n_rows + column->is_pointer ||
		 dims[1] != column->n_values)
		err = segment_fault_set(reader->fault, table->group,
					column->name, "wrong length");
	if (!err)
		err = read_values(reader, table, column, dataset, dims[0]);
	H5Dclose(dataset);
	return err;
}

static int read_tables(const struct segment_reader *reader, unsigned int load)
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

/* What is needed to make sense of what is asked for. */
static unsigned int with_needed(unsigned int load)
{
	if (load & SEGMENT_HIST)
		load |= SEGMENT_RTT;
	if (load & (SEGMENT_TRAFFIC | SEGMENT_RTT | SEGMENT_ECN | SEGMENT_SPIN))
		load |= SEGMENT_SUBNET;
	return load;
}

int segment_read(const char *path, unsigned int load,
		 struct segment *ret_segment, struct segment_fault *ret_fault)
{
	struct segment segment = { 0 };
	struct segment_reader reader = { -1, 0, &segment, ret_fault };
	struct stat st;
	int err = 0;

	*ret_fault = (struct segment_fault){ 0 };
	load = with_needed(load);
	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return segment_fault_set(ret_fault, "@", "", "not a file");
	if (access(path, R_OK)) /* the library does not tell why */
		return -errno;
	reader.file_bytes = (uint64_t)st.st_size;
	reader.file = open_file(path);
	if (reader.file < 0) {
		ret_fault->problem = "not an HDF5 file, or damaged";
		return -EBADMSG;
	}
	err = segment_reader_meta(&reader);
	if (!err)
		err = read_layout(&reader);
	if (!err)
		err = read_tables(&reader, load);
	if (!err)
		err = segment_check(&segment, load, ret_fault);
	H5Fclose(reader.file);
	if (err)
		segment_fini(&segment);
	else
		*ret_segment = segment;
	return err;
}
