// SPDX-License-Identifier: GPL-2.0-or-later
#include "ratio_option.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/cli.h"

bool ratio_option_take(const char *option, const char *value, double *ret)
{
	double ratio = -1;
	char *end = NULL;

	if (*value && strspn(value, "0123456789.") == strlen(value))
		ratio = strtod(value, &end);
	if (!end || *end || !(ratio > 0 && ratio < 1)) {
		cli_error("%s: bad ratio '%s': expected a number between 0 "
			  "and 1",
			  option, value);
		return false;
	}
	*ret = ratio;
	return true;
}
