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

struct scan_span hilbert_caption_period(const struct scan_result *result)
{
	return (struct scan_span){ result->span[0].start_ns,
				   result->span[result->n_spans - 1].end_ns };
}

static void format_origin(const struct hilbert_origin *origin, char *text,
			  size_t n_text)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX], campaigns[61];

	clock_format_ns(origin->period.start_ns, from);
	clock_format_ns(origin->period.end_ns, to);
	format_campaigns(origin->campaign, origin->n_campaigns, campaigns,
			 sizeof(campaigns));
	snprintf(text, n_text, "%s, %s to %s%s", campaigns, from, to,
		 origin->is_gap ? ": no interval" : "");
}

/* "in 17 of 256 /16 blocks of 10.0.0.0/8" */
static void format_blocks(const struct hilbert_grid *grid, size_t n_cells,
			  char *text, size_t n_text)
{
	struct prefix whole = hilbert_grid_whole(grid->within.family);
	char within[PREFIX_TEXT_MAX];
	bool is_all = grid->within.family == 4 &&
		      grid->within.prefix_len == whole.prefix_len;

	prefix_format(&grid->within, within);
	snprintf(text, n_text, "in %zu of %u /%u blocks%s%s", n_cells,
		 hilbert_grid_n_cells(grid), grid->cell_len,
		 is_all ? "" : " of ", is_all ? "" : within);
}

static void set_title(struct hilbert_caption *caption, const char *what,
		      const struct hilbert_map *map, const char *title)
{
	snprintf(caption->title, HILBERT_CAPTION_MAX,
		 "%s round-trip time, %s, %s", what,
		 group_source_name(map->source), sides_text(map->sides));
	if (title)
		snprintf(caption->title, HILBERT_CAPTION_MAX, "%s", title);
	clean(caption->title);
}

void hilbert_caption_map(struct hilbert_caption *caption,
			 const struct hilbert_map *map,
			 const struct hilbert_origin *origin, const char *title)
{
	char n[OUTPUT_TEXT_MAX], blocks[128];

	set_title(caption, hilbert_stat_title(map->stat), map, title);
	format_origin(origin, caption->line[0], HILBERT_CAPTION_MAX);
	clean(caption->line[0]);
	output_format_count(map->n_samples, n);
	format_blocks(&map->grid, map->n_cells, blocks, sizeof(blocks));
	snprintf(caption->line[1], HILBERT_CAPTION_MAX, "n = %s samples %s", n,
		 blocks);
}

void hilbert_caption_diff(struct hilbert_caption *caption,
			  const struct hilbert_diff *diff,
			  const struct hilbert_origin origin[2],
			  const char *title)
{
	char what[64], one[2][200], n[2][OUTPUT_TEXT_MAX], blocks[128];

	snprintf(what, sizeof(what), "Change: %s",
		 hilbert_stat_title(diff->map[0].stat));
	set_title(caption, what, &diff->map[0], title);
	for (int i = 0; i < 2; i++) {
		format_origin(&origin[i], one[i], sizeof(one[i]));
		output_format_count(diff->map[i].n_samples, n[i]);
	}
	snprintf(caption->line[0], HILBERT_CAPTION_MAX, "A: %s; B: %s", one[0],
		 one[1]);
	clean(caption->line[0]);
	format_blocks(&diff->map[0].grid, diff->n_changes, blocks,
		      sizeof(blocks));
	snprintf(caption->line[1], HILBERT_CAPTION_MAX,
		 "n = %s (A) and %s (B) samples %s", n[0], n[1], blocks);
}
