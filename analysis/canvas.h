/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a figure is drawn on: rectangles, lines, hatches and text in pixels from
 * the top left, y down. Two machines: SVG, where text stays text and a tip is a
 * tooltip, and PNG through cairo, where tips are nothing.
 *
 * Text is UTF-8 and is escaped by the canvas; colours are 0xrrggbb. Want of
 * memory shows at canvas_end(), which frees the canvas, and errors of the stream
 * there or when it is closed.
 */
#ifndef ANALYSIS_CANVAS_H
#define ANALYSIS_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum canvas_anchor { CANVAS_START, CANVAS_MIDDLE, CANVAS_END };

struct canvas_rect {
	double x, y, width, height;
};

/* x, y: the baseline at the anchor; size: the em in pixels. */
struct canvas_text {
	double x, y, size;
	enum canvas_anchor anchor;
	bool is_bold;
	uint32_t rgb;
};

struct canvas;

struct canvas_machine {
	void (*fill)(struct canvas *canvas, const struct canvas_rect *rect,
		     uint32_t rgb);
	void (*frame)(struct canvas *canvas, const struct canvas_rect *rect,
		      double line_width, uint32_t rgb);
	void (*hatch)(struct canvas *canvas, const struct canvas_rect *rect);
	void (*text)(struct canvas *canvas, const struct canvas_text *place,
		     const char *text);
	/* All between tip and tip_end shows `text` when pointed at. */
	void (*tip)(struct canvas *canvas, const char *text);
	void (*tip_end)(struct canvas *canvas);
	int (*end)(struct canvas *canvas); /* 0 or -errno */
};

/* First member of each machine's own. */
struct canvas {
	const struct canvas_machine *machine;
	bool has_tips;
};

/* White, of the given size; NULL when memory is short. The stream is borrowed
 * until canvas_end(). */
struct canvas *canvas_svg_begin(FILE *stream, int width, int height,
				const char *title);
struct canvas *canvas_png_begin(FILE *stream, int width, int height);

static inline void canvas_fill(struct canvas *canvas, double x, double y,
			       double width, double height, uint32_t rgb)
{
	const struct canvas_rect rect = { x, y, width, height };

	canvas->machine->fill(canvas, &rect, rgb);
}

static inline void canvas_frame(struct canvas *canvas,
				const struct canvas_rect *rect,
				double line_width, uint32_t rgb)
{
	canvas->machine->frame(canvas, rect, line_width, rgb);
}

static inline int canvas_end(struct canvas *canvas)
{
	return canvas->machine->end(canvas);
}

#endif
