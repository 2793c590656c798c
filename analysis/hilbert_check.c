// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_check.h"

#include <string.h>
#include <strings.h>

enum { DEFAULT_BITS = 8, DEFAULT_FACTOR = 4 };

static unsigned max_cell_len(uint8_t family)
{
	return family == 4 ? HILBERT_GRID_MAX_V4_LEN : HILBERT_GRID_MAX_V6_LEN;
}

static bool check_family(struct hilbert_options *options)
{
	struct hilbert_grid *grid = &options->grid;

	if (!options->has_within) {
		grid->within = hilbert_grid_whole(
			options->family ? options->family : 4);
		return true;
	}
	if (options->family && options->family != grid->within.family) {
		cli_error("--within: bad block: it is of IPv%u and --family "
			  "of IPv%u",
			  grid->within.family, options->family);
		return false;
	}
	if (grid->within.family == 4 && grid->within.prefix_len % 2) {
		cli_error("--within: bad block: its length /%u must be even",
			  grid->within.prefix_len);
		return false;
	}
	return true;
}

static bool check_cells(const struct hilbert_grid *grid)
{
	unsigned within_len = grid->within.prefix_len;
	unsigned most = max_cell_len(grid->within.family);

	if (grid->cell_len > most) {
		cli_error("--prefix: bad length: /%u is above /%u, the longest "
			  "for IPv%u",
			  grid->cell_len, most, grid->within.family);
		return false;
	}
	if (grid->cell_len <= within_len) {
		cli_error("--within: bad block: its length /%u must be below "
			  "that of the cells, /%u",
			  within_len, grid->cell_len);
		return false;
	}
	if ((grid->cell_len - within_len) % 2 ||
	    grid->cell_len - within_len > HILBERT_GRID_MAX_BITS) {
		cli_error("--prefix: bad length: /%u must be an even number of "
			  "bits, at most %d, inside /%u",
			  grid->cell_len, HILBERT_GRID_MAX_BITS, within_len);
		return false;
	}
	return true;
}

static bool check_grid(struct hilbert_options *options)
{
	struct hilbert_grid *grid = &options->grid;
	unsigned most;

	if (!check_family(options))
		return false;
	most = max_cell_len(grid->within.family);
	if (!options->has_cell_len) {
		grid->cell_len = grid->within.prefix_len + DEFAULT_BITS;
		/* As many whole bits as there are; check_cells() refuses 0. */
		if (grid->cell_len > most)
			grid->cell_len =
				most - (most - grid->within.prefix_len) % 2;
	}
	return check_cells(grid);
}

static bool check_scale(struct hilbert_options *options)
{
	struct hilbert_scale *scale = &options->scale;

	if (options->has_range && options->is_diff) {
		cli_error("--range: bad with --diff: its colours are of "
			  "ratios (--factor)");
		return false;
	}
	if (options->has_factor && !options->is_diff) {
		cli_error("--factor: bad without --diff: --range gives the "
			  "ends of times");
		return false;
	}
	if (!scale->palette)
		scale->palette = hilbert_palette_find(
			options->is_diff ? "RdBu" : "YlOrRd");
	if (scale->palette->is_diverging != options->is_diff) {
		cli_error("--palette: bad palette %s: with%s --diff it is "
			  "%s",
			  scale->palette->name, options->is_diff ? "" : "out",
			  options->is_diff ? "RdBu or PuOr" :
					     "YlOrRd, viridis or cividis");
		return false;
	}
	if (options->is_diff && !options->has_factor) {
		scale->min = 1.0 / DEFAULT_FACTOR;
		scale->max = DEFAULT_FACTOR;
	} else if (!options->is_diff && !options->has_range) {
		scale->min = 1e7;
		scale->max = 1e9;
	}
	return true;
}

static bool check_stat(const struct hilbert_options *options)
{
	if (options->query.has_sources &&
	    __builtin_popcount(options->query.scan.sources) != 1) {
		cli_error("--source: too many sources: a map shows one, they "
			  "are never summed");
		return false;
	}
	if (options->stat != HILBERT_STAT_N)
		return true;
	if (options->has_range) {
		cli_error("--range: bad with --stat n: it is of times, and "
			  "the colours of counts end at the largest");
		return false;
	}
	if (options->is_diff) {
		cli_error("--stat: bad with --diff: n depends on how long was "
			  "measured");
		return false;
	}
	return true;
}

static bool check_modes(const struct hilbert_options *options)
{
	if (options->is_diff && options->step_ns) {
		cli_error("--animate: bad with --diff: there is one change");
		return false;
	}
	if (options->is_diff && options->query.n_campaigns != 2) {
		cli_error("--diff: bad number of campaigns: it needs two, and "
			  "there %s %zu",
			  options->query.n_campaigns == 1 ? "is" : "are",
			  options->query.n_campaigns);
		return false;
	}
	return true;
}

/* The format follows the file's ending, or -t and -j. */
static bool choose_format(struct hilbert_options *options)
{
	static const struct {
		const char *ending;
		enum hilbert_picture picture;
		enum output_format format;
	} endings[] = {
		{ ".svg", PICTURE_SVG, OUTPUT_TEXT },
		{ ".png", PICTURE_PNG, OUTPUT_TEXT },
		{ ".tsv", PICTURE_NONE, OUTPUT_TSV },
		{ ".json", PICTURE_NONE, OUTPUT_JSON },
	};
	const char *path = options->query.output_path;
	const char *ending = path ? strrchr(path, '.') : NULL;

	if (options->query.format != OUTPUT_TEXT)
		return true;
	for (size_t i = 0; ending && i < sizeof(endings) / sizeof(endings[0]);
	     i++)
		if (strcasecmp(ending, endings[i].ending) == 0) {
			options->picture = endings[i].picture;
			options->query.format = endings[i].format;
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

bool hilbert_check(struct hilbert_options *options)
{
	return check_grid(options) && check_stat(options) &&
	       check_scale(options) && check_modes(options) &&
	       choose_format(options);
}
