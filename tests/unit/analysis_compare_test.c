// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison finds what was planted in a made-up ISP, and nothing where nothing
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/compare_test.h"
#include "../../analysis/fdr.h"
#include "../synthetic/isp_scan.h"

#define DAY_NS 86400000000000ull

enum { N_WORLDS = 20, N_DAYS = 28, SPLIT_DAY = 12, MAX_TESTS = 512 };

/* The AS that a shift is planted in, and its first octet. */
enum { SHIFT_AS = 3, SHIFT_OCTET = 112 };

/* What a comparison of the days before SPLIT_DAY with the rest says. */
struct finding {
	double p[MAX_TESTS], q[MAX_TESTS];
	struct compare_result result[MAX_TESTS / N_COMPARE_STATISTICS];
	uint8_t octet[MAX_TESTS / N_COMPARE_STATISTICS];
	size_t n_groups;
};

static struct isp_options world_of(uint64_t seed)
{
	return (struct isp_options){
		.seed = seed,
		.n_days = N_DAYS,
		.n_subnets = 64,
		.interval_ns = 3600000000000,
		.start_ns = 1793577600000000000,
		.utc_offset_ns = 3600000000000,
		.n_incidents = 10,
		.n_gaps = 3,
		.shift_as = ISP_NO_AS,
		.drift_as = ISP_NO_AS,
		.wander_ms = 0.5,
		.wander_h = 8,
	};
}

static void compare_days(struct isp *isp, struct finding *ret)
{
	const struct compare_options options = { .seed = 1,
						 .n_resamples = 400,
						 .n_permutations = 9999 };
	struct scan_result a, b;
	struct blocks_list list_a, list_b;

	assert_int_equal(
		isp_scan(isp, 0, SPLIT_DAY, DAY_NS, GROUP_BY_SLASH8, &a), 0);
	assert_int_equal(isp_scan(isp, SPLIT_DAY, N_DAYS, DAY_NS,
				  GROUP_BY_SLASH8, &b),
			 0);
	assert_int_equal(blocks_list_init(&list_a, &a), 0);
	assert_int_equal(blocks_list_init(&list_b, &b), 0);
	assert_int_equal(list_a.n, list_b.n);
	assert_int_equal(list_a.n, isp->n_ases + 1);
	ret->n_groups = list_a.n;
	for (size_t i = 0; i < list_a.n; i++) {
		assert_int_equal(blocks_compare(&list_a.blocks[i],
						&list_b.blocks[i]),
				 0);
		assert_int_equal(list_a.blocks[i].n, SPLIT_DAY);
		assert_int_equal(compare_test(&list_a.blocks[i],
					      &list_b.blocks[i], &a.layout,
					      &options, &ret->result[i]),
				 0);
		ret->octet[i] = list_a.blocks[i].group.key.address[12];
		memcpy(ret->p + i * N_COMPARE_STATISTICS, ret->result[i].p,
		       sizeof(ret->result[i].p));
	}
	assert_int_equal(fdr_adjust(ret->p,
				    ret->n_groups * N_COMPARE_STATISTICS,
				    ret->q),
			 0);
	blocks_list_fini(&list_a);
	blocks_list_fini(&list_b);
	scan_result_fini(&a);
	scan_result_fini(&b);
}

static struct finding *compare_world(const struct isp_options *options)
{
	struct finding *outcome = calloc(1, sizeof(*outcome));
	struct isp *isp = calloc(1, sizeof(*isp));

	assert_non_null(outcome);
	assert_non_null(isp);
	assert_int_equal(isp_init(isp, options), 0);
	compare_days(isp, outcome);
	isp_fini(isp);
	free(isp);
	return outcome;
}

/*
 * Nothing is found in any world, at a false-discovery rate of 1 %; and p is what
 * it says: below 5 % not more often than 8 % of the time, of each statistic (the
 * groups of a world are too few to say it more closely).
 */
