/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether values rise or fall in time, by ranks: no distribution is assumed, and
 * single outliers do not matter. Values are those of equidistant or other times
 * that ascend strictly; values are finite. -ENOMEM; n is at most
 * SLOPE_MAX_POINTS, else -E2BIG, for all pairs are compared.
 */
#ifndef ANALYSIS_SLOPE_H
#define ANALYSIS_SLOPE_H

#include <stddef.h>

enum { SLOPE_MAX_POINTS = 4096, SLOPE_MIN_POINTS = 8 };

/* Of `value` per unit of `time`. */
struct slope {
	double median; /* of the slopes of all pairs (Theil 1950, Sen 1968) */
	double low, high; /* interval of 95 %, after Sen 1968 */
	double tau;       /* Kendall's tau-b of time and value */
	double p;         /* two-sided, of Mann and Kendall */
	/* By how much the variance of Kendall's score is taken to be larger than
	 * that of independent values: serial_inflation() of the ranks of what
	 * the slope leaves (Hamed and Rao 1998 for the ranks). It is an estimate,
	 * so that p and interval are not those of the normal distribution but of
	 * Student's t, of n / inflation - 2 degrees of freedom. */
	double inflation;
};

/* n >= SLOPE_MIN_POINTS, else -EDOM. */
int slope_fit(const double *time, const double *value, size_t n,
	      struct slope *ret_slope);

#endif
