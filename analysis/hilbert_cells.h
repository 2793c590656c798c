/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cells of a Hilbert picture. Cells that have room for it hold the name of
 * their block and their value; smaller ones are colours only.
 */
#ifndef ANALYSIS_HILBERT_CELLS_H
#define ANALYSIS_HILBERT_CELLS_H

#include "hilbert_legend.h"

void hilbert_cells_draw(struct canvas *canvas, const struct hilbert_view *view,
			const struct hilbert_layout *layout);

#endif
