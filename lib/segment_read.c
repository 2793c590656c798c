// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <hdf5.h>

#include "huge.h"
#include "segment_columns.h"
#include "segment_read.h"

enum {
	MAX_TEXT_BYTES = 1 << 24, /* of an attribute */
	MAX_CHUNK_BYTES = 1 << 26,
	MAX_INFLATION = 1100, /* deflate gives at most 1032:1 */
	MAX_ROWS = 1 << 30,
};

struct reader {
	hid_t file;
	uint64_t file_bytes;
	struct segment *segment;
	struct segment_fault *fault;
};

int segment_fault_set(struct segment_fault *fault, const char *group,
		      const char *name, const char *problem)
{
	snprintf(fault->dataset, sizeof(fault->dataset), "%s%s%s%s",
		 *group == '@' ? "" : "/", group, *name ? "/" : "", name);
	fault->has_row = false;
	fault->problem = problem;
	return -EBADMSG;
}

int segment_fault_set_row(struct segment_fault *fault, const char *group,
			  const char *name, uint64_t row, const char *problem)
{
	segment_fault_set(fault, group, name, problem);
	fault->has_row = true;
	fault->row = row;
	return -EBADMSG;
}

void segment_fault_format(const struct segment_fault *fault, char *text,
			  size_t n_text)
{
	if (fault->has_row)
		snprintf(text, n_text, "%s: row %llu: %s", fault->dataset,
			 (unsigned long long)fault->row, fault->problem);
	else
		snprintf(text, n_text, "%s%s%s", fault->dataset,
			 *fault->dataset ? ": " : "", fault->problem);
}

static hid_t file_type(uint8_t type)
{
	switch (type) {
	case COLUMN_U8:
		return H5T_STD_U8LE;
	case COLUMN_U16:
		return H5T_STD_U16LE;
	case COLUMN_U32:
		return H5T_STD_U32LE;
	case COLUMN_U64:
		return H5T_STD_U64LE;
	default:
		return H5T_STD_I64LE;
	}
}

static hid_t memory_type(const struct segment_column *column)
{
	if (column->type == COLUMN_I64)
		return H5T_NATIVE_INT64;
	switch (column->memory_bytes) {
	case 1:
		return H5T_NATIVE_UINT8;
	case 2:
		return H5T_NATIVE_UINT16;
	case 4:
		return H5T_NATIVE_UINT32;
	default:
		return H5T_NATIVE_UINT64;
	}
}

/* A 64-bit column may be narrower in the file or not (/hist/count). */
static bool type_matches(hid_t dataset, const struct segment_column *column)
{
	hid_t type = H5Dget_type(dataset);
	bool matches =
		H5Tequal(type, file_type(column->type)) > 0 ||
		(column->memory_bytes == 8 && column->type != COLUMN_I64 &&
		 H5Tequal(type, H5T_STD_U64LE) > 0);

	H5Tclose(type);
	return matches;
}

/* Only what stands in this very file, and only filters of plain libhdf5. */
static const char *check_storage(hid_t plist)
{
	unsigned int flags, config;
	size_t n_values = 0;
	int i, n;

	if (H5Pget_layout(plist) != H5D_CHUNKED)
		return "not stored in chunks";
	if (H5Pget_external_count(plist) != 0)
		return "stored in another file";
	n = H5Pget_nfilters(plist);
	for (i = 0; i < n; i++) {
		n_values = 0;
		switch (H5Pget_filter2(plist, (unsigned int)i, &flags,
				       &n_values, NULL, 0, NULL, &config)) {
		case H5Z_FILTER_SHUFFLE:
		case H5Z_FILTER_DEFLATE:
		case H5Z_FILTER_FLETCHER32:
			break;
		default:
			return "unknown filter";
		}
	}
	return NULL;
}

/* Every chunk must exist, and the file be large enough to hold the data: a
 * forged length cannot demand memory. */
