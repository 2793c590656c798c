/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold in a segment beyond its structure (segment_check()): sums that
 * agree with each other, histograms that agree with their exact minimum and
 * maximum, and gaps that are named. Pure. A segment may come range by range of
 * subnets: it need not fit in memory.
 */
#ifndef ANALYSIS_AUDIT_H
#define ANALYSIS_AUDIT_H

#include "../lib/segment_read.h"

/*
 * The segment has all groups loaded. prev_end_ns is the end of the part before
 * it, INT64_MIN for the first: what lies between must be a named gap. -EBADMSG
 * with the first fault, -ENOMEM, or 0.
 */
int audit_segment(const struct segment *segment, int64_t prev_end_ns,
		  struct segment_fault *ret_fault);

/* Compares /8 tables with sums; `problem` is what to say of a difference. */
struct segment_slash8_sums;
int audit_slash8_sums(const struct segment *segment,
		      const struct segment_slash8_sums *sums,
		      const char *problem, struct segment_fault *ret_fault);

struct audit;

/* `whole` has all but the rows of subnets, and outlives the struct; NULL when
 * memory is short. */
struct audit *audit_new(const struct segment *whole, int64_t prev_end_ns);
/* The next subnets, with their rows; the fault's row counts from the range's
 * first. Errors as above. */
int audit_add(struct audit *audit, const struct segment *range,
	      struct segment_fault *ret_fault);
/* What only the whole shows. */
int audit_finish(struct audit *audit, struct segment_fault *ret_fault);
void audit_free(struct audit *audit);

#endif
