/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `info` says of a campaign, gathered part by part: counters add up, gaps
 * are listed, and intervals that are missing without a named gap are found.
 */
#ifndef ANALYSIS_INFO_GATHER_H
#define ANALYSIS_INFO_GATHER_H

#include <stdint.h>

#include "../lib/campaign.h"
#include "scan.h"

/* The cause of a gap that no part names. */
enum { INFO_GAP_NOT_NAMED = 255 };

struct info_subnets {
	uint64_t n[2][2];    /* [is IPv6][enum side] */
	uint64_t n_overflow; /* overflow rows, which are no subnets */
};

struct info {
	/* By side; its spans are the intervals that are there. */
	struct scan_result sums;
	struct scan_result quic; /* participation by side, no traffic */
	struct info_subnets subnets;
	uint64_t outcome[N_OUTCOMES], event[N_EVENTS];
	uint64_t n_flagged[4]; /* intervals with bit i of enum interval_flag */
	uint64_t n_logged[N_EVENT_KINDS]; /* rows of /event/ */
	struct record_gap *gap;           /* by start, owned */
	size_t n_gaps, max_gaps;
	uint64_t n_segments, n_journals, n_bytes;
	/* Of the last part that says so; owned; NULL: nobody does. */
	char *tool_version, *host, *kernel, *devices, *vantage_point;
};

/* Prints its line on failure; -ENODATA: a campaign without an interval. */
int info_gather(struct info *info, const struct campaign_reader *reader,
		bool is_quiet);
void info_fini(struct info *info);

/* Nanoseconds from the first interval to the end of the last. */
uint64_t info_period_ns(const struct info *info);
/* Intervals of the grid that the period touches; of imported ones, which have no
 * grid, those that it has room for. */
uint64_t info_n_expected(const struct info *info, uint64_t interval_ns);
/* Of the period, covered by intervals: 0 .. 1. */
double info_coverage_ratio(const struct info *info);
const char *info_gap_cause(const struct record_gap *gap);

#endif
