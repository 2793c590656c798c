// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hdf5.h>

#include "segment_level.h"
#include "segment_type.h"
#include "segment_write.h"
#include "segment_writer.h"

enum { DEFLATE_LEVEL = 4 };

/* n = 0 makes a scalar of one value. */
static int put_attribute(hid_t object, const char *name, hid_t type, size_t n,
			 const void *values)
{
	hsize_t dims = n;
	hid_t space = n ? H5Screate_simple(1, &dims, NULL) :
			  H5Screate(H5S_SCALAR);
	hid_t at =
		H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	int err = 0;

	if (at < 0 || H5Awrite(at, type, values) < 0)
		err = -EIO;
	if (at >= 0)
		H5Aclose(at);
	H5Sclose(space);
	return err;
}

static int put_text(hid_t object, const char *name, const char *text)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	int err = -EIO;

	if (!text)
		text = "";
	if (H5Tset_size(type, strlen(text) + 1) >= 0 &&
	    H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
		err = put_attribute(object, name, type, 0, text);
	H5Tclose(type);
	return err;
}

static int put_codes(hid_t dataset, const struct segment_codes *codes)
{
	int err = put_attribute(dataset,
				codes->is_mask ? "flag_masks" : "flag_values",
				H5T_STD_U8LE, codes->n, codes->value);

	return err ? err : put_text(dataset, "flag_meanings", codes->meanings);
}

/* Chunks clipped to the length; an empty dataset must be extensible, or its
 * chunk would be larger than the dataset may become. */
static hid_t create_dataset(hid_t file, const char *path, hid_t type,
			    const hsize_t dims[2], uint32_t n_chunk)
{
	hsize_t max[2] = { dims[0] ? dims[0] : H5S_UNLIMITED, dims[1] };
	hsize_t chunk[2] = { dims[0] && dims[0] < n_chunk ? dims[0] : n_chunk,
			     dims[1] };
	int rank = dims[1] > 1 ? 2 : 1;
	hid_t space = H5Screate_simple(rank, dims, max);
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE), dataset = -1;

	if (H5Pset_chunk(plist, rank, chunk) >= 0 &&
	    H5Pset_shuffle(plist) >= 0 &&
	    H5Pset_deflate(plist, DEFLATE_LEVEL) >= 0 &&
	    H5Pset_fletcher32(plist) >= 0)
		dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT,
				     plist, H5P_DEFAULT);
	H5Pclose(plist);
	H5Sclose(space);
	return dataset;
}

/* A field of an array of structs as a column of its own. */
static void *gather_field(const struct segment *segment,
			  const struct segment_table *table,
			  const struct segment_column *column, size_t n)
{
	size_t width = (size_t)column->memory_bytes * column->n_values, i;
	const char *row =
		*(char *const *)((const char *)segment + table->row_offset);
	char *values = malloc(n * width + 1);

	for (i = 0; values && i < n; i++)
		memcpy(values + i * width,
		       row + i * table->row_bytes + column->offset, width);
	return values;
}

static int put_values(const struct segment *segment,
		      const struct segment_table *table,
		      const struct segment_column *column, hid_t dataset,
		      size_t n)
{
	bool is_field = table->row_bytes && !column->is_pointer;
	void *gathered = NULL;
	const void *values;
	int err = 0;

	if (!n)
		return 0;
	if (is_field)
		values = gathered = gather_field(segment, table, column, n);
	else
		values = *(void *const *)((const char *)segment +
					  column->offset);
	if (is_field && !gathered)
		return -ENOMEM;
	if (H5Dwrite(dataset, segment_memory_type(column), H5S_ALL, H5S_ALL,
		     H5P_DEFAULT, values) < 0)
		err = -EIO;
	free(gathered);
	return err;
}

static void column_path(char path[SEGMENT_PATH_CHARS],
			const struct segment_table *table, const char *name)
{
	snprintf(path, SEGMENT_PATH_CHARS, "/%s/%s", table->group, name);
}

/* The interval table's scale is its time column; other tables get a dataset
 * without values. */
static bool is_scale(const struct segment_table *table,
		     const struct segment_column *column)
{
	return !strcmp(column->name, table->scale);
}

static int attach_scales(struct segment_writer *writer,
			 const struct segment_table *table,
			 const struct segment_column *column, hid_t dataset,
			 const char *path, size_t n)
{
	struct segment_scale *scale = column->is_pointer ? &writer->pointer :
							   &writer->row;

	if (is_scale(table, column))
		return segment_scale_init(&writer->row, writer->file, dataset,
					  path, true, n);
	return segment_scale_attach(
		scale, column->n_values > 1 ? &writer->octet : NULL, dataset,
		path);
}

