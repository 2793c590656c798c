/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many tests at once: Benjamini and Hochberg 1995. Of the tests whose adjusted
 * value is at most q, a share of at most q is expected to be false, if tests are
 * independent or positively dependent (Benjamini and Yekutieli 2001).
 */
#ifndef ANALYSIS_FDR_H
#define ANALYSIS_FDR_H

#include <stddef.h>

/* Adjusted values of p[0 .. n), each 0 .. 1; where p is NAN there was no test,
 * it is not counted, and the answer is NAN. -ENOMEM. */
int fdr_adjust(const double *p, size_t n, double *ret_q);

#endif
