// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/ini.h"

/* "LINE section.key=value;" for each entry, then "LINE!problem". */
static void trace(const char *text, size_t n_bytes, char *line, size_t n_line)
{
	char copy[256];
	struct ini_entry entry;
	const char *problem;
	struct ini ini;
	size_t n = 0;
	int status;

	assert_true(n_bytes < sizeof(copy));
	memcpy(copy, text, n_bytes);
	ini_init(&ini, copy, n_bytes);
	line[0] = '\0';
	while ((status = ini_next(&ini, &entry, &problem)) == 1)
		n += snprintf(line + n, n_line - n, "%u %s.%s=%s;", ini.line,
			      entry.section, entry.key, entry.value);
	if (status) {
		assert_int_equal(status, -EBADMSG);
		snprintf(line + n, n_line - n, "%u!%s", ini.line, problem);
	}
	assert_int_equal(ini_next(&ini, &entry, &problem), 0);
}

static void check(const char *text, const char *want)
{
	char line[512];

	trace(text, strlen(text), line, sizeof(line));
	assert_string_equal(line, want);
}

static void ini_entries_come_in_order_with_their_lines(void **state)
{
	check("[a]\nx = 1\n\ny=2\n[b]\nx = 3", "2 a.x=1;4 a.y=2;6 b.x=3;");
}

static void ini_blanks_around_names_and_values_do_not_count(void **state)
{
	check(" [ a ] \n\t x\t=  1 2 \t\n", "2 a.x=1 2;");
}

static void ini_comments_are_whole_lines(void **state)
{
	check("# x\n;[b]\n[a]\n # y = 1\nx = 1 # 2 ; 3\n", "5 a.x=1 # 2 ; 3;");
}

static void ini_values_go_to_the_end_of_the_line(void **state)
{
	check("[a]\nx = \"y\" = \\\nz =\n", "2 a.x=\"y\" = \\;3 a.z=;");
}

static void ini_line_ends_may_have_a_carriage_return(void **state)
{
	check("[a]\r\nx = 1\r\n", "2 a.x=1;");
}

static void ini_refuses_what_is_no_entry(void **state)
{
	check("x = 1\n", "1!entry before the first section");
	check("[a]\nx\ny = 1\n", "2!neither a section nor KEY = VALUE");
	check("[a]\n= 1\n", "2!entry without a key");
	check("[a\nx = 1\n", "1!section without ]");
	check("[\n", "1!section without ]");
	check("[ ]\n", "1!section without a name");
	check("[a]\nx = 1\ry\n", "2!control character");
	check("[a]\nx = \033[2J\n", "2!control character");
}

static void ini_refuses_nul(void **state)
{
	static const char text[] = "[a]\nx = 1\0 2\ny = 3\n";
	char line[512];

	trace(text, sizeof(text) - 1, line, sizeof(line));
	assert_string_equal(line, "2!control character");
}

static void ini_nothing_is_in_an_empty_file(void **state)
{
	check("", "");
	check("\n\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ini_entries_come_in_order_with_their_lines),
		cmocka_unit_test(
			ini_blanks_around_names_and_values_do_not_count),
		cmocka_unit_test(ini_comments_are_whole_lines),
		cmocka_unit_test(ini_values_go_to_the_end_of_the_line),
		cmocka_unit_test(ini_line_ends_may_have_a_carriage_return),
		cmocka_unit_test(ini_refuses_what_is_no_entry),
		cmocka_unit_test(ini_refuses_nul),
		cmocka_unit_test(ini_nothing_is_in_an_empty_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
