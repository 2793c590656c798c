// SPDX-License-Identifier: GPL-2.0-or-later
#include "subnets.h"

#include <errno.h>
#include <string.h>

#include "group_row.h"
#include "one_source.h"
#include "shard_scan.h"
#include "summary_distribution.h"

enum { N_COLUMNS = 3 + N_SUMMARY_COLUMNS };

enum own_option {
	OPTION_DISTRIBUTION = N_QUERY_OPTIONS,
	OPTION_TSV,
	OPTION_JSON,
};

struct subnets {
	struct query query;
	bool is_distribution;
	uint8_t source;
	FILE *stream;
	struct output_table table;
	const char *column[N_COLUMNS];
	bool has_begun;
	struct scan_result global; /* by side-family */
	struct summary_distribution *distribution;
	uint64_t n_samples; /* of the rows */
	bool is_short_of_memory;
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct subnets *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_DISTRIBUTION:
		command->is_distribution = true;
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

/* Only when all has been read: a failure prints nothing. */
static void begin(struct subnets *command)
{
	bool is_text = command->query.format == OUTPUT_TEXT;

	if (command->has_begun)
		return;
	command->has_begun = true;
	if (is_text)
		query_print_head(&command->query, &command->global,
				 command->stream);
	if (command->is_distribution)
		return;
	if (is_text)
		fputs("\nround-trip time, ms\n", command->stream);
	command->column[0] = "group";
	command->column[1] = "side";
	command->column[2] = "source";
	memcpy(command->column + 3, is_text ? summary_title : summary_column,
	       sizeof(summary_column));
	output_table_begin(&command->table, command->stream,
			   command->query.format, command->column, N_COLUMNS,
			   3);
}

static void put_row(struct subnets *command, const struct summary *summary)
{
	char text[GROUP_TEXT_MAX];

	group_format(&summary->key, N_SOURCES, text);
	output_table_text(&command->table, text);
	output_table_text(&command->table, group_side_name(summary->key.side));
	output_table_text(&command->table, group_source_name(command->source));
	summary_put(&command->table, summary);
}

static void take_subnet(void *opaque, const struct summary *summary)
{
	struct subnets *command = opaque;

	begin(command);
	command->n_samples += summary->count;
	if (!command->is_distribution)
		put_row(command, summary);
	if (command->distribution &&
	    !summary_distribution_add(command->distribution, summary))
		command->is_short_of_memory = true;
}

/* Sums of everything, from small tables; they say which source it is. */
static int scan_global(struct subnets *command)
{
	struct scan_query scan = command->query.scan;
	int err;

	scan.by.by = GROUP_BY_SIDE_FAMILY;
	err = scan_campaigns(command->query.campaign,
			     command->query.n_campaigns, &scan,
			     &command->global);
	return err ? err :
		     one_source_choose(&command->query, &command->global,
				       &command->source);
}

static int scan_subnets(struct subnets *command)
{
	struct scan_query scan = command->query.scan;
	const struct shard_scan shard_scan = {
		.campaign = command->query.campaign,
		.n_campaigns = command->query.n_campaigns,
		.query = &scan,
		.source = command->source,
		.min_samples = command->query.min_samples,
	};
	struct shard_list shards = { 0 };
	int err;

	/* The same intervals, also while more are measured. */
	scan.to_ns = command->global.span[command->global.n_spans - 1].end_ns;
	scan.by.by = GROUP_BY_SUBNET;
	scan.sources = 1u << command->source;
	scan.skips_traffic = true;
	err = shard_list_make(command->query.campaign,
			      command->query.n_campaigns, &scan,
			      scan.n_processes, &shards);
	if (!err)
		err = shard_scan_run(&shard_scan, &shards, take_subnet,
				     command);
	shard_list_fini(&shards);
	return err;
}

/* What had no room in the collector's tables is no subnet. */
static void note_left_out(const struct subnets *command)
{
	const struct group_table *groups = &command->global.table;
	uint64_t n = 0;

	for (size_t i = 0; i < groups->n; i++)
		if (groups->group[i]->tally[command->source])
			n += groups->group[i]->tally[command->source]->count;
	if (n > command->n_samples && !command->query.is_quiet)
		fprintf(stderr,
			"spindrift: note: %llu samples belong to no subnet "
			"(other-v4, other-v6): they count in global values "
			"only\n",
			(unsigned long long)(n - command->n_samples));
}

/* The line of a failure to print. */
static int refuse(int err)
{
	if (err)
		cli_error("subnets: cannot be printed: %s", strerror(-err));
	return err;
}

static int print_distribution(struct subnets *command)
{
	if (command->is_short_of_memory)
		return -ENOMEM;
	if (command->query.format == OUTPUT_TEXT)
		fputs("\nms, distribution over subnets, each counted once\n",
		      command->stream);
	return summary_distribution_print(
		command->distribution, command->query.format, command->stream);
}

/* Rows as they come; as text the distribution stands below. */
static int print(struct subnets *command)
{
	int end_err = 0, err = scan_subnets(command);

	if (!err)
		begin(command);
	if (command->has_begun && !command->is_distribution)
		end_err = output_table_end(&command->table);
	if (err)
		return err;
	note_left_out(command);
	if (!end_err && command->distribution)
		end_err = print_distribution(command);
	return refuse(end_err);
}

static int answer(struct subnets *command)
{
	struct query *query = &command->query;
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return err;
	command->stream = file.stream;
	err = scan_global(command);
	if (err)
		goto out;
	if (command->is_distribution || query->format == OUTPUT_TEXT)
		err = refuse(summary_distribution_new(
			&command->global.table, command->source,
			&command->global.layout, query->min_samples,
			&command->distribution));
	if (!err)
		err = print(command);
	if (!err)
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	summary_distribution_free(command->distribution);
	scan_result_fini(&command->global);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct subnets command = { 0 };
	int code;

	query_init(&command.query);
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	if (!one_source_check(&command.query))
		return EXIT_USAGE;
	return query_exit_code(answer(&command));
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "distribution", 0, NULL,
	  "the distribution of the statistics over subnets, not the subnets" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command subnets_command = {
	.name = "subnets",
	.operands = "CAMPAIGN...",
	.summary = "round-trip time of every subnet, and over all subnets",
	.options = options,
	.run = run,
};
