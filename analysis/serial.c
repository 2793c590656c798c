// SPDX-License-Identifier: GPL-2.0-or-later
#include "serial.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum { MIN_VALUES = 8 };

double serial_inflation(const double *value, size_t n)
{
	double count = (double)n, r, power = 1, sum = 0;

	if (n < MIN_VALUES)
		return NAN;
	/* Values that are all equal have no autocorrelation. */
	if (!(gsl_stats_tss(value, 1, n) > 0))
		return 1;
	r = gsl_stats_lag1_autocorrelation(value, 1, n);
	r = (count * r + 2) / (count - 4);
	if (!(r > 0))
		return 1;
	r = r < 0.95 ? r : 0.95;
	for (size_t k = 1; k < n; k++) {
		power *= r;
		sum += (1 - (double)k / count) * power;
	}
	return 1 + 2 * sum;
}
