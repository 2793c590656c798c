// SPDX-License-Identifier: GPL-2.0-or-later
/* Load adds what it adds in a made-up ISP, and steps that are called loaded by
 * lot add nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/bloat_test.h"
#include "../../core/source.h"
#include "../synthetic/isp_random.h"
#include "../synthetic/isp_scan.h"

#define HOUR_NS 3600000000000ll
#define DAY_NS (24 * HOUR_NS)
#define START_NS 1793577600000000000ll

enum { N_WORLDS = 20, N_DAYS = 28 };

static const struct bloat_choice quarters = { .idle_ratio = 0.25,
					      .loaded_ratio = 0.75 };

static struct isp_options world_of(uint64_t seed)
{
	return (struct isp_options){
		.seed = seed,
		.n_days = N_DAYS,
		.n_subnets = 64,
		.interval_ns = HOUR_NS,
		.start_ns = START_NS,
		.utc_offset_ns = HOUR_NS,
		.n_incidents = 10,
		.n_gaps = 3,
		.shift_as = ISP_NO_AS,
		.drift_as = ISP_NO_AS,
		.wander_ms = 0.5,
		.wander_h = 8,
	};
}

static void scan_world(uint64_t seed, enum group_by by, struct scan_result *ret)
{
	const struct isp_options options = world_of(seed);
	struct isp *isp = calloc(1, sizeof(*isp));

	assert_non_null(isp);
	assert_int_equal(isp_init(isp, &options), 0);
	assert_int_equal(isp_scan(isp, 0, N_DAYS, HOUR_NS, by, ret), 0);
	isp_fini(isp);
	free(isp);
}

/* What a scan with phases would give: days instead of hours. */
static void add_phases(const struct scan_result *hours,
		       const struct scan_phases *phases,
		       struct scan_result *ret)
{
	*ret = (struct scan_result){ 0 };
	for (size_t i = 0; i < hours->table.n; i++) {
		const struct group *group = hours->table.group[i];
		struct group_key key = group->key;
		size_t at = (size_t)((key.step_ns - phases->first_ns) /
				     (int64_t)phases->step_ns);
		struct group *own;

		if (phases->phase[at] == SCAN_NO_PHASE ||
		    !group->tally[SOURCE_TCP_TS])
			continue;
		key.phase = phases->phase[at];
		key.step_ns = scan_step_start_ns(key.step_ns, DAY_NS);
		own = group_table_get(&ret->table, &key);
		assert_non_null(own);
		assert_int_equal(tally_add(group_tally(own, SOURCE_TCP_TS),
					   group->tally[SOURCE_TCP_TS]),
				 0);
	}
	group_table_sort(&ret->table);
}

static void choose_by_load(const struct scan_result *hours, uint8_t side,
			   struct bloat_phases *ret)
{
	struct bloat_load load = { .direction = BLOAT_BOTH };

	for (size_t i = 0; i < hours->table.n; i++) {
		const struct steps_moment moment = {
			hours->table.group[i]->key.step_ns, 3600
		};

		assert_int_equal(bloat_load_take(&load, &moment,
						 hours->table.group[i],
						 &hours->layout),
				 0);
	}
	assert_int_equal(
		bloat_load_choose(&load, side, HOUR_NS, &quarters, ret), 0);
	bloat_load_fini(&load);
}

static void queues_of_the_lan_are_found(void **state)
{
	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		struct scan_result hours, days;
		struct bloat_result found;
		struct bloat_phases phases;
		struct blocks_list list;

		scan_world(seed, GROUP_BY_SIDE, &hours);
		choose_by_load(&hours, SIDE_LAN, &phases);
		assert_true(phases.bytes_per_s[BLOAT_LOADED] >
			    2 * phases.bytes_per_s[BLOAT_IDLE]);
		add_phases(&hours, &phases.scan, &days);
		assert_int_equal(blocks_list_init(&list, &days), 0);
		/* lan and wan idle, lan and wan loaded. */
		assert_int_equal(list.n, 4);
		assert_int_equal(bloat_test(&list.blocks[0], &list.blocks[2],
					    &hours.layout, 1, 200, &found),
				 0);
		assert_in_range(found.n_days, N_DAYS - 4, N_DAYS);
		assert_true(found.p[BLOAT_P95] < 1e-3);
		assert_true(found.low_ns[BLOAT_P95] > 5e6);
		assert_true(found.difference_ns[BLOAT_P50] > 0);
		blocks_list_fini(&list);
		group_table_fini(&days.table);
		scan_result_fini(&hours);
		free((uint8_t *)phases.scan.phase);
	}
}

