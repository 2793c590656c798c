// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../core/tally.h"

static void subnets_of_one_cell_do_not_meet(void **state)
{
	static uint8_t seen[N_TALLIES];

	for (uint32_t cell = 0; cell < N_TRAFFIC_CELLS; cell++) {
		memset(seen, 0, sizeof(seen));
		for (uint32_t slot = 7; slot < 7 + N_TALLIES; slot++) {
			uint32_t idx = tally_idx(slot, cell);

			assert_true(idx < N_TALLIES);
			assert_int_equal(seen[idx], 0);
			seen[idx] = 1;
		}
	}
}

/* Every slot that an index cell holds, and slot 0 of cell 0 is not "none". */
static void owner_names_slot_and_cell(void **state)
{
	const uint32_t slots[] = { 0,    1,
				   4,    1023,
				   1024, SUBNET_SLOTS_LIMIT + N_OVERFLOW_ROWS };

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
		for (uint32_t cell = 0; cell < N_TRAFFIC_CELLS; cell++) {
			struct tally tally = {
				.owner = tally_owner(slots[i], cell),
				.packets_rx = 1,
			};
			struct subnet_row row = {};

			assert_int_not_equal(tally.owner, 0);
			assert_int_equal(tally_slot(&tally), slots[i]);
			tally_add_to_row(&tally, &row);
			assert_int_equal(row.traffic[cell].packets_rx, 1);
		}
}

static void all_four_sums_are_added(void **state)
{
	const struct tally tally = {
		.owner = tally_owner(5, TRAFFIC_ICMP),
		.packets_rx = 0xffffffff,
		.packets_tx = 2,
		.bytes_rx = 1ULL << 40,
		.bytes_tx = 4,
	};
	struct subnet_row row = {};

	tally_add_to_row(&tally, &row);
	tally_add_to_row(&tally, &row);
	assert_int_equal(row.traffic[TRAFFIC_ICMP].packets_rx,
			 2 * 0xffffffffULL);
	assert_int_equal(row.traffic[TRAFFIC_ICMP].packets_tx, 4);
	assert_int_equal(row.traffic[TRAFFIC_ICMP].bytes_rx, 1ULL << 41);
	assert_int_equal(row.traffic[TRAFFIC_ICMP].bytes_tx, 8);
	for (int i = 0; i < N_TRAFFIC_CELLS; i++)
		if (i != TRAFFIC_ICMP)
			assert_int_equal(row.traffic[i].packets_rx, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subnets_of_one_cell_do_not_meet),
		cmocka_unit_test(owner_names_slot_and_cell),
		cmocka_unit_test(all_four_sums_are_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
