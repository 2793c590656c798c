// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../core/traffic.h"
#include "hilbert_draw.h"
#include "hilbert_table.h"
#include "query.h"

enum { MAX_CELL_LEN = 24 };

enum own_option {
	OPTION_STAT = N_QUERY_OPTIONS,
	OPTION_PREFIX,
	OPTION_WITHIN,
	OPTION_PALETTE,
	OPTION_RANGE,
	OPTION_TITLE,
	OPTION_TSV,
	OPTION_JSON,
};

enum picture { PICTURE_NONE, PICTURE_SVG, PICTURE_PNG };

struct hilbert {
	struct query query;
	struct hilbert_map map;
	struct hilbert_scale scale;
	bool has_range;
	enum picture picture;
	const char *title; /* NULL: made from what is shown */
};

static bool take_within(struct hilbert *hilbert, const char *value)
{
	struct hilbert_grid *grid = &hilbert->map.grid;
	struct prefix prefix;

	if (prefix_parse(value, &prefix) || prefix.family != 4 ||
	    prefix.prefix_len % 2 || prefix.prefix_len >= MAX_CELL_LEN) {
		cli_error("--within: bad block '%s': expected an IPv4 prefix "
			  "of even length below /%d, without host bits",
			  value, MAX_CELL_LEN);
		return false;
	}
	grid->within_len = prefix.prefix_len;
	grid->address = 0;
	for (int i = 12; i < 16; i++)
		grid->address = grid->address << 8 | prefix.address[i];
	return true;
}

/* "5ms,500ms" */
static bool take_range(struct hilbert *hilbert, const char *value)
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
	hilbert->scale.min = (double)min_ns;
	hilbert->scale.max = (double)max_ns;
	hilbert->has_range = true;
	return true;
}

static bool take_palette(struct hilbert *hilbert, const char *value)
{
	hilbert->scale.palette = hilbert_palette_find(value);
	if (!hilbert->scale.palette)
		cli_error("--palette: unknown palette '%s': expected YlOrRd, "
			  "viridis or cividis",
			  value);
	return hilbert->scale.palette;
}

static bool take_prefix(struct hilbert *hilbert, const char *value)
{
	uint64_t len;

	if (!cli_number("--prefix", value, 2, MAX_CELL_LEN, &len))
		return false;
	if (len % 2)
		cli_error("--prefix: bad length '%s': it must be even", value);
	hilbert->map.grid.cell_len = (unsigned)len;
	return len % 2 == 0;
}

static bool take_own(struct hilbert *hilbert, int option, const char *value)
{
	switch ((enum own_option)option) {
	case OPTION_STAT:
		if (hilbert_stat_parse(value, &hilbert->map.stat))
			return true;
		cli_error("--stat: unknown statistic '%s': expected min, p50, "
			  "p95, p99, mean or n",
			  value);
		return false;
	case OPTION_PREFIX:
		return take_prefix(hilbert, value);
	case OPTION_WITHIN:
		return take_within(hilbert, value);
	case OPTION_PALETTE:
		return take_palette(hilbert, value);
	case OPTION_RANGE:
		return take_range(hilbert, value);
	case OPTION_TITLE:
		hilbert->title = value;
		return true;
	case OPTION_TSV:
		hilbert->query.format = OUTPUT_TSV;
		return true;
	case OPTION_JSON:
		hilbert->query.format = OUTPUT_JSON;
		return true;
	}
	return false;
}

/* The format follows the file's ending, or -t and -j. */
static bool choose_format(struct hilbert *hilbert)
{
	static const struct {
		const char *ending;
		enum picture picture;
		enum output_format format;
	} endings[] = {
		{ ".svg", PICTURE_SVG, OUTPUT_TEXT },
		{ ".png", PICTURE_PNG, OUTPUT_TEXT },
		{ ".tsv", PICTURE_NONE, OUTPUT_TSV },
		{ ".json", PICTURE_NONE, OUTPUT_JSON },
	};
	const char *path = hilbert->query.output_path;
	const char *ending = path ? strrchr(path, '.') : NULL;

	if (hilbert->query.format != OUTPUT_TEXT)
		return true;
	for (size_t i = 0; ending && i < sizeof(endings) / sizeof(endings[0]);
	     i++)
		if (strcasecmp(ending, endings[i].ending) == 0) {
			hilbert->picture = endings[i].picture;
			hilbert->query.format = endings[i].format;
			return true;
		}
	if (path)
		cli_error("%s: unknown format: expected an ending .svg, .png, "
			  ".tsv or .json",
			  path);
	else
		cli_error("hilbert: no output: name a file with -o, or use -t "
			  "or -j");
	return false;
}

static bool check(struct hilbert *hilbert)
{
	const struct hilbert_grid *grid = &hilbert->map.grid;

	if (grid->cell_len <= grid->within_len) {
		cli_error("--within: bad block: its length /%u must be below "
			  "that of the cells, /%u",
			  grid->within_len, grid->cell_len);
		return false;
	}
	if (hilbert->query.has_sources &&
	    __builtin_popcount(hilbert->query.scan.sources) != 1) {
		cli_error("--source: too many sources: a map shows one, they "
			  "are never summed");
		return false;
	}
	if (hilbert->has_range && hilbert->map.stat == HILBERT_STAT_N) {
		cli_error("--range: bad with --stat n: it is of times, and "
			  "the colours of counts end at the largest");
		return false;
	}
	return choose_format(hilbert);
}

