// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/as_table_build.h"

static struct as_table *table_of(const char *text)
{
	struct as_table *table = calloc(1, sizeof(*table));
	struct as_fault fault = { 0 };

	assert_non_null(table);
	assert_int_equal(as_table_parse(table, text, strlen(text), &fault), 0);
	assert_int_equal(as_table_finish(table), 0);
	return table;
}

static struct prefix parse(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

/* The number, 0 where it is not routed. */
static uint32_t find(const struct as_table *table, const char *text)
{
	struct prefix prefix = parse(text);
	struct as_origin origin;

	if (!as_table_find(table, &prefix, &origin))
		return 0;
	assert_int_equal(origin.n, 1);
	return origin.asn[0];
}

static void the_longest_prefix_decides(void **state)
{
	struct as_table *table = table_of("10.0.0.0/8\t1\n"
					  "10.1.0.0/16\t2\n"
					  "10.1.2.0/24\t3\n"
					  "10.3.0.0/16\t4\n"
					  "0.0.0.0/0\t9\n"
					  "2001:db8::/32\t5\n"
					  "2001:db8:1::/48\t6\n");

	assert_int_equal(find(table, "10.1.2.0/24"), 3);
	assert_int_equal(find(table, "10.1.3.0/24"), 2);
	assert_int_equal(find(table, "10.1.0.0/16"), 2);
	assert_int_equal(find(table, "10.2.0.0/24"), 1);
	assert_int_equal(find(table, "10.4.0.0/24"), 1);
	assert_int_equal(find(table, "11.0.0.0/24"), 9);
	assert_int_equal(find(table, "10.0.0.0/7"), 9);
	assert_int_equal(find(table, "2001:db8:1::/48"), 6);
	assert_int_equal(find(table, "2001:db8:2::/48"), 5);
	assert_int_equal(find(table, "2001:db9::/48"), 0);
	as_table_free(table);
}

/* Against a search through all prefixes. */
static void lookups_equal_a_search_through_everything(void **state)
{
	struct as_table *table = calloc(1, sizeof(*table));
	struct as_entry copy[400];
	uint64_t random = 5;

	assert_non_null(table);
	for (uint32_t i = 0; i < 400; i++) {
		struct as_origin origin = { { i + 1 }, 1 };
		struct prefix prefix = parse("10.0.0.0/32");

		random = random * 6364136223846793005u + 1442695040888963407u;
		memcpy(prefix.address + 14, &random, 2);
		prefix_cut(&prefix, (uint8_t)(20 + (random >> 40) % 13));
		copy[i] =
			(struct as_entry){ .prefix = prefix, .origin = origin };
		assert_int_equal(as_table_add(table, &prefix, &origin), 0);
	}
	assert_int_equal(as_table_finish(table), 0);
	for (unsigned i = 0; i < 65536; i++) {
		struct prefix subnet = parse("10.0.0.0/32");
		struct as_origin want = { 0 }, got = { 0 };
		int longest = -1;

		subnet.address[14] = (uint8_t)(i >> 8);
		subnet.address[15] = (uint8_t)i;
		for (int j = 0; j < 400; j++) {
			if (!prefix_contains(&copy[j].prefix, &subnet) ||
			    copy[j].prefix.prefix_len < longest)
				continue;
			if (copy[j].prefix.prefix_len > longest)
				want = (struct as_origin){ 0 };
			longest = copy[j].prefix.prefix_len;
			as_origin_unite(&want, &copy[j].origin);
		}
		as_table_find(table, &subnet, &got);
		assert_memory_equal(&got, &want, sizeof(got));
	}
	as_table_free(table);
}

static void parts_speak_for_a_subnet_that_nothing_covers(void **state)
{
	struct as_table *table = table_of("192.0.2.0/25\t8\n"
					  "192.0.2.128/25\t7\n"
					  "198.51.100.16/28\t5\n");
	struct prefix subnet = parse("192.0.2.0/24");
	struct as_origin origin;

	assert_true(as_table_find(table, &subnet, &origin));
	assert_int_equal(origin.n, 2);
	assert_int_equal(origin.asn[0], 7);
	assert_int_equal(origin.asn[1], 8);
	assert_int_equal(find(table, "198.51.100.0/24"), 5);
	assert_int_equal(find(table, "203.0.113.0/24"), 0);
	as_table_free(table);
}

static void several_origins_are_kept_up_to_a_number(void **state)
{
	struct as_table *table = table_of("10.0.0.0 8 7_3,3\n"
					  "10.0.0.0\t8\t5\n"
					  "11.0.0.0 8 9_8_7_6_5_4_3\n");
	struct prefix ten = parse("10.0.0.0/24"), eleven = parse("11.0.0.0/8");
	const struct as_origin three = { { 3, 5, 7 }, 3 };
	const struct as_origin many = { { 3, 4, 5, 6 }, 5 };
	struct as_origin origin = { 0 };

	assert_true(as_table_find(table, &ten, &origin));
	assert_memory_equal(&origin, &three, sizeof(origin));
	assert_true(as_table_find(table, &eleven, &origin));
	assert_memory_equal(&origin, &many, sizeof(origin));
	as_table_free(table);
}

static void origins_do_not_depend_on_their_order(void **state)
{
	struct as_origin up = { 0 }, down = { 0 };

	for (uint32_t i = 1; i <= 9; i++) {
		as_origin_add(&up, i);
		as_origin_add(&down, 10 - i);
	}
	assert_memory_equal(&up, &down, sizeof(up));
	assert_int_equal(up.n, AS_ORIGIN_MAX + 1);
	assert_int_equal(up.asn[3], 4);
}

static void comments_say_the_date(void **state)
{
	struct as_table *table =
		table_of("; IP-ASN32-DAT file\n"
			 "; Original file : <Path to rib.20231101.0000.bz2>\n"
			 "; Converted on  : 20231103\n"
			 "\n1.0.0.0/24\t13335\r\n");
	char date[16] = "";

	assert_string_equal(as_table_snapshot(table), "2023-11-01");
	assert_int_equal(find(table, "1.0.0.0/24"), 13335);
	as_table_free(table);
	table = table_of("1.0.0.0/24\t13335\n");
	assert_string_equal(as_table_snapshot(table), "-");
	as_table_free(table);
	assert_true(as_table_find_date("rv2-20231201-1200.gz", 20, date));
	assert_string_equal(date, "2023-12-01");
	assert_false(as_table_find_date("20231301", 8, date));
	assert_false(as_table_find_date("120231201", 9, date));
	assert_false(as_table_find_date("2023120", 7, date));
}

static void refuse(const char *text, size_t line)
{
	struct as_table *table = calloc(1, sizeof(*table));
	struct as_fault fault = { 0 };

	assert_non_null(table);
	assert_int_equal(as_table_parse(table, text, strlen(text), &fault),
			 -EBADMSG);
	assert_int_equal(fault.line, line);
	assert_non_null(fault.problem);
	as_table_free(table);
}

static void what_is_no_table_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {
		"10.0.0.1/8\t1",
		"10.0.0.0\t1",
		"10.0.0.0/33\t1",
		"10.0.0.0/8",
		"10.0.0.0/8\t",
		"10.0.0.0/8\tAS1",
		"10.0.0.0/8\t1_",
		"10.0.0.0/8\t_1",
		"10.0.0.0/8\t1__2",
		"10.0.0.0/8\t-1",
		"10.0.0.0/8\t1 2 3",
		"10.0.0.0/8 8 1",
		"10.0.0.0/8\t4294967296",
		"10.0.0.0/8\t99999999999999999999999999",
		"2001:db8::/129\t1",
		"hello world",
		"{\"1\": \"x\"}",
	};
	char text[128], *longest;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "# x\n9.0.0.0/8\t1\n%s\n", bad[i]);
		refuse(text, 3);
	}
	refuse("", 0);
	refuse("; nothing\n\n", 0);
	longest = calloc(1, 1 << 20);
	assert_non_null(longest);
	memset(longest, '1', (1 << 20) - 1);
	refuse(longest, 1);
	free(longest);
}

