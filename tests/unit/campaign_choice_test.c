// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../lib/campaign_choice.h"

/* Two days of four raw files of ten numbers each, a day file for each, and a
 * month file of both. */
enum { RAW, DAY = 8, MONTH = 10, N = 11 };

static struct campaign_candidate all[N];

static void fill(void)
{
	size_t i;

	for (i = 0; i < N; i++)
		all[i] = (struct campaign_candidate){
			.campaign_uuid = "a",
			.is_there = true,
			.is_usable = true,
			.is_wanted = true,
		};
	for (i = RAW; i < DAY; i++) {
		all[i].first_seq = 10 * i + 1;
		all[i].last_seq = 10 * i + 10;
	}
	for (i = DAY; i < MONTH; i++) {
		all[i].level = LEVEL_5MIN;
		all[i].first_seq = 40 * (i - DAY) + 1;
		all[i].last_seq = 40 * (i - DAY) + 40;
	}
	all[MONTH].level = LEVEL_1H;
	all[MONTH].first_seq = 1;
	all[MONTH].last_seq = 80;
}

/* Bit i: candidate i is chosen. */
static unsigned int chosen(void)
{
	unsigned int bits = 0, i;

	for (i = 0; i < N; i++)
		bits |= (unsigned int)all[i].is_chosen << i;
	return bits;
}

static void the_coarsest_usable_file_is_read(void **state)
{
	fill();
	assert_int_equal(campaign_choose(all, N, false), -1);
	assert_int_equal(chosen(), 1 << MONTH);
	all[MONTH].is_usable = false;
	assert_int_equal(campaign_choose(all, N, false), -1);
	assert_int_equal(chosen(), 3 << DAY);
	all[DAY].is_usable = false;
	assert_int_equal(campaign_choose(all, N, false), -1);
	assert_int_equal(chosen(), 1 << (DAY + 1) | 0xf);
}

static void what_is_too_coarse_is_said(void **state)
{
	fill();
	all[MONTH].is_usable = all[DAY].is_usable = false;
	all[2].is_there = false;
	/* The month and the day miss what raw file 2 had. */
	assert_int_equal(campaign_choose(all, N, false), 2);
	/* Outside the period it does not matter. */
	all[2].is_wanted = all[DAY].is_wanted = all[MONTH].is_wanted = false;
	assert_int_equal(campaign_choose(all, N, false), -1);
}

static void the_finest_is_a_rollup_only_where_raw_is_gone(void **state)
{
	fill();
	assert_int_equal(campaign_choose(all, N, true), -1);
	assert_int_equal(chosen(), 0xff);
	all[5].is_there = false;
	assert_int_equal(campaign_choose(all, N, true), -1);
	assert_int_equal(chosen(), 1 << (DAY + 1) | 0xf);
	all[DAY + 1].is_there = false;
	assert_int_equal(campaign_choose(all, N, true), -1);
	assert_int_equal(chosen(), 1 << MONTH);
}

static void an_interval_is_never_read_twice(void **state)
{
	uint64_t bits, i;
	size_t n_chosen;

	/* Whatever is missing, no two chosen files overlap. */
	for (bits = 0; bits < 1 << N; bits++) {
		fill();
		for (i = 0; i < N; i++)
			all[i].is_there = bits >> i & 1;
		campaign_choose(all, N, bits & 1);
		n_chosen = 0;
		for (i = 0; i < N; i++) {
			if (!all[i].is_chosen)
				continue;
			assert_true(all[i].is_there);
			n_chosen += all[i].last_seq - all[i].first_seq + 1;
		}
		assert_true(n_chosen <= 80);
	}
}

static void campaigns_do_not_replace_each_other(void **state)
{
	fill();
	all[MONTH].campaign_uuid = "b";
	assert_int_equal(campaign_choose(all, N, false), -1);
	assert_int_equal(chosen(), 1 << MONTH | 3 << DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_coarsest_usable_file_is_read),
		cmocka_unit_test(what_is_too_coarse_is_said),
		cmocka_unit_test(the_finest_is_a_rollup_only_where_raw_is_gone),
		cmocka_unit_test(an_interval_is_never_read_twice),
		cmocka_unit_test(campaigns_do_not_replace_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
