// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../analysis/group.h"
#include "../../core/traffic.h"

static struct record_subnet subnet_of(const char *text, uint8_t side)
{
	struct record_subnet subnet = { .side = side };
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	memcpy(subnet.address, prefix.address, sizeof(subnet.address));
	subnet.prefix_len = prefix.prefix_len;
	subnet.family = prefix.family;
	return subnet;
}

/* The text of the group of a subnet, "-" when it is left out. */
static const char *group_of(const char *by, const char *text)
{
	static char name[GROUP_TEXT_MAX];
	struct record_subnet subnet = subnet_of(text, SIDE_WAN);
	struct group_spec spec;
	struct group_key key;
	int found;

	assert_int_equal(group_spec_parse(by, &spec), 0);
	found = group_key_of(&spec, &subnet, &key);
	if (found < 0)
		return strerror(-found);
	if (!found)
		return "-";
	group_format(&key, SOURCE_TCP_TS, name);
	return name;
}

static void each_key_names_its_groups(void **unused)
{
	assert_string_equal(group_of("all", "192.0.2.0/24"), "all");
	assert_string_equal(group_of("side", "192.0.2.0/24"), "wan");
	assert_string_equal(group_of("source", "192.0.2.0/24"), "tcp_ts");
	assert_string_equal(group_of("family", "192.0.2.0/24"), "ipv4");
	assert_string_equal(group_of("family", "2001:db8::/48"), "ipv6");
	assert_string_equal(group_of("slash8", "192.0.2.0/24"), "192");
	assert_string_equal(group_of("slash8", "2001:db8::/48"), "-");
	assert_string_equal(group_of("subnet", "192.0.2.0/24"), "192.0.2.0/24");
	assert_string_equal(group_of("subnet", "2001:db8::/48"),
			    "2001:db8::/48");
	assert_string_equal(group_of("prefix:12", "172.31.2.0/24"),
			    "172.16.0.0/12");
	assert_string_equal(group_of("prefix:12", "2001:db8::/48"), "-");
	assert_string_equal(group_of("prefix:12,32", "2001:db8:1::/48"),
			    "2001:db8::/32");
	assert_string_equal(group_of("prefix:0,0", "172.31.2.0/24"),
			    "0.0.0.0/0");
	assert_string_equal(group_of("prefix:0,0", "2001:db8::/48"), "::/0");
	assert_string_equal(group_of("prefix:28", "192.0.2.0/24"),
			    strerror(EDOM));
}

static void unknown_keys_are_refused(void **unused)
{
	static const char *const bad[] = { "",
					   "subnets",
					   "prefix",
					   "prefix:",
					   "prefix:33",
					   "prefix:8,",
					   "prefix:8,129",
					   "prefix:8,4x",
					   "prefix:-1",
					   "prefix: 8",
					   "Side",
					   "prefix:99999999999999999999" };
	struct group_spec spec;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(group_spec_parse(bad[i], &spec), -EINVAL);
}

static void overflow_rows_stand_apart(void **unused)
{
	struct record_subnet other = { .family = 4,
				       .side = SIDE_WAN,
				       .kind = SUBNET_OVERFLOW };
	char text[GROUP_TEXT_MAX];
	struct group_spec spec;
	struct group_key key;

	static const char *const by_address[] = { "subnet", "prefix:8",
						  "slash8" };

	for (int i = 0; i < 3; i++) {
		assert_int_equal(group_spec_parse(by_address[i], &spec), 0);
		assert_int_equal(group_key_of(&spec, &other, &key), 1);
		group_format(&key, N_SOURCES, text);
		assert_string_equal(text, "other-v4");
	}
	assert_int_equal(group_spec_parse("all", &spec), 0);
	assert_int_equal(group_key_of(&spec, &other, &key), 1);
	group_format(&key, N_SOURCES, text);
	assert_string_equal(text, "all");
	other.family = 6;
	assert_int_equal(group_spec_parse("slash8", &spec), 0);
	assert_int_equal(group_key_of(&spec, &other, &key), 0);
	assert_int_equal(group_spec_parse("subnet", &spec), 0);
	assert_int_equal(group_key_of(&spec, &other, &key), 1);
	group_format(&key, N_SOURCES, text);
	assert_string_equal(text, "other-v6");
}

