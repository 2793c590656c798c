/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of `spindrift import`. */
#ifndef IMPORT_IMPORT_OPTIONS_H
#define IMPORT_IMPORT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/anonymise.h"
#include "../lib/cli.h"
#include "../lib/prefix.h"

enum { IMPORT_MAX_LAN = 64 };

struct import_options {
	const char *output, *vantage_point;
	bool is_old, is_quiet;
	struct prefix lan[IMPORT_MAX_LAN];
	char lan_text[IMPORT_MAX_LAN][PREFIX_TEXT_MAX]; /* canonical */
	size_t n_lan;
	struct anonymise_key key; /* no fingerprint: addresses as they are */
};

/* Ends with a NULL name. */
extern const struct cli_option import_option_rows[];

/* Takes the option of that row; false after its one line. value is borrowed for
 * good. */
bool import_option_take(struct import_options *options, int row,
			const char *value);

#endif
