/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of time of one group and source: what is resampled in the place of
 * samples, for samples of one hour, and of one host, are anything but
 * independent.
 */
#ifndef ANALYSIS_BLOCKS_H
#define ANALYSIS_BLOCKS_H

#include <gsl/gsl_rng.h>

#include "quantile.h"
#include "scan.h"

struct blocks {
	struct group group; /* its key, without a step; nothing else */
	uint8_t source;
	uint64_t n_samples;
	/* In order of time; borrowed; all have samples. */
	const struct tally **tally;
	const int64_t *start_ns;
	size_t n;
};

struct blocks_list {
	struct blocks
		*blocks; /* in the order of every answer, then by source */
	size_t n;
	const struct tally **tally; /* of all of them */
	int64_t *start_ns;
};

/* Of a scan with a step, which outlives the list. Phases of a scan are groups of
 * their own, one phase after the other. -ENOMEM. */
int blocks_list_init(struct blocks_list *list,
		     const struct scan_result *result);
void blocks_list_fini(struct blocks_list *list);

/* The order of lists: < 0, 0, > 0. */
int blocks_compare(const struct blocks *a, const struct blocks *b);

/*
 * Sums of a choice of blocks. The sum's bins are the caller's until the next
 * one is made; minimum and maximum are those of the blocks chosen.
 */
struct blocks_sum {
	struct tally tally;
};

/* Room for any choice from `a`, and from `b` unless NULL. -ENOMEM. */
int blocks_sum_init(struct blocks_sum *sum, const struct blocks *a,
		    const struct blocks *b);
void blocks_sum_fini(struct blocks_sum *sum);
void blocks_sum_clear(struct blocks_sum *sum);
/* `times` > 0 copies of a block. */
void blocks_sum_add(struct blocks_sum *sum, const struct tally *block,
		    unsigned times);

/* How often each of n blocks is drawn in n draws with replacement. */
void blocks_draw(gsl_rng *random, unsigned *times, size_t n);

/* A generator for one group and source: `seed` and their names alone decide what
 * it gives, so that other groups in the answer do not matter. */
void blocks_seed(gsl_rng *random, uint64_t seed, const struct blocks *blocks);

#endif
