// SPDX-License-Identifier: GPL-2.0-or-later
#include "bloat.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "../core/source.h"
#include "as_choice.h"
#include "bloat_rows.h"
#include "group_row.h"
#include "output_statistic.h"
#include "ratio_option.h"
#include "zone.h"

enum { N_COLUMNS = 17 };

#define DAY_NS 86400000000000ull

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_AS_TABLE,
	OPTION_STEP,
	OPTION_LOAD,
	OPTION_IDLE,
	OPTION_LOADED,
	OPTION_BY_HOUR,
	OPTION_TZ,
	OPTION_FDR,
	OPTION_RESAMPLES,
	OPTION_SEED,
	OPTION_TSV,
	OPTION_JSON,
};

struct bloat {
	struct query query;
	struct as_choice as;
	struct bloat_rows rows;
	double fdr;
	struct output_table table;
};

static bool take_key(struct bloat *command, const char *value)
{
	struct group_spec *by = &command->query.scan.by;

	if (!group_row_take_key(value, by))
		return false;
	if (by->by != GROUP_BY_ALL && by->by != GROUP_BY_SOURCE &&
	    by->by != GROUP_BY_FAMILY)
		return true;
	cli_error(
		"--by: bad key '%s': each side has a load of its own: "
		"expected side, side-family, slash8, prefix:N[,M], subnet or asn",
		value);
	return false;
}

static bool take_step(struct bloat *command, const char *value)
{
	if (!cli_duration_ns("--step", value, &command->rows.step_ns))
		return false;
	if (command->rows.step_ns && DAY_NS % command->rows.step_ns == 0)
		return true;
	cli_error("--step: bad step '%s': it must divide a day", value);
	return false;
}

