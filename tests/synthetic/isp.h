/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up ISP, of which everything is known: what the tests of statistics
 * measure.
 *
 * WAN subnets belong to ASes, each with a /16 in a first octet of its own, near
 * or far, and half of them with two modes (a cache nearby, an origin behind it).
 * LAN subnets are customers, some hosts behind radio links; their queue grows
 * with the square of the load. The load follows the hour and the day of the
 * week and is noisy from interval to interval. The path to an AS wanders: a
 * stationary AR(1) process, so that neighbouring hours are alike and no day is
 * independent of the night before. Incidents are hours in which one AS is
 * slower; gaps are hours without measurement; neither is a change. Changes are
 * only those that the options plant.
 *
 * The same options give the same world. Interval i does not depend on whether
 * others were made. Not thread-safe.
 */
#ifndef TESTS_SYNTHETIC_ISP_H
#define TESTS_SYNTHETIC_ISP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../lib/record.h"

enum { ISP_MAX_ASES = 200, ISP_NO_AS = -1 };

struct isp_options {
	uint64_t seed;
	uint64_t n_days, n_subnets; /* >= 8 subnets */
	uint64_t interval_ns;       /* whole seconds that divide an hour */
	int64_t start_ns;           /* UTC, start of a day */
	int64_t utc_offset_ns;      /* local time, which the load follows */
	uint64_t n_incidents, n_gaps;
	/* The path to one AS is longer from that day on. */
	int64_t shift_as; /* or ISP_NO_AS */
	double shift_ms;
	uint64_t shift_day;
	/* The path to one AS grows. */
	int64_t drift_as; /* or ISP_NO_AS */
	double drift_ms_per_day;
	/* Standard deviation and time constant of what the paths wander. */
	double wander_ms, wander_h;
	bool is_mixed; /* isp_mix.h */
};

struct isp_as {
	uint32_t asn;
	uint8_t octet;
	double base_ms;
	double second_ms, second_share; /* of the further mode; 0: none */
};

/* Of one AS, or a gap. */
struct isp_episode {
	int64_t start_ns, end_ns;
	size_t as_idx;
	double extra_ms;
};

enum { ISP_N_NOISES = 4096, ISP_MAX_EPISODES = 1024 };

struct isp {
	struct isp_options options;
	size_t n_lan, n_ases;
	struct isp_as as[ISP_MAX_ASES];
	struct isp_episode incident[ISP_MAX_EPISODES];
	struct isp_episode gap[ISP_MAX_EPISODES];
	struct record_subnet *subnet; /* LAN ones first */
	double *subnet_ms;            /* of its own, above that of the AS */
	float *wander_ms;             /* by AS and hour */
	float noise[ISP_N_NOISES];
	struct record_traffic *lan_traffic; /* of the interval at hand */
	uint64_t random;
	/* Where each sample is told too, or NULL: `PREFIX<tab>ns` lines. */
	FILE *samples;
};

/* -ENOMEM. Ends with isp_fini() also after a failure. */
int isp_init(struct isp *isp, const struct isp_options *options);
void isp_fini(struct isp *isp);

uint64_t isp_n_intervals(const struct isp *isp);
/* Whether interval i lies in a gap. */
bool isp_is_gap(const struct isp *isp, uint64_t i);
/* Interval i, below isp_n_intervals(), into a record that is cleared first.
 * -ENOMEM. */
int isp_fill(struct isp *isp, uint64_t i, struct record *record);

/* The AS of a subnet that is no LAN one. */
size_t isp_as_of(const struct isp *isp, size_t subnet_idx);

#endif
