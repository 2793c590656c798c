/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /spin and /traffic say of the same packets must agree. Pure.
 */
#ifndef ANALYSIS_AUDIT_SPIN_H
#define ANALYSIS_AUDIT_SPIN_H

#include "../lib/segment_read.h"

/*
 * Packets that have a spin class are QUIC packets of that subnet and interval;
 * not all of these have one. Of a range of subnets with /traffic and /spin.
 * -EBADMSG with the first fault, or 0.
 */
int audit_spin(const struct segment *range, struct segment_fault *ret_fault);

#endif
