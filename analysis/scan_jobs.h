/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of a scan: its parts, dealt to the processes of a member of the
 * team, into sums.
 */
#ifndef ANALYSIS_SCAN_JOBS_H
#define ANALYSIS_SCAN_JOBS_H

#include "scan.h"

/* A part of a campaign; all borrowed. */
struct scan_job {
	const struct campaign_reader *reader;
	size_t part_idx;
};

struct scan_jobs {
	const struct scan_query *query;
	struct scan_job *job;
	size_t n, max;
};

/* Adds this member's share of the jobs to the result. Prints its line for each
 * failure. */
int scan_jobs_run(const struct scan_jobs *jobs, struct scan_result *result);

#endif
