// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_draw.h"

#include <math.h>
#include <string.h>

#include "hilbert_legend.h"
#include "hilbert_special.h"

enum {
	MAP_PX = 1024,       /* a map's least width */
	LABEL_CELL_PX = 36,  /* smaller cells have no text */
	BLOCK_LABEL_PX = 40, /* smaller /8 blocks have no number */
};

static const uint32_t ink_rgb = 0x222222, special_rgb = 0xe6e6e6,
		      special_ink_rgb = 0x777777, line_rgb = 0xc8c8c8;

struct draw {
	struct canvas *canvas;
	const struct hilbert_map *map;
	const struct hilbert_scale *scale;
	struct hilbert_layout layout;
};

/* Margins and text grow with the map, so that a large one reads alike. */
static struct hilbert_layout plan(const struct hilbert_map *map)
{
	uint32_t side = hilbert_grid_side(&map->grid);
	double cell_px = side < MAP_PX ? (double)MAP_PX / side : 1;
	double unit = side > MAP_PX ? (double)side / MAP_PX : 1;

	return (struct hilbert_layout){
		.cell_px = cell_px,
		.unit = unit,
		.map = { 28 * unit, 112 * unit, cell_px * side,
			 cell_px * side },
	};
}

void hilbert_draw_size(const struct hilbert_map *map, int *ret_width,
		       int *ret_height)
{
	struct hilbert_layout layout = plan(map);

	*ret_width = (int)(layout.map.x + layout.map.width +
			   HILBERT_LEGEND_PX * layout.unit);
	*ret_height =
		(int)(layout.map.y + layout.map.height + 28 * layout.unit);
}

/* "10", "10.64", "192.0.2": whole octets that the length reaches into. */
static void format_block(uint32_t address, unsigned prefix_len, char text[16])
{
	size_t at = 0;

	for (unsigned octet = 0; octet == 0 || 8 * octet < prefix_len; octet++)
		at += (size_t)snprintf(text + at, 16 - at, "%s%u",
				       octet ? "." : "",
				       address >> (24 - 8 * octet) & 255);
}

static void format_address(uint32_t address, unsigned prefix_len, char text[24])
{
	snprintf(text, 24, "%u.%u.%u.%u/%u", address >> 24, address >> 16 & 255,
		 address >> 8 & 255, address & 255, prefix_len);
}

static void format_quantile(struct quantile_value value,
			    char text[OUTPUT_TEXT_MAX])
{
	text[0] = '>';
	output_format_ns(value.ns, text + value.is_overflow);
}

static void format_tip(const struct draw *draw, const struct hilbert_cell *cell,
		       uint32_t address, const char *special, char *text,
		       size_t n_text)
{
	static const unsigned permille[] = { 500, 950, 990 };
	const struct tally *tally = &cell->tally;
	char block[24], n[OUTPUT_TEXT_MAX], min[OUTPUT_TEXT_MAX];
	char value[3][OUTPUT_TEXT_MAX], mean[OUTPUT_TEXT_MAX];

	format_address(address, draw->map->grid.cell_len, block);
	output_format_count(tally->count, n);
	output_format_ns(tally->min_ns, min);
	output_format_ns(tally_mean_ns(tally), mean);
	for (int i = 0; i < 3; i++)
		format_quantile(quantile_get(tally, draw->map->layout,
					     permille[i], QUANTILE_LINEAR),
				value[i]);
	snprintf(text, n_text,
		 "%s%s%s%s\n%s samples\nmin %s\np50 %s\np95 %s\np99 %s\n"
		 "mean %s",
		 block, special ? " (" : "", special ? special : "",
		 special ? ")" : "", n, min, value[0], value[1], value[2],
		 mean);
}

static void put_text(struct draw *draw, double x, double y, double size,
		     bool is_bold, uint32_t rgb, const char *text)
{
	const struct canvas_text place = { x,       y,  size, CANVAS_MIDDLE,
					   is_bold, rgb };

	draw->canvas->machine->text(draw->canvas, &place, text);
}

