// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subnet_set.h"

enum { FIRST_SLOTS = 1024 };

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

static uint64_t hash(const struct subnet_set *set,
		     const struct record_subnet *key)
{
	uint64_t high, low;

	memcpy(&high, key->address, 8);
	memcpy(&low, key->address + 8, 8);
	return mix(mix(mix(high ^ set->seed) ^ low) ^
		   ((uint64_t)key->prefix_len << 24 |
		    (uint64_t)key->family << 16 | key->side << 8 | key->kind));
}

int subnet_compare(const struct record_subnet *a, const struct record_subnet *b)
{
	int order = memcmp(a->address, b->address, sizeof(a->address));

	if (!order)
		order = a->prefix_len - b->prefix_len;
	if (!order)
		order = a->side - b->side;
	if (!order)
		order = a->kind - b->kind;
	/* ::ffff:0:0/96 and longer, as IPv6, is distinct from IPv4. */
	if (!order)
		order = a->family - b->family;
	return order;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct subnet_set *set,
			   const struct record_subnet *key)
{
	size_t i = hash(set, key) & (set->n_slots - 1);

	while (set->slot[i] && subnet_compare(&set->key[set->slot[i] - 1], key))
		i = (i + 1) & (set->n_slots - 1);
	return &set->slot[i];
}

static int grow_slots(struct subnet_set *set)
{
	struct subnet_set grown = *set;
	size_t i;

	grown.n_slots = set->n_slots ? 2 * set->n_slots : FIRST_SLOTS;
	grown.slot = calloc(grown.n_slots, sizeof(*grown.slot));
	if (!grown.slot)
		return -ENOMEM;
	for (i = 0; i < set->n; i++)
		*find_slot(&grown, &set->key[i]) = (uint32_t)i + 1;
	free(set->slot);
	*set = grown;
	return 0;
}

int subnet_set_add(struct subnet_set *set, const struct record_subnet *key,
		   uint32_t *ret_id)
{
	struct record_subnet *row;
	uint32_t *slot;

	if (2 * set->n >= set->n_slots && grow_slots(set))
		return -ENOMEM;
	slot = find_slot(set, key);
	if (!*slot) {
		row = record_grow((void **)&set->key, &set->n, &set->max,
				  sizeof(*row));
		if (!row)
			return -ENOMEM;
		*row = *key;
		*slot = (uint32_t)set->n;
	}
	*ret_id = *slot - 1;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return subnet_compare(a, b);
}

int subnet_set_rank(const struct subnet_set *set, struct record_subnet *sorted,
		    uint32_t **ret_rank)
{
	uint32_t *rank = malloc(set->n ? set->n * sizeof(*rank) : 1);
	size_t i;

	if (!rank)
		return -ENOMEM;
	if (set->n) {
		memcpy(sorted, set->key, set->n * sizeof(*sorted));
		qsort(sorted, set->n, sizeof(*sorted), compare_keys);
	}
	for (i = 0; i < set->n; i++)
		rank[*find_slot(set, &sorted[i]) - 1] = (uint32_t)i;
	*ret_rank = rank;
	return 0;
}

void subnet_set_fini(struct subnet_set *set)
{
	free(set->key);
	free(set->slot);
	*set = (struct subnet_set){ 0 };
}
