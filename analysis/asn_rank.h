/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups of a scan by AS in the order of their bytes, and what is said of
 * all of a side.
 */
#ifndef ANALYSIS_ASN_RANK_H
#define ANALYSIS_ASN_RANK_H

#include "group.h"

enum asn_direction { ASN_DOWN, ASN_UP };

/* Towards the users is down: what a WAN group sends, and what is sent to a LAN
 * group. */
uint64_t asn_rank_bytes(const struct group *group,
			enum asn_direction direction);

/* The most bytes first, among equals in the order that they have; what is no
 * origin AS has no rank and stands last. -ENOMEM. */
int asn_rank_sort(struct group **group, size_t n, enum asn_direction direction);

/* Sums by side, in a table of its own. -ENOMEM. */
int asn_rank_sum_sides(const struct group_table *groups,
		       struct group_table *ret_sides);
/* Of such a table; 0 for a side that has no group. */
uint64_t asn_rank_side_bytes(const struct group_table *sides, uint8_t side,
			     enum asn_direction direction);

#endif
