// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "../../analysis/distribution.h"
#include "../../core/traffic.h"

static const struct participation_choice choice = {
	.versions = ALL_VERSIONS,
	.min_count = 10,
};

static void add(struct group_table *table, uint8_t label, uint8_t side,
		uint8_t address, uint64_t tcp_packets, uint64_t tcp_ts_packets)
{
	struct group_key key = { .label = label, .side = side, .family = 4 };
	struct participation *sum;

	key.address[12] = address;
	sum = group_participation(group_table_get(table, &key));
	sum->tcp_packets = tcp_packets;
	sum->tcp_ts_packets = tcp_ts_packets;
}

static void distribute(struct distribution *distribution, uint8_t side)
{
	struct group_table table = { 0 };
	struct group_key key = { .label = GROUP_LABEL_PREFIX,
				 .side = SIDE_WAN,
				 .family = 4 };

	add(&table, GROUP_LABEL_PREFIX, SIDE_WAN, 1, 100, 90);
	add(&table, GROUP_LABEL_PREFIX, SIDE_WAN, 2, 10, 2);
	add(&table, GROUP_LABEL_PREFIX, SIDE_WAN, 3, 9, 9);
	add(&table, GROUP_LABEL_PREFIX, SIDE_WAN, 4, 1000, 200);
	add(&table, GROUP_LABEL_PREFIX, SIDE_WAN, 5, 50, 20);
	add(&table, GROUP_LABEL_OTHER, SIDE_WAN, 0, 1000, 1000);
	add(&table, GROUP_LABEL_PREFIX, SIDE_LAN, 1, 10, 10);
	assert_non_null(group_table_get(&table, &key));
	assert_int_equal(distribution_init(distribution, &table, side,
					   RATIO_TCP_TS, &choice),
			 0);
	group_table_fini(&table);
}

static void each_subnet_of_a_side_counts_once(void **unused)
{
	struct distribution d;

	distribute(&d, SIDE_WAN);
	assert_int_equal(d.n, 4);
	assert_int_equal(d.value[0], 200000);
	assert_int_equal(d.value[1], 200000);
	assert_int_equal(d.value[2], 400000);
	assert_int_equal(d.value[3], 900000);
	assert_int_equal(distribution_n_same(&d, 0), 2);
	assert_int_equal(distribution_n_same(&d, 1), 1);
	assert_int_equal(distribution_n_same(&d, 3), 1);
	distribution_fini(&d);
	distribute(&d, SIDE_LAN);
	assert_int_equal(d.n, 1);
	distribution_fini(&d);
	distribute(&d, GROUP_SIDE_NONE);
	assert_int_equal(d.n, 0);
	distribution_fini(&d);
}

static void assert_near(double value, double expected)
{
	assert_true(fabs(value - expected) < 1e-9);
}

static void quantiles_lie_between_ranks(void **unused)
{
	struct distribution d;

	distribute(&d, SIDE_WAN);
	assert_near(distribution_quantile(&d, 0), 0.2);
	assert_near(distribution_quantile(&d, 500), 0.3);
	/* Rank 2.85 of 0 .. 3. */
	assert_near(distribution_quantile(&d, 950), 0.4 + 0.85 * 0.5);
	assert_near(distribution_quantile(&d, 1000), 0.9);
	assert_near(distribution_mean(&d), 0.425);
	distribution_fini(&d);
	distribute(&d, SIDE_LAN);
	assert_near(distribution_quantile(&d, 0), 1);
	assert_near(distribution_quantile(&d, 999), 1);
	distribution_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_subnet_of_a_side_counts_once),
		cmocka_unit_test(quantiles_lie_between_ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
