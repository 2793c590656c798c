// SPDX-License-Identifier: GPL-2.0-or-later
#include "traffic.h"

#include <string.h>

#include "group_row.h"
#include "traffic_table.h"

enum own_option {
	OPTION_MARKDOWN = N_QUERY_COMMON,
	OPTION_LATEX,
	OPTION_TSV,
	OPTION_JSON,
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct query *query = opaque;

	switch ((enum own_option)option) {
	case OPTION_MARKDOWN:
		query->format = OUTPUT_MARKDOWN;
		return true;
	case OPTION_LATEX:
		query->format = OUTPUT_LATEX;
		return true;
	case OPTION_TSV:
		query->format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		query->format = OUTPUT_JSON;
		return true;
	}
	return false;
}

/* Tables per first octet have all but ECN, and are read at once; rows have
 * that. Both are of the same intervals, also while more are measured. */
static int scan_twice(const struct query *query, struct scan_result *sums,
		      struct scan_result *ecn)
{
	struct scan_query scan = query->scan;
	int err;

	scan.has_classes = scan.has_protocols = true;
	err = scan_campaigns(query->campaign, query->n_campaigns, &scan, sums);
	if (err)
		return err;
	scan = query->scan;
	scan.sources = 0;
	scan.skips_traffic = scan.has_ecn = true;
	scan.to_ns = sums->span[sums->n_spans - 1].end_ns;
	return scan_campaigns(query->campaign, query->n_campaigns, &scan, ecn);
}

static void print_head(const struct query *query,
		       const struct scan_result *result, FILE *stream)
{
	if (query->format == OUTPUT_TEXT)
		query_print_head(query, result, stream);
	if (query->format == OUTPUT_LATEX)
		fputs("% needs \\usepackage{booktabs}\n", stream);
}

static int print(const struct query *query, const struct scan_result *sums,
		 const struct scan_result *ecn, FILE *stream)
{
	const struct traffic_answer answer = {
		.sums = sums,
		.ecn = &ecn->table,
		.has_protocols = !query->has_side && !*query->subnet,
	};

	if (!output_format_is_text(query->format))
		return traffic_table_print(&answer, query->format, stream);
	print_head(query, sums, stream);
	return traffic_document_print(&answer, query->format, stream);
}

static int answer(const struct query *query)
{
	struct scan_result sums = { 0 }, ecn = { 0 };
	struct output_file file;
	int err = output_file_open(&file, query->output_path, query->is_forced);

	if (err)
		return err;
	err = scan_twice(query, &sums, &ecn);
	if (err)
		goto out;
	err = print(query, &sums, &ecn, file.stream);
	if (err)
		cli_error("traffic: cannot be printed: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	scan_result_fini(&sums);
	scan_result_fini(&ecn);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct query query;
	int code;

	query_init(&query);
	query.scan.by.by = GROUP_BY_SIDE_FAMILY;
	query.n_shared = N_QUERY_COMMON;
	code = query_parse(&query, self, argc, argv, take_own, &query);
	if (code >= 0)
		return code;
	return query_exit_code(answer(&query));
}

static const struct cli_option options[] = {
	QUERY_COMMON_OPTIONS,
	{ "markdown", 0, NULL, "tables in Markdown" },
	{ "latex", 0, NULL, "tables in LaTeX (booktabs)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command traffic_command = {
	.name = "traffic",
	.operands = "CAMPAIGN...",
	.summary = "traffic by class, protocol, ECN and direction",
	.options = options,
	.run = run,
};
