// SPDX-License-Identifier: GPL-2.0-or-later
#include "percentiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "as_choice.h"
#include "group_row.h"

enum { MAX_LIMITS = 16, N_PERCENTILES = 7, MAX_COLUMNS = 19 + MAX_LIMITS };

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_AT,
	OPTION_QUANTILE,
	OPTION_AS_TABLE,
	OPTION_TSV,
	OPTION_JSON,
};

struct limit {
	uint64_t ns;
	char column[40]; /* le_20ms_ratio */
};

struct percentiles {
	struct query query;
	struct as_choice as;
	enum quantile_method method;
	struct limit limit[MAX_LIMITS];
	size_t n_limits;
	const char *column[MAX_COLUMNS];
	struct output_table table;
	const struct segment_layout *layout;
};

static const unsigned permille[N_PERCENTILES] = { 50,  250, 500, 750,
						  900, 950, 990 };

/* "20ms,100ms": the column keeps the text as it was given. */
static bool take_limits(struct percentiles *command, const char *value)
{
	while (command->n_limits < MAX_LIMITS) {
		struct limit *limit = &command->limit[command->n_limits];
		size_t n = strcspn(value, ",");
		char text[24];

		snprintf(text, sizeof(text), "%.*s", (int)n, value);
		if (n >= sizeof(text) ||
		    !cli_latency_ns("--at", text, &limit->ns)) {
			if (n >= sizeof(text))
				cli_error("--at: bad duration: too long");
			return false;
		}
		snprintf(limit->column, sizeof(limit->column), "le_%s_ratio",
			 text);
		command->n_limits++;
		value += n;
		if (!*value)
			return true;
		value++;
	}
	cli_error("--at: too many limits: at most %d", MAX_LIMITS);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct percentiles *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return group_row_take_key(value, &command->query.scan.by);
	case OPTION_AT:
		return take_limits(command, value);
	case OPTION_QUANTILE:
		command->method = strcmp(value, "midpoint") ? QUANTILE_LINEAR :
							      QUANTILE_MIDPOINT;
		if (command->method == QUANTILE_MIDPOINT ||
		    strcmp(value, "linear") == 0)
			return true;
		cli_error("--quantile: unknown method '%s': expected linear or "
			  "midpoint",
			  value);
		return false;
	case OPTION_AS_TABLE:
		command->as.table_path = value;
		return true;
	case OPTION_TSV:
		command->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		command->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

/* n_samples ... mean_ns overflow, `-` where there are too few. */
static void put_statistics(struct percentiles *command,
			   const struct tally *tally)
{
	struct output_table *table = &command->table;

	output_table_u64(table, tally->count);
	if (tally->count < command->query.min_samples) {
		group_row_put_absent(table, N_PERCENTILES + 4);
		return;
	}
	output_table_ns(table, tally->min_ns);
	for (int i = 0; i < N_PERCENTILES; i++)
		output_table_quantile(
			table, quantile_get(tally, command->layout, permille[i],
					    command->method));
	output_table_ns(table, tally->max_ns);
	output_table_ns(table, tally_mean_ns(tally));
	output_table_u64(table, tally->overflow);
}

static void put_ratios(struct percentiles *command, const struct tally *tally)
{
	for (size_t i = 0; i < command->n_limits; i++) {
		if (!tally || tally->count < command->query.min_samples)
			output_table_absent(&command->table);
		else
			output_table_ratio(
				&command->table,
				quantile_le_ratio(tally, command->layout,
						  command->limit[i].ns));
	}
}

static bool has_traffic(const struct group *group)
{
	return group->packets_rx || group->packets_tx;
}

static void put_traffic(struct output_table *table, const struct group *group)
{
	output_table_u64(table, group->packets_rx);
	output_table_u64(table, group->bytes_rx);
	output_table_u64(table, group->packets_tx);
	output_table_u64(table, group->bytes_tx);
}

/* The rows of one group in the contract's form. */
static void put_group(struct percentiles *command, const struct group *group)
{
	struct output_table *table = &command->table;

	for (unsigned source = 0; source < N_SOURCES; source++) {
		const struct tally *tally = group->tally[source];

		if (!tally || !tally->count)
			continue;
		group_row_put_key(table, group, source);
		put_statistics(command, tally);
		group_row_put_absent(table, 4);
		put_ratios(command, tally);
	}
	if (!has_traffic(group))
		return;
	group_row_put_key(table, group, N_SOURCES);
	group_row_put_absent(table, N_PERCENTILES + 5);
	put_traffic(table, group);
	put_ratios(command, NULL);
}

static int print_machine(struct percentiles *command,
			 const struct scan_result *result, FILE *stream)
{
	static const char *const columns[] = {
		"group",      "side",     "source",     "n_samples", "min_ns",
		"p5_ns",      "p25_ns",   "p50_ns",     "p75_ns",    "p90_ns",
		"p95_ns",     "p99_ns",   "max_ns",     "mean_ns",   "overflow",
		"rx_packets", "rx_bytes", "tx_packets", "tx_bytes",
	};
	size_t n = sizeof(columns) / sizeof(columns[0]);

	memcpy(command->column, columns, sizeof(columns));
	for (size_t i = 0; i < command->n_limits; i++)
		command->column[n++] = command->limit[i].column;
	output_table_begin(&command->table, stream, command->query.format,
			   command->column, n, 3);
	for (size_t i = 0; i < result->table.n; i++)
		put_group(command, result->table.group[i]);
	return output_table_end(&command->table);
}

static int print_latency(struct percentiles *command,
			 const struct scan_result *result, FILE *stream)
{
	static const char *const columns[] = {
		"group", "side",  "source", "samples", "min  ",
		"p5  ",  "p25  ", "p50  ",  "p75  ",   "p90  ",
		"p95  ", "p99  ", "max  ",  "mean  ",  "overflow",
	};
	size_t n = sizeof(columns) / sizeof(columns[0]);

	memcpy(command->column, columns, sizeof(columns));
	for (size_t i = 0; i < command->n_limits; i++)
		command->column[n++] = command->limit[i].column;
	output_table_begin(&command->table, stream, OUTPUT_TEXT,
			   command->column, n, 3);
	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];

		for (unsigned source = 0; source < N_SOURCES; source++) {
			const struct tally *tally = group->tally[source];

			if (!tally || !tally->count)
				continue;
			group_row_put_key(&command->table, group, source);
			put_statistics(command, tally);
			put_ratios(command, tally);
		}
	}
	if (!command->table.n_rows)
		fputs("none\n", stream);
	return output_table_end(&command->table);
}