static const char *check_chunks(const struct reader *reader, hid_t dataset,
				hid_t plist, hid_t space, const hsize_t dims[2])
{
	hsize_t chunk[2] = { 1, 1 }, n_chunks = 0, n_expected;
	hid_t type = H5Dget_type(dataset);
	uint64_t width = H5Tget_size(type);
	int rank = H5Pget_chunk(plist, 2, chunk);

	H5Tclose(type);
	if (rank < 1 || rank > 2 || !chunk[0] || !chunk[1] ||
	    chunk[0] > MAX_CHUNK_BYTES || chunk[1] > 16 ||
	    chunk[0] * chunk[1] * width > MAX_CHUNK_BYTES)
		return "chunks too large";
	if (dims[0] > MAX_ROWS || dims[1] > 16)
		return "too long";
	if (dims[0] * dims[1] * width / MAX_INFLATION > reader->file_bytes)
		return "longer than the file can hold";
	n_expected = (dims[0] + chunk[0] - 1) / chunk[0] *
		     ((dims[1] + chunk[1] - 1) / chunk[1]);
	if (H5Dget_num_chunks(dataset, space, &n_chunks) < 0 ||
	    n_chunks != n_expected)
		return "chunks are missing";
	return NULL;
}

/* Opens a dataset through hard links only; its lengths go to dims. */
static hid_t open_dataset(const struct reader *reader, const char *group,
			  const char *name, hsize_t dims[2])
{
	char path[128];
	const char *problem = "not a dataset of this file";
	H5L_info_t link = { .type = H5L_TYPE_ERROR };
	hid_t dataset = -1, space = -1, plist = -1;

	snprintf(path, sizeof(path), "/%s/%s", group, name);
	if (H5Lget_info(reader->file, group, &link, H5P_DEFAULT) >= 0 &&
	    link.type == H5L_TYPE_HARD &&
	    H5Lget_info(reader->file, path, &link, H5P_DEFAULT) >= 0 &&
	    link.type == H5L_TYPE_HARD)
		dataset = H5Dopen2(reader->file, path, H5P_DEFAULT);
	if (dataset >= 0) {
		space = H5Dget_space(dataset);
		plist = H5Dget_create_plist(dataset);
		dims[0] = dims[1] = 1;
		problem = "neither of one nor of two dimensions";
		if (H5Sget_simple_extent_ndims(space) == 1 ||
		    H5Sget_simple_extent_ndims(space) == 2) {
			H5Sget_simple_extent_dims(space, dims, NULL);
			problem = check_storage(plist);
		}
		if (!problem)
			problem = check_chunks(reader, dataset, plist, space,
					       dims);
	}
	if (problem) {
		segment_fault_set(reader->fault, group, name, problem);
		if (dataset >= 0)
			H5Dclose(dataset);
		dataset = -1;
	}
	if (space >= 0)
		H5Sclose(space);
	if (plist >= 0)
		H5Pclose(plist);
	return dataset;
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

static int read_values(const struct reader *reader,
		       const struct segment_table *table,
		       const struct segment_column *column, hid_t dataset,
		       size_t n)
{
	void *values;
	int err = new_values(reader->segment, table, column, n, &values);

	if (err)
		return err;
	if (n && dataset >= 0 &&
	    H5Dread(dataset, memory_type(column), H5S_ALL, H5S_ALL, H5P_DEFAULT,
		    values) < 0)
		err = segment_fault_set(reader->fault, table->group,
					column->name,
					"checksum or compression is wrong");
	if (table->row_bytes && !column->is_pointer)
		scatter_field(reader->segment, table, column, err ? 0 : n,
			      values);
	return err;
}

static int read_column(const struct reader *reader,
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
	dataset = open_dataset(reader, table->group, column->name, dims);
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

static int read_tables(const struct reader *reader, unsigned int load)
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

static int read_layout(const struct reader *reader)
{
	struct segment_layout *layout = &reader->segment->layout;
	hsize_t dims[2];
	hid_t dataset = open_dataset(reader, "hist", "bin_edge_ns", dims);
	int err = 0;

	if (dataset < 0)
		return -EBADMSG;
	if (dims[0] < 2 || dims[0] > 65537 || dims[1] != 1)
		err = segment_fault_set(reader->fault, "hist", "bin_edge_ns",
					"wrong length");
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

static int attribute_fault(const struct reader *reader, const char *name,
			   const char *problem)
{
	char dataset[64];

	snprintf(dataset, sizeof(dataset), "@%s", name);
	return segment_fault_set(reader->fault, dataset, "", problem);
}

/* Opens a scalar attribute of the root; its type goes to *ret_type. */
static hid_t open_attribute(const struct reader *reader, const char *name,
			    hid_t *ret_type)
{
	hid_t at = -1, space;
	hssize_t n = 0;

	if (H5Aexists(reader->file, name) > 0)
		at = H5Aopen(reader->file, name, H5P_DEFAULT);
	if (at < 0) {
		attribute_fault(reader, name, "missing");
		return -1;
	}
	space = H5Aget_space(at);
	if (space >= 0)
		n = H5Sget_simple_extent_npoints(space);
	H5Sclose(space);
	*ret_type = H5Aget_type(at);
	if (n == 1 && *ret_type >= 0)
		return at;
	attribute_fault(reader, name, "not a single value");
	if (*ret_type >= 0)
		H5Tclose(*ret_type);
	H5Aclose(at);
	return -1;
}

static int read_number(const struct reader *reader, const char *name,
		       bool is_signed, void *value)
{
	hid_t type, at = open_attribute(reader, name, &type);
	int err = 0;

	if (at < 0)
		return -EBADMSG;
	if (H5Tget_class(type) != H5T_INTEGER || H5Tget_size(type) > 8 ||
	    H5Aread(at, is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64,
		    value) < 0)
		err = attribute_fault(reader, name, "not a number");
	H5Tclose(type);
	H5Aclose(at);
	return err;
}

static int read_text(const struct reader *reader, const char *name,
		     char **ret_text)
{
	hid_t type, at = open_attribute(reader, name, &type);
	char *text = NULL;
	size_t n;
	int err = 0;

	if (at < 0)
		return -EBADMSG;
	n = H5Tget_size(type);
	if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) ||
	    n > MAX_TEXT_BYTES)
		err = attribute_fault(reader, name, "not text");
	if (!err) {
		text = calloc(1, n + 1);
		if (!text)
			err = -ENOMEM;
	}
	if (!err && H5Aread(at, type, text) < 0)
		err = attribute_fault(reader, name, "cannot be read");
	H5Tclose(type);
	H5Aclose(at);
	if (err)
		free(text);
	else
		*ret_text = text;
	return err;
}

static int check_schema(const struct reader *reader)
{
	uint64_t major = 0, minor = 0, complete = 0, interval_s = 0;
	struct segment_meta *meta = &reader->segment->meta;
	char *schema = NULL;
	int err = read_text(reader, "schema", &schema);

	if (!err && strcmp(schema, SEGMENT_SCHEMA))
		err = attribute_fault(reader, "schema", "not a segment");
	free(schema);
	if (!err)
		err = read_number(reader, "schema_major", false, &major);
	if (!err && major != SEGMENT_SCHEMA_MAJOR) {
		attribute_fault(reader, "schema_major",
				"written by an incompatible version");
		err = -ENOTSUP;
	}
	if (!err)
		err = read_number(reader, "schema_minor", false, &minor);
	if (!err)
		err = read_number(reader, "complete", false, &complete);
	if (!err && complete != 1)
		err = attribute_fault(reader, "complete", "not 1");
	if (!err)
		err = read_number(reader, "interval_s", false, &interval_s);
	if (!err && (!interval_s || interval_s > 31 * 86400))
		err = attribute_fault(reader, "interval_s", "out of range");
	meta->schema_major = (uint32_t)major;
	meta->schema_minor = (uint32_t)minor;
	meta->interval_ns = interval_s * 1000000000;
	return err;
}

static int read_meta(const struct reader *reader)
{
	const struct segment_attribute *a = segment_attribute;
	size_t i;
	int err = check_schema(reader);

	for (i = 0; i < n_segment_attributes && !err; i++, a++) {
		void *at = (char *)&reader->segment->meta + a->offset;

		if (a->type == N_COLUMN_TYPES)
			err = read_text(reader, a->name, at);
		else
			err = read_number(reader, a->name,
					  a->type == COLUMN_I64, at);
	}
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
	struct reader reader = { -1, 0, &segment, ret_fault };
	struct stat st;
	int err = 0;

	*ret_fault = (struct segment_fault){ 0 };
	load = with_needed(load);
	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return segment_fault_set(ret_fault, "@", "", "not a file");
	reader.file_bytes = (uint64_t)st.st_size;
	reader.file = open_file(path);
	if (reader.file < 0) {
		ret_fault->problem = "not an HDF5 file, or damaged";
		return -EBADMSG;
	}
	err = read_meta(&reader);
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
