// SPDX-License-Identifier: GPL-2.0-or-later
#include "ecdf.h"

#include "answer.h"
#include "as_choice.h"
#include "group_row.h"

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_ECCDF,
	OPTION_AS_TABLE,
	OPTION_TSV,
	OPTION_JSON,
};

struct ecdf {
	struct query query;
	struct as_choice as;
	bool is_complement;
	struct output_table table;
	const struct segment_layout *layout;
	/* Of the function at hand. */
	const struct group *group;
	unsigned source;
	uint64_t last_ns; /* of the point before */
	bool has_last;
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct ecdf *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return group_row_take_key(value, &command->query.scan.by);
	case OPTION_ECCDF:
		command->is_complement = true;
		return true;
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

/* n_below samples are smaller than value_ns, or, at the maximum, not larger. */
static void put_point(struct ecdf *command, uint64_t value_ns, uint64_t n_below)
{
	uint64_t count = command->group->tally[command->source]->count;
	uint64_t n = command->is_complement ? count - n_below : n_below;
	struct output_table *table = &command->table;

	group_row_put_key(table, command->group, command->source);
	output_table_ns(table, value_ns);
	output_table_u64(table, n);
	output_table_share(table, n, count);
	command->last_ns = value_ns;
	command->has_last = true;
}

/* The function is flat from the last point up to here. */
static void put_flat(struct ecdf *command, uint64_t value_ns, uint64_t n_below)
{
	if (!command->has_last || command->last_ns != value_ns)
		put_point(command, value_ns, n_below);
}

static uint64_t clip(const struct tally *tally, uint64_t value_ns)
{
	if (value_ns < tally->min_ns)
		return tally->min_ns;
	return value_ns > tally->max_ns ? tally->max_ns : value_ns;
}

/* What lies between the edges of bins is not known, so there is no point. */
static void put_function(struct ecdf *command)
{
	const struct tally *tally = command->group->tally[command->source];
	const uint64_t *edge_ns = command->layout->edge_ns;
	uint64_t n_below = 0;

	command->has_last = false;
	put_point(command, tally->min_ns, 0);
	for (uint32_t i = 0; i < tally->n_bins; i++) {
		if (!tally->bin[i])
			continue;
		put_flat(command, clip(tally, edge_ns[tally->first_bin + i]),
			 n_below);
		n_below += tally->bin[i];
		put_point(command,
			  clip(tally, edge_ns[tally->first_bin + i + 1]),
			  n_below);
	}
	if (!tally->overflow)
		return;
	put_flat(command, clip(tally, edge_ns[command->layout->n_bins]),
		 n_below);
	put_point(command, tally->max_ns, tally->count);
}

static void put_too_few(struct ecdf *command)
{
	group_row_put_key(&command->table, command->group, command->source);
	output_table_absent(&command->table);
	output_table_u64(&command->table,
			 command->group->tally[command->source]->count);
	output_table_absent(&command->table);
}

static void put_machine(struct ecdf *command, const struct group *group,
			unsigned source)
{
	command->group = group;
	command->source = source;
	if (group->tally[source]->count < command->query.min_samples)
		put_too_few(command);
	else
		put_function(command);
}

static const unsigned permille[] = { 1,   10,  50,  100, 250, 500,
				     750, 900, 950, 990, 999 };

enum { N_QUANTILES = sizeof(permille) / sizeof(permille[0]) };

/* At these shares of samples. */
static void put_text(struct ecdf *command, const struct group *group,
		     unsigned source)
{
	const struct tally *tally = group->tally[source];
	struct output_table *table = &command->table;

	group_row_put_key(table, group, source);
	output_table_u64(table, tally->count);
	if (tally->count < command->query.min_samples) {
		group_row_put_absent(table, N_QUANTILES + 2);
		return;
	}
	output_table_ns(table, tally->min_ns);
	for (int i = 0; i < N_QUANTILES; i++)
		output_table_quantile(
			table, quantile_get(tally, command->layout, permille[i],
					    QUANTILE_LINEAR));
	output_table_ns(table, tally->max_ns);
}

static void begin_table(struct ecdf *command, FILE *stream)
{
	static const char *const ecdf[] = {
		"group", "side", "source", "value_ns", "n_below", "ecdf_ratio"
	};
	static const char *const eccdf[] = { "group",   "side",
					     "source",  "value_ns",
					     "n_above", "eccdf_ratio" };
	static const char *const text[] = {
		"group",  "side",   "source", "samples", "0  ",   "0.001  ",
		"0.01  ", "0.05  ", "0.1  ",  "0.25  ",  "0.5  ", "0.75  ",
		"0.9  ",  "0.95  ", "0.99  ", "0.999  ", "1  ",
	};
	static const char *const complement[] = {
		"group",  "side",   "source", "samples", "1  ",   "0.999  ",
		"0.99  ", "0.95  ", "0.9  ",  "0.75  ",  "0.5  ", "0.25  ",
		"0.1  ",  "0.05  ", "0.01  ", "0.001  ", "0  ",
	};
	bool is_text = command->query.format == OUTPUT_TEXT;

	output_table_begin(&command->table, stream, command->query.format,
			   is_text ? (command->is_complement ? complement :
							       text) :
				     (command->is_complement ? eccdf : ecdf),
			   is_text ? 17 : 6, 3);
}

static int print(void *opaque, const struct scan_result *result, FILE *stream)
{
	struct ecdf *command = opaque;
	bool is_text = command->query.format == OUTPUT_TEXT;
	unsigned source;

	command->layout = &result->layout;
	if (is_text) {
		query_print_head(&command->query, result, stream);
		fprintf(stream,
			"\nround-trip time, ms, that this share of "
			"samples is %s\n",
			command->is_complement ? "above" : "below");
	}
	begin_table(command, stream);
	for (size_t i = 0; i < result->table.n; i++) {
		const struct group *group = result->table.group[i];

		for (source = 0; group_row_next_source(group, &source);
		     source++)
			(is_text ? put_text : put_machine)(command, group,
							   source);
	}
	if (is_text && !command->table.n_rows)
		fputs("none\n", stream);
	return output_table_end(&command->table);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct ecdf command = { 0 };
	int code;

	query_init(&command.query);
	command.query.scan.by.by = GROUP_BY_SIDE_FAMILY;
	command.query.scan.skips_traffic = true;
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
	  "all, side, source, family, side-family (default), slash8, ..." },
	{ "eccdf", 0, NULL, "the share above each value, not the one below" },
	AS_OPTION_OF_TABLE,
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command ecdf_command = {
	.name = "ecdf",
	.operands = "CAMPAIGN...",
	.summary = "distribution functions of round-trip time, by group",
	.options = options,
	.run = run,
};
