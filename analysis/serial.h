/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dependence in time does to a test: neighbouring values that are alike say
 * less than independent ones.
 */
#ifndef ANALYSIS_SERIAL_H
#define ANALYSIS_SERIAL_H

#include <stddef.h>

/*
 * By how much the variance of the mean of n values in order of time is larger
 * than if they were independent, from their autocorrelation r at lag 1 under an
 * AR(1) model: 1 + 2 sum over k of (1 - k/n) r^k (Yue and Wang 2004). r of few
 * values comes out too small; (n r + 2) / (n - 4) makes up for it (van Giezen
 * and others 2005). Never below 1, so that no test becomes bolder by it, and
 * with r at most 0.95. `value` is what a model leaves over. NAN below 8 values.
 */
double serial_inflation(const double *value, size_t n);

#endif
