// SPDX-License-Identifier: GPL-2.0-or-later
#include "coverage_distribution.h"

#include "../core/traffic.h"
#include "distribution.h"

static void put_side(struct output_table *table, uint8_t side)
{
	if (side == GROUP_SIDE_NONE)
		output_table_absent(table);
	else
		output_table_text(table, group_side_name(side));
}

static void put_quantiles(struct output_table *table, uint8_t side,
			  enum participation_ratio ratio,
			  const struct distribution *distribution)
{
	static const unsigned permille[] = { 0, 50, 250, 500, 750, 950, 1000 };

	if (!distribution->n)
		return;
	put_side(table, side);
	output_table_text(table, participation_ratio_name(ratio));
	output_table_u64(table, distribution->n);
	for (size_t i = 0; i < sizeof(permille) / sizeof(permille[0]); i++)
		output_table_ratio(table, distribution_quantile(distribution,
								permille[i]));
	output_table_ratio(table, distribution_mean(distribution));
}

/* A row per value that occurs. */
static void put_steps(struct output_table *table, uint8_t side,
		      enum participation_ratio ratio,
		      const struct distribution *distribution)
{
	size_t n_same;

	for (size_t i = 0; i < distribution->n; i += n_same) {
		n_same = distribution_n_same(distribution, i);
		put_side(table, side);
		output_table_text(table, participation_ratio_name(ratio));
		output_table_ratio(table,
				   (double)distribution->value[i] / RATIO_ONE);
		output_table_u64(table, n_same);
		output_table_ratio(table, (double)(i + n_same) /
						  (double)distribution->n);
	}
}

/* The rows of one side. */
static int put_side_rows(struct output_table *table,
			 const struct group_table *groups, uint8_t side,
			 const struct participation_choice *choice)
{
	struct distribution distribution;
	int err;

	for (int ratio = 0; ratio < N_PARTICIPATION_RATIOS; ratio++) {
		err = distribution_init(&distribution, groups, side, ratio,
					choice);
		if (err)
			return err;
		if (table->format == OUTPUT_TEXT)
			put_quantiles(table, side, ratio, &distribution);
		else
			put_steps(table, side, ratio, &distribution);
		distribution_fini(&distribution);
	}
	return 0;
}

int coverage_distribution_print(const struct group_table *groups,
				const struct participation_choice *choice,
				enum output_format format, FILE *stream)
{
	static const char *const quantiles[] = { "side", "ratio", "groups",
						 "min",  "p5",    "p25",
						 "p50",  "p75",   "p95",
						 "max",  "mean" };
	static const char *const steps[] = { "side", "ratio", "value_ratio",
					     "n_groups", "ecdf_ratio" };
	static const uint8_t sides[] = { SIDE_LAN, SIDE_WAN, GROUP_SIDE_NONE };
	bool is_text = format == OUTPUT_TEXT;
	struct output_table table;
	int err = 0, end_err;

	output_table_begin(&table, stream, format, is_text ? quantiles : steps,
			   is_text ? 11 : 5, 2);
	for (size_t i = 0; i < sizeof(sides) && !err; i++)
		err = put_side_rows(&table, groups, sides[i], choice);
	if (is_text && !table.n_rows)
		fputs("none\n", stream);
	end_err = output_table_end(&table);
	return err ? err : end_err;
}
