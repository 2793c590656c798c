// SPDX-License-Identifier: GPL-2.0-or-later
#include "output_statistic.h"

#include <math.h>

static void put(struct output_table *table, double value, const char *format,
		int n_places)
{
	char text[OUTPUT_TEXT_MAX];

	if (isnan(value)) {
		output_table_absent(table);
		return;
	}
	/* What is -0 prints as 0. */
	snprintf(text, sizeof(text), format, n_places, value + 0.0);
	output_table_number(table, text);
}

void output_statistic_ns(struct output_table *table, double value_ns)
{
	if (table->format == OUTPUT_TEXT)
		put(table, value_ns / 1e6, "%.*f", 3);
	else
		put(table, round(value_ns), "%.*f", 0);
}

void output_statistic_ratio(struct output_table *table, double value)
{
	put(table, value, "%.*f", table->format == OUTPUT_TEXT ? 3 : 6);
}

void output_statistic_p(struct output_table *table, double p)
{
	put(table, p, "%.*g", table->format == OUTPUT_TEXT ? 2 : 6);
}

void output_statistic_claim(struct output_table *table, bool is_true)
{
	if (table->format == OUTPUT_JSON)
		output_table_number(table, is_true ? "true" : "false");
	else
		output_table_text(table, is_true ? "yes" : "no");
}