static void check_names(const char *text, const char *want)
{
	struct as_names *names = as_names_new();
	const char *problem = NULL;
	size_t line = 0;

	assert_int_equal(
		as_names_parse(names, text, strlen(text), &line, &problem), 0);
	assert_string_equal(as_names_find(names, 64500), want);
	assert_null(as_names_find(names, 64501));
	as_names_free(names);
}

static void names_come_in_two_forms(void **state)
{
	check_names("64500\tEXAMPLE, SE\n", "EXAMPLE, SE");
	check_names("; c\nAS64500  A b  \nas1 x\n", "A b");
	check_names("64500 a\n64500 b\r\n", "b");
	check_names("{\"1\": \"x\", \"64500\": \"\xc3\x85 \\\"q\\\"\", "
		    "\"64501\": \"\"}",
		    "\xc3\x85 \"q\"");
}

static void what_is_no_name_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} bad[] = {
		{ "1 a\n2\n", 2 },
		{ "1 a\nx y\n", 2 },
		{ "1 a\n4294967296 y\n", 2 },
		{ "1 \x1b[2J\n", 1 },
		{ "1 a\n2 b\xff\n", 2 },
		{ "1 a\xc2\x9b\n", 1 },
		{ "{\n\"1\": \"a\",\n\"2\" \"b\"}", 3 },
		{ "{\"1\": 2}", 0 },
		{ "{\"x\": \"a\"}", 0 },
		{ "{\"1\": \"a\\u0007\"}", 0 },
		{ "{\"1\": {\"2\": {\"3\": {\"4\": 5}}}}", 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct as_names *names = as_names_new();
		const char *problem = NULL;
		size_t line = 0;

		assert_int_not_equal(as_names_parse(names, bad[i].text,
						    strlen(bad[i].text), &line,
						    &problem),
				     0);
		assert_non_null(problem);
		assert_int_equal(line, bad[i].line);
		as_names_free(names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_decides),
		cmocka_unit_test(lookups_equal_a_search_through_everything),
		cmocka_unit_test(parts_speak_for_a_subnet_that_nothing_covers),
		cmocka_unit_test(several_origins_are_kept_up_to_a_number),
		cmocka_unit_test(origins_do_not_depend_on_their_order),
		cmocka_unit_test(comments_say_the_date),
		cmocka_unit_test(what_is_no_table_is_refused_with_its_line),
		cmocka_unit_test(names_come_in_two_forms),
		cmocka_unit_test(what_is_no_name_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
