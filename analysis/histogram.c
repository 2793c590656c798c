// SPDX-License-Identifier: GPL-2.0-or-later
#include "histogram.h"

#include "answer.h"
#include "as_choice.h"
#include "group_row.h"

enum own_option {
	OPTION_BY = N_QUERY_OPTIONS,
	OPTION_AS_TABLE,
	OPTION_TSV,
	OPTION_JSON,
};

enum { BAR_CHARS = 40 };

/* Neighbouring bins as one line of text. */
struct line {
	uint64_t low_ns, high_ns, n_samples;
	bool is_overflow; /* no high_ns */
};

struct histogram {
	struct query query;
	struct as_choice as;
	struct output_table table;
	const struct segment_layout *layout;
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct histogram *command = opaque;

	switch ((enum own_option)option) {
	case OPTION_BY:
		return group_row_take_key(value, &command->query.scan.by);
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

static void put_bin(struct histogram *command, const struct group *group,
		    unsigned source, const struct line *bin)
{
	struct output_table *table = &command->table;

	group_row_put_key(table, group, source);
	output_table_ns(table, bin->low_ns);
	if (bin->is_overflow)
		output_table_absent(table);
	else
		output_table_ns(table, bin->high_ns);
	output_table_u64(table, bin->n_samples);
	output_table_share(table, bin->n_samples, group->tally[source]->count);
}

static void put_too_few(struct histogram *command, const struct group *group,
			unsigned source)
{
	group_row_put_key(&command->table, group, source);
	group_row_put_absent(&command->table, 2);
	output_table_u64(&command->table, group->tally[source]->count);
	output_table_absent(&command->table);
}

static bool is_too_few(const struct histogram *command,
		       const struct tally *tally)
{
	return tally->count < command->query.min_samples;
}

/* A span of bins may reach beyond the layout; there it has no samples. */
static struct line bin_at(const struct histogram *command,
			  const struct tally *tally, uint32_t i)
{
	const uint64_t *edge_ns =
		command->layout->edge_ns + tally->first_bin + i;

	return (struct line){ edge_ns[0], edge_ns[1], tally->bin[i], false };
}

static struct line overflow_of(const struct histogram *command,
			       const struct tally *tally)
{
	return (struct line){
		.low_ns = command->layout->edge_ns[command->layout->n_bins],
		.n_samples = tally->overflow,
		.is_overflow = true,
	};
}

/* Every bin that has samples. */
static void put_bins(struct histogram *command, const struct group *group,
		     unsigned source)
{
	const struct tally *tally = group->tally[source];
	struct line bin;

	if (is_too_few(command, tally)) {
		put_too_few(command, group, source);
		return;
	}
	for (uint32_t i = 0; i < tally->n_bins; i++) {
		if (!tally->bin[i])
			continue;
		bin = bin_at(command, tally, i);
		put_bin(command, group, source, &bin);
	}
	if (!tally->overflow)
		return;
	bin = overflow_of(command, tally);
	put_bin(command, group, source, &bin);
}

static int print_machine(struct histogram *command,
			 const struct scan_result *result, FILE *stream)
{
	static const char *const columns[] = { "group",        "side",
					       "source",       "low_ns",
					       "high_ns",      "n_samples",
					       "samples_ratio" };
	unsigned source;

	output_table_begin(&command->table, stream, command->query.format,
			   columns, 7, 3);
	for (size_t i = 0; i < result->table.n; i++)
		for (source = 0;
		     group_row_next_source(result->table.group[i], &source);
		     source++)
			put_bins(command, result->table.group[i], source);
	return output_table_end(&command->table);
}

/* At least a quarter wider than its lower edge: some ten lines per decade
 * whatever the layout. Bins are never cut. */
static bool is_wide(const struct line *line)
{
	return line->high_ns >= line->low_ns + line->low_ns / 4 &&
	       line->high_ns > 1000;
}

static void print_line(const struct line *line, uint64_t most, uint64_t n,
		       FILE *stream)
{
	static const char bar[BAR_CHARS + 1] =
		"########################################";
	char low[OUTPUT_TEXT_MAX], high[OUTPUT_TEXT_MAX] = "";
	char count[OUTPUT_TEXT_MAX];
	int n_bar =
		(int)((double)line->n_samples / (double)most * BAR_CHARS + 0.5);

	output_format_ns(line->low_ns, low);
	if (!line->is_overflow)
		output_format_ns(line->high_ns, high);
	output_format_count(line->n_samples, count);
	fprintf(stream, "  %8s - %-8s  %15s  %6.4f%s%.*s\n", low, high, count,
		(double)line->n_samples / (double)n, n_bar ? "  " : "", n_bar,
		bar);
}

/* Calls print_line() for each line, or only finds the highest (stream NULL).
 * The first line begins with the first bin that has samples. */
static uint64_t walk_lines(const struct histogram *command,
			   const struct tally *tally, uint64_t most,
			   FILE *stream)
{
	struct line line = { 0 };
	uint64_t highest = tally->overflow;

	for (uint32_t i = 0; i < tally->n_bins; i++) {
		bool is_last = i + 1 == tally->n_bins ||
			       tally->first_bin + i + 1 >=
				       command->layout->n_bins;
		struct line bin = bin_at(command, tally, i);

		if (!line.n_samples)
			line.low_ns = bin.low_ns;
		line.high_ns = bin.high_ns;
		line.n_samples += bin.n_samples;
		if (line.n_samples && (is_wide(&line) || is_last)) {
			if (line.n_samples > highest)
				highest = line.n_samples;
			if (stream)
				print_line(&line, most, tally->count, stream);
			line.n_samples = 0;
		}
		if (is_last)
			break;
	}
	return highest;
}

static void print_group(const struct histogram *command,
			const struct group *group, unsigned source,
			FILE *stream)
{
	const struct tally *tally = group->tally[source];
	struct line overflow = overflow_of(command, tally);
	char text[GROUP_TEXT_MAX], count[OUTPUT_TEXT_MAX];
	uint64_t most;

	group_format(&group->key, source, text);
	output_format_count(tally->count, count);
	fprintf(stream, "\n%s  %s  %s  %s samples\n", text,
		group_side_name(group->key.side), group_source_name(source),
		count);
	if (is_too_few(command, tally)) {
		fputs("  -\n", stream);
		return;
	}
	most = walk_lines(command, tally, 1, NULL);
	walk_lines(command, tally, most, stream);
	if (overflow.n_samples)
		print_line(&overflow, most, tally->count, stream);
}

static int print_text(struct histogram *command,
		      const struct scan_result *result, FILE *stream)
{
	bool is_empty = true;
	unsigned source;

	query_print_head(&command->query, result, stream);
	for (size_t i = 0; i < result->table.n; i++)
		for (source = 0;
		     group_row_next_source(result->table.group[i], &source);
		     source++) {
			print_group(command, result->table.group[i], source,
				    stream);
			is_empty = false;
		}
	if (is_empty)
		fputs("\nnone\n", stream);
	return 0;
}

static int print(void *opaque, const struct scan_result *result, FILE *stream)
{
	struct histogram *command = opaque;

	command->layout = &result->layout;
	return command->query.format == OUTPUT_TEXT ?
		       print_text(command, result, stream) :
		       print_machine(command, result, stream);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct histogram command = { 0 };
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
	AS_OPTION_OF_TABLE,
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command hist_command = {
	.name = "hist",
	.operands = "CAMPAIGN...",
	.summary = "histograms of round-trip time, by group",
	.options = options,
	.run = run,
};
