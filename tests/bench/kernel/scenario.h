/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traffic of a bench scenario: a template frame and how the driver varies
 * it. Values that vary are written by the driver (driver.bpf.c).
 */
#ifndef TESTS_BENCH_SCENARIO_H
#define TESTS_BENCH_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "driver.h"

enum { SCENARIO_MAX_BYTES = 1500 };

struct scenario {
	const char *name;
	void (*make)(struct scenario *scenario);
	uint32_t n_flows;
	bool is_zipf;
	bool has_yardstick; /* what seven_maps.bpf.c understands */
	uint32_t lag;
	uint8_t frame[SCENARIO_MAX_BYTES];
	/* Before all others: opens the flows where frame would not. */
	uint8_t opening[SCENARIO_MAX_BYTES];
	uint32_t n_bytes, n_opening_bytes;
	struct driver_settings driver;
};

extern struct scenario scenarios[];
extern const unsigned int n_scenarios;

/* The flow of each turn, order[DRIVER_MAX_ORDER]: uniform, or Zipf with
 * exponent 1; the same in every run. */
void scenario_draw(const struct scenario *scenario, uint64_t *order);

#endif
