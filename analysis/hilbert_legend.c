// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_legend.h"

#include <math.h>

enum { BAR_STEPS = 256 };

static const uint32_t ink_rgb = 0x222222;

static void format_count(double count, char text[OUTPUT_TEXT_MAX])
{
	static const char unit[] = { 0, 'k', 'M', 'G', 'T', 'P' };
	size_t i = 0;

	for (; i + 1 < sizeof(unit) && count >= 999.5; i++)
		count /= 1000;
	snprintf(text, OUTPUT_TEXT_MAX, "%.*f%s", i && count < 9.95 ? 1 : 0,
		 count, (char[]){ unit[i], 0 });
}

static void format_ms(double value_ns, char text[OUTPUT_TEXT_MAX])
{
	double ms = value_ns / 1e6;
	int n_places = ms < 0.0995 ? 3 : (ms < 0.995 ? 2 : (ms < 9.95 ? 1 : 0));

	snprintf(text, OUTPUT_TEXT_MAX, "%.*f", n_places, ms);
}

void hilbert_legend_format(enum hilbert_stat stat, struct quantile_value value,
			   char text[OUTPUT_TEXT_MAX])
{
	if (stat == HILBERT_STAT_N)
		format_count((double)value.ns, text);
	else if (value.is_overflow)
		snprintf(text, OUTPUT_TEXT_MAX, ">%.0fs",
			 (double)value.ns / 1e9);
	else
		format_ms((double)value.ns, text);
}

static void format_tick(const struct hilbert_map *map, double value,
			char text[OUTPUT_TEXT_MAX])
{
	if (map->stat == HILBERT_STAT_N)
		format_count(value, text);
	else
		snprintf(text, OUTPUT_TEXT_MAX, "%.10g", value / 1e6);
}

static void put_text(struct canvas *canvas, double x, double y, double size,
		     const char *text)
{
	const struct canvas_text place = {
		.x = x, .y = y, .size = size, .rgb = ink_rgb
	};

	canvas->machine->text(canvas, &place, text);
}

static void draw_bar(struct canvas *canvas, const struct canvas_rect *bar,
		     const struct hilbert_scale *scale)
{
	double step_px = bar->height / BAR_STEPS;

	/* Each reaches into the next, so that no seam shows. */
	for (int i = 0; i < BAR_STEPS; i++) {
		double at = 1 - (i + 0.5) / BAR_STEPS;
		double value = scale->min * pow(scale->max / scale->min, at);
		double rest_px = bar->height - i * step_px;

		canvas_fill(canvas, bar->x, bar->y + i * step_px, bar->width,
			    fmin(2 * step_px, rest_px),
			    hilbert_scale_rgb(scale, value));
	}
	canvas_frame(canvas, bar, 1, ink_rgb);
}

static void draw_ticks(struct canvas *canvas, const struct hilbert_map *map,
		       const struct hilbert_scale *scale,
		       const struct canvas_rect *bar, double unit)
{
	double tick[HILBERT_SCALE_MAX_TICKS];
	size_t n = hilbert_scale_ticks(scale, tick);

	for (size_t i = 0; i < n; i++) {
		double at = hilbert_scale_position(scale, tick[i]);
		double y = bar->y + (1 - at) * bar->height;
		char value[OUTPUT_TEXT_MAX], text[OUTPUT_TEXT_MAX + 8];
		const char *sign = "";

		format_tick(map, tick[i], value);
		if (map->stat != HILBERT_STAT_N && at <= 0)
			sign = "\u2264 ";
		else if (map->stat != HILBERT_STAT_N && at >= 1)
			sign = "\u2265 ";
		snprintf(text, sizeof(text), "%s%s", sign, value);
		canvas_fill(canvas, bar->x + bar->width, y - 0.5, 6 * unit, 1,
			    ink_rgb);
		put_text(canvas, bar->x + bar->width + 11 * unit, y + 5 * unit,
			 14 * unit, text);
	}
}

static void draw_marks(struct canvas *canvas, const struct hilbert_map *map,
		       double x, double y, double unit)
{
	struct canvas_rect box = { x, y, 24 * unit, 24 * unit };
	char thin[OUTPUT_TEXT_MAX];

	canvas_fill(canvas, box.x, box.y, box.width, box.height, 0xffffff);
	canvas_frame(canvas, &box, 1, ink_rgb);
	put_text(canvas, x + 34 * unit, box.y + 17 * unit, 14 * unit,
		 "no data");
	if (map->min_samples > 1) {
		box.y += 36 * unit;
		canvas->machine->hatch(canvas, &box);
		canvas_frame(canvas, &box, 1, ink_rgb);
		snprintf(thin, sizeof(thin), "< %llu samples",
			 (unsigned long long)map->min_samples);
		put_text(canvas, x + 34 * unit, box.y + 17 * unit, 14 * unit,
			 thin);
	}
	box.y += 36 * unit;
	canvas_fill(canvas, box.x, box.y, box.width, box.height, 0xe6e6e6);
	canvas_frame(canvas, &box, 1, ink_rgb);
	put_text(canvas, x + 34 * unit, box.y + 17 * unit, 14 * unit,
		 "special purpose");
}

void hilbert_legend_draw(struct canvas *canvas, const struct hilbert_map *map,
			 const struct hilbert_scale *scale,
			 const struct hilbert_layout *layout)
{
	double unit = layout->unit;
	double x = layout->map.x + layout->map.width + 26 * unit;
	const struct canvas_rect bar = { x, layout->map.y + 30 * unit,
					 24 * unit, 0.55 * layout->map.height };

	put_text(canvas, x, layout->map.y + 12 * unit, 15 * unit,
		 map->stat == HILBERT_STAT_N ? "samples" : "RTT, ms");
	draw_bar(canvas, &bar, scale);
	draw_ticks(canvas, map, scale, &bar, unit);
	draw_marks(canvas, map, x, bar.y + bar.height + 40 * unit, unit);
}
