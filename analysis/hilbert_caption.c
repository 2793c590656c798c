// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_caption.h"

#include <stdio.h>
#include <string.h>

#include "../core/traffic.h"
#include "../lib/clock.h"
#include "output.h"

static const char *sides_text(uint32_t sides)
{
	if (sides == 1u << SIDE_WAN)
		return "WAN side";
	return sides == 1u << SIDE_LAN ? "LAN side" : "both sides";
}

/* A campaign's name is what its path ends in. */
static void format_campaigns(const char *const *campaign, size_t n_campaigns,
			     char *text, size_t n_text)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n_campaigns && at < n_text; i++) {
		const char *path = campaign[i];
		size_t end = strlen(path), start;

		while (end > 1 && path[end - 1] == '/')
			end--;
		for (start = end; start && path[start - 1] != '/'; start--)
			continue;
		at += (size_t)snprintf(text + at, n_text - at, "%s%.*s",
				       i ? " + " : "", (int)(end - start),
				       path + start);
	}
}

/* Bytes of the well-formed UTF-8 sequence at `c`, or 0 (RFC 3629, but for
 * surrogates, which are only drawn badly). */
static size_t sequence_length(const unsigned char *c)
{
	size_t n = c[0] < 0x80 ? 1 :
		   c[0] < 0xc2 ? 0 :
		   c[0] < 0xe0 ? 2 :
		   c[0] < 0xf0 ? 3 :
		   c[0] < 0xf5 ? 4 :
				 0;

	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Names come from the file system and may be cut: no byte of them may break
 * the picture. */
static void clean(char *text)
{
	unsigned char *c = (unsigned char *)text;

	while (*c) {
		size_t n = sequence_length(c);

		if (!n || *c < 0x20 || *c == 0x7f)
			*c = '?';
		c += n ? n : 1;
	}
}

void hilbert_caption_make(struct hilbert_caption *caption,
			  const struct hilbert_map *map,
			  const struct scan_result *result,
			  const char *const *campaign, size_t n_campaigns,
			  const char *title)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX], n[OUTPUT_TEXT_MAX];
	uint32_t side = hilbert_grid_side(&map->grid);
	char campaigns[61], block[40] = "";

	snprintf(caption->title, HILBERT_CAPTION_MAX,
		 "%s round-trip time, %s, %s", hilbert_stat_title(map->stat),
		 group_source_name(map->source), sides_text(map->sides));
	if (title)
		snprintf(caption->title, HILBERT_CAPTION_MAX, "%s", title);
	clock_format_ns(result->span[0].start_ns, from);
	clock_format_ns(result->span[result->n_spans - 1].end_ns, to);
	format_campaigns(campaign, n_campaigns, campaigns, sizeof(campaigns));
	snprintf(caption->line[0], HILBERT_CAPTION_MAX, "%s, %s to %s",
		 campaigns, from, to);
	output_format_count(map->n_samples, n);
	if (map->grid.within_len)
		snprintf(block, sizeof(block), " of %u.%u.%u.%u/%u",
			 map->grid.address >> 24, map->grid.address >> 16 & 255,
			 map->grid.address >> 8 & 255, map->grid.address & 255,
			 map->grid.within_len);
	snprintf(caption->line[1], HILBERT_CAPTION_MAX,
		 "n = %s samples in %zu of %u /%u blocks%s", n, map->n_cells,
		 side * side, map->grid.cell_len, block);
	clean(caption->title);
	clean(caption->line[0]);
}
