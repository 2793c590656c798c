/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The RTT histogram's layout: log-linear bins over nanoseconds.
 *
 * With HIST_SUB_BITS = 5 there are 32 linear bins of 2^9 ns below 2^14 ns, then
 * 32 bins for each power of two up to 2^34 ns (17.2 s). A value at or above
 * HIST_LIMIT_NS is overflow: it has no bin and is counted apart.
 *
 *   v < 2^14:               bin = v >> 9                              0 .. 31
 *   2^e <= v < 2^(e+1):     bin = 32 (e - 14 + 1) + ((v >> (e - 5)) - 32)
 *
 * Proof of the error bound. For 2^e <= v < 2^(e+1), e >= 14, the bin that holds
 * v is [k 2^(e-5), (k+1) 2^(e-5)) with 32 <= k < 64: its width is 2^(e-5), so
 * its midpoint differs from v by at most 2^(e-6) <= v/64 (1.6 %). Below 2^14 the
 * width is 2^9 and the midpoint differs by at most 256 ns. The two parts meet:
 * the last linear bin ends at 32 * 2^9 = 2^14, where octave e = 14 has width
 * 2^9 too, hence bins 32..63 continue with the same width, and each octave ends
 * where the next starts. Bins are therefore disjoint, ordered and complete over
 * [0, 2^34): (34 - 14) octaves * 32 + 32 = 672 bins.
 *
 * To change the layout change HIST_SUB_BITS, HIST_LINEAR_BITS or
 * HIST_LIMIT_BITS, here and nowhere else: files carry their bin edges as data.
 */
#ifndef CORE_HIST_H
#define CORE_HIST_H

#include <linux/types.h>
#include <stdbool.h>

enum {
	HIST_SUB_BITS = 5,     /* log2 of bins per octave */
	HIST_LINEAR_BITS = 14, /* log2 ns where octaves begin */
	HIST_LIMIT_BITS = 34,  /* log2 ns of the overflow limit */
	HIST_SUB = 1 << HIST_SUB_BITS,
	HIST_LINEAR_SHIFT = HIST_LINEAR_BITS - HIST_SUB_BITS,
	N_HIST_BINS = HIST_SUB * (HIST_LIMIT_BITS - HIST_LINEAR_BITS + 1),
};

#define HIST_LIMIT_NS (1ULL << HIST_LIMIT_BITS)

_Static_assert(N_HIST_BINS == 672, "the layout that the documents state");

static inline bool hist_is_overflow(__u64 rtt_ns)
{
	return rtt_ns >= HIST_LIMIT_NS;
}

/* Position of the highest set bit; v must not be 0. Without a count-leading-
 * zeros instruction in BPF: six compares. */
static inline __u32 hist_log2(__u64 v)
{
	__u32 e = 0;

	if (v >> 32) {
		v >>= 32;
		e += 32;
	}
	if (v >> 16) {
		v >>= 16;
		e += 16;
	}
	if (v >> 8) {
		v >>= 8;
		e += 8;
	}
	if (v >> 4) {
		v >>= 4;
		e += 4;
	}
	if (v >> 2) {
		v >>= 2;
		e += 2;
	}
	return e + (__u32)(v >> 1);
}

/* Bin of rtt_ns, 0 .. N_HIST_BINS - 1; not defined for an overflow. */
static inline __u32 hist_bin(__u64 rtt_ns)
{
	__u32 e;

	if (rtt_ns < 1ULL << HIST_LINEAR_BITS)
		return (__u32)(rtt_ns >> HIST_LINEAR_SHIFT);
	e = hist_log2(rtt_ns);
	return HIST_SUB * (e - HIST_LINEAR_BITS) +
	       (__u32)(rtt_ns >> (e - HIST_SUB_BITS));
}

/* Lower edge of a bin in ns; bin N_HIST_BINS gives the overflow limit. */
static inline __u64 hist_edge_ns(__u32 bin)
{
	__u32 octave = bin >> HIST_SUB_BITS;
	__u64 sub = bin & (HIST_SUB - 1);

	if (!octave)
		return sub << HIST_LINEAR_SHIFT;
	return (sub + HIST_SUB) << (octave - 1 + HIST_LINEAR_SHIFT);
}

#endif
