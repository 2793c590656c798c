// SPDX-License-Identifier: GPL-2.0-or-later
#include "asn.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "as_choice.h"
#include "asn_rank.h"
#include "group_row.h"
#include "one_source.h"
#include "summary_distribution.h"

enum own_option {
	OPTION_AS_TABLE = N_QUERY_OPTIONS,
	OPTION_AS_NAMES,
	OPTION_TOP,
	OPTION_RANK,
	OPTION_DISTRIBUTION,
	OPTION_TSV,
	OPTION_JSON,
};

enum { N_TRAFFIC_COLUMNS = 8, N_COLUMNS = 4 + N_SUMMARY_COLUMNS + 9 };

struct asn {
	struct query query;
	struct as_choice as;
	uint64_t top; /* 0: all */
	enum asn_direction rank;
	bool has_rank, is_distribution;
	uint8_t source;
	const struct segment_layout *layout;
	struct group_table sides;
	struct output_table table;
};

static bool take_rank(struct asn *command, const char *value)
{
	command->has_rank = true;
	command->rank = strcmp(value, "up") ? ASN_DOWN : ASN_UP;
	if (command->rank == ASN_UP || strcmp(value, "down") == 0)
		return true;
	cli_error("--rank: unknown direction '%s': expected down or up", value);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct asn *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_AS_TABLE:
		command->as.table_path = value;
		return true;
	case OPTION_AS_NAMES:
		command->as.names_path = value;
		return true;
	case OPTION_TOP:
		return cli_number("--top", value, 1, UINT32_MAX, &command->top);
	case OPTION_RANK:
		return take_rank(command, value);
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

static void put_name(struct asn *command, const struct group *group)
{
	const char *name = as_choice_name(&command->as, &group->key);

	if (name)
		output_table_text(&command->table, name);
	else
		output_table_absent(&command->table);
}

static void put_bytes(struct output_table *table, uint64_t bytes)
{
	char text[OUTPUT_TEXT_MAX];

	if (table->format != OUTPUT_TEXT) {
		output_table_u64(table, bytes);
		return;
	}
	output_format_bytes((double)bytes, text);
	output_table_text(table, text);
}

static void put_share(struct asn *command, const struct group *group,
		      enum asn_direction direction)
{
	uint64_t whole = asn_rank_side_bytes(&command->sides, group->key.side,
					     direction);

	if (whole)
		output_table_share(&command->table,
				   asn_rank_bytes(group, direction), whole);
	else
		output_table_absent(&command->table);
}

static void put_traffic(struct asn *command, const struct group *group)
{
	struct output_table *table = &command->table;

	if (command->query.format != OUTPUT_TEXT) {
		output_table_u64(table, group->packets_rx);
		output_table_u64(table, group->bytes_rx);
		output_table_u64(table, group->packets_tx);
		output_table_u64(table, group->bytes_tx);
	}
	put_bytes(table, asn_rank_bytes(group, ASN_DOWN));
	put_bytes(table, asn_rank_bytes(group, ASN_UP));
	put_share(command, group, ASN_DOWN);
	put_share(command, group, ASN_UP);
	if (command->query.format != OUTPUT_TEXT)
		output_table_text(table, as_table_snapshot(command->as.table));
}

static struct summary summary_of(const struct asn *command,
				 const struct group *group)
{
	return summary_make(&group->key, group->tally[command->source],
			    command->layout, command->query.min_samples);
}

static void put_row(struct asn *command, const struct group *group)
{
	struct output_table *table = &command->table;
	struct summary summary = summary_of(command, group);
	char text[GROUP_TEXT_MAX];

	group_format(&group->key, N_SOURCES, text);
	output_table_text(table, text);
	put_name(command, group);
	output_table_text(table, group_side_name(group->key.side));
	output_table_text(table, group_source_name(command->source));
	summary_put(table, &summary);
	put_traffic(command, group);
}

static void begin_table(struct asn *command, FILE *stream,
			const char *column[N_COLUMNS])
{
	static const char *const machine[] = {
		"rx_packets", "rx_bytes",   "tx_packets",
		"tx_bytes",   "down_bytes", "up_bytes",
		"down_ratio", "up_ratio",   "as_snapshot",
	};
	static const char *const text[] = { "down", "up", "of down", "of up" };
	bool is_text = command->query.format == OUTPUT_TEXT;

	column[0] = "group";
	column[1] = "name";
	column[2] = "side";
	column[3] = "source";
	memcpy(column + 4, is_text ? summary_title : summary_column,
	       sizeof(summary_column));
	if (is_text)
		memcpy(column + 4 + N_SUMMARY_COLUMNS, text, sizeof(text));
	else
		memcpy(column + 4 + N_SUMMARY_COLUMNS, machine,
		       sizeof(machine));
	output_table_begin(&command->table, stream, command->query.format,
			   column, 4 + N_SUMMARY_COLUMNS + (is_text ? 4 : 9),
			   4);
}

/* Those with no rank are not among the top, but on no account lost. */
static void note_left_out(const struct asn *command,
			  const struct group_table *groups, size_t n_shown)
{
	uint64_t down = 0, up = 0;

	for (size_t i = n_shown; i < groups->n; i++) {
		down += asn_rank_bytes(groups->group[i], ASN_DOWN);
		up += asn_rank_bytes(groups->group[i], ASN_UP);
	}
	if (n_shown < groups->n && !command->query.is_quiet)
		fprintf(stderr,
			"spindrift: note: %zu other rows left out, with %llu "
			"bytes down and %llu up\n",
			groups->n - n_shown, (unsigned long long)down,
			(unsigned long long)up);
}

static size_t count_shown(const struct asn *command,
			  const struct group_table *groups)
{
	size_t n = 0;

	if (!command->top)
		return groups->n;
	while (n < groups->n && n < command->top &&
	       groups->group[n]->key.label == GROUP_LABEL_AS)
		n++;
	return n;
}

static int print_rows(struct asn *command, const struct group_table *groups,
		      FILE *stream)
{
	const char *column[N_COLUMNS];
	size_t n_shown;
	int err = 0;

	if (command->top)
		err = asn_rank_sort(groups->group, groups->n, command->rank);
	if (err)
		return err;
	n_shown = count_shown(command, groups);
	begin_table(command, stream, column);
	for (size_t i = 0; i < n_shown; i++)
		put_row(command, groups->group[i]);
	note_left_out(command, groups, n_shown);
	return output_table_end(&command->table);
}

/* Over AS: what is not routed, and what had no room, is none. */
static int print_distribution(struct asn *command,
			      const struct group_table *groups, FILE *stream)
{
	struct summary_distribution *distribution;
	int err = summary_distribution_new(&command->sides, command->source,
					   command->layout,
					   command->query.min_samples,
					   &distribution);

	if (err)
		return err;
	for (size_t i = 0; i < groups->n && !err; i++) {
		struct summary summary;

		if (groups->group[i]->key.label != GROUP_LABEL_AS)
			continue;
		summary = summary_of(command, groups->group[i]);
		if (!summary_distribution_add(distribution, &summary))
			err = -ENOMEM;
	}
	if (!err)
		err = summary_distribution_print(distribution,
						 command->query.format, stream);
	summary_distribution_free(distribution);
	return err;
}

static int print_text(struct asn *command, const struct group_table *groups,
		      FILE *stream)
{
	int err = 0;

	fprintf(stream, "AS table  %s, of %s, %zu prefixes\n",
		command->as.table_path, as_table_snapshot(command->as.table),
		as_table_n_prefixes(command->as.table));
	if (!command->is_distribution) {
		fputs("\nround-trip time, ms; down and up: towards and from "
		      "the users\n",
		      stream);
		err = print_rows(command, groups, stream);
	}
	if (err)
		return err;
	fputs("\nms, distribution over AS, each counted once\n", stream);
	return print_distribution(command, groups, stream);
}

static int print_sums(struct asn *command, const struct scan_result *result,
		      FILE *stream)
{
	command->layout = &result->layout;
	if (command->query.format == OUTPUT_TEXT) {
		query_print_head(&command->query, result, stream);
		return print_text(command, &result->table, stream);
	}
	return command->is_distribution ?
		       print_distribution(command, &result->table, stream) :
		       print_rows(command, &result->table, stream);
}

static int print(void *opaque, const struct scan_result *result, FILE *stream)
{
	struct asn *command = opaque;
	int err = one_source_choose(&command->query, result, &command->source);

	/* Its line is printed. */
	if (err)
		return err;
	err = asn_rank_sum_sides(&result->table, &command->sides);
	if (!err)
		err = print_sums(command, result, stream);
	group_table_fini(&command->sides);
	return err;
}

static int check(struct asn *command)
{
	if (!one_source_check(&command->query))
		return EXIT_USAGE;
	if (command->has_rank && !command->top) {
		cli_error("--rank: not needed: it is for --top");
		return EXIT_USAGE;
	}
	return as_choice_load(&command->as, &command->query.scan.by, true);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct asn command = { .rank = ASN_DOWN };
	int code;

	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_AS;
	code = query_parse(&command.query, self, argc, argv, take_own,
			   &command);
	if (code < 0)
		code = check(&command);
	if (code >= 0)
		return code;
	code = answer_run(self->name, &command.query, print, &command);
	as_choice_fini(&command.as);
	return code;
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	AS_OPTION_OF_TABLE,
	AS_OPTION_OF_NAMES,
	{ "top", 0, "N", "only the N with the most bytes, the most first" },
	{ "rank", 0, "DIRECTION", "of --top: down (default) or up" },
	{ "distribution", 0, NULL,
	  "the distribution of the statistics over AS, not the AS" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command asn_command = {
	.name = "asn",
	.operands = "CAMPAIGN...",
	.summary = "round-trip time and traffic of every origin AS",
	.options = options,
	.run = run,
};
