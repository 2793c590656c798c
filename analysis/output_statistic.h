/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells of statistics, in any form of a table. What is NAN is absent. */
#ifndef ANALYSIS_OUTPUT_STATISTIC_H
#define ANALYSIS_OUTPUT_STATISTIC_H

#include "output.h"

/* A time that may be negative: nearest ns; in text ms with three places. */
void output_statistic_ns(struct output_table *table, double value_ns);
/* A coefficient, -1 .. 1: six places, in text three. */
void output_statistic_ratio(struct output_table *table, double value);
/* A probability: six significant digits, in text two. */
void output_statistic_p(struct output_table *table, double p);
/* `yes`, `no`; true and false in JSON. */
void output_statistic_claim(struct output_table *table, bool is_true);

#endif
