/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last intervals of a campaign that is being written, added up by subnet.
 * They are read from the open journal alone: nothing is asked of the collector.
 */
#ifndef ANALYSIS_TOP_DATA_H
#define ANALYSIS_TOP_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "group.h"
#include "quantile.h"

struct top_query {
	const char *path;
	uint64_t window_ns; /* at least one interval is read */
	unsigned int source;
	uint32_t sides; /* bit i: enum side */
	uint64_t min_samples;
};

struct top_row {
	const struct group *group; /* in the table */
	struct quantile_value p50, p95, p99;
};

struct top_data {
	int64_t end_ns;                /* of the last interval, UTC */
	uint64_t interval_ns;          /* the length of the last one */
	uint64_t measured_ns;          /* of all intervals that were read */
	uint64_t n_packets, n_samples; /* all sources and sides */
	uint64_t n_opened, n_refused, n_overflow, n_lost, n_gaps;
	struct segment_layout layout; /* of the bins in the table */
	struct group_table table;
	struct top_row *row; /* by p95, highest first */
	size_t n_rows;
};

/* -errno after one line; -ENODATA when the campaign has no open journal or no
 * interval in it. */
int top_data_read(const struct top_query *query, struct top_data *ret_data);
void top_data_fini(struct top_data *data);

#endif