bool segment_writer_has(const struct segment_writer *writer,
			const struct segment_column *column)
{
	return writer->is_rollup || !column->is_of_rollup;
}

hid_t segment_writer_create(const struct segment_writer *writer,
			    const struct segment_table *table,
			    const struct segment_column *column, size_t n,
			    bool is_growing)
{
	hsize_t dims[2] = { is_growing ? 0 : n, column->n_values };
	uint8_t type = segment_column_type(column, writer->is_rollup);
	char path[SEGMENT_PATH_CHARS];

	column_path(path, table, column->name);
	return create_dataset(writer->file, path, segment_file_type(type), dims,
			      table->chunk_rows);
}

int segment_writer_describe(struct segment_writer *writer,
			    const struct segment_table *table,
			    const struct segment_column *column, hid_t dataset,
			    size_t n)
{
	char path[SEGMENT_PATH_CHARS];
	int err;

	column_path(path, table, column->name);
	err = attach_scales(writer, table, column, dataset, path, n);
	if (!err)
		err = put_text(dataset, "units", column->units);
	if (!err)
		err = put_text(dataset, "long_name", column->long_name);
	if (!err && column->codes)
		err = put_codes(dataset, column->codes);
	return err;
}

static int write_column(struct segment_writer *writer,
			const struct segment *segment,
			const struct segment_table *table,
			const struct segment_column *column)
{
	size_t n = segment_table_rows(segment, table) + column->is_pointer;
	hid_t dataset = segment_writer_create(writer, table, column, n, false);
	int err;

	if (dataset < 0)
		return -EIO;
	err = put_values(segment, table, column, dataset, n);
	if (!err)
		err = segment_writer_describe(writer, table, column, dataset,
					      n);
	if (H5Dclose(dataset) < 0 && !err)
		err = -EIO;
	return err;
}

static int write_scale(struct segment_writer *writer,
		       const struct segment_table *table, const char *suffix,
		       size_t n, struct segment_scale *scale)
{
	hsize_t dims[2] = { n, 1 };
	char name[SEGMENT_PATH_CHARS / 2], path[SEGMENT_PATH_CHARS];
	hid_t dataset;
	int err;

	snprintf(name, sizeof(name), "%s%s", table->scale, suffix);
	column_path(path, table, name);
	dataset = create_dataset(writer->file, path, H5T_STD_U8LE, dims,
				 table->chunk_rows);
	if (dataset < 0)
		return -EIO;
	err = segment_scale_init(scale, writer->file, dataset, path, false, n);
	if (H5Dclose(dataset) < 0 && !err)
		err = -EIO;
	return err;
}

int segment_writer_begin_scales(struct segment_writer *writer, size_t table_idx,
				size_t n)
{
	const struct segment_table *table = &segment_table[table_idx];
	bool has_pointer = false;
	size_t i;
	int err = 0;

	for (i = 0; i < n_segment_columns; i++)
		has_pointer |= segment_column[i].table == table_idx &&
			       segment_column[i].is_pointer;
	writer->row = writer->pointer = (struct segment_scale){ 0 };
	writer->octet = (struct segment_scale){ 0 };
	/* With a load mask of 0 and arrays of their own: /interval. */
	if (strcmp(table->scale, "time"))
		err = write_scale(writer, table, "", n, &writer->row);
	if (!err && has_pointer)
		err = write_scale(writer, table, "_ptr", n + 1,
				  &writer->pointer);
	if (!err && table->load == SEGMENT_SUBNET)
		err = write_scale(writer, table, "_octet", 16, &writer->octet);
	writer->octet.dimension = 1;
	return err;
}

int segment_writer_finish_scales(struct segment_writer *writer)
{
	int err = segment_scale_finish(&writer->row);

	if (!err)
		err = segment_scale_finish(&writer->pointer);
	if (!err)
		err = segment_scale_finish(&writer->octet);
	return err;
}

int segment_writer_group(const struct segment_writer *writer,
			 const struct segment_table *table)
{
	hid_t group = -1;

	if (H5Lexists(writer->file, table->group, H5P_DEFAULT) > 0)
		return 0;
	group = H5Gcreate2(writer->file, table->group, H5P_DEFAULT, H5P_DEFAULT,
			   H5P_DEFAULT);
	return group < 0 || H5Gclose(group) < 0 ? -EIO : 0;
}

int segment_writer_table(struct segment_writer *writer,
			 const struct segment *segment, size_t table_idx)
{
	const struct segment_table *table = &segment_table[table_idx];
	const struct segment_column *column = segment_column;
	size_t i;
	int err = segment_writer_group(writer, table);

	if (!err)
		err = segment_writer_begin_scales(
			writer, table_idx, segment_table_rows(segment, table));
	for (i = 0; i < n_segment_columns && !err; i++, column++)
		if (column->table == table_idx &&
		    segment_writer_has(writer, column))
			err = write_column(writer, segment, table, column);
	return err ? err : segment_writer_finish_scales(writer);
}