/* Two lines in a cell; the size follows the longer, about 0.62 em a letter. */
static void put_label(struct draw *draw, const struct canvas_rect *rect,
		      uint32_t address, const char *below, uint32_t rgb)
{
	double size = rect->width;
	double most = fmin(rect->width, 2.0 * MAP_PX / 16);
	double above_px, below_px;
	char block[16];

	if (size < LABEL_CELL_PX)
		return;
	format_block(address, draw->map->grid.cell_len, block);
	above_px = fmin(0.22 * most, size / (0.62 * (double)strlen(block)));
	put_text(draw, rect->x + size / 2, rect->y + size / 2 - 0.08 * most,
		 above_px, false, rgb, block);
	if (!*below)
		return;
	below_px =
		fmin(0.30 * most, 0.94 * size / (0.66 * (double)strlen(below)));
	put_text(draw, rect->x + size / 2, rect->y + size / 2 + 0.30 * most,
		 below_px, true, rgb, below);
}

static void put_special(struct draw *draw, const struct canvas_rect *rect,
			uint32_t address, const char *name)
{
	double size = fmin(rect->width / (0.62 * (double)strlen(name)),
			   0.2 * rect->width);
	char block[16], tip[64], prefix[24];
	bool is_tipped = rect->width >= LABEL_CELL_PX;

	if (is_tipped) {
		format_address(address, draw->map->grid.cell_len, prefix);
		snprintf(tip, sizeof(tip), "%s (%s)\nno samples", prefix, name);
		draw->canvas->machine->tip(draw->canvas, tip);
	}
	draw->canvas->machine->fill(draw->canvas, rect, special_rgb);
	if (is_tipped) {
		format_block(address, draw->map->grid.cell_len, block);
		put_text(draw, rect->x + rect->width / 2,
			 rect->y + 0.42 * rect->width,
			 fmin(0.22 * rect->width,
			      rect->width / (0.62 * (double)strlen(block))),
			 false, special_ink_rgb, block);
		put_text(draw, rect->x + rect->width / 2,
			 rect->y + 0.76 * rect->width, fmin(size, 40), false,
			 special_ink_rgb, name);
		draw->canvas->machine->tip_end(draw->canvas);
	}
}

/* The mark of a special-purpose block whose colour is its data's. */
static void put_special_frame(struct draw *draw, const struct canvas_rect *rect)
{
	double line_px = 0.06 * rect->width;
	const struct canvas_rect inner = { rect->x + line_px / 2,
					   rect->y + line_px / 2,
					   rect->width - line_px,
					   rect->height - line_px };

	canvas_frame(draw->canvas, &inner, line_px, special_rgb);
}

static void put_data(struct draw *draw, const struct canvas_rect *rect,
		     const struct hilbert_cell *cell, uint32_t address,
		     const char *special)
{
	struct quantile_value value = hilbert_cell_value(draw->map, cell);
	bool is_thin = hilbert_cell_is_thin(draw->map, cell);
	uint32_t rgb = hilbert_scale_rgb(draw->scale, (double)value.ns);
	uint32_t text_rgb = !is_thin && hilbert_rgb_is_dark(rgb) ? 0xffffff :
								   0x000000;
	char tip[512], below[OUTPUT_TEXT_MAX] = "";

	if (draw->canvas->has_tips) {
		format_tip(draw, cell, address, special, tip, sizeof(tip));
		draw->canvas->machine->tip(draw->canvas, tip);
	}
	if (is_thin)
		draw->canvas->machine->hatch(draw->canvas, rect);
	else
		draw->canvas->machine->fill(draw->canvas, rect, rgb);
	if (special && rect->width >= LABEL_CELL_PX)
		put_special_frame(draw, rect);
	if (!is_thin)
		hilbert_legend_format(draw->map->stat, value, below);
	put_label(draw, rect, address, below, text_rgb);
	if (draw->canvas->has_tips)
		draw->canvas->machine->tip_end(draw->canvas);
}

static void put_empty(struct draw *draw, const struct canvas_rect *rect,
		      uint32_t address)
{
	put_label(draw, rect, address, "", 0xb0b0b0);
}

