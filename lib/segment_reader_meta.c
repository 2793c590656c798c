// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment_level.h"
#include "segment_reader.h"

enum { MAX_TEXT_BYTES = 1 << 24 };

static int attribute_fault(const struct segment_reader *reader,
			   const char *name, const char *problem)
{
	char dataset[64];

	snprintf(dataset, sizeof(dataset), "@%s", name);
	return segment_fault_set(reader->fault, dataset, "", problem);
}

/* Opens a scalar attribute of the root; its type goes to *ret_type. */
static hid_t open_attribute(const struct segment_reader *reader,
			    const char *name, hid_t *ret_type)
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

static int read_number(const struct segment_reader *reader, const char *name,
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

static int read_text(const struct segment_reader *reader, const char *name,
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

static int check_schema(const struct segment_reader *reader)
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

/* What else the file has depends on it. */
static int read_level(struct segment_reader *reader)
{
	char **at = &reader->segment->meta.level;
	enum segment_level level;
	int err = read_text(reader, "level", at);

	if (!err && segment_level_parse(*at, &level))
		err = attribute_fault(reader, "level", "not known");
	if (!err)
		reader->is_rollup = level != LEVEL_RAW;
	return err;
}

int segment_reader_meta(struct segment_reader *reader)
{
	const struct segment_attribute *a = segment_attribute;
	size_t i;
	int err = check_schema(reader);

	if (!err)
		err = read_level(reader);
	for (i = 0; i < n_segment_attributes && !err; i++, a++) {
		void *at = (char *)&reader->segment->meta + a->offset;

		if (a->is_of_rollup && !reader->is_rollup)
			continue;
		if (!strcmp(a->name, "level"))
			continue;
		if (a->type == N_COLUMN_TYPES)
			err = read_text(reader, a->name, at);
		else
			err = read_number(reader, a->name,
					  a->type == COLUMN_I64, at);
	}
	return err;
}