static bool take_direction(struct bloat *command, const char *value)
{
	static const char *const names[] = {
		[BLOAT_DOWN] = "down", [BLOAT_UP] = "up", [BLOAT_BOTH] = "both"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			command->rows.load.direction = i;
			return true;
		}
	cli_error("--load: unknown direction '%s': expected down, up or both",
		  value);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct bloat *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return take_key(command, value);
	case OPTION_AS_TABLE:
		command->as.table_path = value;
		return true;
	case OPTION_STEP:
		return take_step(command, value);
	case OPTION_LOAD:
		return take_direction(command, value);
	case OPTION_IDLE:
		return ratio_option_take("--idle", value,
					 &command->rows.choice.idle_ratio);
	case OPTION_LOADED:
		return ratio_option_take("--loaded", value,
					 &command->rows.choice.loaded_ratio);
	case OPTION_BY_HOUR:
		command->rows.choice.is_by_hour = true;
		return true;
	case OPTION_TZ:
		command->rows.choice.is_local = true;
		return zone_set(value);
	case OPTION_FDR:
		return ratio_option_take("--fdr", value, &command->fdr);
	case OPTION_RESAMPLES:
		return cli_number("--resamples", value, 100, 1000000,
				  &command->rows.n_resamples);
	case OPTION_SEED:
		return cli_number("--seed", value, 0, UINT64_MAX,
				  &command->rows.seed);
	case OPTION_TSV:
		command->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		command->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

static void put_key(struct bloat *command, const struct bloat_row *row,
		    enum bloat_statistic statistic)
{
	const struct blocks *either = row->blocks[BLOAT_IDLE] ?
					      row->blocks[BLOAT_IDLE] :
					      row->blocks[BLOAT_LOADED];
	struct output_table *table = &command->table;

	group_row_put_key(table, &either->group, either->source);
	output_table_text(table, bloat_statistic_name(statistic));
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		output_table_bps(table, 8 * row->side->phases.bytes_per_s[p]);
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		output_table_u64(
			table, row->blocks[p] ? row->blocks[p]->n_samples : 0);
}

static void put_result(struct bloat *command, size_t i,
		       enum bloat_statistic statistic)
{
	const struct bloat_result *result = &command->rows.row[i].result;
	double q = command->rows.q[i * N_BLOAT_STATISTICS + statistic];
	struct output_table *table = &command->table;

	output_table_u64(table, result->n_days);
	for (int p = 0; p < N_BLOAT_PHASES; p++)
		output_table_quantile(table, result->value[statistic][p]);
	output_statistic_ns(table, result->difference_ns[statistic]);
	output_statistic_ns(table, result->low_ns[statistic]);
	output_statistic_ns(table, result->high_ns[statistic]);
	output_statistic_p(table, result->p[statistic]);
	output_statistic_p(table, q);
	if (isnan(q))
		output_table_absent(table);
	else
		output_statistic_claim(
			table, q <= command->fdr &&
				       result->difference_ns[statistic] > 0);
}

static void print_head(const struct bloat *command, FILE *stream)
{
	for (int i = 0; i < N_SIDES; i++) {
		uint8_t side = i ? SIDE_WAN : SIDE_LAN;
		const struct bloat_phases *phases =
			&command->rows.side[side].phases;
		char idle[OUTPUT_TEXT_MAX], loaded[OUTPUT_TEXT_MAX];

		if (!phases->n_steps[BLOAT_IDLE])
			continue;
		output_format_bps(8 * phases->bytes_per_s[BLOAT_IDLE], idle);
		output_format_bps(8 * phases->bytes_per_s[BLOAT_LOADED],
				  loaded);
		fprintf(stream,
			"%s  idle: %llu steps of %s, loaded: %llu of %s\n",
			group_side_name(side),
			(unsigned long long)phases->n_steps[BLOAT_IDLE], idle,
			(unsigned long long)phases->n_steps[BLOAT_LOADED],
			loaded);
	}
	fprintf(stream,
		"\nround-trip time, ms; difference: loaded less idle, low and "
		"high: 95 %%;\nbloated: at a false-discovery rate of %g, over "
		"all rows\n\n",
		command->fdr);
}

static int print(struct bloat *command, FILE *stream)
{
	static const char *const machine[N_COLUMNS] = {
		"group",    "side",       "source",    "statistic",
		"idle_bps", "loaded_bps", "n_idle",    "n_loaded",
		"n_days",   "idle_ns",    "loaded_ns", "difference_ns",
		"low_ns",   "high_ns",    "p_value",   "q_value",
		"bloated",
	};
	static const char *const text[N_COLUMNS] = {
		"group",
		"side",
		"source",
		"statistic",
		"idle load",
		"loaded load",
		"idle samples",
		"loaded samples",
		"days",
		"idle  ",
		"loaded  ",
		"difference",
		"low",
		"high",
		"p",
		"q",
		"bloated",
	};
	bool is_text = command->query.format == OUTPUT_TEXT;

	if (is_text)
		print_head(command, stream);
	output_table_begin(&command->table, stream, command->query.format,
			   is_text ? text : machine, N_COLUMNS, 4);
	for (size_t i = 0; i < command->rows.n_rows; i++)
		for (size_t s = 0; s < N_BLOAT_STATISTICS; s++) {
			put_key(command, &command->rows.row[i], s);
			if (command->rows.row[i].is_tested)
				put_result(command, i, s);
			else
				group_row_put_absent(&command->table, 9);
		}
	return output_table_end(&command->table);
}

static int answer(struct bloat *command)
{
	struct output_file file;
	int err = output_file_open(&file, command->query.output_path,
				   command->query.is_forced);

	if (err)
		return err;
	err = bloat_rows_read(&command->rows, &command->query);
	if (err)
		goto out;
	err = bloat_rows_test(&command->rows, &command->query);
	if (!err)
		err = print(command, file.stream);
	if (err)
		cli_error("bloat: cannot be answered: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct bloat command = {
		.rows = {
			.step_ns = 300000000000,
			.load = { .direction = BLOAT_BOTH },
			.choice = { .idle_ratio = 0.25, .loaded_ratio = 0.75 },
			.seed = 1,
			.n_resamples = 1000,
		},
		.fdr = 0.01,
	};
	int code;

	/* What is not defined is NAN, not the end of the program. */
	gsl_set_error_handler_off();
	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SIDE;
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	if (command.rows.choice.idle_ratio >=
	    command.rows.choice.loaded_ratio) {
		cli_error("--idle: bad ratio: it must be below --loaded");
		return EXIT_USAGE;
	}
	code = as_choice_load(&command.as, &command.query.scan.by,
			      command.query.is_quiet);
	if (code >= 0)
		return code;
	if (!command.query.has_sources)
		command.query.scan.sources = 1u << SOURCE_TCP_TS |
					     1u << SOURCE_EPPING;
	code = query_exit_code(answer(&command));
	bloat_rows_fini(&command.rows);
	as_choice_fini(&command.as);
	return code;
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "by", 0, "KEY",
	  "side (default), side-family, slash8, prefix:N[,M], subnet, asn" },
	AS_OPTION_OF_TABLE,
	{ "step", 0, "DURATION", "in which load is counted (default 5min)" },
	{ "load", 0, "DIRECTION", "down, up or both (default)" },
	{ "idle", 0, "RATIO",
	  "idle are steps up to this quantile of load (0.25)" },
	{ "loaded", 0, "RATIO",
	  "loaded are steps from this quantile on (0.75)" },
	{ "by-hour", 0, NULL, "quantiles of each hour of day for itself" },
	{ "tz", 0, "ZONE", "whose hours (Europe/Stockholm), not those of UTC" },
	{ "fdr", 0, "RATIO", "false-discovery rate (default 0.01)" },
	{ "resamples", 0, "N", "bootstrap resamples (default 1000)" },
	{ "seed", 0, "N", "of the random numbers (default 1)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command bloat_command = {
	.name = "bloat",
	.operands = "CAMPAIGN...",
	.summary = "round-trip time when loaded and when idle, by group",
	.options = options,
	.run = run,
};
