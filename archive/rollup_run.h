/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of a plan, each in a process of its own, several at a time. */
#ifndef ARCHIVE_ROLLUP_RUN_H
#define ARCHIVE_ROLLUP_RUN_H

#include "rollup_plan.h"

enum { ROLLUP_MAX_PROCESSES = 64 };

struct rollup_run {
	const char *campaign; /* path */
	int campaign_fd;
	const char *uuid; /* of the campaign */
	unsigned int n_processes;
	bool is_quiet, is_verbose;
	uint64_t n_made; /* files, counted up */
};

/* Runs all jobs; a failed one does not stop the others. Each failure has
 * printed its line; returns the last, or 0. */
int rollup_run_jobs(struct rollup_run *run, const struct rollup_plan *plan);

#endif
