// SPDX-License-Identifier: GPL-2.0-or-later
#include "group_row.h"

#include <string.h>

#include "../core/traffic.h"

void group_row_put_absent(struct output_table *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		output_table_absent(table);
}

void group_row_put_side(struct output_table *table, const struct group *group,
			unsigned source)
{
	if (group->key.side == GROUP_SIDE_NONE)
		output_table_absent(table);
	else
		output_table_text(table, group_side_name(group->key.side));
	if (source == N_SOURCES)
		output_table_absent(table);
	else
		output_table_text(table, group_source_name(source));
}

void group_row_put_key(struct output_table *table, const struct group *group,
		       unsigned source)
{
	char text[GROUP_TEXT_MAX];

	group_format(&group->key, source, text);
	output_table_text(table, text);
	group_row_put_side(table, group, source);
}

bool group_row_next_source(const struct group *group, unsigned *source)
{
	for (; *source < N_SOURCES; ++*source)
		if (group->tally[*source] && group->tally[*source]->count)
			return true;
	return false;
}

bool group_row_take_key(const char *value, struct group_spec *ret_spec)
{
	if (group_spec_parse(value, ret_spec) == 0)
		return true;
	if (strcmp(value, "asn") == 0) {
		*ret_spec = (struct group_spec){ .by = GROUP_BY_AS };
		return true;
	}
	cli_error("--by: unknown key '%s': expected all, side, source, family, "
		  "side-family, slash8, prefix:N[,M], subnet or asn",
		  value);
	return false;
}

void group_row_note_left_out(const struct query *query,
			     const struct scan_result *result)
{
	if (result->table.left_out_samples && !query->is_quiet)
		fprintf(stderr,
			"spindrift: note: IPv6 is not in this table: %llu "
			"samples left out\n",
			(unsigned long long)result->table.left_out_samples);
}
