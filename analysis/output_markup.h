/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a complete table, all of whose cells are kept, as Markdown (with pipes)
 * or as a LaTeX tabular of the booktabs package. What has a meaning there is
 * escaped.
 */
#ifndef ANALYSIS_OUTPUT_MARKUP_H
#define ANALYSIS_OUTPUT_MARKUP_H

#include "output.h"

void output_markup_markdown(const struct output_table *table);
void output_markup_latex(const struct output_table *table);

#endif
