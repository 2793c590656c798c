/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals since the start of a collector, and their text for Prometheus:
 * OpenMetrics 1.0. Small whatever is measured: by side and source, never by
 * subnet. One thread.
 */
#ifndef COLLECTOR_METRICS_H
#define COLLECTOR_METRICS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../core/hist.h"
#include "../core/settings.h"
#include "../core/source.h"
#include "../lib/record.h"

enum {
	/* One bucket for each octave of core/hist.h, and one for what is below
	 * the first: their edges are bin edges, so the counts are exact. A value
	 * on an edge is of the bucket above it, where OpenMetrics has it below;
	 * that is one nanosecond. */
	N_METRIC_BUCKETS = N_HIST_BINS / HIST_SUB,
	N_METRIC_SIDES = 2,
};

struct metric_rtt {
	uint64_t bucket[N_METRIC_BUCKETS]; /* not cumulative */
	uint64_t overflow;
	unsigned __int128 sum_ns;
};

struct metric_interface {
	char name[IF_NAMESIZE];
	bool is_attached;
};

struct metrics {
	int64_t start_ns, last_end_ns; /* UTC; 0: no interval yet */
	uint64_t n_intervals, n_lost;
	uint64_t n_subnets; /* of the last interval */
	uint64_t outcome[N_OUTCOMES], event[N_EVENTS];
	uint64_t packets[N_METRIC_SIDES][2], bytes[N_METRIC_SIDES][2];
	struct metric_rtt rtt[N_METRIC_SIDES][N_SOURCES];
	struct metric_interface interface[MAX_INTERFACES];
	int n_interfaces;
};

/* Adds an interval that was written. */
void metrics_count(struct metrics *metrics, const struct record *record);
void metrics_write(const struct metrics *metrics, FILE *stream);

#endif
