// SPDX-License-Identifier: GPL-2.0-or-later
#include "correlate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "correlate_join.h"
#include "correlation.h"
#include "group_row.h"
#include "output_statistic.h"

enum {
	MAX_STEPS = 16,
	N_COLUMNS = 12,
	N_PAIRS =
		N_CORRELATE_LOADS * (N_CORRELATE_VARIABLES - N_CORRELATE_LOADS),
};

enum own_option {
	OPTION_STEP = N_QUERY_OPTIONS,
	OPTION_TSV,
	OPTION_JSON,
};

struct correlate {
	struct query query;
	uint64_t step_ns[MAX_STEPS];
	size_t n_steps;
	struct correlate_join join;
	struct correlation_pair pair[N_PAIRS];
	struct output_table table;
};

static bool is_named_before(const struct correlate *command)
{
	for (size_t i = 0; i < command->n_steps; i++)
		if (command->step_ns[i] == command->step_ns[command->n_steps])
			return true;
	return false;
}

static bool take_step(struct correlate *command, const char *item)
{
	uint64_t *step_ns = &command->step_ns[command->n_steps];

	if (!cli_duration_ns("--step", item, step_ns))
		return false;
	if (!*step_ns) {
		cli_error("--step: bad step '%s': it must be longer than zero",
			  item);
		return false;
	}
	if (is_named_before(command)) {
		cli_error("--step: bad step '%s': it is named twice", item);
		return false;
	}
	command->n_steps++;
	return true;
}

