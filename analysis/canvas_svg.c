// SPDX-License-Identifier: GPL-2.0-or-later
#include "canvas.h"

#include <stdlib.h>

struct svg {
	struct canvas canvas;
	FILE *stream;
};

static FILE *stream_of(struct canvas *canvas)
{
	return ((struct svg *)canvas)->stream;
}

/* Control characters are not allowed in XML at all. */
static void put_escaped(FILE *stream, const char *text)
{
	for (const unsigned char *c = (const void *)text; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		default:
			putc(*c < 0x20 && *c != '\n' ? '?' : *c, stream);
		}
	}
}

static void put_rect(FILE *stream, const struct canvas_rect *rect)
{
	fprintf(stream, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" ",
		rect->x, rect->y, rect->width, rect->height);
}

static void fill(struct canvas *canvas, const struct canvas_rect *rect,
		 uint32_t rgb)
{
	put_rect(stream_of(canvas), rect);
	fprintf(stream_of(canvas), "fill=\"#%06x\"/>\n", rgb);
}

static void frame(struct canvas *canvas, const struct canvas_rect *rect,
		  double line_width, uint32_t rgb)
{
	put_rect(stream_of(canvas), rect);
	fprintf(stream_of(canvas),
		"fill=\"none\" stroke=\"#%06x\" stroke-width=\"%g\"/>\n", rgb,
		line_width);
}

static void hatch(struct canvas *canvas, const struct canvas_rect *rect)
{
	put_rect(stream_of(canvas), rect);
	fputs("fill=\"url(#hatch)\"/>\n", stream_of(canvas));
}

static void text(struct canvas *canvas, const struct canvas_text *place,
		 const char *string)
{
	static const char *const anchor[] = { "start", "middle", "end" };
	FILE *stream = stream_of(canvas);

	fprintf(stream,
		"<text x=\"%g\" y=\"%g\" font-size=\"%g\" "
		"text-anchor=\"%s\"%s fill=\"#%06x\">",
		place->x, place->y, place->size, anchor[place->anchor],
		place->is_bold ? " font-weight=\"bold\"" : "", place->rgb);
	put_escaped(stream, string);
	fputs("</text>\n", stream);
}

static void tip(struct canvas *canvas, const char *string)
{
	fputs("<g><title>", stream_of(canvas));
	put_escaped(stream_of(canvas), string);
	fputs("</title>\n", stream_of(canvas));
}

static void tip_end(struct canvas *canvas)
{
	fputs("</g>\n", stream_of(canvas));
}

static int end(struct canvas *canvas)
{
	fputs("</g>\n</svg>\n", stream_of(canvas));
	free(canvas);
	return 0;
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

struct canvas *canvas_svg_begin(FILE *stream, int width, int height,
				const char *title)
{
	struct svg *svg = calloc(1, sizeof(*svg));

	if (!svg)
		return NULL;
	svg->canvas.machine = &machine;
	svg->canvas.has_tips = true;
	svg->stream = stream;
	fprintf(stream,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
		width, height, width, height);
	put_escaped(stream, title);
	fputs("</title>\n<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
	      "patternUnits=\"userSpaceOnUse\" "
	      "patternTransform=\"rotate(45)\">"
	      "<rect width=\"6\" height=\"6\" fill=\"#ffffff\"/>"
	      "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"#9a9a9a\" "
	      "stroke-width=\"2\"/></pattern></defs>\n"
	      "<g font-family=\"'DejaVu Sans', Verdana, Helvetica, Arial, "
	      "sans-serif\">\n",
	      stream);
	canvas_fill(&svg->canvas, 0, 0, width, height, 0xffffff);
	return &svg->canvas;
}