/* Every hour by lot, of the same chance by day and night. */
static void draw_phases(uint64_t seed, uint8_t phase[N_DAYS * 24])
{
	uint64_t random = isp_seed(seed, 4);

	for (size_t i = 0; i < N_DAYS * 24; i++)
		phase[i] = isp_uniform(&random) < 0.5 ? BLOAT_IDLE :
							BLOAT_LOADED;
}

/* p is below 5 % not more often than 8 % of the time, of each statistic. */
static void phases_by_lot_show_nothing(void **state)
{
	size_t n_low[N_BLOAT_STATISTICS] = { 0 }, n_rows = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		uint8_t phase[N_DAYS * 24];
		const struct scan_phases phases = { .first_ns = START_NS,
						    .step_ns = HOUR_NS,
						    .phase = phase,
						    .n = N_DAYS * 24,
						    .n_phases = 2 };
		struct scan_result hours, days;
		struct bloat_result found;
		struct blocks_list list;

		draw_phases(seed, phase);
		scan_world(seed, GROUP_BY_SLASH8, &hours);
		add_phases(&hours, &phases, &days);
		assert_int_equal(blocks_list_init(&list, &days), 0);
		for (size_t i = 0; i < list.n / 2; i++) {
			assert_int_equal(
				bloat_test(&list.blocks[i],
					   &list.blocks[list.n / 2 + i],
					   &hours.layout, 1, 200, &found),
				0);
			for (size_t s = 0; s < N_BLOAT_STATISTICS; s++)
				n_low[s] += found.p[s] < 0.05;
			n_rows++;
		}
		blocks_list_fini(&list);
		group_table_fini(&days.table);
		scan_result_fini(&hours);
	}
	for (size_t s = 0; s < N_BLOAT_STATISTICS; s++)
		assert_true((double)n_low[s] < 0.08 * (double)n_rows);
}

/* Loads 0, 1, ... 23 by hour of day, on each of ten days. */
static void set_loads(struct bloat_load *load, struct bloat_step step[240])
{
	for (int i = 0; i < 240; i++)
		step[i] = (struct bloat_step){ START_NS + i * HOUR_NS, i % 24 };
	load->step[SIDE_WAN] = step;
	load->n[SIDE_WAN] = 240;
}

static void quarters_are_those_of_the_load(void **state)
{
	struct bloat_load load = { 0 };
	struct bloat_phases found;
	struct bloat_step step[240];

	set_loads(&load, step);
	assert_int_equal(bloat_load_choose(&load, SIDE_WAN, HOUR_NS, &quarters,
					   &found),
			 0);
	assert_int_equal(found.n_steps[BLOAT_IDLE], 60);
	assert_int_equal(found.n_steps[BLOAT_LOADED], 60);
	assert_true(fabs(found.bytes_per_s[BLOAT_IDLE] - 2.5) < 1e-9);
	assert_true(fabs(found.bytes_per_s[BLOAT_LOADED] - 20.5) < 1e-9);
	for (int i = 0; i < 240; i++) {
		uint8_t want = i % 24 < 6   ? BLOAT_IDLE :
			       i % 24 >= 18 ? BLOAT_LOADED :
					      SCAN_NO_PHASE;

		assert_int_equal(found.scan.phase[i], want);
	}
	free((uint8_t *)found.scan.phase);
}

static void loads_that_are_the_same_are_neither(void **state)
{
	struct bloat_choice by_hour = quarters;
	struct bloat_load load = { 0 };
	struct bloat_phases found;
	struct bloat_step step[240];

	by_hour.is_by_hour = true;
	set_loads(&load, step);
	assert_int_equal(bloat_load_choose(&load, SIDE_WAN, HOUR_NS, &by_hour,
					   &found),
			 -ENODATA);
	free((uint8_t *)found.scan.phase);
	assert_int_equal(bloat_load_choose(&load, SIDE_LAN, HOUR_NS, &by_hour,
					   &found),
			 -ENODATA);
	/* Now one hour differs from day to day. */
	for (int i = 0; i < 10; i++)
		step[24 * i + 7].bytes_per_s = 100 + i;
	assert_int_equal(bloat_load_choose(&load, SIDE_WAN, HOUR_NS, &by_hour,
					   &found),
			 0);
	assert_int_equal(found.n_steps[BLOAT_IDLE], 3);
	assert_int_equal(found.n_steps[BLOAT_LOADED], 3);
	free((uint8_t *)found.scan.phase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_of_the_lan_are_found),
		cmocka_unit_test(phases_by_lot_show_nothing),
		cmocka_unit_test(quarters_are_those_of_the_load),
		cmocka_unit_test(loads_that_are_the_same_are_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
