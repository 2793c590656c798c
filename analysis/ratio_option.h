/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that are a share. */
#ifndef ANALYSIS_RATIO_OPTION_H
#define ANALYSIS_RATIO_OPTION_H

#include <stdbool.h>

/* "0.05": above 0 and below 1; false after its line. */
bool ratio_option_take(const char *option, const char *value, double *ret);

#endif
