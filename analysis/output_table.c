// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/record.h"
#include "output_markup.h"

static void put_json_string(FILE *stream, const char *text)
{
	putc('"', stream);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(stream, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			fprintf(stream, "\\u%04x", *c);
		else
			putc(*c, stream);
	}
	putc('"', stream);
}

/* The text form keeps its cells: widths are known at the end. */
static void keep_cell(struct output_table *table, const char *text)
{
	char *copy = strdup(text);
	char **cell = copy ? record_grow((void **)&table->cell, &table->n_cells,
					 &table->max_cells,
					 sizeof(*table->cell)) :
			     NULL;

	if (cell) {
		*cell = copy;
		return;
	}
	free(copy);
	table->is_short_of_memory = true;
}

bool output_format_is_text(enum output_format format)
{
	return format != OUTPUT_TSV && format != OUTPUT_JSON;
}

void output_table_begin(struct output_table *table, FILE *stream,
			enum output_format format, const char *const *column,
			size_t n_columns, size_t n_left)
{
	*table = (struct output_table){ .stream = stream,
					.format = format,
					.column = column,
					.n_columns = n_columns,
					.n_left = n_left };
	if (format == OUTPUT_JSON)
		putc('[', stream);
	for (size_t i = 0; i < n_columns; i++) {
		if (format == OUTPUT_TSV)
			fprintf(stream, "%s%c", column[i],
				i + 1 < n_columns ? '\t' : '\n');
		else if (output_format_is_text(format))
			keep_cell(table, column[i]);
	}
}

/* What stands before a cell, and after the last one of a row. */
static void open_cell(struct output_table *table)
{
	if (table->format == OUTPUT_TSV && table->column_idx)
		putc('\t', table->stream);
	if (table->format != OUTPUT_JSON)
		return;
	if (!table->column_idx)
		fputs(table->n_rows ? ",\n{" : "\n{", table->stream);
	else
		fputs(", ", table->stream);
	put_json_string(table->stream, table->column[table->column_idx]);
	fputs(": ", table->stream);
}

static void close_cell(struct output_table *table)
{
	if (++table->column_idx < table->n_columns)
		return;
	table->column_idx = 0;
	table->n_rows++;
	if (table->format == OUTPUT_TSV)
		putc('\n', table->stream);
	else if (table->format == OUTPUT_JSON)
		putc('}', table->stream);
}

/* `text` stands in every form; in JSON as a string or as it is. */
static void put_cell(struct output_table *table, const char *text,
		     bool is_string)
{
	open_cell(table);
	if (output_format_is_text(table->format))
		keep_cell(table, text);
	else if (table->format == OUTPUT_JSON && is_string)
		put_json_string(table->stream, text);
	else
		fputs(text, table->stream);
	close_cell(table);
}

void output_table_text(struct output_table *table, const char *text)
{
	put_cell(table, text, true);
}

void output_table_number(struct output_table *table, const char *digits)
{
	put_cell(table, digits, false);
}

void output_table_absent(struct output_table *table)
{
	put_cell(table, table->format == OUTPUT_JSON ? "null" : "-", false);
}

void output_table_u64(struct output_table *table, uint64_t value)
{
	char text[OUTPUT_TEXT_MAX];

	if (output_format_is_text(table->format))
		output_format_count(value, text);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	put_cell(table, text, false);
}

void output_table_i64(struct output_table *table, int64_t value)
{
	char text[OUTPUT_TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRId64, value);
	put_cell(table, text, false);
}

void output_table_ratio(struct output_table *table, double value)
{
	char text[OUTPUT_TEXT_MAX];

	if (output_format_is_text(table->format))
		snprintf(text, sizeof(text), "%.4f", value);
	else
		snprintf(text, sizeof(text), "%.6f", value);
	put_cell(table, text, false);
}

void output_table_share(struct output_table *table, uint64_t part,
			uint64_t whole)
{
	double value = (double)part / (double)whole;
	char text[OUTPUT_TEXT_MAX];

	snprintf(text, sizeof(text),
		 output_format_is_text(table->format) ? "%.4f" : "%.12g",
		 value);
	put_cell(table, text, false);
}

void output_table_bps(struct output_table *table, double bits_per_s)
{
	char text[OUTPUT_TEXT_MAX];

	if (output_format_is_text(table->format))
		output_format_bps(bits_per_s, text);
	else
		snprintf(text, sizeof(text), "%.0f", bits_per_s);
	put_cell(table, text, false);
}

/* Milliseconds with three or four significant digits. Three places are always
 * taken after the point, so that right-aligned points stand in one column. */
static void format_ms(uint64_t value_ns, char text[OUTPUT_TEXT_MAX])
{
	double ms = (double)value_ns / 1e6;
	int n_places = ms < 9.9995 ? 3 : (ms < 99.995 ? 2 : 1);

	snprintf(text, OUTPUT_TEXT_MAX, "%.*f%*s", n_places, ms, 3 - n_places,
		 "");
}

void output_table_ns(struct output_table *table, uint64_t value_ns)
{
	char text[OUTPUT_TEXT_MAX];

	if (output_format_is_text(table->format))
		format_ms(value_ns, text);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value_ns);
	put_cell(table, text, false);
}

void output_table_quantile(struct output_table *table,
			   struct quantile_value value)
{
	char text[OUTPUT_TEXT_MAX];

	if (!value.is_overflow) {
		output_table_ns(table, value.ns);
		return;
	}
	if (output_format_is_text(table->format))
		snprintf(text, sizeof(text), ">%.3g s", (double)value.ns / 1e9);
	else
		snprintf(text, sizeof(text), ">%" PRIu64, value.ns);
	put_cell(table, text, true);
}

static int print_aligned(const struct output_table *table)
{
	size_t n = table->n_columns;
	int *width = calloc(n, sizeof(*width));

	if (!width)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_cells; i++)
		if ((int)strlen(table->cell[i]) > width[i % n])
			width[i % n] = (int)strlen(table->cell[i]);
	/* No blanks at the end of a line. */
	if (n <= table->n_left)
		width[n - 1] = 0;
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t column = i % n;

		fprintf(table->stream, "%s%*s%s", column ? "  " : "",
			column < table->n_left ? -width[column] : width[column],
			table->cell[i], column + 1 == n ? "\n" : "");
	}
	free(width);
	return 0;
}

int output_table_end(struct output_table *table)
{
	int err = table->is_short_of_memory ? -ENOMEM : 0;

	if (table->format == OUTPUT_JSON)
		fputs(table->n_rows ? "\n]\n" : "]\n", table->stream);
	if (table->format == OUTPUT_TEXT && !err)
		err = print_aligned(table);
	if (table->format == OUTPUT_MARKDOWN && !err)
		output_markup_markdown(table);
	if (table->format == OUTPUT_LATEX && !err)
		output_markup_latex(table);
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cell[i]);
	free(table->cell);
	table->cell = NULL;
	table->n_cells = table->max_cells = 0;
	return err;
}
