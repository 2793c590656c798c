// SPDX-License-Identifier: GPL-2.0-or-later
#include "canvas.h"

#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { HATCH_STEP = 8 };

struct png {
	struct canvas canvas;
	FILE *stream;
	int write_err;
	cairo_surface_t *surface;
	cairo_t *cairo;
};

static cairo_t *cairo_of(struct canvas *canvas)
{
	return ((struct png *)canvas)->cairo;
}

static void set_rgb(cairo_t *cairo, uint32_t rgb)
{
	cairo_set_source_rgb(cairo, (rgb >> 16 & 255) / 255.0,
			     (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

static void fill(struct canvas *canvas, const struct canvas_rect *rect,
		 uint32_t rgb)
{
	cairo_t *cairo = cairo_of(canvas);

	set_rgb(cairo, rgb);
	cairo_rectangle(cairo, rect->x, rect->y, rect->width, rect->height);
	cairo_fill(cairo);
}

static void frame(struct canvas *canvas, const struct canvas_rect *rect,
		  double line_width, uint32_t rgb)
{
	cairo_t *cairo = cairo_of(canvas);

	set_rgb(cairo, rgb);
	cairo_set_line_width(cairo, line_width);
	cairo_rectangle(cairo, rect->x, rect->y, rect->width, rect->height);
	cairo_stroke(cairo);
}

static void hatch(struct canvas *canvas, const struct canvas_rect *rect)
{
	cairo_t *cairo = cairo_of(canvas);
	/* Lines x + y = c over the whole picture, so that cells join. */
	int first = (int)floor((rect->x + rect->y) / HATCH_STEP);
	int last = (int)ceil((rect->x + rect->y + rect->width + rect->height) /
			     HATCH_STEP);

	fill(canvas, rect, 0xffffff);
	cairo_save(cairo);
	cairo_rectangle(cairo, rect->x, rect->y, rect->width, rect->height);
	cairo_clip(cairo);
	set_rgb(cairo, 0x9a9a9a);
	cairo_set_line_width(cairo, 2);
	for (int i = first; i <= last; i++) {
		double c = (double)i * HATCH_STEP;

		cairo_move_to(cairo, c - rect->y, rect->y);
		cairo_line_to(cairo, c - rect->y - rect->height,
			      rect->y + rect->height);
	}
	cairo_stroke(cairo);
	cairo_restore(cairo);
}

static void text(struct canvas *canvas, const struct canvas_text *place,
		 const char *string)
{
	static const double share[] = { 0, 0.5, 1 };
	cairo_t *cairo = cairo_of(canvas);
	cairo_text_extents_t extents;

	cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
			       place->is_bold ? CAIRO_FONT_WEIGHT_BOLD :
						CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cairo, place->size);
	set_rgb(cairo, place->rgb);
	cairo_text_extents(cairo, string, &extents);
	cairo_move_to(cairo,
		      place->x - share[place->anchor] * extents.x_advance,
		      place->y);
	cairo_show_text(cairo, string);
}

static void tip(struct canvas *canvas, const char *string)
{
}

static void tip_end(struct canvas *canvas)
{
}

static cairo_status_t put_bytes(void *closure, const unsigned char *bytes,
				unsigned n_bytes)
{
	struct png *png = closure;

	if (fwrite(bytes, 1, n_bytes, png->stream) == n_bytes)
		return CAIRO_STATUS_SUCCESS;
	png->write_err = errno ? -errno : -EIO;
	return CAIRO_STATUS_WRITE_ERROR;
}

static int end(struct canvas *canvas)
{
	struct png *png = (struct png *)canvas;
	cairo_status_t status = cairo_status(png->cairo);
	int err = 0;

	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(png->surface,
							   put_bytes, png);
	if (status == CAIRO_STATUS_NO_MEMORY)
		err = -ENOMEM;
	else if (status != CAIRO_STATUS_SUCCESS)
		err = png->write_err ? png->write_err : -EINVAL;
	cairo_destroy(png->cairo);
	cairo_surface_destroy(png->surface);
	free(png);
	return err;
}

static const struct canvas_machine machine = {
	.fill = fill,
	.frame = frame,
	.hatch = hatch,
	.text = text,
	.tip = tip,
	.tip_end = tip_end,
	.end = end,
};

struct canvas *canvas_png_begin(FILE *stream, int width, int height)
{
	struct png *png = calloc(1, sizeof(*png));

	if (!png)
		return NULL;
	png->canvas.machine = &machine;
	png->stream = stream;
	png->surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	png->cairo = cairo_create(png->surface);
	/* Cells share edges: smoothed ones would show as seams. */
	cairo_set_antialias(png->cairo, CAIRO_ANTIALIAS_DEFAULT);
	canvas_fill(&png->canvas, 0, 0, width, height, 0xffffff);
	return &png->canvas;
}
