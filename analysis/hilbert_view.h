/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a Hilbert picture shows, cell by cell, without how it is drawn. A view is
 * of one map or of the change between two; both are drawn by the same code.
 */
#ifndef ANALYSIS_HILBERT_VIEW_H
#define ANALYSIS_HILBERT_VIEW_H

#include "hilbert_diff.h"
#include "hilbert_map.h"
#include "hilbert_scale.h"
#include "output.h"

enum {
	HILBERT_TIP_MAX = 512,
	HILBERT_LEGEND_TEXT_MAX = 96,
	HILBERT_LABEL_MAX = OUTPUT_TEXT_MAX + 8,
};

struct hilbert_look {
	bool is_hatched; /* then without colour and label */
	uint32_t rgb;
	char label[HILBERT_LABEL_MAX]; /* the value, below the block */
};

struct hilbert_tick {
	double at; /* 0 (low) .. 1 (high) */
	char text[HILBERT_LABEL_MAX];
};

struct hilbert_legend {
	const char *title; /* above the colours */
	struct hilbert_tick tick[HILBERT_SCALE_MAX_TICKS];
	size_t n_ticks;
	char hatched
		[HILBERT_LEGEND_TEXT_MAX]; /* what it means; "": nothing is */
	const char *note;                  /* below all, or NULL */
};

struct hilbert_view {
	const struct hilbert_grid *grid;
	const struct hilbert_scale *scale;
	size_t n_cells; /* with data, by ascending index */
	uint32_t (*index)(const struct hilbert_view *view, size_t i);
	void (*look)(const struct hilbert_view *view, size_t i,
		     struct hilbert_look *ret_look);
	/* Lines for a tooltip, without the block's name. */
	void (*tip)(const struct hilbert_view *view, size_t i,
		    char text[HILBERT_TIP_MAX]);
	void (*legend)(const struct hilbert_view *view,
		       struct hilbert_legend *ret_legend);
};

struct hilbert_map_view {
	struct hilbert_view view;
	const struct hilbert_map *map;
};

struct hilbert_diff_view {
	struct hilbert_view view;
	const struct hilbert_diff *diff;
};

/* All is borrowed. */
void hilbert_map_view_init(struct hilbert_map_view *view,
			   const struct hilbert_map *map,
			   const struct hilbert_scale *scale);
/* The scale is of ratios: b / a. */
void hilbert_diff_view_init(struct hilbert_diff_view *view,
			    const struct hilbert_diff *diff,
			    const struct hilbert_scale *scale);

/* Milliseconds without the unit, three places at most. */
void hilbert_format_ms(double value_ns, char text[OUTPUT_TEXT_MAX]);

#endif
