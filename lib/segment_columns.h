/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schema as data: every table and column of a segment, where it stands in
 * the file and where in struct segment. Writer, reader and verify walk these
 * tables, so that they cannot disagree; spindrift-segment(5) says the same in
 * prose.
 */
#ifndef LIB_SEGMENT_COLUMNS_H
#define LIB_SEGMENT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment.h"

enum { SEGMENT_SCHEMA_MAJOR = 1, SEGMENT_SCHEMA_MINOR = 1 };
#define SEGMENT_SCHEMA "spindrift-segment"

/* Types in the file, all little-endian. */
enum column_type {
	COLUMN_U8,
	COLUMN_U16,
	COLUMN_U32,
	COLUMN_U64,
	COLUMN_I64,
	N_COLUMN_TYPES,
};

/* CF flag_values (or flag_masks) and flag_meanings of a u8 column. */
struct segment_codes {
	const uint8_t *value;
	uint8_t n;
	bool is_mask;
	const char *meanings; /* separated by spaces, in the order of value */
};

/* Columns of one length that share a dimension. */
struct segment_table {
	const char *group;
	const char *scale;   /* dataset that stands for the dimension */
	unsigned int load;   /* enum segment_load, or 0: always loaded */
	size_t count_offset; /* of its size_t row count in struct segment */
	uint32_t chunk_rows;
	/* For tables that are arrays of structs: where the array's pointer is,
	 * and the size of one row; 0 when every column is an array. */
	size_t row_offset, row_bytes;
};

struct segment_column {
	uint8_t table; /* index of segment_table */
	const char *name;
	uint8_t type;         /* enum column_type, in the file */
	uint8_t memory_bytes; /* of one value in struct segment */
	uint8_t n_values;     /* per row: 1, or 16 for an address */
	bool is_pointer;      /* has a value more than the table has rows */
	bool is_optional;     /* zeros when the file has it not */
	/* Of the array's pointer in struct segment, or, in tables of structs
	 * and but for pointer columns, of the field in the row. */
	size_t offset;
	const char *units, *long_name;
	const struct segment_codes *codes;
	bool is_of_rollup; /* stands in rollups only */
};

extern const struct segment_table segment_table[];
extern const size_t n_segment_tables;
/* Grouped by table, in its order; the first column of a table gives its length
 * and is never a pointer. */
extern const struct segment_column segment_column[];
extern const size_t n_segment_columns;

/* Root attributes. Strings are char *, the others 8 bytes. */
struct segment_attribute {
	const char *name;
	uint8_t type;  /* COLUMN_U64 or COLUMN_I64, or N_COLUMN_TYPES: text */
	size_t offset; /* in struct segment_meta */
	bool is_of_rollup;
};

extern const struct segment_attribute segment_attribute[];
extern const size_t n_segment_attributes;

/* Sums of a month need more bits than those of an interval. */
static inline uint8_t segment_column_type(const struct segment_column *column,
					  bool is_rollup)
{
	if (is_rollup && column->type == COLUMN_U32 &&
	    column->memory_bytes == 8)
		return COLUMN_U64;
	return column->type;
}

static inline size_t segment_table_rows(const struct segment *segment,
					const struct segment_table *table)
{
	return *(const size_t *)((const char *)segment + table->count_offset);
}

#endif
