// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../core/source.h"
#include "../lib/clock.h"
#include "../lib/progress.h"
#include "as_choice.h"
#include "compare_side.h"
#include "compare_test.h"
#include "fdr.h"
#include "group_row.h"
#include "output_statistic.h"
#include "ratio_option.h"

enum { N_COLUMNS = 18 };

#define HOUR_NS 3600000000000ull

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_AS_TABLE,
	OPTION_SPLIT,
	OPTION_PERIOD_A,
	OPTION_PERIOD_B,
	OPTION_BLOCK,
	OPTION_FDR,
	OPTION_RESAMPLES,
	OPTION_PERMUTATIONS,
	OPTION_SEED,
	OPTION_TSV,
	OPTION_JSON,
};

struct compare {
	struct query query;
	struct as_choice as;
	struct compare_side side[N_COMPARE_SIDES];
	bool has_period[N_COMPARE_SIDES], has_split;
	struct compare_options options;
	double fdr;
	struct compare_pair *pair;
	struct compare_result *result; /* of each pair */
	double *q; /* of each pair and statistic; NAN: no test */
	size_t n_pairs;
	struct output_table table;
};

static bool take_split(struct compare *command, const char *value)
{
	command->has_split = true;
	return cli_time_ns("--split", value, &command->side[1].from_ns);
}

/* The scan's steps; whole hours are a multiple of any interval. */
static bool take_block(struct compare *command, const char *value)
{
	uint64_t *block_ns = &command->query.scan.step_ns;

	if (!cli_duration_ns("--block", value, block_ns))
		return false;
	if (*block_ns && *block_ns % HOUR_NS == 0)
		return true;
	cli_error("--block: bad block '%s': expected whole hours", value);
	return false;
}

