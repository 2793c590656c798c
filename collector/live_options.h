/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of `collect`.
 */
#ifndef COLLECTOR_LIVE_OPTIONS_H
#define COLLECTOR_LIVE_OPTIONS_H

#include "../lib/cli.h"
#include "live_attach.h"
#include "measure_options.h"

enum { LIVE_MAX_INTERFACES = MAX_INTERFACES };

struct live_options {
	struct measure_options measure;
	char devices[LIVE_MAX_INTERFACES * IF_NAMESIZE]; /* comma-separated */
	struct live_interface interface[LIVE_MAX_INTERFACES];
	int n_interfaces;
	enum live_hook hook;
	bool is_forced;
	uint64_t duration_ns; /* 0: until a signal */
};

extern const struct cli_option live_option_table[];

/*
 * Reads argv and looks the interfaces up. Returns -1 to go on, else the exit
 * code, after its one line or the help. The struct must not move afterwards.
 */
int live_options_read(struct live_options *options,
		      const struct cli_command *command, int argc, char **argv);

#endif
