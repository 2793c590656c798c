/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture of a Hilbert map: title, grid, legend.
 */
#ifndef ANALYSIS_HILBERT_DRAW_H
#define ANALYSIS_HILBERT_DRAW_H

#include "canvas.h"
#include "hilbert_caption.h"
#include "hilbert_view.h"

/* Pixels of the whole picture. */
void hilbert_draw_size(const struct hilbert_grid *grid, int *ret_width,
		       int *ret_height);
void hilbert_draw(struct canvas *canvas, const struct hilbert_view *view,
		  const struct hilbert_caption *caption);

#endif
