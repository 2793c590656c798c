/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words above a Hilbert map: what is shown, of which campaigns and period,
 * and of how many samples. Always well-formed UTF-8 without control characters,
 * whatever the campaigns are called.
 */
#ifndef ANALYSIS_HILBERT_CAPTION_H
#define ANALYSIS_HILBERT_CAPTION_H

#include "hilbert_diff.h"

enum { HILBERT_CAPTION_MAX = 512 };

struct hilbert_caption {
	char title[HILBERT_CAPTION_MAX];
	char line[2][HILBERT_CAPTION_MAX]; /* below it, smaller */
};

/* Where the numbers of a map come from; borrowed. */
struct hilbert_origin {
	const char *const *campaign;
	size_t n_campaigns;
	struct scan_span period;
	bool is_gap; /* no interval in it */
};

/* From the first to the last interval. The result has a span. */
struct scan_span hilbert_caption_period(const struct scan_result *result);
/* `title` replaces the made one unless NULL. */
void hilbert_caption_map(struct hilbert_caption *caption,
			 const struct hilbert_map *map,
			 const struct hilbert_origin *origin,
			 const char *title);
void hilbert_caption_diff(struct hilbert_caption *caption,
			  const struct hilbert_diff *diff,
			  const struct hilbert_origin origin[2],
			  const char *title);

#endif
