// SPDX-License-Identifier: GPL-2.0-or-later
#include "coverage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../core/traffic.h"
#include "coverage_distribution.h"
#include "query.h"

enum own_option {
	OPTION_BY = N_QUERY_COMMON,
	OPTION_QUIC_VERSION,
	OPTION_MIN_COUNT,
	OPTION_DISTRIBUTION,
	OPTION_TSV,
	OPTION_JSON,
};

struct coverage {
	struct query query;
	struct participation_choice choice;
	bool is_distribution; /* --distribution */
	struct output_table table;
};

/* The order of columns: what can be timed first, what is not known last. */
static const enum spin_class class_order[N_SPIN_CLASSES] = {
	SPIN_CLASS_SPINNING,   SPIN_CLASS_GREASED,   SPIN_CLASS_CONSTANT_0,
	SPIN_CLASS_CONSTANT_1, SPIN_CLASS_UNDECIDED,
};

static bool take_key(struct coverage *command, const char *value)
{
	if (group_spec_parse(value, &command->query.scan.by) == 0 &&
	    command->query.scan.by.by != GROUP_BY_SOURCE)
		return true;
	cli_error("--by: unknown key '%s': expected all, side, family, "
		  "side-family, slash8, prefix:N[,M] or subnet",
		  value);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct coverage *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return take_key(command, value);
	case OPTION_QUIC_VERSION:
		if (participation_versions_parse(value,
						 &command->choice.versions))
			return true;
		cli_error("--quic-version: unknown version in '%s': expected "
			  "v1, v2, v2_draft, draft or other",
			  value);
		return false;
	case OPTION_MIN_COUNT:
		return cli_number("--min-count", value, 1, UINT64_MAX,
				  &command->choice.min_count);
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

static void put_key(struct output_table *table, const struct group *group)
{
	char text[GROUP_TEXT_MAX];

	group_format(&group->key, N_SOURCES, text);
	output_table_text(table, text);
	if (group->key.side == GROUP_SIDE_NONE)
		output_table_absent(table);
	else
		output_table_text(table, group_side_name(group->key.side));
}

static void put_ratio(struct coverage *command, const struct participation *sum,
		      enum participation_ratio ratio)
{
	uint32_t millionths;

	if (participation_ratio_get(sum, ratio, &command->choice, &millionths))
		output_table_ratio(&command->table,
				   (double)millionths / RATIO_ONE);
	else
		output_table_absent(&command->table);
}

/* /traffic does not tell versions apart. */
static void put_quic_packets(struct coverage *command,
			     const struct participation *sum)
{
	if (command->choice.versions == ALL_VERSIONS)
		output_table_u64(&command->table, sum->quic_packets);
	else
		output_table_absent(&command->table);
}

static const struct participation *participation_of(const struct group *group)
{
	static const struct participation none;

	return group->participation ? group->participation : &none;
}

static void put_flow_intervals(struct coverage *command,
			       const struct participation *sum)
{
	const struct participation_choice *choice = &command->choice;

	output_table_u64(&command->table,
			 participation_count_all(sum, choice).flow_intervals);
	for (int i = 0; i < N_SPIN_CLASSES; i++)
		output_table_u64(&command->table,
				 participation_count(sum, class_order[i],
						     choice)
					 .flow_intervals);
}

static int print_machine(struct coverage *command,
			 const struct group_table *groups, FILE *stream)
{
	static const char *const columns[] = {
		"group",
		"side",
		"tcp_packets",
		"tcp_ts_packets",
		"tcp_ts_ratio",
		"quic_packets",
		"quic_flow_intervals",
		"spinning_flow_intervals",
		"greased_flow_intervals",
		"constant_0_flow_intervals",
		"constant_1_flow_intervals",
		"undecided_flow_intervals",
		"spinning_packets",
		"greased_packets",
		"constant_0_packets",
		"constant_1_packets",
		"undecided_packets",
		"quic_spin_flow_ratio",
		"quic_spin_packet_ratio",
	};
	struct output_table *table = &command->table;

	output_table_begin(table, stream, command->query.format, columns,
			   sizeof(columns) / sizeof(columns[0]), 2);
	for (size_t i = 0; i < groups->n; i++) {
		const struct participation *sum =
			participation_of(groups->group[i]);

		put_key(table, groups->group[i]);
		output_table_u64(table, sum->tcp_packets);
		output_table_u64(table, sum->tcp_ts_packets);
		put_ratio(command, sum, RATIO_TCP_TS);
		put_quic_packets(command, sum);
		put_flow_intervals(command, sum);
		for (int j = 0; j < N_SPIN_CLASSES; j++)
			output_table_u64(
				table, participation_count(sum, class_order[j],
							   &command->choice)
					       .packets);
		put_ratio(command, sum, RATIO_SPIN_FLOW);
		put_ratio(command, sum, RATIO_SPIN_PACKET);
	}
	return output_table_end(table);
}

static int print_groups(struct coverage *command,
			const struct group_table *groups, FILE *stream)
{
	static const char *const columns[] = {
		"group",        "side",           "TCP packets", "timestamps",
		"QUIC packets", "flow-intervals", "spinning",    "greased",
		"constant 0",   "constant 1",     "undecided",   "flows spin",
		"packets spin",
	};
	struct output_table *table = &command->table;

	output_table_begin(table, stream, OUTPUT_TEXT, columns,
			   sizeof(columns) / sizeof(columns[0]), 2);
	for (size_t i = 0; i < groups->n; i++) {
		const struct participation *sum =
			participation_of(groups->group[i]);

		put_key(table, groups->group[i]);
		output_table_u64(table, sum->tcp_packets);
		put_ratio(command, sum, RATIO_TCP_TS);
		put_quic_packets(command, sum);
		put_flow_intervals(command, sum);
		put_ratio(command, sum, RATIO_SPIN_FLOW);
		put_ratio(command, sum, RATIO_SPIN_PACKET);
	}
	return output_table_end(table);
}

static void print_versions(const struct coverage *command, FILE *stream)
{
	const char *separator = "versions  ";

	if (command->choice.versions == ALL_VERSIONS)
		return;
	for (unsigned i = 0; i < N_VERSION_NAMES; i++) {
		if (!(command->choice.versions >> i & 1))
			continue;
		fprintf(stream, "%s%s", separator,
			participation_version_name(i));
		separator = ", ";
	}
	fputc('\n', stream);
}

/* Groups that are few of each side have no distribution worth a table. */
static bool is_by_address(const struct coverage *command)
{
	enum group_by by = command->query.scan.by.by;

	return by == GROUP_BY_SLASH8 || by == GROUP_BY_PREFIX ||
	       by == GROUP_BY_SUBNET;
}

static int print_text(struct coverage *command,
		      const struct scan_result *result, FILE *stream)
{
	int err = 0;

	query_print_head(&command->query, result, stream);
	print_versions(command, stream);
	if (!command->is_distribution) {
		fputs("\npackets both ways; a flow counts once per interval\n",
		      stream);
		err = print_groups(command, &result->table, stream);
	}
	if (err || (!command->is_distribution && !is_by_address(command)))
		return err;
	fputs("\ndistribution over groups, each counted once\n", stream);
	return coverage_distribution_print(&result->table, &command->choice,
					   command->query.format, stream);
}

static int print_answer(struct coverage *command,
			const struct scan_result *result, FILE *stream)
{
	if (command->query.format == OUTPUT_TEXT)
		return print_text(command, result, stream);
	if (command->is_distribution)
		return coverage_distribution_print(&result->table,
						   &command->choice,
						   command->query.format,
						   stream);
	return print_machine(command, &result->table, stream);
}

static void note_left_out(const struct coverage *command,
			  const struct scan_result *result)
{
	if (result->table.left_out_packets && !command->query.is_quiet)
		fprintf(stderr,
			"spindrift: note: IPv6 is not in this table: %llu "
			"packets left out\n",
			(unsigned long long)result->table.left_out_packets);
}

static int answer(struct coverage *command)
{
	struct query *query = &command->query;
	struct scan_result result = { 0 };
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return err;
	err = scan_campaigns(query->campaign, query->n_campaigns, &query->scan,
			     &result);
	if (err)
		goto out;
	note_left_out(command, &result);
	err = print_answer(command, &result, file.stream);
	if (err)
		cli_error("coverage: cannot be printed: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	scan_result_fini(&result);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct coverage command = {
		.choice = { .versions = ALL_VERSIONS, .min_count = 1 },
	};
	int code;

	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SUBNET;
	command.query.scan.has_participation = true;
	command.query.scan.sources = 0;
	command.query.n_shared = N_QUERY_COMMON;
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code >= 0)
		return code;
	return query_exit_code(answer(&command));
}

static const struct cli_option options[] = {
	QUERY_COMMON_OPTIONS,
	{ "by", 0, "KEY",
	  "all, side, family, slash8, prefix:N[,M], subnet (default)" },
	{ "quic-version", 0, "VERSION[,VERSION]",
	  "only flows of v1, v2, v2_draft, draft or other" },
	{ "min-count", 0, "N",
	  "no ratio of fewer packets or flow-intervals (default 1)" },
	{ "distribution", 0, NULL,
	  "the distribution of the ratios over groups, not the groups" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command coverage_command = {
	.name = "coverage",
	.operands = "CAMPAIGN...",
	.summary =
		"who can be timed: TCP timestamps and the spin bit, by group",
	.options = options,
	.run = run,
};
