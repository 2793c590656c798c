// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_view.h"

#include <math.h>

static const struct hilbert_diff *diff_of(const struct hilbert_view *view)
{
	return ((const struct hilbert_diff_view *)view)->diff;
}

static uint32_t index_of(const struct hilbert_view *view, size_t i)
{
	return diff_of(view)->change[i].index;
}

/* An RTT of less than a nanosecond was not measured. */
static double ratio_of(const uint64_t ns[2])
{
	return fmax((double)ns[1], 1) / fmax((double)ns[0], 1);
}

/* "+12", with the true minus sign. */
static void format_change(const uint64_t ns[2], char text[HILBERT_LABEL_MAX])
{
	double change_ns = (double)ns[1] - (double)ns[0];
	char ms[OUTPUT_TEXT_MAX];

	hilbert_format_ms(fabs(change_ns), ms);
	snprintf(text, HILBERT_LABEL_MAX, "%s%s",
		 change_ns > 0 ? "+" : (change_ns < 0 ? "\u2212" : ""), ms);
}

static void look(const struct hilbert_view *view, size_t i,
		 struct hilbert_look *ret_look)
{
	const struct hilbert_diff *diff = diff_of(view);
	uint64_t ns[2];

	*ret_look = (struct hilbert_look){ .is_hatched = true };
	if (!hilbert_change_get(diff, &diff->change[i], ns))
		return;
	ret_look->is_hatched = false;
	ret_look->rgb = hilbert_scale_rgb(view->scale, ratio_of(ns));
	format_change(ns, ret_look->label);
}

static void format_one(const struct hilbert_diff *diff,
		       const struct hilbert_change *change, int which,
		       char text[2 * OUTPUT_TEXT_MAX])
{
	const struct hilbert_cell *cell = change->cell[which];
	struct quantile_value value;
	char n[OUTPUT_TEXT_MAX], ns[OUTPUT_TEXT_MAX] = "";

	output_format_count(cell ? cell->tally.count : 0, n);
	if (!hilbert_change_value(diff, change, which, &value)) {
		snprintf(text, 2 * OUTPUT_TEXT_MAX, "%s samples", n);
		return;
	}
	output_format_ns(value.ns, ns);
	snprintf(text, 2 * OUTPUT_TEXT_MAX, "%s%s, %s samples",
		 value.is_overflow ? ">" : "", ns, n);
}

static void tip(const struct hilbert_view *view, size_t i,
		char text[HILBERT_TIP_MAX])
{
	const struct hilbert_diff *diff = diff_of(view);
	const struct hilbert_change *change = &diff->change[i];
	char one[2][2 * OUTPUT_TEXT_MAX], by[HILBERT_LABEL_MAX];
	uint64_t ns[2];
	int n;

	format_one(diff, change, 0, one[0]);
	format_one(diff, change, 1, one[1]);
	n = snprintf(text, HILBERT_TIP_MAX, "A %s\nB %s", one[0], one[1]);
	if (!hilbert_change_get(diff, change, ns))
		return;
	format_change(ns, by);
	snprintf(text + n, HILBERT_TIP_MAX - (size_t)n,
		 "\nchange %s ms\nratio %.3f", by, ratio_of(ns));
}

/* Powers of two on both sides of no change, and the ends: all of them, or as
 * many as have room. */
static size_t list_ratios(double max, double ratio[HILBERT_SCALE_MAX_TICKS])
{
	int most = (int)floor(log2(max) + 1e-9);
	int step = most > 5 ? (most + 4) / 5 : 1;
	size_t n = 0;

	for (int i = -most / step; i <= most / step; i++)
		ratio[n++] = exp2(i * step);
	if (most == 0) {
		ratio[n++] = max;
		ratio[n++] = 1 / max;
	}
	return n;
}

static void legend(const struct hilbert_view *view,
		   struct hilbert_legend *ret_legend)
{
	const struct hilbert_map *map = diff_of(view)->map;
	double ratio[HILBERT_SCALE_MAX_TICKS] = { 0 };

	*ret_legend = (struct hilbert_legend){
		.title = "RTT of B / A",
		.n_ticks = list_ratios(view->scale->max, ratio),
		.note = "number: B \u2212 A, ms",
	};
	for (size_t i = 0; i < ret_legend->n_ticks; i++) {
		struct hilbert_tick *tick = &ret_legend->tick[i];

		tick->at = hilbert_scale_position(view->scale, ratio[i]);
		if (ratio[i] < 1)
			snprintf(tick->text, sizeof(tick->text), "1/%.3g",
				 1 / ratio[i]);
		else
			snprintf(tick->text, sizeof(tick->text), "%.3g",
				 ratio[i]);
	}
	if (map->min_samples == 1)
		snprintf(ret_legend->hatched, HILBERT_LEGEND_TEXT_MAX,
			 "only in A or in B");
	else
		snprintf(ret_legend->hatched, HILBERT_LEGEND_TEXT_MAX,
			 "< %llu in A or B",
			 (unsigned long long)map->min_samples);
}

void hilbert_diff_view_init(struct hilbert_diff_view *view,
			    const struct hilbert_diff *diff,
			    const struct hilbert_scale *scale)
{
	*view = (struct hilbert_diff_view){
		.view = { .grid = &diff->map[0].grid,
			  .scale = scale,
			  .n_cells = diff->n_changes,
			  .index = index_of,
			  .look = look,
			  .tip = tip,
			  .legend = legend },
		.diff = diff,
	};
}
