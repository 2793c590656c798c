/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a rollup is the sum of the files that it names, where all of them are
 * kept: per row its intervals' outcomes and events, and over the file what the
 * /8 tables hold, which each file's own audit has compared with its rows.
 */
#ifndef ANALYSIS_VERIFY_ROLLUP_H
#define ANALYSIS_VERIFY_ROLLUP_H

#include "../lib/manifest.h"
#include "../lib/segment_read.h"

/* `whole` has its /8 tables loaded. -EBADMSG with the fault; 0 also when a
 * source was removed, or is damaged itself. Calls libhdf5. */
int verify_rollup(const char *campaign, const struct manifest *manifest,
		  const struct segment *whole, struct segment_fault *ret_fault);

#endif
