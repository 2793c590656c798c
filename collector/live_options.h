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
	char name[LIVE_MAX_INTERFACES][IF_NAMESIZE];
	int n_interfaces;
	enum live_hook hook;
	bool is_forced;
	bool drops_all;          /* capabilities, after attaching */
	uint64_t duration_ns;    /* 0: until a signal */
	const char *metrics;     /* where to answer; NULL: nowhere */
	const char *config_path; /* NULL: none */
	char *config_text;       /* what values of the file are part of */
};

extern const struct cli_option live_option_table[];

/*
 * Reads argv and the configuration file. Returns -1 to go on, else the exit
 * code, after its one line or the help. The struct must not move afterwards.
 */
int live_options_read(struct live_options *options,
		      const struct cli_command *command, int argc, char **argv);
void live_options_fini(struct live_options *options);

/* The first option of `next` that differs and cannot be changed while it is
 * measured, or NULL; *ret_why is what it needs instead. */
const char *live_options_difference(const struct live_options *running,
				    const struct live_options *next,
				    const char **ret_why);

#endif
