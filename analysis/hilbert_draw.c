// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_draw.h"

#include <math.h>
#include <string.h>

#include "hilbert_cells.h"
#include "hilbert_legend.h"

enum {
	MAP_PX = 1024,       /* a map's least width */
	BLOCK_LABEL_PX = 40, /* blocks of smaller cells have no name */
};

static const uint32_t ink_rgb = 0x222222, line_rgb = 0xc8c8c8;

/* Margins and text grow with the map, so that a large one reads alike. */
static struct hilbert_layout plan(const struct hilbert_grid *grid)
{
	uint32_t side = hilbert_grid_side(grid);
	double cell_px = side < MAP_PX ? (double)MAP_PX / side : 1;
	double unit = side > MAP_PX ? (double)side / MAP_PX : 1;

	return (struct hilbert_layout){
		.cell_px = cell_px,
		.unit = unit,
		.map = { 28 * unit, 112 * unit, cell_px * side,
			 cell_px * side },
	};
}

void hilbert_draw_size(const struct hilbert_grid *grid, int *ret_width,
		       int *ret_height)
{
	struct hilbert_layout layout = plan(grid);

	*ret_width = (int)(layout.map.x + layout.map.width +
			   HILBERT_LEGEND_PX * layout.unit);
	*ret_height =
		(int)(layout.map.y + layout.map.height + 28 * layout.unit);
}

/* Outlines of the cells, or of the larger blocks when cells are small. */
static void draw_lines(struct canvas *canvas, const struct hilbert_grid *grid,
		       const struct hilbert_layout *layout)
{
	const struct canvas_rect *map = &layout->map;
	unsigned order = hilbert_grid_order(grid);
	uint32_t n_lines = 1u << (order > 4 ? 4 : order);
	double step_px = map->width / n_lines;

	for (uint32_t i = 1; i < n_lines; i++) {
		canvas_fill(canvas, map->x + i * step_px - 0.5, map->y, 1,
			    map->height, line_rgb);
		canvas_fill(canvas, map->x, map->y + i * step_px - 0.5,
			    map->width, 1, line_rgb);
	}
	canvas_frame(canvas, map, 1.5 * layout->unit, ink_rgb);
}

/* In the corner of a block; x, y of the block. */
static void draw_block_name(struct canvas *canvas, const struct prefix *block,
			    double x, double y, double block_px)
{
	struct canvas_text place = { .size = 0.17 * block_px, .rgb = 0x555555 };
	char name[HILBERT_GRID_LABEL_MAX];
	double n_letters;

	hilbert_grid_label(block, name);
	n_letters = (double)strlen(name);
	place.size = fmin(place.size, block_px / (0.62 * n_letters));
	place.x = x + 0.05 * block_px;
	place.y = y + 0.05 * block_px + 0.8 * place.size;
	/* A name over coloured cells is not legible. */
	canvas_fill(canvas, x, y,
		    0.64 * place.size * n_letters + 0.1 * block_px,
		    1.2 * place.size, 0xffffff);
	canvas->machine->text(canvas, &place, name);
}

/* On fine maps the names of the 256 blocks, small, at their corners. */
static void draw_blocks(struct canvas *canvas, const struct hilbert_grid *grid,
			const struct hilbert_layout *layout)
{
	struct hilbert_grid blocks = { grid->within,
				       grid->within.prefix_len + 8u };
	double step_px = layout->map.width / 16;

	if (hilbert_grid_order(grid) <= 4 || step_px < BLOCK_LABEL_PX)
		return;
	for (uint32_t i = 0; i < hilbert_grid_n_cells(&blocks); i++) {
		struct prefix block = hilbert_grid_prefix(&blocks, i);
		uint32_t x, y;

		hilbert_grid_locate(&blocks, i, &x, &y);
		draw_block_name(canvas, &block, layout->map.x + x * step_px,
				layout->map.y + y * step_px, step_px);
	}
}

static void draw_caption(struct canvas *canvas,
			 const struct hilbert_layout *layout,
			 const struct hilbert_caption *caption)
{
	double unit = layout->unit;
	struct canvas_text place = { .x = layout->map.x,
				     .y = 42 * unit,
				     .size = 26 * unit,
				     .is_bold = true,
				     .rgb = ink_rgb };

	canvas->machine->text(canvas, &place, caption->title);
	place.is_bold = false;
	place.size = 15 * unit;
	for (int i = 0; i < 2; i++) {
		place.y = (70 + 22 * i) * unit;
		canvas->machine->text(canvas, &place, caption->line[i]);
	}
}

void hilbert_draw(struct canvas *canvas, const struct hilbert_view *view,
		  const struct hilbert_caption *caption)
{
	struct hilbert_layout layout = plan(view->grid);

	draw_caption(canvas, &layout, caption);
	hilbert_cells_draw(canvas, view, &layout);
	draw_lines(canvas, view->grid, &layout);
	draw_blocks(canvas, view->grid, &layout);
	hilbert_legend_draw(canvas, view, &layout);
}
