/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold in a segment beyond its structure (segment_check()): sums that
 * agree with each other, histograms that agree with their exact minimum and
 * maximum, and gaps that are named. Pure.
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

#endif
