/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment file that is being written, step by step: segment_write() writes
 * one that is all in memory, segment_append.c one that grows.
 */
#ifndef LIB_SEGMENT_WRITER_H
#define LIB_SEGMENT_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <hdf5.h>

#include "segment_columns.h"
#include "segment_scale.h"

enum { SEGMENT_PATH_CHARS = 96 };

/* Scales are those of the table at hand. */
struct segment_writer {
	hid_t file;
	bool is_rollup;
	struct segment_scale row;     /* n */
	struct segment_scale pointer; /* n + 1 */
	struct segment_scale octet;   /* 16 */
};

int segment_writer_open(struct segment_writer *writer, const char *path,
			const struct segment_meta *meta);

/* The tables of the schema that stand in files of this kind. */
bool segment_writer_has(const struct segment_writer *writer,
			const struct segment_column *column);
int segment_writer_group(const struct segment_writer *writer,
			 const struct segment_table *table);
/* The dataset of a column of n values; `is_growing`: of any number, later. */
hid_t segment_writer_create(const struct segment_writer *writer,
			    const struct segment_table *table,
			    const struct segment_column *column, size_t n,
			    bool is_growing);
/* Around the columns of a table of n rows: its scales, then, for each column,
 * what tells of it, then what the scales keep of their users. */
int segment_writer_begin_scales(struct segment_writer *writer, size_t table_idx,
				size_t n);
int segment_writer_describe(struct segment_writer *writer,
			    const struct segment_table *table,
			    const struct segment_column *column, hid_t dataset,
			    size_t n);
int segment_writer_finish_scales(struct segment_writer *writer);

/* A whole table of the segment. */
int segment_writer_table(struct segment_writer *writer,
			 const struct segment *segment, size_t table_idx);

/* Layout and attributes, `complete` last; closes the file. `err` is the first
 * failure until now, or 0; returns the first of all, as the cause that the
 * system gave where it did. */
int segment_writer_finish(struct segment_writer *writer,
			  const struct segment *segment, int err);

#endif
