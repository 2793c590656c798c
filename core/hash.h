/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Position hash, seeded with two secret words. It only spreads keys over sets;
 * the full key decides equality, so a collision costs room in one set and never
 * mixes two flows or subnets. Cheaper than SipHash (which takes 12-18 ns) and
 * not a cryptographic promise: whoever can predict it can at most fill sets,
 * which is counted.
 */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <linux/types.h>

static inline __u64 hash_word(__u64 hash, __u64 word, __u64 odd_key)
{
	hash = (hash ^ word) * odd_key;
	return hash ^ hash >> 32;
}

/* One more round, so that the high half depends on every bit. */
static inline __u64 hash_finish(__u64 hash, __u64 odd_key)
{
	hash *= odd_key;
	return hash ^ hash >> 29;
}

#endif
