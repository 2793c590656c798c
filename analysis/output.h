/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an answer goes, and tables in three forms.
 *
 * A file is written beside its place under a temporary name and moved there
 * when complete: an existing file is refused unless forced, and a failure
 * leaves nothing behind. Functions that refuse print their line.
 */
#ifndef ANALYSIS_OUTPUT_H
#define ANALYSIS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "quantile.h"

enum output_format {
	OUTPUT_TEXT,     /* aligned, for people */
	OUTPUT_TSV,      /* a header line, tab-separated */
	OUTPUT_JSON,     /* an array of objects; what does not apply is null */
	OUTPUT_MARKDOWN, /* the cells of text, for documents */
	OUTPUT_LATEX,
};

struct output_file {
	FILE *stream;
	const char *path; /* borrowed; NULL: standard output */
	char *temporary;
	bool is_forced;
};

/* path NULL: standard output. -EEXIST and others, each with its line. */
int output_file_open(struct output_file *file, const char *path,
		     bool is_forced);
/* Completes and closes. On failure nothing is left; prints its line. */
int output_file_commit(struct output_file *file);
/* Closes and removes what was begun; does nothing after a commit. */
void output_file_abandon(struct output_file *file);

/*
 * A table is written cell by cell, row by row, in the order of its columns.
 * TSV and JSON go out at once; text, and its forms for documents, is kept until
 * output_table_end(), which aligns it: the first n_left columns left, the others
 * right.
 */
struct output_table {
	FILE *stream;
	enum output_format format;
	const char *const *column; /* borrowed; n_columns names */
	size_t n_columns, n_left;
	size_t column_idx; /* of the next cell */
	uint64_t n_rows;
	char **cell; /* text form only: all cells in order, header first */
	size_t n_cells, max_cells;
	bool is_short_of_memory;
};

/* Whether its cells are for people: with units, rounded. */
bool output_format_is_text(enum output_format format);
void output_table_begin(struct output_table *table, FILE *stream,
			enum output_format format, const char *const *column,
			size_t n_columns, size_t n_left);
void output_table_text(struct output_table *table, const char *text);
void output_table_u64(struct output_table *table, uint64_t value);
void output_table_i64(struct output_table *table, int64_t value);
/* A share, 0 .. 1, six digits. */
void output_table_ratio(struct output_table *table, double value);
/* A share of a whole > 0, to more digits than tails of billions need. */
void output_table_share(struct output_table *table, uint64_t part,
			uint64_t whole);
void output_table_bps(struct output_table *table, double bits_per_s);
/* Integer ns; in text ms with three significant digits, points aligned. */
void output_table_ns(struct output_table *table, uint64_t value_ns);
/* As above, or `>EDGE`. */
void output_table_quantile(struct output_table *table,
			   struct quantile_value value);
/* Digits of a number as they are, in every form. */
void output_table_number(struct output_table *table, const char *digits);
/* `-`; null in JSON. */
void output_table_absent(struct output_table *table);
/* -ENOMEM, without a line: only text keeps memory. */
int output_table_end(struct output_table *table);

enum { OUTPUT_TEXT_MAX = 64 };

/* "12.3 ms", "45.1 us", "2.50 s". */
void output_format_ns(uint64_t value_ns, char text[OUTPUT_TEXT_MAX]);
/* With thousands grouped: 1,234,567. */
void output_format_count(uint64_t value, char text[OUTPUT_TEXT_MAX]);
/* "1.23 GB", powers of 1000. */
void output_format_bytes(double bytes, char text[OUTPUT_TEXT_MAX]);
/* "1.23 Mbit/s" */
void output_format_bps(double bits_per_s, char text[OUTPUT_TEXT_MAX]);

#endif
