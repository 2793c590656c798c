// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_legend.h"

#include <math.h>

enum { BAR_STEPS = 256, MARK_PX = 24, MARK_STEP_PX = 36 };

static const uint32_t ink_rgb = 0x222222, special_rgb = 0xe6e6e6;

static void put_text(struct canvas *canvas, double x, double y, double size,
		     const char *text)
{
	const struct canvas_text place = {
		.x = x, .y = y, .size = size, .rgb = ink_rgb
	};

	canvas->machine->text(canvas, &place, text);
}

static void draw_bar(struct canvas *canvas, const struct canvas_rect *bar,
		     const struct hilbert_palette *palette)
{
	double step_px = bar->height / BAR_STEPS;

	/* Each reaches into the next, so that no seam shows. */
	for (int i = 0; i < BAR_STEPS; i++) {
		double at = 1 - (i + 0.5) / BAR_STEPS;
		double rest_px = bar->height - i * step_px;

		canvas_fill(canvas, bar->x, bar->y + i * step_px, bar->width,
			    fmin(2 * step_px, rest_px),
			    hilbert_palette_rgb(palette, at));
	}
	canvas_frame(canvas, bar, 1, ink_rgb);
}

static void draw_ticks(struct canvas *canvas,
		       const struct hilbert_legend *legend,
		       const struct canvas_rect *bar, double unit)
{
	for (size_t i = 0; i < legend->n_ticks; i++) {
		const struct hilbert_tick *tick = &legend->tick[i];
		double y = bar->y + (1 - tick->at) * bar->height;

		canvas_fill(canvas, bar->x + bar->width, y - 0.5, 6 * unit, 1,
			    ink_rgb);
		put_text(canvas, bar->x + bar->width + 11 * unit, y + 5 * unit,
			 14 * unit, tick->text);
	}
}

/* A box of the kind that cells are, and its meaning. */
static void draw_mark(struct canvas *canvas, struct canvas_rect *box,
		      const uint32_t *rgb, double unit, const char *text)
{
	if (rgb)
		canvas_fill(canvas, box->x, box->y, box->width, box->height,
			    *rgb);
	else
		canvas->machine->hatch(canvas, box);
	canvas_frame(canvas, box, 1, ink_rgb);
	put_text(canvas, box->x + 34 * unit, box->y + 17 * unit, 14 * unit,
		 text);
	box->y += MARK_STEP_PX * unit;
}

static void draw_marks(struct canvas *canvas,
		       const struct hilbert_legend *legend, double x, double y,
		       double unit)
{
	static const uint32_t white_rgb = 0xffffff;
	struct canvas_rect box = { x, y, MARK_PX * unit, MARK_PX * unit };

	draw_mark(canvas, &box, &white_rgb, unit, "no data");
	if (*legend->hatched)
		draw_mark(canvas, &box, NULL, unit, legend->hatched);
	draw_mark(canvas, &box, &special_rgb, unit, "special purpose");
	if (legend->note)
		put_text(canvas, x, box.y + 14 * unit, 14 * unit, legend->note);
}

void hilbert_legend_draw(struct canvas *canvas, const struct hilbert_view *view,
			 const struct hilbert_layout *layout)
{
	double unit = layout->unit;
	double x = layout->map.x + layout->map.width + 26 * unit;
	const struct canvas_rect bar = { x, layout->map.y + 30 * unit,
					 24 * unit, 0.55 * layout->map.height };
	struct hilbert_legend legend;

	view->legend(view, &legend);
	put_text(canvas, x, layout->map.y + 12 * unit, 15 * unit, legend.title);
	draw_bar(canvas, &bar, view->scale->palette);
	draw_ticks(canvas, &legend, &bar, unit);
	draw_marks(canvas, &legend, x, bar.y + bar.height + 40 * unit, unit);
}
