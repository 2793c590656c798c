/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SplitMix64 (Steele, Lea, Flood 2014): a state is one word, and any word will
 * do, so that each interval has a sequence of its own.
 */
#ifndef TESTS_SYNTHETIC_ISP_RANDOM_H
#define TESTS_SYNTHETIC_ISP_RANDOM_H

#include <math.h>
#include <stdint.h>

static inline uint64_t isp_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The state that begins sequence `stream` of a seed. */
static inline uint64_t isp_seed(uint64_t seed, uint64_t stream)
{
	uint64_t state = seed ^ stream * 0xd1342543de82ef95u;

	isp_next(&state);
	return isp_next(&state);
}

/* (0, 1) */
static inline double isp_uniform(uint64_t *state)
{
	return (double)((isp_next(state) >> 11) + 1) / 9007199254740994.0;
}

static inline double isp_normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(isp_uniform(state)));

	return radius * cos(6.283185307179586 * isp_uniform(state));
}

#endif