static void add(struct group_table *table, const char *text, uint8_t side)
{
	static const struct group_spec spec = { .by = GROUP_BY_SUBNET };
	struct record_subnet subnet = subnet_of(text, side);
	struct group_key key;
	struct group *group;

	assert_int_equal(group_key_of(&spec, &subnet, &key), 1);
	group = group_table_get(table, &key);
	assert_non_null(group);
	group->packets_rx++;
}

static void order_is_by_family_address_and_side(void **unused)
{
	static const struct {
		const char *subnet;
		uint8_t side;
	} sorted[] = {
		{ "9.0.0.0/24", SIDE_LAN },   { "9.0.0.0/24", SIDE_WAN },
		{ "10.0.0.0/24", SIDE_WAN },  { "200.0.0.0/24", SIDE_LAN },
		{ "64:ff9b::/48", SIDE_WAN }, { "2001:db8::/48", SIDE_LAN },
	};
	static const int arrival[] = { 5, 1, 3, 0, 4, 2 };
	struct group_table table = { 0 };
	char text[GROUP_TEXT_MAX];

	for (int i = 0; i < 6; i++)
		add(&table, sorted[arrival[i]].subnet, sorted[arrival[i]].side);
	group_table_sort(&table);
	assert_int_equal(table.n, 6);
	for (int i = 0; i < 6; i++) {
		group_format(&table.group[i]->key, N_SOURCES, text);
		assert_string_equal(text, sorted[i].subnet);
		assert_int_equal(table.group[i]->key.side, sorted[i].side);
	}
	group_table_fini(&table);
}

static void table_finds_every_group_again(void **unused)
{
	struct group_table table = { 0 };
	char text[32];

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5000; i++) {
			snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 256,
				 i % 256);
			add(&table, text, SIDE_WAN);
		}
	assert_int_equal(table.n, 5000);
	for (size_t i = 0; i < table.n; i++)
		assert_int_equal(table.group[i]->packets_rx, 2);
	group_table_fini(&table);
}

static void copy_through_a_file_adds_up(void **unused)
{
	struct group_table table = { .left_out_samples = 3 }, copy = { 0 };
	const uint16_t bin[] = { 3, 40, 600 };
	const uint64_t bin_count[] = { 1, 2, 3 };
	const struct tally_row row = { 7, 5, 900, 1000, 1, bin, bin_count, 3 };
	FILE *file = tmpfile();

	assert_non_null(file);
	add(&table, "10.0.0.0/24", SIDE_WAN);
	add(&table, "2001:db8::/48", SIDE_LAN);
	assert_int_equal(tally_add_row(group_tally(table.group[1], 3), &row),
			 0);
	assert_int_equal(group_table_save(&table, file), 0);
	for (int i = 0; i < 2; i++) {
		rewind(file);
		assert_int_equal(group_table_load(&copy, file), 0);
	}
	assert_int_equal(copy.n, 2);
	assert_int_equal(copy.left_out_samples, 6);
	assert_int_equal(copy.group[1]->packets_rx, 2);
	assert_null(copy.group[1]->tally[0]);
	assert_int_equal(copy.group[1]->tally[3]->count, 14);
	assert_int_equal(copy.group[1]->tally[3]->min_ns, 5);
	assert_int_equal(copy.group[1]->tally[3]->overflow, 2);
	assert_int_equal(copy.group[1]->tally[3]->bin[600 - 0], 6);
	fclose(file);
	group_table_fini(&table);
	group_table_fini(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_names_its_groups),
		cmocka_unit_test(unknown_keys_are_refused),
		cmocka_unit_test(overflow_rows_stand_apart),
		cmocka_unit_test(order_is_by_family_address_and_side),
		cmocka_unit_test(table_finds_every_group_again),
		cmocka_unit_test(copy_through_a_file_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
