// SPDX-License-Identifier: GPL-2.0-or-later
#include "info_quic.h"

#include "output.h"

bool info_quic_next(const struct info *info, size_t *at,
		    struct info_quic_row *ret_row)
{
	static const struct participation_choice everything = {
		.versions = ALL_VERSIONS,
		.min_count = 1,
	};
	enum { N_CELLS = N_SPIN_CLASSES * N_VERSION_NAMES };

	for (; *at < info->quic.table.n * N_CELLS; ++*at) {
		const struct group *group =
			info->quic.table.group[*at / N_CELLS];
		const struct participation *sum = group->participation;
		unsigned class = *at % N_CELLS / N_VERSION_NAMES;
		unsigned version = *at % N_VERSION_NAMES;

		if (!sum || (!sum->spin[class][version].flow_intervals &&
			     !sum->spin[class][version].packets))
			continue;
		*ret_row = (struct info_quic_row){
			.side = group->key.side,
			.class = class,
			.version = version,
			.count = sum->spin[class][version],
			.all = participation_count_all(sum, &everything),
		};
		++*at;
		return true;
	}
	return false;
}

static void put_share(struct output_table *table, uint64_t share,
		      uint64_t whole)
{
	if (whole)
		output_table_ratio(
			table, (double)participation_millionths(share, whole) /
				       RATIO_ONE);
	else
		output_table_absent(table);
}

int info_quic_print(const struct info *info, FILE *stream)
{
	static const char *const columns[] = { "side",    "spin bit",
					       "version", "flow-intervals",
					       "share",   "packets",
					       "share" };
	struct output_table table;
	struct info_quic_row row;
	size_t at = 0;

	if (!info_quic_next(info, &at, &row))
		return 0;
	fputs("\nQUIC (a flow counts once per interval and subnet)\n", stream);
	output_table_begin(&table, stream, OUTPUT_TEXT, columns, 7, 3);
	do {
		output_table_text(&table, group_side_name(row.side));
		output_table_text(&table, participation_class_name(row.class));
		output_table_text(&table,
				  participation_version_name(row.version));
		output_table_u64(&table, row.count.flow_intervals);
		put_share(&table, row.count.flow_intervals,
			  row.all.flow_intervals);
		output_table_u64(&table, row.count.packets);
		put_share(&table, row.count.packets, row.all.packets);
	} while (info_quic_next(info, &at, &row));
	return output_table_end(&table);
}
