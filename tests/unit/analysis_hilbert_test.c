// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/hilbert_curve.h"
#include "../../analysis/hilbert_map.h"
#include "../../analysis/hilbert_scale.h"
#include "../../analysis/hilbert_special.h"

static void published_rows_of_the_slash8_map(void **unused)
{
	static const uint32_t top[16] = {
		0,   1,   14,  15,  16,  19,  20,  21,
		234, 235, 236, 239, 240, 241, 254, 255
	};
	static const uint32_t bottom[16] = { 85,  86,  89,  90,  101, 102,
					     105, 106, 149, 150, 153, 154,
					     165, 166, 169, 170 };

	for (uint32_t i = 0; i < 16; i++) {
		uint32_t x, y;

		hilbert_curve_locate(top[i], 4, &x, &y);
		assert_int_equal(x, i);
		assert_int_equal(y, 0);
		hilbert_curve_locate(bottom[i], 4, &x, &y);
		assert_int_equal(x, i);
		assert_int_equal(y, 15);
	}
}

static void curve_steps_to_neighbours_and_fills_the_square(void **unused)
{
	for (unsigned order = 1; order <= 8; order++) {
		uint32_t side = 1u << order, last_x = 0, last_y = 0;
		uint8_t *seen = calloc(side * side, 1);

		assert_non_null(seen);
		for (uint32_t i = 0; i < side * side; i++) {
			uint32_t x, y;

			hilbert_curve_locate(i, order, &x, &y);
			assert_true(x < side && y < side);
			assert_int_equal(seen[y * side + x]++, 0);
			if (i)
				assert_int_equal(
					abs((int)x - (int)last_x) +
						abs((int)y - (int)last_y),
					1);
			last_x = x;
			last_y = y;
		}
		free(seen);
	}
}

static void finer_map_refines_the_coarser(void **unused)
{
	for (uint32_t i = 0; i < 1u << 20; i += 37) {
		uint32_t x, y, coarse_x, coarse_y;

		hilbert_curve_locate(i, 10, &x, &y);
		hilbert_curve_locate(i >> 12, 4, &coarse_x, &coarse_y);
		assert_int_equal(x >> 6, coarse_x);
		assert_int_equal(y >> 6, coarse_y);
	}
}

static void block_map_is_that_square_of_the_whole(void **unused)
{
	const struct hilbert_grid block = { 10u << 24, 8, 16 };
	const struct hilbert_grid whole = { 0, 0, 16 };
	uint32_t block_x, block_y, x, y;

	hilbert_curve_locate(10, 4, &block_x, &block_y);
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t inner_x, inner_y;

		assert_int_equal(hilbert_grid_address(&block, i),
				 10u << 24 | i << 16);
		hilbert_grid_locate(&whole, 10u << 8 | i, &x, &y);
		hilbert_grid_locate(&block, i, &inner_x, &inner_y);
		assert_int_equal(inner_x, x - 16 * block_x);
		assert_int_equal(inner_y, y - 16 * block_y);
	}
}

static void special_blocks_are_whole_blocks(void **unused)
{
	assert_string_equal(hilbert_special_name(10u << 24, 8), "private");
	assert_string_equal(hilbert_special_name(239u << 24, 8), "multicast");
	assert_string_equal(hilbert_special_name(255u << 24, 8), "reserved");
	assert_string_equal(hilbert_special_name(0xc0a80100, 24), "private");
	assert_string_equal(hilbert_special_name(0xac1f0000, 16), "private");
	assert_null(hilbert_special_name(0xac200000, 16));
	/* 172/8 is only partly private. */
	assert_null(hilbert_special_name(172u << 24, 8));
	assert_null(hilbert_special_name(9u << 24, 8));
}