static void worlds_without_a_change_show_none(void **state)
{
	size_t n_low[N_COMPARE_STATISTICS] = { 0 }, n_groups = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		const struct isp_options options = world_of(seed);
		struct finding *found = compare_world(&options);

		n_groups += found->n_groups;
		for (size_t i = 0; i < found->n_groups * N_COMPARE_STATISTICS;
		     i++) {
			n_low[i % N_COMPARE_STATISTICS] += found->p[i] < 0.05;
			assert_true(found->q[i] > 0.01);
		}
		free(found);
	}
	for (size_t s = 0; s < N_COMPARE_STATISTICS; s++)
		assert_true((double)n_low[s] < 0.08 * (double)n_groups);
}

static bool is_found(const struct finding *found, size_t group)
{
	const double *q = found->q + group * N_COMPARE_STATISTICS;

	for (size_t s = 0; s < N_COMPARE_STATISTICS; s++)
		if (q[s] <= 0.01)
			return true;
	return false;
}

/* Found in every world, as large as it is; of all groups that are found one in
 * twenty may be another, by chance. */
static void a_planted_shift_is_found_where_it_is(void **state)
{
	size_t n_false = 0;

	for (uint64_t seed = 1; seed <= N_WORLDS; seed++) {
		struct isp_options options = world_of(seed);
		const struct compare_quantile *p50;
		struct finding *found;

		options.shift_as = SHIFT_AS;
		options.shift_ms = 5;
		options.shift_day = SPLIT_DAY;
		found = compare_world(&options);
		for (size_t i = 0; i < found->n_groups; i++) {
			if (found->octet[i] != SHIFT_OCTET) {
				n_false += is_found(found, i);
				continue;
			}
			assert_true(is_found(found, i));
			p50 = &found->result[i].quantile[COMPARE_P50];
			assert_true(p50->low_ns < 5.5e6);
			assert_true(p50->high_ns > 4.5e6);
			assert_true(found->result[i].wasserstein_ns > 3.5e6);
			assert_true(found->result[i].wasserstein_ns < 7e6);
		}
		free(found);
	}
	assert_in_range(n_false, 0, N_WORLDS / 20);
}

static void the_same_seed_gives_the_same_answer(void **state)
{
	const struct isp_options options = world_of(3);
	struct finding *first = compare_world(&options);
	struct finding *again = compare_world(&options);

	assert_memory_equal(first->result, again->result,
			    first->n_groups * sizeof(first->result[0]));
	free(first);
	free(again);
}

/* The sum of a choice is what adding them one by one gives. */
static void sums_are_those_of_tallies(void **state)
{
	const struct isp_options options = world_of(2);
	struct isp *isp = calloc(1, sizeof(*isp));
	struct tally want = { 0 };
	struct blocks_list list;
	struct scan_result scan;
	struct blocks_sum sum;

	assert_non_null(isp);
	assert_int_equal(isp_init(isp, &options), 0);
	assert_int_equal(isp_scan(isp, 0, 3, DAY_NS, GROUP_BY_SLASH8, &scan),
			 0);
	assert_int_equal(blocks_list_init(&list, &scan), 0);
	assert_int_equal(blocks_sum_init(&sum, &list.blocks[1], NULL), 0);
	blocks_sum_clear(&sum);
	blocks_sum_add(&sum, list.blocks[1].tally[2], 2);
	blocks_sum_add(&sum, list.blocks[1].tally[0], 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			tally_add(&want, list.blocks[1].tally[i == 2 ? 0 : 2]),
			0);
	assert_int_equal(sum.tally.count, want.count);
	assert_int_equal(sum.tally.min_ns, want.min_ns);
	assert_int_equal(sum.tally.max_ns, want.max_ns);
	for (unsigned q = 0; q <= 1000; q += 50)
		assert_int_equal(quantile_get(&sum.tally, &scan.layout, q,
					      QUANTILE_LINEAR)
					 .ns,
				 quantile_get(&want, &scan.layout, q,
					      QUANTILE_LINEAR)
					 .ns);
	tally_fini(&want);
	blocks_sum_fini(&sum);
	blocks_list_fini(&list);
	scan_result_fini(&scan);
	isp_fini(isp);
	free(isp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worlds_without_a_change_show_none),
		cmocka_unit_test(a_planted_shift_is_found_where_it_is),
		cmocka_unit_test(the_same_seed_gives_the_same_answer),
		cmocka_unit_test(sums_are_those_of_tallies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
