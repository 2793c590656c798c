// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_cells.h"

#include <math.h>
#include <string.h>

#include "hilbert_special.h"

enum {
	LABEL_CELL_PX = 36, /* smaller cells have no text */
	LABEL_PX = 128,     /* text does not grow with larger ones */
};

static const uint32_t special_rgb = 0xe6e6e6, special_ink_rgb = 0x777777,
		      empty_ink_rgb = 0xb0b0b0;

struct cells {
	struct canvas *canvas;
	const struct hilbert_view *view;
	const struct hilbert_layout *layout;
};

static struct canvas_rect rect_of(const struct hilbert_layout *layout,
				  const struct hilbert_grid *grid,
				  uint32_t index)
{
	double px = layout->map.width / hilbert_grid_side(grid);
	uint32_t x, y;

	hilbert_grid_locate(grid, index, &x, &y);
	return (struct canvas_rect){ layout->map.x + x * px,
				     layout->map.y + y * px, px, px };
}

/* In the middle of x. A letter is about 0.62 em wide. */
static void put_text(struct cells *cells, const struct canvas_rect *rect,
		     double down_px, double size, uint32_t rgb,
		     const char *text)
{
	const struct canvas_text place = {
		.x = rect->x + rect->width / 2,
		.y = rect->y + rect->width / 2 + down_px,
		.size = fmin(size, rect->width / (0.62 * (double)strlen(text))),
		.anchor = CANVAS_MIDDLE,
		.rgb = rgb,
	};

	cells->canvas->machine->text(cells->canvas, &place, text);
}

static void put_block(struct cells *cells, const struct canvas_rect *rect,
		      const struct prefix *block, uint32_t rgb)
{
	double most = fmin(rect->width, LABEL_PX);
	char name[HILBERT_GRID_LABEL_MAX];

	hilbert_grid_label(block, name);
	put_text(cells, rect, -0.08 * most, 0.22 * most, rgb, name);
}

static void put_value(struct cells *cells, const struct canvas_rect *rect,
		      const char *value, uint32_t rgb)
{
	double most = fmin(rect->width, LABEL_PX);
	const struct canvas_text place = {
		.x = rect->x + rect->width / 2,
		.y = rect->y + rect->width / 2 + 0.30 * most,
		.size = fmin(0.30 * most,
			     0.94 * rect->width / (0.66 * strlen(value))),
		.anchor = CANVAS_MIDDLE,
		.is_bold = true,
		.rgb = rgb,
	};

	cells->canvas->machine->text(cells->canvas, &place, value);
}

static void begin_tip(struct cells *cells, const struct prefix *block,
		      const char *special, const char *lines)
{
	char text[HILBERT_TIP_MAX + PREFIX_TEXT_MAX + 32];
	char prefix[PREFIX_TEXT_MAX];

	prefix_format(block, prefix);
	snprintf(text, sizeof(text), "%s%s%s%s\n%s", prefix,
		 special ? " (" : "", special ? special : "",
		 special ? ")" : "", lines);
	cells->canvas->machine->tip(cells->canvas, text);
}

/* The mark of a special-purpose block whose colour is its data's. */
static void put_special_frame(struct cells *cells,
			      const struct canvas_rect *rect)
{
	double line_px = 0.06 * rect->width;
	const struct canvas_rect inner = { rect->x + line_px / 2,
					   rect->y + line_px / 2,
					   rect->width - line_px,
					   rect->height - line_px };

	canvas_frame(cells->canvas, &inner, line_px, special_rgb);
}

