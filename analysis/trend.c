// SPDX-License-Identifier: GPL-2.0-or-later
#include "trend.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <string.h>

#include "as_choice.h"
#include "group_row.h"
#include "ratio_option.h"
#include "trend_table.h"
#include "zone.h"

#define HOUR_NS 3600000000000ull
#define MAX_STEP_NS (4 * HOUR_NS)

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_AS_TABLE,
	OPTION_STAT,
	OPTION_TABLE,
	OPTION_STEP,
	OPTION_TZ,
	OPTION_FDR,
	OPTION_TSV,
	OPTION_JSON,
};

typedef int print_table(const struct trend_table *table, FILE *stream);

struct trend {
	struct query query;
	struct as_choice as;
	struct trend_gather gather;
	struct trend_list list;
	struct trend_table table;
	print_table *print;
};

static bool take_statistic(struct trend *command, const char *value)
{
	if (trend_statistic_parse(value, &command->gather.statistic))
		return true;
	cli_error("--stat: unknown statistic '%s': expected min, p50, mean, "
		  "p95 or p99",
		  value);
	return false;
}

static bool take_table(struct trend *command, const char *value)
{
	static const struct {
		const char *name;
		print_table *print;
	} tables[] = {
		{ "series", trend_table_series },
		{ "changes", trend_table_changes },
		{ "season", trend_table_season },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(value, tables[i].name) == 0) {
			command->print = tables[i].print;
			return true;
		}
	cli_error("--table: unknown table '%s': expected series, changes or "
		  "season",
		  value);
	return false;
}

/* A day needs values of several hours (season.h). */
static bool take_step(struct trend *command, const char *value)
{
	uint64_t *step_ns = &command->query.scan.step_ns;

	if (!cli_duration_ns("--step", value, step_ns))
		return false;
	if (*step_ns && *step_ns <= MAX_STEP_NS)
		return true;
	cli_error("--step: bad step '%s': expected up to 4h", value);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct trend *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return group_row_take_key(value, &command->query.scan.by);
	case OPTION_AS_TABLE:
		command->as.table_path = value;
		return true;
	case OPTION_STAT:
		return take_statistic(command, value);
	case OPTION_TABLE:
		return take_table(command, value);
	case OPTION_STEP:
		return take_step(command, value);
	case OPTION_TZ:
		command->table.is_local = true;
		return zone_set(value);
	case OPTION_FDR:
		return ratio_option_take("--fdr", value, &command->table.fdr);
	case OPTION_TSV:
		command->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		command->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

static int print_text(const struct trend *command, FILE *stream)
{
	int err;

	fprintf(stream,
		"%s of round-trip time, ms, less what repeats every week; low "
		"and high: 95 %%;\ntrend, changes: at a false-discovery rate "
		"of %g, over all series\n\n",
		trend_statistic_name(command->table.statistic),
		command->table.fdr);
	err = trend_table_series(&command->table, stream);
	if (err)
		return err;
	fputs("\nchanges\n", stream);
	return trend_table_changes(&command->table, stream);
}

static int print(struct trend *command, FILE *stream)
{
	command->table.list = &command->list;
	command->table.statistic = command->gather.statistic;
	command->table.format = command->query.format;
	if (command->print)
		return command->print(&command->table, stream);
	return command->query.format == OUTPUT_TEXT ?
		       print_text(command, stream) :
		       trend_table_series(&command->table, stream);
}

static void note_overflows(const struct trend *command)
{
	if (command->gather.n_overflows && !command->query.is_quiet)
		fprintf(stderr,
			"spindrift: note: %llu steps left out: %s lies above "
			"the last edge\n",
			(unsigned long long)command->gather.n_overflows,
			trend_statistic_name(command->gather.statistic));
}

static int fit(struct trend *command)
{
	uint32_t wanted =
		command->query.has_sources ? command->query.scan.sources : 0;
	int err = trend_list_init(&command->list, &command->gather, wanted);

	trend_gather_fini(&command->gather);
	if (!err)
		err = trend_fit(command->list.series, command->list.n,
				command->table.fdr, command->table.is_local);
	return err;
}

static int answer(struct trend *command)
{
	struct output_file file;
	int err = output_file_open(&file, command->query.output_path,
				   command->query.is_forced);

	if (err)
		return err;
	err = steps_scan(&command->query, trend_gather_take, &command->gather);
	if (err)
		goto out;
	note_overflows(command);
	err = fit(command);
	if (!err)
		err = print(command, file.stream);
	if (err)
		cli_error("trend: cannot be answered: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	trend_gather_fini(&command->gather);
	trend_list_fini(&command->list);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct trend command = { .gather = { .statistic = TREND_P50 },
				 .table = { .fdr = 0.01 } };
	int code;

	/* What is not defined is NAN, not the end of the program. */
	gsl_set_error_handler_off();
	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SIDE;
	command.query.scan.step_ns = HOUR_NS;
	command.query.scan.skips_traffic = true;
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	code = as_choice_load(&command.as, &command.query.scan.by,
			      command.query.is_quiet);
	if (code >= 0)
		return code;
	if (!command.query.has_sources)
		command.query.scan.sources = 1u << SOURCE_TCP_TS |
					     1u << SOURCE_EPPING;
	command.gather.min_samples = command.query.min_samples;
	code = query_exit_code(answer(&command));
	as_choice_fini(&command.as);
	return code;
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "by", 0, "KEY",
	  "all, side (default), family, side-family, slash8, prefix:N[,M], ..." },
	AS_OPTION_OF_TABLE,
	{ "stat", 0, "STATISTIC", "min, p50 (default), mean, p95 or p99" },
	{ "table", 0, "TABLE", "series (default), changes or season" },
	{ "step", 0, "DURATION", "of a value, up to 4h (default 1h)" },
	{ "tz", 0, "ZONE",
	  "days and hours of this zone (Europe/Stockholm), not UTC" },
	{ "fdr", 0, "RATIO", "false-discovery rate (default 0.01)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command trend_command = {
	.name = "trend",
	.operands = "CAMPAIGN...",
	.summary = "weekly seasons, slopes and changes over months, by group",
	.options = options,
	.run = run,
};
