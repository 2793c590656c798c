/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the rows of the subnet at hand go: its groups, one per step, looked up
 * when first needed. -ENOMEM from what adds.
 */
#ifndef ANALYSIS_SCAN_LANE_H
#define ANALYSIS_SCAN_LANE_H

#include "scan.h"

struct scan_lane {
	struct group_table *table;
	const struct scan_query *query;
	int64_t first_step_ns;
	uint32_t n_steps;     /* times the number of phases */
	struct group **group; /* per step; NULL: not looked up */
	struct group_key key;
	bool is_left_out; /* the subnet has no group */
};

/* A row of /traffic or /slash8_traffic. */
struct scan_traffic {
	uint8_t class; /* enum traffic_class */
	struct traffic_count count;
};

/* At least 1. A lane's step is that of time times this, plus the phase. */
uint32_t scan_lane_n_phases(const struct scan_query *query);

/* After the caller has filled what stands before `group`. */
int scan_lane_init(struct scan_lane *lane);
void scan_lane_fini(struct scan_lane *lane);

/* Turns to the next subnet: 1 when its rows count, 0 when they do not; -EDOM
 * when it is wider than the groups. */
int scan_lane_turn(struct scan_lane *lane, const struct record_subnet *subnet);

/* Nothing is added of sources that the query leaves out. */
int scan_lane_add_samples(struct scan_lane *lane, uint32_t step, uint8_t source,
			  const struct tally_row *row);
int scan_lane_add_traffic(struct scan_lane *lane, uint32_t step,
			  const struct scan_traffic *row);
/* codepoint: enum ecn; of count only packets. */
int scan_lane_add_ecn(struct scan_lane *lane, uint32_t step, uint8_t codepoint,
		      const struct traffic_count *count);
/* class: enum spin_class; version: as participation_version(). */
int scan_lane_add_spin(struct scan_lane *lane, uint32_t step, uint8_t class,
		       unsigned version, const struct spin_count *count);

#endif
