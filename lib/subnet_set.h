/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distinct subnets, numbered in the order of their first appearance: an open
 * hash table with linear probing, at most half full.
 */
#ifndef LIB_SUBNET_SET_H
#define LIB_SUBNET_SET_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* Zeroed is empty. */
struct subnet_set {
	uint64_t seed;
	struct record_subnet *key; /* n, by number */
	size_t n, max;
	uint32_t *slot; /* n_slots: number + 1, or 0 for none */
	size_t n_slots; /* a power of two, or 0 */
};

int subnet_set_add(struct subnet_set *set, const struct record_subnet *key,
		   uint32_t *ret_id);

/* (address, prefix_len, side, kind), the order of /subnet. */
int subnet_compare(const struct record_subnet *a,
		   const struct record_subnet *b);

/* *ret_rank[number] is the position after sorting; malloc()ed, the caller's.
 * `sorted` has room for n keys. */
int subnet_set_rank(const struct subnet_set *set, struct record_subnet *sorted,
		    uint32_t **ret_rank);
void subnet_set_fini(struct subnet_set *set);

#endif
