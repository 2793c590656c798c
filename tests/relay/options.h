/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay's command line. `relay -h` prints what the options mean.
 */
#ifndef RELAY_OPTIONS_H
#define RELAY_OPTIONS_H

#include "impair.h"

struct options {
	const char *end[2];       /* a and b, as port_open() takes them */
	const char *truth_prefix; /* NULL: no captures */
	double spin_ns;
	double duration_ns; /* 0: until a signal */
	uint64_t seed;
	bool is_realtime;
	struct impair_paths paths;
	struct impair impair[2]; /* by direction */
};

/* 0, or -EINVAL after a line on stderr. Keeps pointers into argv. */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
