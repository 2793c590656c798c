/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranks, and what is made of them. Values are finite. Functions that need
 * memory return -ENOMEM; what is not defined (fewer than two values, all equal)
 * is NAN. Pearson's coefficient of two arrays of ranks is Spearman's.
 */
#ifndef ANALYSIS_RANK_H
#define ANALYSIS_RANK_H

#include <stddef.h>

/*
 * Ranks 1 .. n_kept of the values that keep[i] marks (NULL: all), equal values
 * with the mean of their ranks. `order` is that of all n values, ascending
 * (gsl_sort_index), so that ranks of many subsets cost one sort. Ranks of what
 * is left out are left as they were.
 */
void rank_average(const double *value, const size_t *order, size_t n,
		  const unsigned char *keep, double *ret_rank);

/*
 * Kendall's tau-b, with ties (Kendall 1945), in n log n steps by counting the
 * exchanges of a merge sort (Knight 1966).
 */
int rank_kendall(const double *x, const double *y, size_t n, double *ret_tau);

#endif
