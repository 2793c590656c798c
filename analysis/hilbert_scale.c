// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_scale.h"

#include <math.h>
#include <string.h>

static const struct hilbert_palette palettes[] = {
	{ "YlOrRd",
	  false,
	  { 0xffffcc, 0xfff6b6, 0xffeda0, 0xfee38b, 0xfed976, 0xfec561,
	    0xfeb24c, 0xfd9f44, 0xfd8c3c, 0xfc6c33, 0xfc4d2a, 0xef3323,
	    0xe2191c, 0xcf0c21, 0xbb0026, 0x9d0026, 0x800026 } },
	{ "viridis",
	  false,
	  { 0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d,
	    0x2c728e, 0x26828e, 0x21918c, 0x1fa088, 0x28ae80, 0x3fbc73,
	    0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725 } },
	{ "cividis",
	  false,
	  { 0x00224e, 0x002e6a, 0x1a386f, 0x32436d, 0x434e6c, 0x535a6d,
	    0x61656f, 0x6f7073, 0x7d7c78, 0x8c8878, 0x9b9476, 0xaba072,
	    0xbcae6c, 0xcdbb63, 0xdec958, 0xf0d846, 0xfee838 } },
	{ "RdBu",
	  true,
	  { 0x053061, 0x175290, 0x2a71b2, 0x3f8ec0, 0x6bacd1, 0x9bc9e0,
	    0xc2ddec, 0xe0ecf3, 0xf7f6f6, 0xfbe5d8, 0xfbccb4, 0xf5aa89,
	    0xe48066, 0xd05548, 0xba2832, 0x930e26, 0x67001f } },
	{ "PuOr",
	  true,
	  { 0x2d004b, 0x451871, 0x5f3a91, 0x7b6aa8, 0x9990bf, 0xb7b1d5,
	    0xcfcfe5, 0xe4e5f0, 0xf7f7f6, 0xfce8cd, 0xfed59f, 0xfdbc6b,
	    0xee9b39, 0xd97b12, 0xbd6109, 0x9e4c07, 0x7f3b08 } },
};

const struct hilbert_palette *hilbert_palette_find(const char *name)
{
	for (size_t i = 0; i < sizeof(palettes) / sizeof(palettes[0]); i++)
		if (strcmp(palettes[i].name, name) == 0)
			return &palettes[i];
	return NULL;
}

double hilbert_scale_position(const struct hilbert_scale *scale, double value)
{
	if (value <= scale->min)
		return 0;
	if (value >= scale->max)
		return 1;
	return log(value / scale->min) / log(scale->max / scale->min);
}

uint32_t hilbert_palette_rgb(const struct hilbert_palette *palette, double at)
{
	double point = at * (HILBERT_SCALE_POINTS - 1);
	int low = point >= HILBERT_SCALE_POINTS - 1 ? HILBERT_SCALE_POINTS - 2 :
						      (int)point;
	double part = point - low;
	uint32_t mixed = 0;

	for (int shift = 16; shift >= 0; shift -= 8) {
		double a = palette->rgb[low] >> shift & 255;
		double b = palette->rgb[low + 1] >> shift & 255;

		mixed |= (uint32_t)lround(a + (b - a) * part) << shift;
	}
	return mixed;
}

uint32_t hilbert_scale_rgb(const struct hilbert_scale *scale, double value)
{
	return hilbert_palette_rgb(scale->palette,
				   hilbert_scale_position(scale, value));
}

bool hilbert_rgb_is_dark(uint32_t rgb)
{
	static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
	double luminance = 0;

	for (int i = 0; i < 3; i++) {
		double part = (double)(rgb >> (16 - 8 * i) & 255) / 255;

		luminance +=
			weight[i] * (part <= 0.03928 ?
					     part / 12.92 :
					     pow((part + 0.055) / 1.055, 2.4));
	}
	/* Contrast with white beats contrast with black below this. */
	return luminance < 0.179;
}

size_t hilbert_scale_ticks(const struct hilbert_scale *scale,
			   double ret_tick[HILBERT_SCALE_MAX_TICKS])
{
	static const double step[] = { 1, 2, 5 };
	int n_steps = scale->max / scale->min > 2e4 ? 1 : 3;
	int first = (int)floor(log10(scale->min));
	int last = (int)ceil(log10(scale->max));
	size_t n = 0;

	/* The ends belong to the scale although logarithms are rounded. */
	for (int exponent = first; exponent <= last; exponent++) {
		for (int i = 0; i < n_steps; i++) {
			double tick = step[i] * pow(10, exponent);

			if (tick >= scale->min * 0.999999 &&
			    tick <= scale->max * 1.000001 &&
			    n < HILBERT_SCALE_MAX_TICKS)
				ret_tick[n++] = tick;
		}
	}
	return n;
}