static void put_data(struct cells *cells, size_t i)
{
	const struct hilbert_view *view = cells->view;
	uint32_t index = view->index(view, i);
	struct prefix block = hilbert_grid_prefix(view->grid, index);
	struct canvas_rect rect = rect_of(cells->layout, view->grid, index);
	const char *special = hilbert_special_name(&block);
	struct canvas *canvas = cells->canvas;
	char lines[HILBERT_TIP_MAX];
	struct hilbert_look look;

	view->look(view, i, &look);
	if (canvas->has_tips) {
		view->tip(view, i, lines);
		begin_tip(cells, &block, special, lines);
	}
	if (look.is_hatched)
		canvas->machine->hatch(canvas, &rect);
	else
		canvas_fill(canvas, rect.x, rect.y, rect.width, rect.height,
			    look.rgb);
	if (rect.width >= LABEL_CELL_PX) {
		uint32_t ink_rgb =
			!look.is_hatched && hilbert_rgb_is_dark(look.rgb) ?
				0xffffff :
				0x000000;

		if (special)
			put_special_frame(cells, &rect);
		put_block(cells, &rect, &block, ink_rgb);
		if (!look.is_hatched)
			put_value(cells, &rect, look.label, ink_rgb);
	}
	if (canvas->has_tips)
		canvas->machine->tip_end(canvas);
}

/* A cell without data that has room for words. */
static void put_empty(struct cells *cells, uint32_t index)
{
	const struct hilbert_grid *grid = cells->view->grid;
	struct prefix block = hilbert_grid_prefix(grid, index);
	struct canvas_rect rect = rect_of(cells->layout, grid, index);
	const char *special = hilbert_special_name(&block);

	if (!special) {
		put_block(cells, &rect, &block, empty_ink_rgb);
		return;
	}
	if (cells->canvas->has_tips)
		begin_tip(cells, &block, special, "no samples");
	canvas_fill(cells->canvas, rect.x, rect.y, rect.width, rect.height,
		    special_rgb);
	put_block(cells, &rect, &block, special_ink_rgb);
	put_text(cells, &rect, 0.26 * rect.width, fmin(0.2 * rect.width, 40),
		 special_ink_rgb, special);
	if (cells->canvas->has_tips)
		cells->canvas->machine->tip_end(cells->canvas);
}

/* Beside the cells that have data. */
static void put_empty_cells(struct cells *cells)
{
	const struct hilbert_view *view = cells->view;
	size_t next = 0;

	for (uint32_t i = 0; i < hilbert_grid_n_cells(view->grid); i++) {
		if (next < view->n_cells && view->index(view, next) == i)
			next++;
		else
			put_empty(cells, i);
	}
}

/* A special-purpose block on a map of small cells: the squares that it has
 * there, or nothing if it fills no cell. Every prefix of even length is one
 * square, every other is two. */
static void fill_special(struct cells *cells, const struct prefix *block)
{
	const struct hilbert_grid *grid = cells->view->grid;
	unsigned within_len = grid->within.prefix_len;
	struct hilbert_grid squares = { grid->within, block->prefix_len };
	struct prefix square = *block;
	uint32_t index;

	if ((block->prefix_len - within_len) % 2)
		squares.cell_len++;
	if (squares.cell_len > grid->cell_len)
		return;
	square.prefix_len = (uint8_t)squares.cell_len;
	for (unsigned i = 0; i <= squares.cell_len - block->prefix_len; i++) {
		struct canvas_rect rect;

		if (!hilbert_grid_find(&squares, &square, &index))
			return;
		rect = rect_of(cells->layout, &squares, index + i);
		canvas_fill(cells->canvas, rect.x, rect.y, rect.width,
			    rect.height, special_rgb);
	}
}

static void fill_specials(struct cells *cells)
{
	const struct prefix *within = &cells->view->grid->within;
	const struct canvas_rect *map = &cells->layout->map;
	struct prefix block;

	if (hilbert_special_name(within)) {
		canvas_fill(cells->canvas, map->x, map->y, map->width,
			    map->height, special_rgb);
		return;
	}
	for (size_t i = 0; hilbert_special_get(i, &block); i++)
		if (prefix_contains(within, &block) &&
		    block.prefix_len > within->prefix_len)
			fill_special(cells, &block);
}

void hilbert_cells_draw(struct canvas *canvas, const struct hilbert_view *view,
			const struct hilbert_layout *layout)
{
	struct cells cells = { canvas, view, layout };

	if (layout->cell_px >= LABEL_CELL_PX)
		put_empty_cells(&cells);
	else
		fill_specials(&cells);
	for (size_t i = 0; i < view->n_cells; i++)
		put_data(&cells, i);
}