static void put_bytes(struct output_table *table, uint64_t bytes)
{
	char text[OUTPUT_TEXT_MAX];

	output_format_bytes((double)bytes, text);
	output_table_text(table, text);
}

static int print_traffic(struct percentiles *command,
			 const struct scan_result *result, FILE *stream)
{
	static const char *const columns[] = { "group",      "side",
					       "rx packets", "rx bytes",
					       "tx packets", "tx bytes" };
	struct output_table *table = &command->table;

	output_table_begin(table, stream, OUTPUT_TEXT, columns, 6, 2);
	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];
		char text[GROUP_TEXT_MAX];

		if (!has_traffic(group))
			continue;
		group_format(&group->key, N_SOURCES, text);
		output_table_text(table, text);
		output_table_text(table, group_side_name(group->key.side));
		output_table_u64(table, group->packets_rx);
		put_bytes(table, group->bytes_rx);
		output_table_u64(table, group->packets_tx);
		put_bytes(table, group->bytes_tx);
	}
	return output_table_end(table);
}

static int print_text(struct percentiles *command,
		      const struct scan_result *result, FILE *stream)
{
	int err;

	query_print_head(&command->query, result, stream);
	fputs("\nround-trip time, ms\n", stream);
	err = print_latency(command, result, stream);
	if (err)
		return err;
	fputs("\ntraffic (rx: sent by the group, tx: sent to it)\n", stream);
	return print_traffic(command, result, stream);
}

static int print(void *opaque, const struct scan_result *result, FILE *stream)
{
	struct percentiles *command = opaque;

	command->layout = &result->layout;
	return command->query.format == OUTPUT_TEXT ?
		       print_text(command, result, stream) :
		       print_machine(command, result, stream);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct percentiles command = { .method = QUANTILE_LINEAR };
	int code;

	query_init(&command.query);
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code < 0)
		code = as_choice_load(&command.as, &command.query.scan.by,
				      command.query.is_quiet);
	if (code >= 0)
		return code;
	code = answer_run(self->name, &command.query, print, &command);
	as_choice_fini(&command.as);
	return code;
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "by", 0, "KEY",
	  "all (default), side, source, family, side-family, slash8, ..." },
	{ "at", 0, "LIMIT[,LIMIT]",
	  "also the share of samples at or below these (20ms,100ms)" },
	{ "quantile", 0, "METHOD", "linear (default) or midpoint" },
	AS_OPTION_OF_TABLE,
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command percentiles_command = {
	.name = "percentiles",
	.operands = "CAMPAIGN...",
	.summary = "percentiles of round-trip time, and traffic, by group",
	.options = options,
	.run = run,
};
