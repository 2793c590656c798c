// SPDX-License-Identifier: GPL-2.0-or-later
#include "asn_rank.h"

#include <errno.h>
#include <stdlib.h>

#include "../core/traffic.h"

/* qsort() is not stable, and has no room for a direction. */
struct ranked {
	struct group *group;
	uint64_t bytes;
	size_t position;
};

uint64_t asn_rank_bytes(const struct group *group, enum asn_direction direction)
{
	bool is_lan = group->key.side == SIDE_LAN;

	return is_lan == (direction == ASN_DOWN) ? group->bytes_tx :
						   group->bytes_rx;
}

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	bool is_as = a->group->key.label == GROUP_LABEL_AS;

	if (is_as != (b->group->key.label == GROUP_LABEL_AS))
		return is_as ? -1 : 1;
	if (is_as && a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->position < b->position ? -1 : 1;
}

int asn_rank_sort(struct group **group, size_t n, enum asn_direction direction)
{
	struct ranked *ranked = calloc(n + 1, sizeof(*ranked));

	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){
			group[i], asn_rank_bytes(group[i], direction), i
		};
	qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++)
		group[i] = ranked[i].group;
	free(ranked);
	return 0;
}

static int add_to_side(struct group_table *sides, const struct group *group)
{
	const struct group_key key = { .label = GROUP_LABEL_SIDE,
				       .side = group->key.side };
	struct group *side = group_table_get(sides, &key);
	int err = side ? 0 : -ENOMEM;

	if (err)
		return err;
	side->packets_rx += group->packets_rx;
	side->bytes_rx += group->bytes_rx;
	side->packets_tx += group->packets_tx;
	side->bytes_tx += group->bytes_tx;
	for (uint8_t source = 0; source < N_SOURCES && !err; source++) {
		struct tally *tally;

		if (!group->tally[source])
			continue;
		tally = group_tally(side, source);
		err = tally ? tally_add(tally, group->tally[source]) : -ENOMEM;
	}
	return err;
}

int asn_rank_sum_sides(const struct group_table *groups,
		       struct group_table *ret_sides)
{
	struct group_table sides = { 0 };
	int err = 0;

	for (size_t i = 0; i < groups->n && !err; i++)
		err = add_to_side(&sides, groups->group[i]);
	if (err) {
		group_table_fini(&sides);
		return err;
	}
	group_table_sort(&sides);
	*ret_sides = sides;
	return 0;
}

uint64_t asn_rank_side_bytes(const struct group_table *sides, uint8_t side,
			     enum asn_direction direction)
{
	for (size_t i = 0; i < sides->n; i++)
		if (sides->group[i]->key.side == side)
			return asn_rank_bytes(sides->group[i], direction);
	return 0;
}
