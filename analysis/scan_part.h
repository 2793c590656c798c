/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One part of a campaign into the sums of a scan. Prints nothing.
 */
#ifndef ANALYSIS_SCAN_PART_H
#define ANALYSIS_SCAN_PART_H

#include "scan.h"

/* Whether the small tables per first octet answer for the whole part. */
bool scan_part_is_coarse(const struct campaign_part *part,
			 const struct scan_query *query);
/* enum segment_load for that part. */
unsigned scan_part_load(const struct campaign_part *part,
			const struct scan_query *query);

/* Takes the layout of the first part that it sees; another one is -EINVAL. */
int scan_part_check_layout(struct segment_layout *layout,
			   const struct segment_layout *other);

/*
 * A part that comes range by range of subnets: `whole` has its intervals and
 * layout and outlives the struct, ranges have rows of subnets. Free also after
 * a failure.
 */
struct scan_part;
int scan_part_begin(struct scan_result *result, const struct scan_query *query,
		    const struct segment *whole, struct scan_part **ret_part);
int scan_part_add_range(struct scan_part *part, const struct segment *range,
			struct record_subnet *ret_subnet);
void scan_part_free(struct scan_part *part);

/* -EDOM: *ret_subnet is wider than the groups; -EINVAL: another layout. */
int scan_part_add(struct scan_result *result, const struct scan_query *query,
		  const struct segment *segment, bool is_coarse,
		  struct record_subnet *ret_subnet);

#endif
