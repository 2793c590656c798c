// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../core/traffic.h"
#include "query.h"
#include "zone.h"

enum { N_COLUMNS = 12 };

enum own_option {
	OPTION_STEP = N_QUERY_OPTIONS,
	OPTION_TZ,
	OPTION_TSV,
	OPTION_JSON,
};

struct series {
	struct query query;
	bool is_local;
	struct output_table table;
	const struct scan_result *result;
};

static bool take_own(void *opaque, int option, const char *value)
{
	struct series *series = opaque;

	switch ((enum own_option)option) {
	case OPTION_STEP:
		if (!cli_duration_ns("--step", value,
				     &series->query.scan.step_ns))
			return false;
		if (series->query.scan.step_ns)
			return true;
		cli_error("--step: bad step '%s': it must be longer than zero",
			  value);
		return false;
	case OPTION_TZ:
		series->is_local = true;
		return zone_set(value);
	case OPTION_TSV:
		series->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		series->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

static void put_key(struct series *series, const struct group *group,
		    unsigned source)
{
	char text[ZONE_TEXT_MAX];

	zone_format_ns(group->key.step_ns, series->is_local, text);
	output_table_text(&series->table, text);
	output_table_text(&series->table, group_side_name(group->key.side));
	if (source == N_SOURCES)
		output_table_absent(&series->table);
	else
		output_table_text(&series->table, group_source_name(source));
}

static void put_absent(struct output_table *table, int n)
{
	for (int i = 0; i < n; i++)
		output_table_absent(table);
}

static void put_permille(struct series *series, const struct tally *tally,
			 unsigned permille)
{
	output_table_quantile(&series->table,
			      quantile_get(tally, &series->result->layout,
					   permille, QUANTILE_LINEAR));
}

static void put_samples(struct series *series, const struct group *group,
			unsigned source)
{
	const struct tally *tally = group->tally[source];
	struct output_table *table = &series->table;

	put_key(series, group, source);
	output_table_u64(table, tally->count);
	if (tally->count < series->query.min_samples) {
		put_absent(table, 6);
	} else {
		output_table_ns(table, tally->min_ns);
		put_permille(series, tally, 500);
		output_table_ns(table, tally_mean_ns(tally));
		put_permille(series, tally, 950);
		put_permille(series, tally, 990);
		output_table_u64(table, tally->overflow);
	}
	put_absent(table, 2);
}

/* Towards the users is down. What a WAN subnet sends comes down; what is sent
 * to a LAN subnet comes down. */
static void put_throughput(struct series *series, const struct group *group)
{
	int64_t end_ns =
		group->key.step_ns + (int64_t)series->query.scan.step_ns;
	double covered_s = (double)scan_covered_ns(series->result,
						   group->key.step_ns, end_ns) /
			   1e9;
	bool is_lan = group->key.side == SIDE_LAN;
	uint64_t down = is_lan ? group->bytes_tx : group->bytes_rx;
	uint64_t up = is_lan ? group->bytes_rx : group->bytes_tx;

	put_key(series, group, N_SOURCES);
	put_absent(&series->table, 7);
	if (covered_s > 0) {
		output_table_bps(&series->table, 8 * (double)down / covered_s);
		output_table_bps(&series->table, 8 * (double)up / covered_s);
	} else {
		put_absent(&series->table, 2);
	}
}

static int print_rows(struct series *series, FILE *stream)
{
	static const char *const machine[N_COLUMNS] = {
		"time",   "side",     "source",   "n_samples",
		"min_ns", "p50_ns",   "mean_ns",  "p95_ns",
		"p99_ns", "overflow", "down_bps", "up_bps",
	};
	static const char *const text[N_COLUMNS] = {
		"time",   "side",  "source", "samples",  "min  ", "p50  ",
		"mean  ", "p95  ", "p99  ",  "overflow", "down",  "up",
	};
	const struct group_table *groups = &series->result->table;

	output_table_begin(&series->table, stream, series->query.format,
			   series->query.format == OUTPUT_TEXT ? text : machine,
			   N_COLUMNS, 3);
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = groups->group[i];

		for (unsigned source = 0; source < N_SOURCES; source++)
			if (group->tally[source] && group->tally[source]->count)
				put_samples(series, group, source);
		put_throughput(series, group);
	}
	return output_table_end(&series->table);
}

static int print(struct series *series, FILE *stream)
{
	if (series->query.format == OUTPUT_TEXT) {
		query_print_head(&series->query, series->result, stream);
		fputs("\nround-trip time, ms; down and up: towards and from "
		      "the users\n",
		      stream);
	}
	return print_rows(series, stream);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct series series = { 0 };
	struct scan_result result = { 0 };
	struct output_file file;
	int code, err;

	query_init(&series.query);
	series.query.scan.by.by = GROUP_BY_SIDE;
	series.query.scan.step_ns = 600000000000;
	code = query_parse(&series.query, self, argc, argv, take_own, &series);
	if (code >= 0)
		return code;
	err = output_file_open(&file, series.query.output_path,
			       series.query.is_forced);
	if (err)
		return EXIT_FAILED;
	err = scan_campaigns(series.query.campaign, series.query.n_campaigns,
			     &series.query.scan, &result);
	if (err)
		goto out;
	series.result = &result;
	err = print(&series, file.stream);
	if (err)
		cli_error("series: cannot be printed: %s", strerror(-err));
	else
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	scan_result_fini(&result);
	return query_exit_code(err);
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "step", 0, "DURATION",
	  "length of a step, a multiple of the interval (default 10min)" },
	{ "tz", 0, "ZONE", "print times in this zone (Europe/Stockholm)" },
	{ "tsv", 't', NULL, "tab-separated, with a header line" },
	{ "json", 'j', NULL, "JSON, an array of objects" },
	{ 0 },
};

const struct cli_command series_command = {
	.name = "series",
	.operands = "CAMPAIGN...",
	.summary = "round-trip time and throughput over time",
	.options = options,
	.run = run,
};
