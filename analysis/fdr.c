// SPDX-License-Identifier: GPL-2.0-or-later
#include "fdr.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

int fdr_adjust(const double *p, size_t n, double *ret_q)
{
	size_t *order = calloc(n + 1, sizeof(*order)), n_tests = 0;
	double *tested = calloc(n + 1, sizeof(*tested)), least = 1;
	size_t *where = calloc(n + 1, sizeof(*where));
	int err = order && tested && where ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++) {
		ret_q[i] = NAN;
		if (isnan(p[i]))
			continue;
		where[n_tests] = i;
		tested[n_tests++] = p[i];
	}
	if (!err && n_tests)
		gsl_sort_index(order, tested, 1, n_tests);
	/* From the largest p down: no q is above that of a larger p. */
	for (size_t rank = n_tests; rank > 0 && !err; rank--) {
		double q = tested[order[rank - 1]] * (double)n_tests /
			   (double)rank;

		least = q < least ? q : least;
		ret_q[where[order[rank - 1]]] = least;
	}
	free(order);
	free(tested);
	free(where);
	return err;
}