static int write_layout(struct segment_writer *writer,
			const struct segment_layout *layout)
{
	hsize_t dims[2] = { layout->n_bins + 1, 1 };
	hid_t dataset = create_dataset(writer->file, "/hist/bin_edge_ns",
				       H5T_STD_U64LE, dims, layout->n_bins + 1);
	int err = -EIO;

	if (dataset < 0)
		return -EIO;
	if (H5Dwrite(dataset, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
		     layout->edge_ns) >= 0)
		err = segment_scale_init(&writer->row, writer->file, dataset,
					 "/hist/bin_edge_ns", true,
					 layout->n_bins + 1);
	if (!err)
		err = put_text(dataset, "units", "ns");
	if (!err)
		err = put_text(dataset, "long_name",
			       "lower edges of the bins, and the limit");
	if (H5Dclose(dataset) < 0 && !err)
		err = -EIO;
	return err;
}

static int write_attributes(const struct segment_writer *writer,
			    const struct segment_meta *meta)
{
	hid_t file = writer->file;
	const struct segment_attribute *a = segment_attribute;
	const uint32_t major = SEGMENT_SCHEMA_MAJOR;
	const uint32_t minor = SEGMENT_SCHEMA_MINOR;
	const uint64_t interval_s = meta->interval_ns / 1000000000;
	size_t i;
	int err;

	err = put_text(file, "Conventions", "CF-1.10");
	if (!err)
		err = put_text(file, "schema", SEGMENT_SCHEMA);
	if (!err)
		err = put_attribute(file, "schema_major", H5T_NATIVE_UINT32, 0,
				    &major);
	if (!err)
		err = put_attribute(file, "schema_minor", H5T_NATIVE_UINT32, 0,
				    &minor);
	if (!err)
		err = put_attribute(file, "interval_s", H5T_NATIVE_UINT64, 0,
				    &interval_s);
	for (i = 0; i < n_segment_attributes && !err; i++, a++) {
		const char *at = (const char *)meta + a->offset;

		if (a->is_of_rollup && !writer->is_rollup)
			continue;
		if (a->type == N_COLUMN_TYPES)
			err = put_text(file, a->name, *(const char *const *)at);
		else
			err = put_attribute(file, a->name,
					    a->type == COLUMN_I64 ?
						    H5T_NATIVE_INT64 :
						    H5T_NATIVE_UINT64,
					    0, at);
	}
	return err;
}

static hid_t create_file(const char *path)
{
	hid_t plist = H5Pcreate(H5P_FILE_ACCESS), file = -1;

	if (H5Pset_libver_bounds(plist, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0)
		file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, plist);
	H5Pclose(plist);
	return file;
}

/* libhdf5 tells only that it failed; errno is left from the system call, or
 * from a probe that may fail. */
static int cause_of_failure(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EROFS:
	case EACCES:
		return -errno;
	default:
		return -EIO;
	}
}

int segment_writer_open(struct segment_writer *writer, const char *path,
			const struct segment_meta *meta)
{
	enum segment_level level;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	errno = 0;
	*writer = (struct segment_writer){ .file = create_file(path) };
	if (writer->file < 0)
		return errno ? -errno : -EIO;
	writer->is_rollup = !segment_level_parse(meta->level, &level) &&
			    level != LEVEL_RAW;
	return 0;
}

int segment_writer_finish(struct segment_writer *writer,
			  const struct segment *segment, int err)
{
	const uint8_t complete = 1;

	if (!err)
		err = write_attributes(writer, &segment->meta);
	if (!err)
		err = write_layout(writer, &segment->layout);
	/* Whatever can still fail has, before the file says it is complete. */
	if (!err && H5Fflush(writer->file, H5F_SCOPE_GLOBAL) < 0)
		err = -EIO;
	if (!err)
		err = put_attribute(writer->file, "complete", H5T_STD_U8LE, 0,
				    &complete);
	if (H5Fclose(writer->file) < 0 && !err)
		err = -EIO;
	return err == -EIO ? cause_of_failure() : err;
}

int segment_write(const struct segment *segment, const char *path)
{
	struct segment_writer writer;
	size_t i;
	int err = segment_writer_open(&writer, path, &segment->meta);

	if (err)
		return err;
	for (i = 0; i < n_segment_tables && !err; i++)
		err = segment_writer_table(&writer, segment, i);
	return segment_writer_finish(&writer, segment, err);
}
