// SPDX-License-Identifier: GPL-2.0-or-later
#include "query.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/traffic.h"
#include "../lib/clock.h"
#include "team.h"

void query_init(struct query *query)
{
	long n_processors = sysconf(_SC_NPROCESSORS_ONLN);

	/* The members of a team are as many as there are processors. */
	if (n_processors < 1 || team_mine()->size > 1)
		n_processors = 1;
	if (n_processors > SCAN_MAX_PROCESSES)
		n_processors = SCAN_MAX_PROCESSES;
	*query = (struct query){
		.scan = {
			.from_ns = INT64_MIN,
			.to_ns = INT64_MAX,
			.sources = (1u << N_SOURCES) - 1,
			.sides = (1u << N_SIDES) - 1,
			.max_level = LEVEL_1H,
			.n_processes = (unsigned)n_processors,
		},
		.min_samples = 1,
		.n_shared = N_QUERY_OPTIONS,
	};
}

static int find_source(const char *name, size_t n_name)
{
	for (int i = 0; i < N_SOURCES; i++)
		if (strlen(group_source_name(i)) == n_name &&
		    memcmp(group_source_name(i), name, n_name) == 0)
			return i;
	return -1;
}

static bool take_sources(struct query *query, const char *value)
{
	query->scan.sources = 0;
	query->has_sources = true;
	for (;;) {
		size_t n_name = strcspn(value, ",");
		int source = find_source(value, n_name);

		if (source < 0) {
			cli_error("--source: unknown source '%.*s': expected "
				  "tcp_ts, icmp_echo, epping or another of "
				  "spindrift-segment(5)",
				  (int)n_name, value);
			return false;
		}
		query->scan.sources |= 1u << source;
		value += n_name;
		if (!*value)
			return true;
		value++;
	}
}

static bool take_side(struct query *query, const char *value)
{
	for (int side = 0; side < N_SIDES; side++)
		if (strcmp(value, group_side_name((uint8_t)side)) == 0) {
			query->scan.sides = 1u << side;
			query->has_side = true;
			return true;
		}
	cli_error("--side: unknown side '%s': expected lan or wan", value);
	return false;
}

static bool take_subnet(struct query *query, const char *value)
{
	if (prefix_parse(value, &query->scan.subnet)) {
		cli_error("--subnet: bad prefix '%s': expected 192.0.2.0/24 or "
			  "2001:db8::/32",
			  value);
		return false;
	}
	query->scan.has_subnet = true;
	prefix_format(&query->scan.subnet, query->subnet);
	return true;
}

static bool take(struct query *query, int option, const char *value)
{
	uint64_t number;

	switch ((enum query_option)option) {
	case QUERY_FROM:
		return cli_time_ns("--from", value, &query->scan.from_ns);
	case QUERY_TO:
		return cli_time_ns("--to", value, &query->scan.to_ns);
	case QUERY_SOURCE:
		return take_sources(query, value);
	case QUERY_SIDE:
		return take_side(query, value);
	case QUERY_SUBNET:
		return take_subnet(query, value);
	case QUERY_LEVEL:
		if (segment_level_parse(value, &query->scan.max_level) == 0)
			return true;
		cli_error("--level: unknown level '%s': expected raw, 5min or "
			  "1h",
			  value);
		return false;
	case QUERY_MIN_SAMPLES:
		return cli_number("--min-samples", value, 1, UINT64_MAX,
				  &query->min_samples);
	case QUERY_PROCESSES:
		if (!cli_number("--processes", value, 1, SCAN_MAX_PROCESSES,
				&number))
			return false;
		query->scan.n_processes = (unsigned)number;
		return true;
	case QUERY_OUTPUT:
		query->output_path = value;
		return true;
	case QUERY_FORCE:
		query->is_forced = true;
		return true;
	case QUERY_QUIET:
		query->is_quiet = query->scan.is_quiet = true;
		return true;
	case N_QUERY_OPTIONS:
		break;
	}
	return false;
}

/* After the last option: the operands, and what only the whole shows. */
static int finish(struct query *query, const struct cli_command *command,
		  const struct cli_parse *parse)
{
	int code = cli_parse_result(parse);

	if (code >= 0)
		return code;
	if (parse->next >= parse->argc) {
		cli_error("%s: no campaign: name a campaign directory",
			  command->name);
		return EXIT_USAGE;
	}
	if (query->scan.from_ns >= query->scan.to_ns) {
		cli_error("--from: bad period: it must lie before --to");
		return EXIT_USAGE;
	}
	query->campaign = (const char *const *)(parse->argv + parse->next);
	query->n_campaigns = (size_t)(parse->argc - parse->next);
	return -1;
}

int query_parse(struct query *query, const struct cli_command *self, int argc,
		char **argv, query_take_own *take_own, void *command)
{
	struct cli_parse parse;
	int option;

	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0)
		if (option < query->n_shared ?
			    !take(query, option, parse.value) :
			    !take_own(command, option, parse.value))
			return EXIT_USAGE;
	return finish(query, self, &parse);
}

int query_exit_code(int err)
{
	return err ? EXIT_FAILED : EXIT_DONE;
}

static void print_period(const struct scan_result *result, FILE *stream)
{
	const struct scan_span *span = result->span;
	int64_t start_ns = span[0].start_ns;
	int64_t end_ns = span[result->n_spans - 1].end_ns;
	uint64_t covered_ns = scan_covered_ns(result, start_ns, end_ns);
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	char n_intervals[OUTPUT_TEXT_MAX];

	clock_format_ns(start_ns, from);
	clock_format_ns(end_ns, to);
	output_format_count(result->n_intervals, n_intervals);
	fprintf(stream, "period    %s to %s, %s intervals, %.4g %% covered\n",
		from, to, n_intervals,
		100.0 * (double)covered_ns / (double)(end_ns - start_ns));
}

void query_print_head(const struct query *query,
		      const struct scan_result *result, FILE *stream)
{
	const char *separator = "";

	fprintf(stream, "campaign  ");
	for (size_t i = 0; i < query->n_campaigns; i++)
		fprintf(stream, "%s%s", i ? " + " : "", query->campaign[i]);
	fputc('\n', stream);
	print_period(result, stream);
	if (!query->has_sources && !query->has_side && !*query->subnet)
		return;
	fprintf(stream, "chosen    ");
	for (unsigned i = 0; i < N_SOURCES && query->has_sources; i++) {
		if (!(query->scan.sources >> i & 1))
			continue;
		fprintf(stream, "%s%s", separator, group_source_name(i));
		separator = ", ";
	}
	if (query->has_side) {
		fprintf(stream, "%s%s", separator,
			query->scan.sides == 1u << SIDE_LAN ? "lan" : "wan");
		separator = ", ";
	}
	if (*query->subnet)
		fprintf(stream, "%s%s", separator, query->subnet);
	fputc('\n', stream);
}
