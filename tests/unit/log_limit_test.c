// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/clock.h"
#include "../../lib/log_limit.h"

static const char kinds[2 * LOG_LIMIT_KINDS];

static void log_limit_lets_a_few_lines_of_a_kind_through(void **state)
{
	struct log_limit limit = { 0 };
	uint32_t left_out;

	for (int i = 0; i < LOG_LIMIT_LINES; i++)
		assert_true(log_limit_take(&limit, &kinds[0], i, &left_out));
	assert_false(log_limit_take(&limit, &kinds[0], 9, &left_out));
	assert_true(log_limit_take(&limit, &kinds[1], 9, &left_out));
}

static void log_limit_says_how_many_were_left_out(void **state)
{
	struct log_limit limit = { 0 };
	int64_t minute_ns = LOG_LIMIT_S * CLOCK_NS_PER_S;
	uint32_t left_out;

	for (int i = 0; i < LOG_LIMIT_LINES + 3; i++)
		log_limit_take(&limit, &kinds[0], 0, &left_out);
	assert_false(
		log_limit_take(&limit, &kinds[0], minute_ns - 1, &left_out));
	assert_true(log_limit_take(&limit, &kinds[0], minute_ns, &left_out));
	assert_int_equal(left_out, 4);
	assert_true(log_limit_take(&limit, &kinds[0], minute_ns, &left_out));
	assert_int_equal(left_out, 0);
}

static void log_limit_forgets_the_oldest_kind(void **state)
{
	struct log_limit limit = { 0 };
	uint32_t left_out;

	for (int i = 0; i < LOG_LIMIT_LINES; i++)
		log_limit_take(&limit, &kinds[1], 5, &left_out);
	for (int i = 0; i < LOG_LIMIT_KINDS; i++)
		assert_int_equal(log_limit_take(&limit, &kinds[i],
						10 - (i == 0), &left_out),
				 i != 1);
	/* The first kind began at 9, but the second at 5. */
	assert_true(
		log_limit_take(&limit, &kinds[LOG_LIMIT_KINDS], 11, &left_out));
	assert_true(log_limit_take(&limit, &kinds[1], 12, &left_out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_limit_lets_a_few_lines_of_a_kind_through),
		cmocka_unit_test(log_limit_says_how_many_were_left_out),
		cmocka_unit_test(log_limit_forgets_the_oldest_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
