// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_options.h"

#include <stdlib.h>
#include <string.h>

#include "../core/source.h"
#include "hilbert_check.h"

#define MAX_STEP_NS (1000 * 86400 * 1000000000ULL)

enum own_option {
	OPTION_STAT = N_QUERY_OPTIONS,
	OPTION_FAMILY,
	OPTION_PREFIX,
	OPTION_WITHIN,
	OPTION_DIFF,
	OPTION_ANIMATE,
	OPTION_PALETTE,
	OPTION_RANGE,
	OPTION_FACTOR,
	OPTION_TITLE,
	OPTION_TSV,
	OPTION_JSON,
};

const struct cli_option hilbert_option_table[] = {
	QUERY_OPTIONS,
	{ "stat", 0, "STAT", "min, p50 (default), p95, p99, mean or n" },
	{ "family", 0, "FAMILY", "ipv4 (default) or ipv6: 2000::/3" },
	{ "prefix", 0, "N",
	  "a cell per /N: IPv4 even, 2 to 24 (default 8), IPv6 to 64" },
	{ "within", 0, "PREFIX", "only this block" },
	{ "diff", 0, NULL, "the change from the first campaign to the second" },
	{ "animate", 0, "STEP", "a map for each step of time" },
	{ "palette", 0, "NAME",
	  "YlOrRd (default), viridis, cividis; with --diff RdBu or PuOr" },
	{ "range", 0, "MIN,MAX", "ends of the colour scale (10ms,1s)" },
	{ "factor", 0, "F", "ends of the scale of --diff: 1/F and F (4)" },
	{ "title", 0, "TEXT", "title instead of the made one" },
	{ "tsv", 't', NULL, "a table, tab-separated, a row per cell" },
	{ "json", 'j', NULL, "the same as JSON" },
	{ 0 },
};

static bool take_family(struct hilbert_options *options, const char *value)
{
	if (strcmp(value, "ipv4") != 0 && strcmp(value, "ipv6") != 0) {
		cli_error("--family: unknown family '%s': expected ipv4 or "
			  "ipv6",
			  value);
		return false;
	}
	options->family = value[3] == '4' ? 4 : 6;
	return true;
}

static bool take_within(struct hilbert_options *options, const char *value)
{
	if (prefix_parse(value, &options->grid.within)) {
		cli_error("--within: bad block '%s': expected a prefix without "
			  "host bits",
			  value);
		return false;
	}
	options->has_within = true;
	return true;
}

/* "5ms,500ms" */
static bool take_range(struct hilbert_options *options, const char *value)
{
	char min[32];
	size_t n_min = strcspn(value, ",");
	uint64_t min_ns, max_ns;

	if (value[n_min] != ',' || n_min >= sizeof(min)) {
		cli_error("--range: bad range '%s': expected MIN,MAX as "
			  "10ms,1s",
			  value);
		return false;
	}
	memcpy(min, value, n_min);
	min[n_min] = '\0';
	if (!cli_latency_ns("--range", min, &min_ns) ||
	    !cli_latency_ns("--range", value + n_min + 1, &max_ns))
		return false;
	if (!min_ns || min_ns >= max_ns) {
		cli_error("--range: bad range '%s': MIN must be above zero and "
			  "below MAX",
			  value);
		return false;
	}
	options->scale.min = (double)min_ns;
	options->scale.max = (double)max_ns;
	options->has_range = true;
	return true;
}

static bool take_factor(struct hilbert_options *options, const char *value)
{
	char *end;
	double factor = strtod(value, &end);

	/* Not a number compares false. */
	if (end == value || *end || !(factor > 1 && factor <= 1000)) {
		cli_error("--factor: bad factor '%s': expected a number above "
			  "1, at most 1000",
			  value);
		return false;
	}
	options->scale.min = 1 / factor;
	options->scale.max = factor;
	options->has_factor = true;
	return true;
}

static bool take_palette(struct hilbert_options *options, const char *value)
{
	options->scale.palette = hilbert_palette_find(value);
	if (!options->scale.palette)
		cli_error("--palette: unknown palette '%s': expected YlOrRd, "
			  "viridis, cividis, or with --diff RdBu or PuOr",
			  value);
	return options->scale.palette;
}

static bool take_prefix(struct hilbert_options *options, const char *value)
{
	uint64_t len;

	if (!cli_number("--prefix", value, 2, HILBERT_GRID_MAX_V6_LEN, &len))
		return false;
	options->grid.cell_len = (unsigned)len;
	options->has_cell_len = true;
	return true;
}

static bool take_stat(struct hilbert_options *options, const char *value)
{
	if (hilbert_stat_parse(value, &options->stat))
		return true;
	cli_error("--stat: unknown statistic '%s': expected min, p50, p95, "
		  "p99, mean or n",
		  value);
	return false;
}

static bool take_animate(struct hilbert_options *options, const char *value)
{
	if (!cli_duration_ns("--animate", value, &options->step_ns))
		return false;
	if (options->step_ns && options->step_ns <= MAX_STEP_NS)
		return true;
	cli_error("--animate: bad step '%s': expected more than zero, at most "
		  "1000 days",
		  value);
	return false;
}

static bool take_own(void *opaque, int option, const char *value)
{
	struct hilbert_options *options = opaque;

	switch ((enum own_option)option) {
	case OPTION_STAT:
		return take_stat(options, value);
	case OPTION_FAMILY:
		return take_family(options, value);
	case OPTION_PREFIX:
		return take_prefix(options, value);
	case OPTION_WITHIN:
		return take_within(options, value);
	case OPTION_DIFF:
		options->is_diff = true;
		return true;
	case OPTION_ANIMATE:
		return take_animate(options, value);
	case OPTION_PALETTE:
		return take_palette(options, value);
	case OPTION_RANGE:
		return take_range(options, value);
	case OPTION_FACTOR:
		return take_factor(options, value);
	case OPTION_TITLE:
		options->title = value;
		return true;
	case OPTION_TSV:
		options->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		options->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

int hilbert_options_parse(struct hilbert_options *options,
			  const struct cli_command *self, int argc, char **argv)
{
	int code;

	*options = (struct hilbert_options){ .stat = HILBERT_STAT_P50 };
	query_init(&options->query);
	code = query_parse(&options->query, self, argc, argv, take_own,
			   options);
	if (code >= 0)
		return code;
	if (!hilbert_check(options))
		return EXIT_USAGE;
	options->query.scan.by = hilbert_map_spec(&options->grid);
	if (!options->query.has_sources)
		options->query.scan.sources = 1u << SOURCE_TCP_TS |
					      1u << SOURCE_EPPING;
	return -1;
}
