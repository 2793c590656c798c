/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Correlation of variables that were observed together, in order of time, with
 * an interval that does not take neighbours for independent.
 *
 * Coefficients are those of Pearson, of Spearman (Pearson's of mean ranks) and of
 * Kendall (tau-b). The interval is of Spearman's: a jackknife that leaves out one
 * block of time (a day) after the other, on Fisher's scale, with Student's t of
 * as many degrees of freedom as blocks less one (Kunsch 1989 for blocks; Efron
 * 1982). It assumes that blocks are about as long and about independent.
 */
#ifndef ANALYSIS_CORRELATION_H
#define ANALYSIS_CORRELATION_H

#include <stddef.h>
#include <stdint.h>

enum { CORRELATION_MIN_BLOCKS = 5 };

/* NAN where it is not defined. */
struct correlation {
	double pearson, spearman, low, high, kendall;
};

struct correlation_data {
	const double *const *variable; /* n_variables of n values, finite */
	size_t n_variables;
	const int64_t *block; /* of each value; ascending */
	size_t n;
};

struct correlation_pair {
	size_t x, y; /* variables */
};

size_t correlation_n_blocks(const struct correlation_data *data);

/* -ENOMEM. */
int correlation_fit(const struct correlation_data *data,
		    const struct correlation_pair *pair, size_t n_pairs,
		    struct correlation *ret);

#endif