/* A count has its own scale: from 1 to the largest. */
static void fit_scale(struct hilbert *hilbert)
{
	struct hilbert_map *map = &hilbert->map;
	uint64_t max = 10;

	if (map->stat != HILBERT_STAT_N)
		return;
	for (size_t i = 0; i < map->n_cells; i++)
		if (map->cell[i].tally.count > max)
			max = map->cell[i].tally.count;
	hilbert->scale.min = 1;
	hilbert->scale.max = (double)max;
}

static int draw_picture(struct hilbert *hilbert,
			const struct scan_result *result, FILE *stream)
{
	const struct hilbert_map *map = &hilbert->map;
	struct hilbert_caption caption;
	struct canvas *canvas;
	int width, height;

	hilbert_caption_make(&caption, map, result, hilbert->query.campaign,
			     hilbert->query.n_campaigns, hilbert->title);
	hilbert_draw_size(map, &width, &height);
	canvas =
		hilbert->picture == PICTURE_SVG ?
			canvas_svg_begin(stream, width, height, caption.title) :
			canvas_png_begin(stream, width, height);
	if (!canvas)
		return -ENOMEM;
	hilbert_draw(canvas, map, &hilbert->scale, &caption);
	return canvas_end(canvas);
}

static void note_left_out(const struct hilbert *hilbert,
			  const struct scan_result *result)
{
	if (hilbert->query.is_quiet)
		return;
	if (result->table.left_out_samples)
		fprintf(stderr,
			"spindrift: note: IPv6 is not on this map: %llu "
			"samples left out\n",
			(unsigned long long)result->table.left_out_samples);
	if (hilbert->map.n_outside_samples)
		fprintf(stderr,
			"spindrift: note: %llu samples lie outside this map "
			"(other blocks, and overflow rows)\n",
			(unsigned long long)hilbert->map.n_outside_samples);
}

static int write_map(struct hilbert *hilbert, const struct scan_result *result,
		     FILE *stream)
{
	struct query *query = &hilbert->query;
	int err = hilbert_map_fill(&hilbert->map, result, query->scan.sources,
				   query->scan.sides);

	if (err == -ENODATA)
		cli_error("%s: no data: no sample of %s%s", query->campaign[0],
			  query->has_sources ?
				  group_source_name(hilbert->map.source) :
				  "tcp_ts or epping (--source chooses another)",
			  query->has_side ? " on that side" : "");
	if (err)
		return err;
	note_left_out(hilbert, result);
	fit_scale(hilbert);
	err = hilbert->picture == PICTURE_NONE ?
		      hilbert_table_write(&hilbert->map, query->format,
					  stream) :
		      draw_picture(hilbert, result, stream);
	if (err)
		cli_error("%s: cannot be written: %s",
			  query->output_path ? query->output_path :
					       "standard output",
			  strerror(-err));
	return err;
}

static int answer(struct hilbert *hilbert)
{
	struct scan_result result = { 0 };
	struct query *query = &hilbert->query;
	struct output_file file;
	int err;

	query->scan.by = (struct group_spec){
		.by = GROUP_BY_PREFIX,
		.v4_prefix_len = (uint8_t)hilbert->map.grid.cell_len,
	};
	if (!query->has_sources)
		query->scan.sources = 1u << SOURCE_TCP_TS | 1u << SOURCE_EPPING;
	err = output_file_open(&file, query->output_path, query->is_forced);
	if (err)
		return err;
	err = scan_campaigns(query->campaign, query->n_campaigns, &query->scan,
			     &result);
	if (err)
		goto out;
	hilbert->map.min_samples = query->min_samples;
	err = write_map(hilbert, &result, file.stream);
	if (!err)
		err = output_file_commit(&file);
out:
	output_file_abandon(&file);
	hilbert_map_fini(&hilbert->map);
	scan_result_fini(&result);
	return err;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct hilbert hilbert = {
		.map = { .grid = { .cell_len = 8 }, .stat = HILBERT_STAT_P50 },
		.scale = { hilbert_palette_find("YlOrRd"), 1e7, 1e9 },
	};
	struct cli_parse parse;
	int option, code;

	query_init(&hilbert.query);
	cli_parse_init(&parse, argc, argv);
	while ((option = cli_parse_next(&parse, self)) >= 0) {
		if (option < N_QUERY_OPTIONS ?
			    !query_take(&hilbert.query, option, parse.value) :
			    !take_own(&hilbert, option, parse.value))
			return EXIT_USAGE;
	}
	code = query_finish(&hilbert.query, self, &parse);
	if (code >= 0)
		return code;
	if (!check(&hilbert))
		return EXIT_USAGE;
	return query_exit_code(answer(&hilbert));
}

static const struct cli_option options[] = {
	QUERY_OPTIONS,
	{ "stat", 0, "STAT", "min, p50 (default), p95, p99, mean or n" },
	{ "prefix", 0, "N", "a cell per /N, even, 2 to 24 (default 8)" },
	{ "within", 0, "PREFIX", "only this block, of even length" },
	{ "palette", 0, "NAME", "YlOrRd (default), viridis or cividis" },
	{ "range", 0, "MIN,MAX", "ends of the colour scale (10ms,1s)" },
	{ "title", 0, "TEXT", "title instead of the made one" },
	{ "tsv", 't', NULL, "a table, tab-separated, a row per cell" },
	{ "json", 'j', NULL, "the same as JSON" },
	{ 0 },
};

const struct cli_command hilbert_command = {
	.name = "hilbert",
	.operands = "CAMPAIGN...",
	.summary = "map of round-trip times over the IPv4 space",
	.options = options,
	.run = run,
};
