// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hilbert_draw.h"

int hilbert_write_choose(const struct hilbert_options *options,
			 const struct scan_result *result, const char *campaign,
			 struct hilbert_map *ret_map)
{
	const struct query *query = &options->query;
	struct hilbert_map map = { .grid = options->grid,
				   .stat = options->stat,
				   .min_samples = query->min_samples };
	int err = hilbert_map_choose(&map, result, query->scan.sources,
				     query->scan.sides);

	if (err == -ENODATA)
		cli_error("%s: no data: no sample of %s%s", campaign,
			  query->has_sources ?
				  group_source_name(map.source) :
				  "tcp_ts or epping (--source chooses another)",
			  query->has_side ? " on that side" : "");
	if (!err)
		*ret_map = map;
	return err;
}

struct hilbert_scale hilbert_write_scale(const struct hilbert_options *options,
					 const struct hilbert_map *map)
{
	struct hilbert_scale scale = options->scale;
	uint64_t max = 10;

	if (map->stat != HILBERT_STAT_N)
		return scale;
	for (size_t i = 0; i < map->n_cells; i++)
		if (map->cell[i].tally.count > max)
			max = map->cell[i].tally.count;
	scale.min = 1;
	scale.max = (double)max;
	return scale;
}

void hilbert_write_leave_out(struct hilbert_left_out *left_out,
			     const struct hilbert_map *map,
			     const struct scan_result *result)
{
	left_out->n_outside += map->n_outside_samples;
	left_out->n_other_family +=
		map->n_other_family_samples + result->table.left_out_samples;
}

void hilbert_write_notes(const struct hilbert_options *options,
			 const struct hilbert_left_out *left_out)
{
	if (options->query.is_quiet)
		return;
	if (left_out->n_other_family)
		fprintf(stderr,
			"spindrift: note: IPv%d is not on this map: %llu "
			"samples left out\n",
			options->grid.within.family == 4 ? 6 : 4,
			(unsigned long long)left_out->n_other_family);
	if (left_out->n_outside)
		fprintf(stderr,
			"spindrift: note: %llu samples lie outside this map "
			"(other blocks, and overflow rows)\n",
			(unsigned long long)left_out->n_outside);
}

int hilbert_write_picture(const struct hilbert_options *options,
			  const struct hilbert_view *view,
			  const struct hilbert_caption *caption, FILE *stream)
{
	struct canvas *canvas;
	int width, height;

	hilbert_draw_size(view->grid, &width, &height);
	canvas = options->picture == PICTURE_SVG ?
			 canvas_svg_begin(stream, width, height,
					  caption->title) :
			 canvas_png_begin(stream, width, height);
	if (!canvas)
		return -ENOMEM;
	hilbert_draw(canvas, view, caption);
	return canvas_end(canvas);
}

int hilbert_write_refuse(const char *path, int err)
{
	cli_error("%s: cannot be written: %s", path ? path : "standard output",
		  strerror(-err));
	return err;
}
