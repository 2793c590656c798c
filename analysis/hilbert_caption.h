/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words above a Hilbert map: what is shown, of which campaigns and period,
 * and of how many samples. Always well-formed UTF-8 without control characters,
 * whatever the campaigns are called.
 */
#ifndef ANALYSIS_HILBERT_CAPTION_H
#define ANALYSIS_HILBERT_CAPTION_H

#include "hilbert_map.h"

enum { HILBERT_CAPTION_MAX = 512 };

struct hilbert_caption {
	char title[HILBERT_CAPTION_MAX];
	char line[2][HILBERT_CAPTION_MAX]; /* below it, smaller */
};

/* `title` replaces the made one unless NULL. The result has a span. */
void hilbert_caption_make(struct hilbert_caption *caption,
			  const struct hilbert_map *map,
			  const struct scan_result *result,
			  const char *const *campaign, size_t n_campaigns,
			  const char *title);

#endif