static bool take_period(struct compare *command, int i, const char *value)
{
	command->has_period[i] = true;
	return compare_side_take_period(i ? "--period-b" : "--period-a", value,
					&command->side[i]);
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct compare *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return group_row_take_key(value, &command->query.scan.by);
	case OPTION_AS_TABLE:
		command->as.table_path = value;
		return true;
	case OPTION_SPLIT:
		return take_split(command, value);
	case OPTION_PERIOD_A:
		return take_period(command, 0, value);
	case OPTION_PERIOD_B:
		return take_period(command, 1, value);
	case OPTION_BLOCK:
		return take_block(command, value);
	case OPTION_FDR:
		return ratio_option_take("--fdr", value, &command->fdr);
	case OPTION_RESAMPLES:
		return cli_number("--resamples", value, 100, 1000000,
				  &command->options.n_resamples);
	case OPTION_PERMUTATIONS:
		return cli_number("--permutations", value, 100, 100000000,
				  &command->options.n_permutations);
	case OPTION_SEED:
		return cli_number("--seed", value, 0, UINT64_MAX,
				  &command->options.seed);
	case OPTION_TSV:
		command->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		command->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

static bool choose_sides(struct compare *command)
{
	const struct query *query = &command->query;
	bool has_periods = command->has_period[0] && command->has_period[1];

	if (query->n_campaigns > N_COMPARE_SIDES) {
		cli_error("compare: too many campaigns: expected A and B, or "
			  "one and its periods");
		return false;
	}
	if (command->has_split &&
	    (command->has_period[0] || command->has_period[1] ||
	     query->n_campaigns > 1)) {
		cli_error("--split: cannot be combined with two campaigns or "
			  "periods");
		return false;
	}
	if (query->n_campaigns == 1 && !command->has_split && !has_periods) {
		cli_error("compare: nothing to compare with: name two "
			  "campaigns, or --split, or --period-a and "
			  "--period-b");
		return false;
	}
	if (command->has_split)
		command->side[0].to_ns = command->side[1].from_ns;
	command->side[0].campaign = query->campaign[0];
	command->side[1].campaign = query->campaign[query->n_campaigns - 1];
	return true;
}

/* Enough samples on both sides for statistics. */
static bool is_tested(const struct compare *command,
		      const struct compare_pair *pair)
{
	for (int i = 0; i < N_COMPARE_SIDES; i++)
		if (!pair->blocks[i] ||
		    pair->blocks[i]->n_samples < command->query.min_samples)
			return false;
	return true;
}

static int test_all(struct compare *command)
{
	size_t n = command->n_pairs * N_COMPARE_STATISTICS;
	double *p = calloc(n + 1, sizeof(*p));
	struct progress progress;
	int err = -ENOMEM;

	command->q = calloc(n + 1, sizeof(*command->q));
	command->result =
		calloc(command->n_pairs + 1, sizeof(*command->result));
	progress_init(&progress, "comparing", command->n_pairs,
		      command->query.is_quiet);
	if (p && command->q && command->result)
		err = 0;
	for (size_t i = 0; i < command->n_pairs && !err; i++) {
		const struct compare_pair *pair = &command->pair[i];
		double *own = p + i * N_COMPARE_STATISTICS;

		for (size_t s = 0; s < N_COMPARE_STATISTICS; s++)
			own[s] = NAN;
		if (!is_tested(command, pair))
			continue;
		err = compare_test(pair->blocks[0], pair->blocks[1],
				   &command->side[0].scan.layout,
				   &command->options, &command->result[i]);
		memcpy(own, command->result[i].p, sizeof(command->result[i].p));
		progress_update(&progress, i + 1);
	}
	progress_hide(&progress);
	if (!err)
		err = fdr_adjust(p, n, command->q);
	free(p);
	return err;
}

static void put_key(struct compare *command, const struct compare_pair *pair,
		    enum compare_statistic statistic)
{
	const struct blocks *either = pair->blocks[0] ? pair->blocks[0] :
							pair->blocks[1];
	struct output_table *table = &command->table;

	group_row_put_key(table, &either->group, either->source);
	output_table_text(table, compare_statistic_name(statistic));
	for (int i = 0; i < N_COMPARE_SIDES; i++)
		output_table_u64(table, pair->blocks[i] ?
						pair->blocks[i]->n_samples :
						0);
	for (int i = 0; i < N_COMPARE_SIDES; i++)
		output_table_u64(table,
				 pair->blocks[i] ? pair->blocks[i]->n : 0);
}

static void put_result(struct compare *command, size_t i,
		       enum compare_statistic statistic)
{
	const struct compare_result *result = &command->result[i];
	double q = command->q[i * N_COMPARE_STATISTICS + statistic];
	struct output_table *table = &command->table;

	if (statistic == COMPARE_DISTRIBUTION) {
		group_row_put_absent(table, 5);
		output_statistic_ratio(table, result->ks_ratio);
		output_statistic_ns(table, result->wasserstein_ns);
	} else {
		const struct compare_quantile *quantile =
			&result->quantile[statistic];

		output_table_quantile(table, quantile->a);
		output_table_quantile(table, quantile->b);
		output_statistic_ns(table, quantile->difference_ns);
		output_statistic_ns(table, quantile->low_ns);
		output_statistic_ns(table, quantile->high_ns);
		group_row_put_absent(table, 2);
	}
	output_statistic_p(table, result->p[statistic]);
	output_statistic_p(table, q);
	if (isnan(q))
		output_table_absent(table);
	else
		output_statistic_claim(table, q <= command->fdr);
}

static void print_head(const struct compare *command, FILE *stream)
{
	static const char *const name[N_COMPARE_SIDES] = { "A", "B" };

	for (int i = 0; i < N_COMPARE_SIDES; i++) {
		const struct scan_result *scan = &command->side[i].scan;
		char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

		clock_format_ns(scan->span[0].start_ns, from);
		clock_format_ns(scan->span[scan->n_spans - 1].end_ns, to);
		fprintf(stream, "%s  %s, %s to %s\n", name[i],
			command->side[i].campaign, from, to);
	}
	fprintf(stream,
		"\nround-trip time, ms; difference: B less A, low and high: "
		"95 %%;\nchanged: at a false-discovery rate of %g, over all "
		"rows\n\n",
		command->fdr);
}

static int print(struct compare *command, FILE *stream)
{
	static const char *const machine[N_COLUMNS] = {
		"group",   "side",     "source",         "statistic",
		"n_a",     "n_b",      "blocks_a",       "blocks_b",
		"a_ns",    "b_ns",     "difference_ns",  "low_ns",
		"high_ns", "ks_ratio", "wasserstein_ns", "p_value",
		"q_value", "changed",
	};
	static const char *const text[N_COLUMNS] = {
		"group",     "side",      "source",      "statistic",
		"samples A", "samples B", "blocks A",    "blocks B",
		"A  ",       "B  ",       "difference",  "low",
		"high",      "KS",        "Wasserstein", "p",
		"q",         "changed",
	};
	bool is_text = command->query.format == OUTPUT_TEXT;

	if (is_text)
		print_head(command, stream);
	output_table_begin(&command->table, stream, command->query.format,
			   is_text ? text : machine, N_COLUMNS, 4);
	for (size_t i = 0; i < command->n_pairs; i++)
		for (size_t s = 0; s < N_COMPARE_STATISTICS; s++) {
			put_key(command, &command->pair[i], s);
			if (is_tested(command, &command->pair[i]))
				put_result(command, i, s);
			else
				group_row_put_absent(&command->table, 10);
		}
	return output_table_end(&command->table);
}

static uint32_t choose_sources(const struct compare *command)
{
	if (command->query.has_sources)
		return command->query.scan.sources;
	return 1u << (compare_side_has_source(command->side, SOURCE_TCP_TS) ?
			      SOURCE_TCP_TS :
			      SOURCE_EPPING);
}

static int answer(struct compare *command)
{
	struct output_file file;
	int err = output_file_open(&file, command->query.output_path,
				   command->query.is_forced);

	if (err)
		return err;
	err = compare_side_scan(command->side, &command->query);
	if (err)
		goto out;
	for (int i = 0; i < N_COMPARE_SIDES; i++)
		group_row_note_left_out(&command->query,
					&command->side[i].scan);
	err = compare_side_pair(command->side, choose_sources(command),
				&command->pair, &command->n_pairs);
	if (!err)
		err = test_all(command);
	if (!err)
		err = print(command, file.stream);
	if (err)
		cli_error("compare: cannot be answered: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	return err;
}

static void fini(struct compare *command)
{
	free(command->pair);
	free(command->result);
	free(command->q);
	for (int i = 0; i < N_COMPARE_SIDES; i++)
		compare_side_fini(&command->side[i]);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct compare command = {
		.side = { { .from_ns = INT64_MIN, .to_ns = INT64_MAX },
			  { .from_ns = INT64_MIN, .to_ns = INT64_MAX } },
		.options = { .seed = 1,
			     .n_resamples = 1000,
			     .n_permutations = 9999 },
		.fdr = 0.01,
	};
	int code;

	/* What is not defined is NAN, not the end of the program. */
	gsl_set_error_handler_off();
	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SIDE;
	command.query.scan.step_ns = 24 * HOUR_NS;
	command.query.scan.skips_traffic = true;
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	if (!choose_sides(&command))
		return EXIT_USAGE;
	code = as_choice_load(&command.as, &command.query.scan.by,
			      command.query.is_quiet);
	if (code >= 0)
		return code;
	if (!command.query.has_sources)
		command.query.scan.sources = 1u << SOURCE_TCP_TS |
					     1u << SOURCE_EPPING;
	code = query_exit_code(answer(&command));
	fini(&command);
	as_choice_fini(&command.as);
	return code;
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "by", 0, "KEY",
	  "all, side (default), family, side-family, slash8, prefix:N[,M], ..." },
	AS_OPTION_OF_TABLE,
	{ "split", 0, "TIME", "of one campaign: A before, B from then on" },
	{ "period-a", 0, "FROM/TO",
	  "the period of A, either end may be empty" },
	{ "period-b", 0, "FROM/TO", "that of B" },
	{ "block", 0, "DURATION", "what is resampled (default 1d)" },
	{ "fdr", 0, "RATIO", "false-discovery rate (default 0.01)" },
	{ "resamples", 0, "N", "bootstrap resamples (default 1000)" },
	{ "permutations", 0, "N", "at most so many (default 9999)" },
	{ "seed", 0, "N", "of the random numbers (default 1)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command compare_command = {
	.name = "compare",
	.operands = "A [B]",
	.summary = "what changed between two campaigns or periods, by group",
	.options = options,
	.run = run,
};
