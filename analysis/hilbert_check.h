/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only all options of spindrift hilbert together show: whether they go with
 * each other, and what those mean that were not given.
 */
#ifndef ANALYSIS_HILBERT_CHECK_H
#define ANALYSIS_HILBERT_CHECK_H

#include "hilbert_options.h"

/* false after its line. */
bool hilbert_check(struct hilbert_options *options);

#endif
