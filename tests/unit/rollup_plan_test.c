// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../archive/rollup_plan.h"

#define HOUR_NS 3600000000000ll
#define TEN_S_NS 10000000000ull
/* 2026-10-30T00:00:00Z */
#define START_NS 1793318400000000000ll

enum { MAX_ENTRIES = 200, HOUR_SEQS = 360 };

static struct manifest_entry entry[MAX_ENTRIES];
static char path[MAX_ENTRIES][64];
static struct manifest manifest = { .entry = entry };
static const struct rollup_unsealed all_sealed = { NULL, INT64_MAX };

static void add(const char *directory, uint64_t hour, uint64_t n_hours)
{
	size_t i = manifest.n++;

	snprintf(path[i], sizeof(path[i]), "%s%zu.h5", directory, i);
	entry[i] = (struct manifest_entry){
		.path = path[i],
		.n_file_bytes = 100,
		.first_seq = hour * HOUR_SEQS + 1,
		.last_seq = (hour + n_hours) * HOUR_SEQS,
		.time_start_ns = START_NS + (int64_t)hour * HOUR_NS,
		.time_end_ns = START_NS + (int64_t)(hour + n_hours) * HOUR_NS,
	};
	strcpy(entry[i].campaign_uuid, "a");
}

static void add_hours(uint64_t first, uint64_t end)
{
	manifest.n = 0;
	for (; first < end; first++)
		add("raw/", first, 1);
}

static void make(enum segment_level level, uint64_t now_hour, bool is_open_too,
		 const struct rollup_unsealed *unsealed,
		 struct rollup_plan *ret_plan)
{
	const struct manifest_entry *blamed;

	assert_int_equal(
		rollup_plan_make(&manifest, TEN_S_NS, level,
				 START_NS + (int64_t)now_hour * HOUR_NS,
				 is_open_too, unsealed, ret_plan, &blamed),
		0);
}

static void a_day_is_a_file_and_the_day_at_hand_waits(void **state)
{
	struct rollup_plan plan;

	add_hours(0, 30);
	make(LEVEL_5MIN, 30, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].n_inputs, 24);
	assert_int_equal(plan.job[0].n_bytes, 2400);
	rollup_plan_fini(&plan);
	make(LEVEL_5MIN, 30, true, &all_sealed, &plan);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.job[1].n_inputs, 6);
	rollup_plan_fini(&plan);
	make(LEVEL_5MIN, 48, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 2);
	rollup_plan_fini(&plan);
}

static void what_is_not_sealed_keeps_its_day_back(void **state)
{
	const struct rollup_unsealed unsealed = { "a",
						  START_NS + 30 * HOUR_NS };
	const struct rollup_unsealed other = { "b", START_NS };
	struct rollup_plan plan;

	add_hours(0, 48);
	make(LEVEL_5MIN, 100, false, &unsealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].input[0]->first_seq, 1);
	rollup_plan_fini(&plan);
	make(LEVEL_5MIN, 100, false, &other, &plan);
	assert_int_equal(plan.n, 2);
	rollup_plan_fini(&plan);
}

static void what_is_rolled_up_is_not_rolled_up_again(void **state)
{
	struct rollup_plan plan;

	add_hours(0, 48);
	add("rollup/5min/", 0, 24);
	make(LEVEL_5MIN, 100, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].input[0]->first_seq, 24 * HOUR_SEQS + 1);
	rollup_plan_fini(&plan);
	/* Hours come from 5-minute files, not from raw ones. */
	make(LEVEL_1H, 100, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].n_inputs, 1);
	assert_int_equal(plan.job[0].input_level, LEVEL_5MIN);
	rollup_plan_fini(&plan);
}

static void a_hole_in_the_numbers_ends_a_file(void **state)
{
	struct rollup_plan plan;
	size_t i;

	add_hours(0, 24);
	/* Hour 7 is missing: it may be sealed later. */
	for (i = 7; i < 23; i++)
		entry[i] = entry[i + 1];
	manifest.n = 23;
	make(LEVEL_5MIN, 100, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.job[0].n_inputs, 7);
	assert_int_equal(plan.job[1].n_inputs, 16);
	rollup_plan_fini(&plan);
}

static void a_month_ends_in_utc(void **state)
{
	struct rollup_plan plan;

	manifest.n = 0;
	add("rollup/5min/", 0, 24);  /* October 30 */
	add("rollup/5min/", 24, 24); /* October 31 */
	add("rollup/5min/", 48, 24); /* November 1 */
	make(LEVEL_1H, 72, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].n_inputs, 2);
	rollup_plan_fini(&plan);
	make(LEVEL_1H, 47, false, &all_sealed, &plan);
	/* The campaign has gone on after October: it is over. */
	assert_int_equal(plan.n, 1);
	rollup_plan_fini(&plan);
	manifest.n = 2;
	make(LEVEL_1H, 47, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 0);
	rollup_plan_fini(&plan);
}

static void removed_files_are_no_inputs(void **state)
{
	struct rollup_plan plan;

	add_hours(0, 24);
	entry[0].is_removed = true;
	make(LEVEL_5MIN, 100, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.job[0].n_inputs, 23);
	rollup_plan_fini(&plan);
}

static void a_rollup_that_cuts_a_file_is_refused(void **state)
{
	const struct manifest_entry *blamed = NULL;
	struct rollup_plan plan;

	add_hours(0, 24);
	add("rollup/5min/", 0, 2);
	entry[24].last_seq -= 5;
	assert_int_equal(rollup_plan_make(&manifest, TEN_S_NS, LEVEL_5MIN,
					  START_NS + 100 * HOUR_NS, false,
					  &all_sealed, &plan, &blamed),
			 -EBADMSG);
	assert_ptr_equal(blamed, &entry[1]);
}

static void intervals_that_divide_hours_alone_have_no_5_minutes(void **state)
{
	assert_int_equal(rollup_input_level(LEVEL_1H, TEN_S_NS), LEVEL_5MIN);
	assert_int_equal(rollup_input_level(LEVEL_1H, 16000000000), LEVEL_RAW);
	assert_int_equal(rollup_input_level(LEVEL_5MIN, TEN_S_NS), LEVEL_RAW);
	assert_false(segment_level_is_possible(LEVEL_5MIN, 16000000000));
	assert_false(segment_level_is_possible(LEVEL_5MIN, 300000000000));
	assert_true(segment_level_is_possible(LEVEL_1H, 16000000000));
}

static void two_campaigns_are_rolled_up_apart(void **state)
{
	struct rollup_plan plan;

	add_hours(0, 24);
	strcpy(entry[12].campaign_uuid, "b");
	make(LEVEL_5MIN, 100, false, &all_sealed, &plan);
	assert_int_equal(plan.n, 3);
	rollup_plan_fini(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_a_file_and_the_day_at_hand_waits),
		cmocka_unit_test(what_is_not_sealed_keeps_its_day_back),
		cmocka_unit_test(what_is_rolled_up_is_not_rolled_up_again),
		cmocka_unit_test(a_hole_in_the_numbers_ends_a_file),
		cmocka_unit_test(a_month_ends_in_utc),
		cmocka_unit_test(removed_files_are_no_inputs),
		cmocka_unit_test(a_rollup_that_cuts_a_file_is_refused),
		cmocka_unit_test(
			intervals_that_divide_hours_alone_have_no_5_minutes),
		cmocka_unit_test(two_campaigns_are_rolled_up_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