static bool take_steps(struct correlate *command, const char *value)
{
	char text[256], *at = text, *item;

	if ((size_t)snprintf(text, sizeof(text), "%s", value) >= sizeof(text)) {
		cli_error("--step: list too long: %zu characters",
			  strlen(value));
		return false;
	}
	command->n_steps = 0;
	while ((item = strsep(&at, ",")) != NULL) {
		if (command->n_steps == MAX_STEPS) {
			cli_error("--step: too many steps: at most %d",
				  MAX_STEPS);
			return false;
		}
		if (!take_step(command, item))
			return false;
	}
	return true;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct correlate *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_STEP:
		return take_steps(command, value);
	case OPTION_TSV:
		command->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		command->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

static void put_key(struct correlate *command, uint8_t side, unsigned source,
		    const struct correlation_pair *pair)
{
	struct output_table *table = &command->table;
	uint64_t step_ns = command->query.scan.step_ns;
	char text[OUTPUT_TEXT_MAX];

	output_format_ns(step_ns, text);
	if (table->format == OUTPUT_TEXT)
		output_table_text(table, text);
	else
		output_table_ns(table, step_ns);
	output_table_text(table, group_side_name(side));
	output_table_text(table, group_source_name(source));
	output_table_text(table, correlate_variable_name(pair->x));
	output_table_text(table, correlate_variable_name(pair->y));
}

static void put_rows(struct correlate *command, uint8_t side, unsigned source,
		     const struct correlation_data *data,
		     const struct correlation *found)
{
	struct output_table *table = &command->table;
	size_t n_blocks = correlation_n_blocks(data);

	for (size_t i = 0; i < N_PAIRS; i++) {
		put_key(command, side, source, &command->pair[i]);
		output_table_u64(table, data->n);
		output_table_u64(table, n_blocks);
		output_statistic_ratio(table, found[i].pearson);
		output_statistic_ratio(table, found[i].spearman);
		output_statistic_ratio(table, found[i].low);
		output_statistic_ratio(table, found[i].high);
		output_statistic_ratio(table, found[i].kendall);
	}
}

/* Rows as columns, as the statistics take them. */
static int put_joined(struct correlate *command, uint8_t side, unsigned source)
{
	const struct correlate_rows *rows = &command->join.rows[side][source];
	const double *variable[N_CORRELATE_VARIABLES];
	double *value =
		calloc(rows->n * N_CORRELATE_VARIABLES + 1, sizeof(*value));
	int64_t *day = calloc(rows->n + 1, sizeof(*day));
	struct correlation found[N_PAIRS];
	struct correlation_data data = { .variable = variable,
					 .n_variables = N_CORRELATE_VARIABLES,
					 .block = day,
					 .n = rows->n };
	int err = value && day ? 0 : -ENOMEM;

	for (size_t v = 0; v < N_CORRELATE_VARIABLES; v++)
		variable[v] = value + v * rows->n;
	for (size_t i = 0; i < rows->n && !err; i++) {
		day[i] = rows->row[i].day;
		for (size_t v = 0; v < N_CORRELATE_VARIABLES; v++)
			value[v * rows->n + i] = rows->row[i].value[v];
	}
	if (!err)
		err = correlation_fit(&data, command->pair, N_PAIRS, found);
	if (!err)
		put_rows(command, side, source, &data, found);
	free(value);
	free(day);
	return err;
}

static bool has_source(const struct correlate_join *join, unsigned source)
{
	return join->rows[SIDE_LAN][source].n || join->rows[SIDE_WAN][source].n;
}

/* Those asked for; else TCP timestamps, or what an import has in their place. */
static uint32_t choose_sources(const struct correlate *command)
{
	if (command->query.has_sources)
		return command->query.scan.sources;
	return has_source(&command->join, SOURCE_TCP_TS) ? 1u << SOURCE_TCP_TS :
							   1u << SOURCE_EPPING;
}

static void begin(struct correlate *command, FILE *stream)
{
	static const char *const columns[N_COLUMNS] = {
		"step_ns",   "side",         "source",        "load",
		"statistic", "n_steps",      "n_days",        "pearson",
		"spearman",  "spearman_low", "spearman_high", "kendall",
	};
	static const char *const text[N_COLUMNS] = {
		"step", "side",    "source",   "load", "statistic", "steps",
		"days", "pearson", "spearman", "low",  "high",      "kendall",
	};

	if (command->query.format == OUTPUT_TEXT)
		fputs("correlation of load and round-trip time, by step; low "
		      "and high: 95 % of spearman\n\n",
		      stream);
	output_table_begin(&command->table, stream, command->query.format,
			   command->query.format == OUTPUT_TEXT ? text :
								  columns,
			   N_COLUMNS, 5);
}

/* A refusal comes alone: nothing is printed before the first steps are read. */
static int put_step(struct correlate *command, size_t i, FILE *stream)
{
	uint32_t sources;
	int err;

	command->query.scan.step_ns = command->step_ns[i];
	err = steps_scan(&command->query, correlate_join_take, &command->join);
	if (!err && i == 0)
		begin(command, stream);
	sources = choose_sources(command);
	for (unsigned side = 0; side < N_SIDES; side++) {
		uint8_t outwards = side ? SIDE_WAN : SIDE_LAN;

		for (unsigned source = 0; source < N_SOURCES && !err; source++)
			if ((sources >> source & 1) &&
			    command->join.rows[outwards][source].n)
				err = put_joined(command, outwards, source);
	}
	correlate_join_fini(&command->join);
	return err;
}

static void note_overflows(const struct correlate *command)
{
	if (command->join.n_overflows && !command->query.is_quiet)
		fprintf(stderr,
			"spindrift: note: %llu steps left out: a percentile "
			"lies above the last edge\n",
			(unsigned long long)command->join.n_overflows);
}

static int answer(struct correlate *command)
{
	struct output_file file;
	int err = output_file_open(&file, command->query.output_path,
				   command->query.is_forced);

	if (err)
		return err;
	for (size_t i = 0; i < command->n_steps && !err; i++)
		err = put_step(command, i, file.stream);
	if (command->table.stream && output_table_end(&command->table) &&
	    !err) {
		cli_error("correlate: cannot be printed: no memory");
		err = -ENOMEM;
	}
	if (!err) {
		note_overflows(command);
		err = output_file_commit(&file);
	}
	output_file_abandon(&file);
	return err;
}

static void set_pairs(struct correlate *command)
{
	struct correlation_pair *pair = command->pair;

	for (size_t load = 0; load < N_CORRELATE_LOADS; load++)
		for (size_t y = CORRELATE_MIN; y < N_CORRELATE_VARIABLES; y++)
			*pair++ = (struct correlation_pair){ load, y };
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct correlate command = { .step_ns = { 600000000000, 3600000000000 },
				     .n_steps = 2 };
	int code;

	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SIDE;
	set_pairs(&command);
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	if (!command.query.has_sources)
		command.query.scan.sources = 1u << SOURCE_TCP_TS |
					     1u << SOURCE_EPPING;
	command.join.min_samples = command.query.min_samples;
	return query_exit_code(answer(&command));
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "step", 0, "DURATION[,DURATION]",
	  "lengths of a step (default 10min,1h)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command correlate_command = {
	.name = "correlate",
	.operands = "CAMPAIGN...",
	.summary = "correlation of load and round-trip time, at any step",
	.options = options,
	.run = run,
};
