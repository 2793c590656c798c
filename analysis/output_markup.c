// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for papers and web pages: Markdown and LaTeX. */
#include "output_markup.h"

#include <string.h>

/* Aligned text has blanks about it that markup does without. */
static void put_cell(FILE *stream, const char *text, const char *escaped,
		     const char *const *escape)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(escaped, text[i]);

		if (at)
			fputs(escape[at - escaped], stream);
		else
			putc(text[i], stream);
	}
}

static void put_markdown_row(const struct output_table *table, size_t first)
{
	static const char *const escape[] = { "\\|" };

	for (size_t i = 0; i < table->n_columns; i++) {
		fputs(i ? " " : "| ", table->stream);
		put_cell(table->stream, table->cell[first + i], "|", escape);
		fputs(" |", table->stream);
	}
	putc('\n', table->stream);
}

void output_markup_markdown(const struct output_table *table)
{
	size_t n = table->n_columns;

	put_markdown_row(table, 0);
	for (size_t i = 0; i < n; i++)
		fprintf(table->stream, "%s%s|", i ? "" : "|",
			i < table->n_left ? "---" : "---:");
	putc('\n', table->stream);
	for (size_t row = n; row + n <= table->n_cells; row += n)
		put_markdown_row(table, row);
}

static void put_latex_row(const struct output_table *table, size_t first)
{
	static const char escaped[] = "\\{}$&#^_%~<>";
	static const char *const escape[] = {
		"\\textbackslash{}",
		"\\{",
		"\\}",
		"\\$",
		"\\&",
		"\\#",
		"\\textasciicircum{}",
		"\\_",
		"\\%",
		"\\textasciitilde{}",
		"\\textless{}",
		"\\textgreater{}",
	};

	for (size_t i = 0; i < table->n_columns; i++) {
		fputs(i ? " & " : "", table->stream);
		put_cell(table->stream, table->cell[first + i], escaped,
			 escape);
	}
	fputs(" \\\\\n", table->stream);
}

void output_markup_latex(const struct output_table *table)
{
	size_t n = table->n_columns;

	fputs("\\begin{tabular}{", table->stream);
	for (size_t i = 0; i < n; i++)
		putc(i < table->n_left ? 'l' : 'r', table->stream);
	fputs("}\n\\toprule\n", table->stream);
	put_latex_row(table, 0);
	fputs("\\midrule\n", table->stream);
	for (size_t row = n; row + n <= table->n_cells; row += n)
		put_latex_row(table, row);
	fputs("\\bottomrule\n\\end{tabular}\n", table->stream);
}
