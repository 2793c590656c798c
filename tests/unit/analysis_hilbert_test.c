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
#include "../../analysis/hilbert_diff.h"
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

static struct prefix prefix_from(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static struct hilbert_grid grid_from(const char *within, unsigned cell_len)
{
	return (struct hilbert_grid){ prefix_from(within), cell_len };
}

static void assert_cell(const struct hilbert_grid *grid, uint32_t index,
			const char *expected)
{
	struct prefix prefix = hilbert_grid_prefix(grid, index);
	char text[PREFIX_TEXT_MAX];
	uint32_t found;

	prefix_format(&prefix, text);
	assert_string_equal(text, expected);
	assert_true(hilbert_grid_find(grid, &prefix, &found));
	assert_int_equal(found, index);
}

/* The square of a block in the coarser and the finer map is the same. */
static void assert_is_square_of(const char *block_text, const char *whole_text,
				unsigned cell_len)
{
	const struct hilbert_grid block = grid_from(block_text, cell_len);
	const struct hilbert_grid whole = grid_from(whole_text, cell_len);
	uint32_t side = hilbert_grid_side(&block), first, left, top;

	for (uint32_t i = 0; i < hilbert_grid_n_cells(&block); i++) {
		struct prefix cell = hilbert_grid_prefix(&block, i);
		uint32_t index, x, y, inner_x, inner_y;

		assert_true(hilbert_grid_find(&whole, &cell, &index));
		hilbert_grid_locate(&whole, index, &x, &y);
		hilbert_grid_locate(&block, i, &inner_x, &inner_y);
		if (i == 0) {
			first = index;
			left = x - inner_x;
			top = y - inner_y;
		}
		assert_int_equal(index, first + i);
		assert_int_equal(left % side, 0);
		assert_int_equal(inner_x, x - left);
		assert_int_equal(inner_y, y - top);
	}
}

static void block_map_is_that_square_of_the_whole(void **unused)
{
	assert_is_square_of("10.0.0.0/8", "0.0.0.0/0", 16);
	assert_is_square_of("192.168.0.0/16", "192.0.0.0/8", 24);
	assert_is_square_of("2a00::/11", "2000::/3", 19);
	assert_is_square_of("2001:db8::/35", "2001:da0::/27", 43);
}

static void cells_are_the_prefixes_of_the_block(void **unused)
{
	const struct hilbert_grid v4 = grid_from("0.0.0.0/0", 24);
	const struct hilbert_grid v6 = grid_from("2000::/3", 11);
	const struct hilbert_grid net = grid_from("2001:db8::/32", 48);

	assert_cell(&v4, 0, "0.0.0.0/24");
	assert_cell(&v4, (1 << 24) - 1, "255.255.255.0/24");
	assert_int_equal(hilbert_grid_side(&v4), 4096);
	assert_cell(&v6, 0, "2000::/11");
	assert_cell(&v6, 0xff, "3fe0::/11");
	assert_cell(&net, 0xabcd, "2001:db8:abcd::/48");
	assert_int_equal(hilbert_grid_side(&net), 256);
}

static void prefixes_elsewhere_or_wider_have_no_cell(void **unused)
{
	const struct hilbert_grid v4 = grid_from("10.0.0.0/8", 16);
	const struct hilbert_grid v6 = grid_from("2000::/3", 11);
	struct prefix other = prefix_from("11.0.0.0/16");
	struct prefix wide = prefix_from("10.0.0.0/12");
	struct prefix local = prefix_from("fc00::/48");
	struct prefix mapped = prefix_from("10.1.2.0/24");
	uint32_t index;

	assert_false(hilbert_grid_find(&v4, &other, &index));
	assert_false(hilbert_grid_find(&v4, &wide, &index));
	assert_false(hilbert_grid_find(&v6, &local, &index));
	assert_false(hilbert_grid_find(&v6, &mapped, &index));
	assert_true(hilbert_grid_find(&v4, &mapped, &index));
	assert_int_equal(index, 1);
}

/* A registry's /12 is no square of the map of 2000::/3. */
static void block_at_odd_distance_has_its_own_curve(void **unused)
{
	const struct hilbert_grid grid = grid_from("2a00::/12", 20);

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t x, y, own_x, own_y;

		hilbert_grid_locate(&grid, i, &x, &y);
		hilbert_curve_locate(i, 4, &own_x, &own_y);
		assert_int_equal(x, own_x);
		assert_int_equal(y, own_y);
	}
}