static void scale_is_logarithmic_and_ends_are_clamped(void **unused)
{
	const struct hilbert_scale scale = { hilbert_palette_find("YlOrRd"),
					     1e7, 1e9 };
	double tick[HILBERT_SCALE_MAX_TICKS];

	assert_int_equal(hilbert_scale_rgb(&scale, 1), 0xffffcc);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e7), 0xffffcc);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e8), 0xfd8c3c);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e9), 0x800026);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e12), 0x800026);
	assert_int_equal(hilbert_scale_ticks(&scale, tick), 7);
	assert_true(tick[0] == 1e7 && tick[6] == 1e9);
	assert_null(hilbert_palette_find("jet"));
	assert_true(hilbert_rgb_is_dark(0x800026));
	assert_false(hilbert_rgb_is_dark(0xffffcc));
}

static void add_samples(struct scan_result *result, uint32_t address,
			uint8_t side, uint8_t source, uint64_t count)
{
	static const struct group_spec spec = { .by = GROUP_BY_PREFIX,
						.v4_prefix_len = 8 };
	struct record_subnet subnet = { .prefix_len = 24,
					.family = 4,
					.side = side };
	const struct tally_row row = {
		.count = count, .min_ns = 10, .max_ns = 20, .sum_ns = 15 * count
	};
	struct group_key key;
	struct group *group;

	subnet.address[10] = subnet.address[11] = 0xff;
	for (int i = 0; i < 4; i++)
		subnet.address[12 + i] = (uint8_t)(address >> (24 - 8 * i));
	assert_int_equal(group_key_of(&spec, &subnet, &key), 1);
	group = group_table_get(&result->table, &key);
	assert_non_null(group);
	assert_int_equal(tally_add_row(group_tally(group, source), &row), 0);
}

enum { ANY_SOURCE = 1u << 0 | 1u << 10, LAN_OR_WAN = 3 };

static void map_takes_tcp_ts_of_the_wan_when_not_told(void **unused)
{
	struct hilbert_map map = { .grid = { .cell_len = 8 } };
	struct scan_result result = { 0 };

	add_samples(&result, 0x08080800, 0, 0, 5);
	add_samples(&result, 0x08090900, 0, 0, 6);
	add_samples(&result, 0x0a000000, 1, 0, 7);
	add_samples(&result, 0x0b000000, 0, 10, 9);
	group_table_sort(&result.table);
	assert_int_equal(
		hilbert_map_fill(&map, &result, ANY_SOURCE, LAN_OR_WAN), 0);
	assert_int_equal(map.n_cells, 1);
	assert_int_equal(map.cell[0].index, 8);
	assert_int_equal(map.cell[0].tally.count, 11);
	assert_int_equal(map.n_samples, 11);
	hilbert_map_fini(&map);
	scan_result_fini(&result);
}

static void map_falls_back_to_other_source_and_side(void **unused)
{
	struct hilbert_map map = { .grid = { .cell_len = 8 } };
	struct scan_result result = { 0 };

	add_samples(&result, 0x0a000000, 1, 10, 7);
	group_table_sort(&result.table);
	assert_int_equal(
		hilbert_map_fill(&map, &result, ANY_SOURCE, LAN_OR_WAN), 0);
	assert_int_equal(map.source, 10);
	assert_int_equal(map.sides, LAN_OR_WAN);
	assert_int_equal(map.n_samples, 7);
	hilbert_map_fini(&map);
	assert_int_equal(hilbert_map_fill(&map, &result, 1u << 3, LAN_OR_WAN),
			 -ENODATA);
	hilbert_map_fini(&map);
	scan_result_fini(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_rows_of_the_slash8_map),
		cmocka_unit_test(
			curve_steps_to_neighbours_and_fills_the_square),
		cmocka_unit_test(finer_map_refines_the_coarser),
		cmocka_unit_test(block_map_is_that_square_of_the_whole),
		cmocka_unit_test(special_blocks_are_whole_blocks),
		cmocka_unit_test(scale_is_logarithmic_and_ends_are_clamped),
		cmocka_unit_test(map_takes_tcp_ts_of_the_wan_when_not_told),
		cmocka_unit_test(map_falls_back_to_other_source_and_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
