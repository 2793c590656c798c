// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_view.h"

static const struct hilbert_map *map_of(const struct hilbert_view *view)
{
	return ((const struct hilbert_map_view *)view)->map;
}

static void format_count(double count, char text[OUTPUT_TEXT_MAX])
{
	static const char unit[] = { 0, 'k', 'M', 'G', 'T', 'P' };
	size_t i = 0;

	for (; i + 1 < sizeof(unit) && count >= 999.5; i++)
		count /= 1000;
	snprintf(text, OUTPUT_TEXT_MAX, "%.*f%s", i && count < 9.95 ? 1 : 0,
		 count, (char[]){ unit[i], 0 });
}

void hilbert_format_ms(double value_ns, char text[OUTPUT_TEXT_MAX])
{
	double ms = value_ns / 1e6;
	int n_places = ms < 0.0995 ? 3 : (ms < 0.995 ? 2 : (ms < 9.95 ? 1 : 0));

	snprintf(text, OUTPUT_TEXT_MAX, "%.*f", n_places, ms);
}

static void format_value(enum hilbert_stat stat, struct quantile_value value,
			 char text[OUTPUT_TEXT_MAX])
{
	if (stat == HILBERT_STAT_N)
		format_count((double)value.ns, text);
	else if (value.is_overflow)
		snprintf(text, OUTPUT_TEXT_MAX, ">%.0fs",
			 (double)value.ns / 1e9);
	else
		hilbert_format_ms((double)value.ns, text);
}

static void format_quantile(struct quantile_value value,
			    char text[OUTPUT_TEXT_MAX])
{
	text[0] = '>';
	output_format_ns(value.ns, text + value.is_overflow);
}

static uint32_t index_of(const struct hilbert_view *view, size_t i)
{
	return map_of(view)->cell[i].index;
}

static void look(const struct hilbert_view *view, size_t i,
		 struct hilbert_look *ret_look)
{
	const struct hilbert_map *map = map_of(view);
	struct quantile_value value = hilbert_cell_value(map, &map->cell[i]);

	*ret_look = (struct hilbert_look){
		.is_hatched = hilbert_cell_is_thin(map, &map->cell[i]),
		.rgb = hilbert_scale_rgb(view->scale, (double)value.ns),
	};
	format_value(map->stat, value, ret_look->label);
}

static void tip(const struct hilbert_view *view, size_t i,
		char text[HILBERT_TIP_MAX])
{
	static const unsigned permille[] = { 500, 950, 990 };
	const struct hilbert_map *map = map_of(view);
	const struct tally *tally = &map->cell[i].tally;
	char n[OUTPUT_TEXT_MAX], min[OUTPUT_TEXT_MAX];
	char value[3][OUTPUT_TEXT_MAX], mean[OUTPUT_TEXT_MAX];

	output_format_count(tally->count, n);
	output_format_ns(tally->min_ns, min);
	output_format_ns(tally_mean_ns(tally), mean);
	for (int j = 0; j < 3; j++)
		format_quantile(quantile_get(tally, map->layout, permille[j],
					     QUANTILE_LINEAR),
				value[j]);
	snprintf(text, HILBERT_TIP_MAX,
		 "%s samples\nmin %s\np50 %s\np95 %s\np99 %s\nmean %s", n, min,
		 value[0], value[1], value[2], mean);
}

static void format_tick(const struct hilbert_map *map, double value, double at,
			char *text, size_t n_text)
{
	char number[OUTPUT_TEXT_MAX];

	if (map->stat == HILBERT_STAT_N) {
		format_count(value, number);
		snprintf(text, n_text, "%s", number);
		return;
	}
	snprintf(text, n_text, "%s%.10g",
		 at <= 0 ? "\u2264 " : (at >= 1 ? "\u2265 " : ""), value / 1e6);
}

static void legend(const struct hilbert_view *view,
		   struct hilbert_legend *ret_legend)
{
	const struct hilbert_map *map = map_of(view);
	double tick[HILBERT_SCALE_MAX_TICKS];

	*ret_legend = (struct hilbert_legend){
		.title = map->stat == HILBERT_STAT_N ? "samples" : "RTT, ms",
		.n_ticks = hilbert_scale_ticks(view->scale, tick),
	};
	for (size_t i = 0; i < ret_legend->n_ticks; i++) {
		struct hilbert_tick *at = &ret_legend->tick[i];

		at->at = hilbert_scale_position(view->scale, tick[i]);
		format_tick(map, tick[i], at->at, at->text, sizeof(at->text));
	}
	if (map->min_samples > 1)
		snprintf(ret_legend->hatched, HILBERT_LEGEND_TEXT_MAX,
			 "< %llu samples",
			 (unsigned long long)map->min_samples);
}

void hilbert_map_view_init(struct hilbert_map_view *view,
			   const struct hilbert_map *map,
			   const struct hilbert_scale *scale)
{
	*view = (struct hilbert_map_view){
		.view = { .grid = &map->grid,
			  .scale = scale,
			  .n_cells = map->n_cells,
			  .index = index_of,
			  .look = look,
			  .tip = tip,
			  .legend = legend },
		.map = map,
	};
}
