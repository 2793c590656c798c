// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scan_part.h"

bool compare_side_take_period(const char *option, const char *value,
			      struct compare_side *side)
{
	char text[128], *slash;

	slash = (size_t)snprintf(text, sizeof(text), "%s", value) <
				sizeof(text) ?
			strchr(text, '/') :
			NULL;
	if (!slash) {
		cli_error("%s: bad period '%s': expected FROM/TO", option,
			  value);
		return false;
	}
	*slash = '\0';
	if (*text && !cli_time_ns(option, text, &side->from_ns))
		return false;
	if (slash[1] && !cli_time_ns(option, slash + 1, &side->to_ns))
		return false;
	if (side->from_ns < side->to_ns)
		return true;
	cli_error("%s: bad period '%s': it must begin before it ends", option,
		  value);
	return false;
}

static bool is_same_campaign(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Samples of both sides at once would not be independent. */
static int check_overlap(const struct compare_side side[N_COMPARE_SIDES])
{
	if (!is_same_campaign(side[0].campaign, side[1].campaign) ||
	    side[0].from_ns >= side[1].to_ns ||
	    side[1].from_ns >= side[0].to_ns)
		return 0;
	cli_error("%s: cannot be compared with itself: its periods overlap",
		  side[0].campaign);
	return -EINVAL;
}

static int scan_side(struct compare_side *side, const struct query *query)
{
	struct scan_query scan = query->scan;
	int err;

	if (side->from_ns > scan.from_ns)
		scan.from_ns = side->from_ns;
	if (side->to_ns < scan.to_ns)
		scan.to_ns = side->to_ns;
	err = scan_campaigns(&side->campaign, 1, &scan, &side->scan);
	if (err)
		return err;
	err = blocks_list_init(&side->list, &side->scan);
	if (err)
		cli_error("%s: cannot be compared: no memory", side->campaign);
	return err;
}

int compare_side_scan(struct compare_side side[N_COMPARE_SIDES],
		      const struct query *query)
{
	int err = check_overlap(side);

	for (int i = 0; i < N_COMPARE_SIDES && !err; i++)
		err = scan_side(&side[i], query);
	if (!err)
		err = scan_part_check_layout(&side[0].scan.layout,
					     &side[1].scan.layout);
	if (err == -EINVAL && side[1].list.blocks)
		cli_error("%s: cannot be compared with %s: its histograms have "
			  "other bins",
			  side[0].campaign, side[1].campaign);
	return err;
}

void compare_side_fini(struct compare_side *side)
{
	blocks_list_fini(&side->list);
	scan_result_fini(&side->scan);
}

bool compare_side_has_source(const struct compare_side side[N_COMPARE_SIDES],
			     uint8_t source)
{
	for (int s = 0; s < N_COMPARE_SIDES; s++)
		for (size_t i = 0; i < side[s].list.n; i++)
			if (side[s].list.blocks[i].source == source)
				return true;
	return false;
}

/* Both lists are in one order. */
int compare_side_pair(const struct compare_side side[N_COMPARE_SIDES],
		      uint32_t sources, struct compare_pair **ret_pair,
		      size_t *ret_n)
{
	const struct blocks_list *a = &side[0].list, *b = &side[1].list;
	struct compare_pair *pair = calloc(a->n + b->n + 1, sizeof(*pair));
	size_t i = 0, j = 0, n = 0;

	if (!pair)
		return -ENOMEM;
	while (i < a->n || j < b->n) {
		int order = i == a->n ? 1 :
			    j == b->n ? -1 :
					blocks_compare(&a->blocks[i],
						       &b->blocks[j]);
		struct compare_pair found = { 0 };
		uint8_t source;

		if (order <= 0)
			found.blocks[0] = &a->blocks[i++];
		if (order >= 0)
			found.blocks[1] = &b->blocks[j++];
		source = found.blocks[order > 0]->source;
		if (sources >> source & 1)
			pair[n++] = found;
	}
	*ret_pair = pair;
	*ret_n = n;
	return 0;
}
