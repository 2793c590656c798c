// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "../../lib/clock.h"

static void known_instants_have_their_text(void **state)
{
	static const struct {
		int64_t time_ns;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1795341600000000000, "2026-11-22T10:00:00Z" },
		{ 1795341600250000000, "2026-11-22T10:00:00.250Z" },
		{ 1795341600000001000, "2026-11-22T10:00:00.000001Z" },
		{ 1795341600000000001, "2026-11-22T10:00:00.000000001Z" },
		{ 951782400000000000, "2000-02-29T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
	};
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clock_format_ns(cases[i].time_ns, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void text_reads_back(void **state)
{
	char text[CLOCK_TEXT_MAX];
	uint64_t random = 1;

	for (int i = 0; i < 100000; i++) {
		int64_t time_ns, again_ns;

		random = random * 6364136223846793005u + 1442695040888963407u;
		time_ns = (int64_t)random / 2;
		clock_format_ns(time_ns, text);
		assert_int_equal(clock_parse_ns(text, &again_ns), 0);
		assert_int_equal(again_ns, time_ns);
	}
}

static void short_forms_are_read(void **state)
{
	static const char *const texts[] = {
		"2026-11-22T10:00:00Z", "2026-11-22T10:00:00",
		"2026-11-22T10:00",     "2026-11-22T10:00Z",
		"2026-11-22 10:00:00",  "2026-11-22T10:00:00.000",
	};
	int64_t time_ns;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(clock_parse_ns(texts[i], &time_ns), 0);
		assert_int_equal(time_ns, 1795341600000000000);
	}
	assert_int_equal(clock_parse_ns("2026-11-22", &time_ns), 0);
	assert_int_equal(time_ns, 1795305600000000000);
	assert_int_equal(clock_parse_ns("1970-01-01T00:00:00.5", &time_ns), 0);
	assert_int_equal(time_ns, 500000000);
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"yesterday",
		"2026-13-01",
		"2026-00-01",
		"2026-02-30",
		"2025-02-29",
		"2026-11-22T",
		"2026-11-22T24:00",
		"2026-11-22T10:60",
		"2026-11-22T10:00:60",
		"2026-11-22T10:00:00.",
		"2026-11-22T10:00:00.1234567890",
		"2026-11-22T10:00:00+01:00",
		"2026-11-22T10:00:00Zx",
		" 2026-11-22",
		"26-11-22",
		"2300-01-01",
		"1600-01-01",
	};
	int64_t time_ns;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(clock_parse_ns(texts[i], &time_ns), -EINVAL);
}

static void interval_start_rounds_down(void **state)
{
	const uint64_t ten_s = 10 * CLOCK_NS_PER_S;

	assert_int_equal(clock_interval_start_ns(0, ten_s), 0);
	assert_int_equal(clock_interval_start_ns(9999999999, ten_s), 0);
	assert_int_equal(clock_interval_start_ns(10000000000, ten_s), ten_s);
	assert_int_equal(clock_interval_start_ns(-1, ten_s), -(int64_t)ten_s);
	assert_int_equal(clock_interval_start_ns(-10000000000, ten_s),
			 -(int64_t)ten_s);
	assert_true(clock_interval_start_ns(INT64_MIN, ten_s) <
		    INT64_MIN + (int64_t)ten_s);
	assert_true(clock_interval_start_ns(INT64_MAX, ten_s) >
		    INT64_MAX - (int64_t)ten_s);
}

static void intervals_divide_an_hour(void **state)
{
	uint64_t n_valid = 0;

	for (uint64_t seconds = 0; seconds <= 7200; seconds++)
		n_valid += clock_interval_is_valid(seconds * CLOCK_NS_PER_S);
	/* 3600 = 2^4 3^2 5^2 has 5 * 3 * 3 divisors. */
	assert_int_equal(n_valid, 45);
	assert_false(clock_interval_is_valid(CLOCK_NS_PER_S + 1));
	assert_false(clock_interval_is_valid(500000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_instants_have_their_text),
		cmocka_unit_test(text_reads_back),
		cmocka_unit_test(short_forms_are_read),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(interval_start_rounds_down),
		cmocka_unit_test(intervals_divide_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
