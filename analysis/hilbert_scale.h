/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Colours of values on a logarithmic scale. Palettes: YlOrRd and, diverging from
 * a neutral middle, RdBu (blue first) and PuOr (purple first), of ColorBrewer
 * (Brewer and Harrower, Apache 2.0), viridis (van der Walt and Smith, CC0) and
 * cividis (Nunez, Anderton and Renslow, CC0), sampled at 17 points.
 */
#ifndef ANALYSIS_HILBERT_SCALE_H
#define ANALYSIS_HILBERT_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HILBERT_SCALE_POINTS = 17, HILBERT_SCALE_MAX_TICKS = 48 };

struct hilbert_palette {
	const char *name;
	bool is_diverging;
	uint32_t rgb[HILBERT_SCALE_POINTS]; /* 0xrrggbb, low to high */
};

/* Values at or below min have the first colour, at or above max the last;
 * 0 < min < max. The unit is that of the values (ns, or a count). */
struct hilbert_scale {
	const struct hilbert_palette *palette;
	double min, max;
};

/* NULL: no such palette. */
const struct hilbert_palette *hilbert_palette_find(const char *name);
/* At 0 (low) .. 1 (high). */
uint32_t hilbert_palette_rgb(const struct hilbert_palette *palette, double at);
uint32_t hilbert_scale_rgb(const struct hilbert_scale *scale, double value);
/* Where on the scale: 0 (min) .. 1 (max). */
double hilbert_scale_position(const struct hilbert_scale *scale, double value);
/* Whether white text reads better on it than black (WCAG 2 luminance). */
bool hilbert_rgb_is_dark(uint32_t rgb);
/* Round values inside [min, max]: 1, 2, 5 of each decade, or only 1 where that
 * would be too many. */
size_t hilbert_scale_ticks(const struct hilbert_scale *scale,
			   double ret_tick[HILBERT_SCALE_MAX_TICKS]);

#endif