static void assert_label(const char *text, const char *expected)
{
	struct prefix prefix = prefix_from(text);
	char label[HILBERT_GRID_LABEL_MAX];

	hilbert_grid_label(&prefix, label);
	assert_string_equal(label, expected);
}

static void labels_have_what_the_length_reaches(void **unused)
{
	assert_label("10.0.0.0/8", "10");
	assert_label("10.64.0.0/10", "10.64");
	assert_label("192.0.2.0/24", "192.0.2");
	assert_label("2a00::/11", "2a00");
	assert_label("2a00:1450::/32", "2a00:1450");
	assert_label("2001:db8:ffff:ffff::/64", "2001:db8:ffff:ffff");
}

static const char *special_name(const char *text)
{
	struct prefix prefix = prefix_from(text);

	return hilbert_special_name(&prefix);
}

static void special_blocks_are_whole_blocks(void **unused)
{
	assert_string_equal(special_name("10.0.0.0/8"), "private");
	assert_string_equal(special_name("239.0.0.0/8"), "multicast");
	assert_string_equal(special_name("255.0.0.0/8"), "reserved");
	assert_string_equal(special_name("192.168.1.0/24"), "private");
	assert_string_equal(special_name("172.31.0.0/16"), "private");
	assert_null(special_name("172.32.0.0/16"));
	/* 172/8 is only partly private. */
	assert_null(special_name("172.0.0.0/8"));
	assert_null(special_name("9.0.0.0/8"));
	assert_string_equal(special_name("2001:db8:1::/48"), "example");
	assert_string_equal(special_name("2001:0:1::/48"), "Teredo");
	assert_string_equal(special_name("2001:1::/32"), "protocols");
	assert_string_equal(special_name("fd00::/48"), "private");
	assert_null(special_name("2001:200::/23"));
	assert_null(special_name("2a00::/12"));
}

static void scale_is_logarithmic_and_ends_are_clamped(void **unused)
{
	const struct hilbert_scale scale = { hilbert_palette_find("YlOrRd"),
					     1e7, 1e9 };
	const struct hilbert_scale ratio = { hilbert_palette_find("RdBu"), 0.25,
					     4 };
	double tick[HILBERT_SCALE_MAX_TICKS];

	assert_int_equal(hilbert_scale_rgb(&scale, 1), 0xffffcc);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e7), 0xffffcc);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e8), 0xfd8c3c);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e9), 0x800026);
	assert_int_equal(hilbert_scale_rgb(&scale, 1e12), 0x800026);
	assert_int_equal(hilbert_scale_ticks(&scale, tick), 7);
	assert_true(tick[0] == 1e7 && tick[6] == 1e9);
	assert_int_equal(hilbert_scale_rgb(&ratio, 0.01), 0x053061);
	assert_int_equal(hilbert_scale_rgb(&ratio, 1), 0xf7f6f6);
	assert_int_equal(hilbert_scale_rgb(&ratio, 2), 0xe48066);
	assert_true(hilbert_scale_position(&ratio, 0.5) == 0.25);
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
	struct hilbert_map map = { .grid = grid_from("0.0.0.0/0", 8) };
	struct scan_result result = { 0 };

	add_samples(&result, 0x08080800, 0, 0, 5);
	add_samples(&result, 0x08090900, 0, 0, 6);
	add_samples(&result, 0x0a000000, 1, 0, 7);
	add_samples(&result, 0x0b000000, 0, 10, 9);
	group_table_sort(&result.table);
	assert_int_equal(
		hilbert_map_choose(&map, &result, ANY_SOURCE, LAN_OR_WAN), 0);
	assert_int_equal(hilbert_map_fill(&map, &result, 0, result.table.n), 0);
	assert_int_equal(map.n_cells, 1);
	assert_int_equal(map.cell[0].index, 8);
	assert_int_equal(map.cell[0].tally.count, 11);
	assert_int_equal(map.n_samples, 11);
	hilbert_map_fini(&map);
	scan_result_fini(&result);
}

