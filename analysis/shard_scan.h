/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums up every subnet of campaigns, shard by shard in n_processes processes,
 * and hands on a summary of each: memory is that of a shard in each process,
 * and of the summaries. The order, and the answer, do not depend on how many
 * processes there are.
 */
#ifndef ANALYSIS_SHARD_SCAN_H
#define ANALYSIS_SHARD_SCAN_H

#include "shard.h"
#include "summary.h"

struct shard_scan {
	const char *const *campaign; /* borrowed, like all here */
	size_t n_campaigns;
	const struct scan_query *query; /* of one source, by subnet */
	uint8_t source;
	uint64_t min_samples;
};

/* Called in order: a subnet that has samples. */
typedef void shard_scan_take(void *context, const struct summary *summary);

/* Prints its line for each failure. */
int shard_scan_run(const struct shard_scan *scan,
		   const struct shard_list *shards, shard_scan_take *take,
		   void *context);

#endif
