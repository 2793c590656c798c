/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether values in order of time change their mean, and where: once, or for a
 * while (a step up and one down, which a search for one cut would miss).
 *
 * Of all ways to set values [from, to) apart from the rest, in parts of at least
 * CHANGE_MIN_PART, the one with the largest t is tested, with the variance about
 * both means (as circular binary segmentation does: Olshen and others 2004): its
 * p, of Student's t, times the number of ways that were tried (Bonferroni; ways
 * that are almost the same go together, so that this is cautious). The variance
 * of the means is widened by serial_inflation() of what the step leaves. Assumed:
 * what it leaves is about normal and about as dependent as AR(1).
 */
#ifndef ANALYSIS_CHANGE_H
#define ANALYSIS_CHANGE_H

#include <stddef.h>

enum { CHANGE_MIN_PART = 3, CHANGE_MIN_VALUES = 8 };

struct change {
	size_t from, to;        /* 0 < from < to <= n; to is n: it stays */
	double outside, inside; /* means */
	double low, high; /* 95 % of inside less outside, the place given */
	double p;         /* NAN: no test */
};

/*
 * n_lost: degrees of freedom that were taken from the values before. p is NAN,
 * and nothing else is set, with fewer than CHANGE_MIN_VALUES, or where no degree
 * of freedom or no variance is left. -ENOMEM.
 */
int change_test(const double *value, size_t n, double n_lost,
		struct change *ret);

#endif
