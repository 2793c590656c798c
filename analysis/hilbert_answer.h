/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three answers of spindrift hilbert: one map, the change between two, and a
 * map for each step of time. Each scans, writes its output and prints its line
 * when it fails.
 */
#ifndef ANALYSIS_HILBERT_ANSWER_H
#define ANALYSIS_HILBERT_ANSWER_H

#include "hilbert_options.h"

int hilbert_answer_map(struct hilbert_options *options);
int hilbert_answer_diff(struct hilbert_options *options);
int hilbert_answer_steps(struct hilbert_options *options);

#endif