static void map_falls_back_to_other_source_and_side(void **unused)
{
	struct hilbert_map map = { .grid = grid_from("0.0.0.0/0", 8) };
	struct scan_result result = { 0 };

	add_samples(&result, 0x0a000000, 1, 10, 7);
	group_table_sort(&result.table);
	assert_int_equal(
		hilbert_map_choose(&map, &result, ANY_SOURCE, LAN_OR_WAN), 0);
	assert_int_equal(hilbert_map_fill(&map, &result, 0, result.table.n), 0);
	assert_int_equal(map.source, 10);
	assert_int_equal(map.sides, LAN_OR_WAN);
	assert_int_equal(map.n_samples, 7);
	assert_int_equal(hilbert_map_choose(&map, &result, 1u << 3, LAN_OR_WAN),
			 -ENODATA);
	hilbert_map_fini(&map);
	scan_result_fini(&result);
}

static void map_keeps_apart_what_is_not_on_it(void **unused)
{
	struct hilbert_map map = { .grid = grid_from("8.0.0.0/6", 8),
				   .sides = LAN_OR_WAN };
	struct scan_result result = { 0 };

	add_samples(&result, 0x08080800, 0, 0, 5);
	add_samples(&result, 0x0b080800, 0, 0, 6);
	add_samples(&result, 0x0c080800, 0, 0, 7);
	group_table_sort(&result.table);
	assert_int_equal(hilbert_map_fill(&map, &result, 0, result.table.n), 0);
	assert_int_equal(map.n_cells, 2);
	assert_int_equal(map.cell[1].index, 3);
	assert_int_equal(map.n_samples, 11);
	assert_int_equal(map.n_outside_samples, 7);
	hilbert_map_fini(&map);
	scan_result_fini(&result);
}

static void change_joins_cells_and_tells_only_what_both_have(void **unused)
{
	struct hilbert_diff diff = { 0 };
	struct scan_result result[2] = { 0 };
	struct quantile_value value;
	uint64_t ns[2];

	add_samples(&result[0], 0x01000000, 0, 0, 5);
	add_samples(&result[0], 0x03000000, 0, 0, 1);
	add_samples(&result[0], 0x05000000, 0, 0, 5);
	add_samples(&result[1], 0x02000000, 0, 0, 5);
	add_samples(&result[1], 0x03000000, 0, 0, 5);
	add_samples(&result[1], 0x05000000, 0, 0, 5);
	for (int i = 0; i < 2; i++) {
		diff.map[i] =
			(struct hilbert_map){ .grid = grid_from("0.0.0.0/0", 8),
					      .stat = HILBERT_STAT_MEAN,
					      .min_samples = 2,
					      .sides = LAN_OR_WAN };
		group_table_sort(&result[i].table);
		assert_int_equal(hilbert_map_fill(&diff.map[i], &result[i], 0,
						  result[i].table.n),
				 0);
	}
	assert_int_equal(hilbert_diff_join(&diff), 0);
	assert_int_equal(diff.n_changes, 4);
	for (uint32_t i = 0; i < 4; i++) {
		static const uint32_t index[4] = { 1, 2, 3, 5 };

		assert_int_equal(diff.change[i].index, index[i]);
		assert_int_equal(hilbert_change_get(&diff, &diff.change[i], ns),
				 i == 3);
	}
	assert_int_equal(ns[0], 15);
	assert_int_equal(ns[1], 15);
	assert_null(diff.change[0].cell[1]);
	assert_false(hilbert_change_value(&diff, &diff.change[2], 0, &value));
	assert_true(hilbert_change_value(&diff, &diff.change[2], 1, &value));
	hilbert_diff_fini(&diff);
	scan_result_fini(&result[0]);
	scan_result_fini(&result[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_rows_of_the_slash8_map),
		cmocka_unit_test(
			curve_steps_to_neighbours_and_fills_the_square),
		cmocka_unit_test(finer_map_refines_the_coarser),
		cmocka_unit_test(block_map_is_that_square_of_the_whole),
		cmocka_unit_test(cells_are_the_prefixes_of_the_block),
		cmocka_unit_test(prefixes_elsewhere_or_wider_have_no_cell),
		cmocka_unit_test(block_at_odd_distance_has_its_own_curve),
		cmocka_unit_test(labels_have_what_the_length_reaches),
		cmocka_unit_test(special_blocks_are_whole_blocks),
		cmocka_unit_test(scale_is_logarithmic_and_ends_are_clamped),
		cmocka_unit_test(map_takes_tcp_ts_of_the_wan_when_not_told),
		cmocka_unit_test(map_falls_back_to_other_source_and_side),
		cmocka_unit_test(map_keeps_apart_what_is_not_on_it),
		cmocka_unit_test(
			change_joins_cells_and_tells_only_what_both_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
