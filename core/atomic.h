/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few atomic operations that BPF (-mcpu=v3) and user space share. Each is a
 * full barrier where its result is used (Linux, Documentation/bpf/
 * instruction-set: fetch, xchg and cmpxchg); a plain add orders nothing.
 *
 * A machine whose tables belong to one thread defines CORE_ONE_THREAD before it
 * includes core and gets the same results without locked instructions, behind
 * which a processor does not fetch what the next packet needs.
 */
#ifndef CORE_ATOMIC_H
#define CORE_ATOMIC_H

#include <linux/types.h>
#include <stdbool.h>

#ifdef CORE_ONE_THREAD

static inline void atomic_add(__u64 *counter, __u64 n)
{
	*counter += n;
}

static inline void atomic_add_u32(__u32 *counter, __u32 n)
{
	*counter += n;
}

static inline void atomic_set_bits(__u64 *word, __u64 bits)
{
	*word |= bits;
}

static inline __u32 atomic_deal(__u32 *counter)
{
	return (*counter)++;
}

static inline bool atomic_claim(__u64 *word, __u64 expected, __u64 claimed)
{
	if (*word != expected)
		return false;
	*word = claimed;
	return true;
}

static inline bool atomic_claim_u32(__u32 *word, __u32 expected, __u32 claimed)
{
	if (*word != expected)
		return false;
	*word = claimed;
	return true;
}

static inline void atomic_publish(__u64 *word, __u64 value)
{
	*word = value;
}

static inline void atomic_publish_u32(__u32 *word, __u32 value)
{
	*word = value;
}

#else

static inline void atomic_add(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static inline void atomic_add_u32(__u32 *counter, __u32 n)
{
	__sync_fetch_and_add(counter, n);
}

static inline void atomic_set_bits(__u64 *word, __u64 bits)
{
	__sync_fetch_and_or(word, bits);
}

/* Deals the next number: the value before the addition. */
static inline __u32 atomic_deal(__u32 *counter)
{
	return __sync_fetch_and_add(counter, 1);
}

static inline bool atomic_claim(__u64 *word, __u64 expected, __u64 claimed)
{
	return __sync_val_compare_and_swap(word, expected, claimed) == expected;
}

static inline bool atomic_claim_u32(__u32 *word, __u32 expected, __u32 claimed)
{
	return __sync_val_compare_and_swap(word, expected, claimed) == expected;
}

/* Stores after everything before it is visible. */
static inline void atomic_publish(__u64 *word, __u64 value)
{
	__sync_lock_test_and_set(word, value);
}

static inline void atomic_publish_u32(__u32 *word, __u32 value)
{
	__sync_lock_test_and_set(word, value);
}

#endif

enum { ATOMIC_MAX_TRIES = 16 };

/* Raises *word to at least value. Each failed try means that another CPU raised
 * it; after ATOMIC_MAX_TRIES such losses in a row false is returned. */
static inline bool atomic_raise(__u64 *word, __u64 value)
{
	for (int i = 0; i < ATOMIC_MAX_TRIES; i++) {
		__u64 seen = *(volatile __u64 *)word;

		if (seen >= value || atomic_claim(word, seen, value))
			return true;
	}
	return false;
}

#endif
