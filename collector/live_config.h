/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file of `collect`: section [collect], keys are the names of
 * the options. A key whose option is repeatable may be too; one that takes no
 * value has yes or no. Options of the command line take the place of all entries
 * of their name.
 */
#ifndef COLLECTOR_LIVE_CONFIG_H
#define COLLECTOR_LIVE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/cli.h"

struct live_config_user {
	const struct cli_option *options;
	uint64_t given;       /* bit i: option i is on the command line */
	uint64_t not_in_file; /* bit i: option i cannot stand in a file */
	uint64_t repeatable;
	/* Takes an option, as from the command line; false after its line. */
	bool (*take)(void *context, int option, const char *value);
	void *context;
};

/*
 * Reads the file and hands over its entries. *ret_text holds their values and
 * is the caller's to free when they are of no more use, also after a failure.
 * Returns -1 to go on, else the exit code after one line that names file, line
 * and problem.
 */
int live_config_read(const char *path, const struct live_config_user *user,
		     char **ret_text);

#endif
