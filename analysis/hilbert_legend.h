/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The legend of a Hilbert map: the colour scale and the marks, at its right.
 */
#ifndef ANALYSIS_HILBERT_LEGEND_H
#define ANALYSIS_HILBERT_LEGEND_H

#include "canvas.h"
#include "hilbert_view.h"

enum { HILBERT_LEGEND_PX = 212 }; /* width, in units */

/* Pixels; `unit` scales margins, lines and text. */
struct hilbert_layout {
	double cell_px, unit;
	struct canvas_rect map;
};

void hilbert_legend_draw(struct canvas *canvas, const struct hilbert_view *view,
			 const struct hilbert_layout *layout);

#endif