/* Walks the grid along the curve, beside the cells that have data. */
static void draw_cells(struct draw *draw)
{
	const struct hilbert_map *map = draw->map;
	const struct hilbert_layout *layout = &draw->layout;
	uint32_t side = hilbert_grid_side(&map->grid);
	size_t next = 0;

	for (uint32_t i = 0; i < side * side; i++) {
		uint32_t address = hilbert_grid_address(&map->grid, i), x, y;
		const char *special =
			hilbert_special_name(address, map->grid.cell_len);
		bool has_data = next < map->n_cells &&
				map->cell[next].index == i;
		struct canvas_rect rect;

		if (!has_data && !special && layout->cell_px < LABEL_CELL_PX)
			continue;
		hilbert_grid_locate(&map->grid, i, &x, &y);
		rect = (struct canvas_rect){
			layout->map.x + x * layout->cell_px,
			layout->map.y + y * layout->cell_px, layout->cell_px,
			layout->cell_px
		};
		if (has_data)
			put_data(draw, &rect, &map->cell[next++], address,
				 special);
		else if (special)
			put_special(draw, &rect, address, special);
		else
			put_empty(draw, &rect, address);
	}
}

/* Outlines of the cells, or of the larger blocks when cells are small. */
static void draw_lines(struct draw *draw)
{
	const struct hilbert_grid *grid = &draw->map->grid;
	const struct canvas_rect *map = &draw->layout.map;
	unsigned order = hilbert_grid_order(grid);
	uint32_t n_lines = 1u << (order > 4 ? 4 : order);
	double step_px = map->width / n_lines;

	for (uint32_t i = 1; i < n_lines; i++) {
		canvas_fill(draw->canvas, map->x + i * step_px - 0.5, map->y, 1,
			    map->height, line_rgb);
		canvas_fill(draw->canvas, map->x, map->y + i * step_px - 0.5,
			    map->width, 1, line_rgb);
	}
	canvas_frame(draw->canvas, map, 1.5 * draw->layout.unit, ink_rgb);
}

/* On fine maps the numbers of the 256 blocks, small, at their corners. */
static void draw_blocks(struct draw *draw)
{
	struct hilbert_grid grid = draw->map->grid;
	double step_px = draw->layout.map.width / 16;

	if (hilbert_grid_order(&grid) <= 4 || step_px < BLOCK_LABEL_PX)
		return;
	grid.cell_len = grid.within_len + 8;
	for (uint32_t i = 0; i < 256; i++) {
		struct canvas_text place = { .size = 0.17 * step_px,
					     .rgb = 0x555555 };
		uint32_t x, y;
		char block[16];

		format_block(hilbert_grid_address(&grid, i), grid.cell_len,
			     block);
		place.size = fmin(place.size,
				  step_px / (0.62 * (double)strlen(block)));
		hilbert_grid_locate(&grid, i, &x, &y);
		place.x = draw->layout.map.x + (x + 0.05) * step_px;
		place.y = draw->layout.map.y + (y + 0.05) * step_px +
			  0.8 * place.size;
		/* A number over coloured cells is not legible. */
		canvas_fill(draw->canvas, draw->layout.map.x + x * step_px,
			    draw->layout.map.y + y * step_px,
			    0.64 * place.size * (double)strlen(block) +
				    0.1 * step_px,
			    1.2 * place.size, 0xffffff);
		draw->canvas->machine->text(draw->canvas, &place, block);
	}
}

static void draw_caption(struct draw *draw,
			 const struct hilbert_caption *caption)
{
	double unit = draw->layout.unit;
	struct canvas_text place = { .x = draw->layout.map.x,
				     .y = 42 * unit,
				     .size = 26 * unit,
				     .is_bold = true,
				     .rgb = ink_rgb };

	draw->canvas->machine->text(draw->canvas, &place, caption->title);
	place.is_bold = false;
	place.size = 15 * unit;
	for (int i = 0; i < 2; i++) {
		place.y = (70 + 22 * i) * unit;
		draw->canvas->machine->text(draw->canvas, &place,
					    caption->line[i]);
	}
}

void hilbert_draw(struct canvas *canvas, const struct hilbert_map *map,
		  const struct hilbert_scale *scale,
		  const struct hilbert_caption *caption)
{
	struct draw draw = { canvas, map, scale, plan(map) };

	draw_caption(&draw, caption);
	draw_cells(&draw);
	draw_lines(&draw);
	draw_blocks(&draw);
	hilbert_legend_draw(canvas, map, scale, &draw.layout);
}
