// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../core/hist.h"

enum { EXHAUSTIVE_BITS = 26 };

static void layout_is_the_documented_one(void **state)
{
	assert_int_equal(N_HIST_BINS, 672);
	assert_int_equal(hist_edge_ns(0), 0);
	assert_int_equal(hist_edge_ns(1), 512);
	assert_int_equal(hist_edge_ns(32), 16384);
	assert_int_equal(hist_edge_ns(33), 16384 + 512);
	assert_int_equal(hist_edge_ns(64), 32768);
	assert_int_equal(hist_edge_ns(65), 32768 + 1024);
	assert_int_equal(hist_edge_ns(N_HIST_BINS), 17179869184);
	assert_int_equal(hist_bin(0), 0);
	assert_int_equal(hist_bin(16383), 31);
	assert_int_equal(hist_bin(16384), 32);
	assert_int_equal(hist_bin(17179869183), 671);
}

/* Found by walking the edges, not by the formula. */
static void bin_is_between_its_edges_for_every_value_to_2_26(void **state)
{
	uint32_t bin = 0;

	for (uint64_t v = 0; v < 1ULL << EXHAUSTIVE_BITS; v++) {
		while (v >= hist_edge_ns(bin + 1))
			bin++;
		if (hist_bin(v) != bin)
			fail_msg("%lu ns is in bin %u, not %u", v, hist_bin(v),
				 bin);
	}
	assert_int_equal(bin, 32 + 12 * 32 - 1);
}

static void bins_are_disjoint_ordered_and_complete(void **state)
{
	for (uint32_t bin = 0; bin < N_HIST_BINS; bin++) {
		uint64_t edge = hist_edge_ns(bin), end = hist_edge_ns(bin + 1);

		assert_true(edge < end);
		assert_int_equal(hist_bin(edge), bin);
		assert_int_equal(hist_bin(end - 1), bin);
		assert_int_equal(hist_bin(edge + (end - edge) / 2), bin);
		if (bin)
			assert_int_equal(hist_bin(edge - 1), bin - 1);
	}
	assert_int_equal(hist_edge_ns(N_HIST_BINS), HIST_LIMIT_NS);
}

/* The two ends of a bin are the farthest from its midpoint. */
static void midpoint_is_wrong_by_at_most_a_64th_or_256_ns(void **state)
{
	for (uint32_t bin = 0; bin < N_HIST_BINS; bin++) {
		uint64_t edge = hist_edge_ns(bin);
		uint64_t half = (hist_edge_ns(bin + 1) - edge) / 2;

		if (edge < 16384)
			assert_true(half <= 256);
		else
			assert_true(half * 64 <= edge);
	}
}

/* The bound is tight: a layout with half the bins would not pass above, and
 * one with twice as many is not what the files say. */
static void midpoint_error_reaches_the_bound(void **state)
{
	uint64_t width = hist_edge_ns(33) - hist_edge_ns(32);

	assert_int_equal(width / 2 * 64, 16384);
	width = hist_edge_ns(641) - hist_edge_ns(640);
	assert_int_equal(width / 2 * 64, hist_edge_ns(640));
}

static void overflow_begins_at_the_limit(void **state)
{
	assert_false(hist_is_overflow(0));
	assert_false(hist_is_overflow(HIST_LIMIT_NS - 1));
	assert_true(hist_is_overflow(HIST_LIMIT_NS));
	assert_true(hist_is_overflow(HIST_LIMIT_NS + 1));
	assert_true(hist_is_overflow(~0ULL));
}

static void log2_is_the_highest_set_bit(void **state)
{
	for (int bit = 0; bit < 64; bit++) {
		uint64_t power = 1ULL << bit;

		assert_int_equal(hist_log2(power), bit);
		assert_int_equal(hist_log2(power | (power - 1)), bit);
		assert_int_equal(hist_log2(power | 1), bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_is_the_documented_one),
		cmocka_unit_test(
			bin_is_between_its_edges_for_every_value_to_2_26),
		cmocka_unit_test(bins_are_disjoint_ordered_and_complete),
		cmocka_unit_test(midpoint_is_wrong_by_at_most_a_64th_or_256_ns),
		cmocka_unit_test(midpoint_error_reaches_the_bound),
		cmocka_unit_test(overflow_begins_at_the_limit),
		cmocka_unit_test(log2_is_the_highest_set_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
