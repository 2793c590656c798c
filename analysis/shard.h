/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subnets of campaigns, parted into prefixes of bounded numbers of them:
 * what one process sums up at a time, so that memory is that of a shard,
 * whatever the number of subnets. Files are sorted by address, so each row is
 * read once. Overflow rows are no subnets.
 */
#ifndef ANALYSIS_SHARD_H
#define ANALYSIS_SHARD_H

#include "scan.h"

/* Disjoint, in the order of answers: IPv4 before IPv6, ascending. Every subnet
 * of the query lies wholly in one of them. */
struct shard_list {
	struct prefix *prefix;
	size_t n, max;
	size_t n_subnets; /* those of both sides once */
	uint64_t n_bytes; /* of all files that have them */
	int64_t end_ns;   /* of the last interval that was seen */
};

/* The smallest number of shards is min_shards, if subnets suffice. Prints its
 * line for each failure, as scan_campaigns() does. */
int shard_list_make(const char *const *path, size_t n_campaigns,
		    const struct scan_query *query, size_t min_shards,
		    struct shard_list *ret_list);
void shard_list_fini(struct shard_list *list);

struct shard_limit {
	size_t max_subnets;
	uint8_t min_len; /* no shard is wider */
};

/* Parts sorted and distinct subnets (by family, address, length); a shard has
 * more than max_subnets only when they lie in a subnet of that list. -ENOMEM. */
int shard_list_part(struct shard_list *list, const struct shard_limit *limit,
		    const struct prefix *subnet, size_t n);
int shard_compare(const struct prefix *a, const struct prefix *b);

#endif
