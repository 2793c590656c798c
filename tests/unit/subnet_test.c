// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

/* As core has them: network order, IPv4 v4-mapped. */
struct words {
	__u64 word[2];
	__u8 family;
};

static struct words words(const char *text)
{
	struct words words = { .family = 6 };
	uint8_t *bytes = (uint8_t *)words.word;

	if (inet_pton(AF_INET6, text, bytes) == 1)
		return words;
	words.family = 4;
	bytes[10] = bytes[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, text, bytes + 12), 1);
	return words;
}

/* Masks bit by bit, not by word. */
static struct words masked(struct words words, uint32_t len)
{
	uint8_t *bytes = (uint8_t *)words.word;

	if (words.family == 4)
		len += 96;
	for (uint32_t bit = len; bit < 128; bit++)
		bytes[bit / 8] &= ~(0x80 >> bit % 8);
	return words;
}

static void set_prefix_lens(struct settings *settings, uint8_t v4, uint8_t v6)
{
	settings->v4_prefix_len = v4;
	settings->v6_prefix_len = v6;
	settings->v4_mask = SETTINGS_V4_MASK(v4);
	settings->v6_mask[0] = SETTINGS_V6_MASK_0(v6);
	settings->v6_mask[1] = SETTINGS_V6_MASK_1(v6);
}

static void set_lan(struct settings *settings, const char *text, uint8_t len)
{
	struct lan_prefix *lan = &settings->lan[settings->n_lan++];
	struct words all = words(text), prefix = masked(all, len);

	memset(lan, 0, sizeof(*lan));
	lan->family = all.family;
	memcpy(lan->address, prefix.word, 16);
	memset(all.word, 0xff, 16);
	all = masked(all, len);
	memcpy(lan->mask, all.word, 16);
}

static uint32_t slot_of(struct machine *m, const char *text)
{
	struct words address = words(text);

	return subnet_slot(m, address.word, address.family);
}

static void masks_are_the_first_n_bits(void **state)
{
	struct words all;

	for (uint32_t len = 0; len <= 128; len++) {
		all = (struct words){ { ~0ULL, ~0ULL }, 6 };
		all = masked(all, len);
		assert_int_equal(SETTINGS_V6_MASK_0(len), all.word[0]);
		assert_int_equal(SETTINGS_V6_MASK_1(len), all.word[1]);
	}
	for (uint32_t len = 0; len <= 32; len++) {
		all = (struct words){ { ~0ULL, ~0ULL }, 4 };
		all = masked(all, len);
		assert_int_equal(SETTINGS_V4_MASK(len), all.word[1]);
	}
}

static void assert_row(struct machine *m, const char *text, uint8_t len)
{
	struct words address = words(text), prefix = masked(address, len);
	uint32_t slot = subnet_slot(m, address.word, address.family);
	const struct subnet_row *row = machine_subnet(m, slot);

	assert_true(slot >= N_OVERFLOW_ROWS);
	/* the marker of v4-mapped addresses is not part of the prefix */
	if (address.family == 4)
		prefix.word[0] = 0;
	assert_memory_equal(row->address, prefix.word, 16);
	assert_int_equal(row->prefix_len, len);
	assert_int_equal(row->family, address.family);
	assert_int_equal(row->kind, SUBNET_PREFIX);
	assert_int_equal(slot_of(m, text), slot);
}

static void subnets_are_masked_at_every_length(void **state)
{
	struct settings settings = world_settings();
	struct machine *m;

	for (uint32_t len = 8; len <= 32; len++) {
		set_prefix_lens(&settings, len, 48);
		m = memory_tables_new(&settings);
		assert_row(m, "203.179.213.173", len);
		assert_row(m, "85.85.85.85", len);
		assert_row(m, "255.255.255.255", len);
		memory_tables_free(m);
	}
	for (uint32_t len = 16; len <= 128; len++) {
		set_prefix_lens(&settings, 24, len);
		m = memory_tables_new(&settings);
		assert_row(m, "2001:db8:5555:aaaa:5555:aaaa:ffff:1", len);
		assert_row(m, "fe80::dead:beef:aaaa:5555", len);
		memory_tables_free(m);
	}
}

/* Two addresses that differ in one bit share a subnet if the bit is beyond the
 * prefix, and only then. */
static void prefix_ends_at_its_last_bit(void **state)
{
	static const uint8_t v4_lens[] = { 8, 9, 24, 31, 32 };
	static const uint8_t v6_lens[] = { 16, 48, 63, 64, 65, 127, 128 };
	struct settings settings = world_settings();
	struct words address, other;
	struct machine *m;
	uint32_t slot, len;

	settings.max_subnets = 256;
	settings.n_subnet_buckets = 64;
	for (int i = 0; i < 12; i++) {
		address = words(i < 5 ? "192.0.2.77" : "2001:db8::77");
		len = i < 5 ? v4_lens[i] : v6_lens[i - 5];
		set_prefix_lens(&settings, i < 5 ? len : 24, i < 5 ? 48 : len);
		m = memory_tables_new(&settings);
		slot = subnet_slot(m, address.word, address.family);
		for (uint32_t bit = 0; bit < (i < 5 ? 32 : 128); bit++) {
			uint32_t at = bit + (i < 5 ? 96 : 0);

			other = address;
			((uint8_t *)other.word)[at / 8] ^= 0x80 >> at % 8;
			assert_int_equal(subnet_slot(m, other.word,
						     other.family) == slot,
					 bit >= len);
		}
		memory_tables_free(m);
	}
}

static void side_is_lan_in_any_lan_prefix(void **state)
{
	struct settings settings = world_settings();
	struct words address;
	struct machine *m;
	static const struct {
		const char *text;
		enum side side;
	} cases[] = {
		{ "10.255.255.255", SIDE_LAN },
		{ "11.0.0.0", SIDE_WAN },
		{ "9.255.255.255", SIDE_WAN },
		{ "192.168.127.1", SIDE_LAN },
		{ "192.168.128.1", SIDE_WAN },
		{ "203.0.113.9", SIDE_LAN },
		{ "203.0.113.8", SIDE_WAN },
		{ "2001:db8:1::", SIDE_LAN },
		{ "2001:db8:1:ffff::1", SIDE_LAN },
		{ "2001:db8:2::", SIDE_WAN },
		{ "fd00::8000:0:0:1", SIDE_LAN },
		{ "fd00::1", SIDE_WAN },
		{ "::10.0.0.1", SIDE_WAN },
	};

	settings.n_lan = 0;
	set_lan(&settings, "10.0.0.0", 8);
	set_lan(&settings, "192.168.0.0", 17);
	set_lan(&settings, "203.0.113.9", 32);
	set_lan(&settings, "2001:db8:1::", 48);
	set_lan(&settings, "fd00::8000:0:0:0", 65);
	m = memory_tables_new(&settings);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		address = words(cases[i].text);
		if (subnet_side(m, address.word, address.family) !=
		    cases[i].side)
			fail_msg("%s", cases[i].text);
	}
	memory_tables_free(m);
}

static void
last_lan_prefix_of_64_counts_and_without_any_all_is_wan(void **state)
{
	struct settings settings = world_settings();
	struct words address = words("10.1.2.3");
	struct machine *m;

	settings.n_lan = 0;
	m = memory_tables_new(&settings);
	assert_int_equal(subnet_side(m, address.word, 4), SIDE_WAN);
	memory_tables_free(m);
	for (int i = 0; i < MAX_LAN_PREFIXES - 1; i++)
		set_lan(&settings, "172.16.0.0", 16);
	set_lan(&settings, "10.0.0.0", 8);
	m = memory_tables_new(&settings);
	assert_int_equal(subnet_side(m, address.word, 4), SIDE_LAN);
	memory_tables_free(m);
}

static void lan_prefix_holds_for_its_family_only(void **state)
{
	struct settings settings = world_settings();
	struct words v4 = words("192.0.2.1"), v6 = words("2001:db8::1");
	struct machine *m;

	settings.n_lan = 0;
	set_lan(&settings, "::", 0);
	m = memory_tables_new(&settings);
	assert_int_equal(subnet_side(m, v4.word, 4), SIDE_WAN);
	assert_int_equal(subnet_side(m, v6.word, 6), SIDE_LAN);
	memory_tables_free(m);
	settings.n_lan = 0;
	set_lan(&settings, "0.0.0.0", 0);
	m = memory_tables_new(&settings);
	assert_int_equal(subnet_side(m, v4.word, 4), SIDE_LAN);
	assert_int_equal(subnet_side(m, v6.word, 6), SIDE_WAN);
	memory_tables_free(m);
}

static void keys_are_compared_in_full(void **state)
{
	const struct subnet_row row = { .address = { 1, 2 }, .family = 6 };
	const struct subnet_key same = { .address = { 1, 2 }, .family = 6 };
	struct subnet_key key[4] = { same, same, same, same };

	key[0].address[0] = 3;
	key[1].address[1] = 3;
	key[2].family = 4;
	key[3].side = SIDE_LAN;
	assert_true(subnet_is_key(&row, &same));
	for (int i = 0; i < 4; i++)
		assert_false(subnet_is_key(&row, &key[i]));
}

/* 192.168.7.0/25 is LAN, the other half is not: two rows for one /24. */
static void one_subnet_may_have_both_sides(void **state)
{
	struct settings settings = world_settings();
	struct machine *m;
	uint32_t lan, wan;

	settings.n_lan = 0;
	set_lan(&settings, "192.168.7.0", 25);
	m = memory_tables_new(&settings);
	lan = slot_of(m, "192.168.7.1");
	wan = slot_of(m, "192.168.7.201");
	assert_int_not_equal(lan, wan);
	assert_int_equal(machine_subnet(m, lan)->side, SIDE_LAN);
	assert_int_equal(machine_subnet(m, wan)->side, SIDE_WAN);
	assert_memory_equal(machine_subnet(m, lan)->address,
			    machine_subnet(m, wan)->address, 16);
	memory_tables_free(m);
}

static void families_never_share_a_subnet(void **state)
{
	struct settings settings = world_settings();
	struct machine *m;

	set_prefix_lens(&settings, 8, 128);
	m = memory_tables_new(&settings);
	assert_int_not_equal(slot_of(m, "11.0.0.0"),
			     slot_of(m, "::ffff:b00:0"));
	assert_int_not_equal(slot_of(m, "11.0.0.0"), slot_of(m, "::b00:0"));
	memory_tables_free(m);
}

/* As many as the table has: with a load of 1/4 all find room, twice. */
static void every_subnet_up_to_the_maximum_has_its_own_row(void **state)
{
	struct settings settings = world_settings();
	uint32_t *slot = calloc(4096, sizeof(*slot));
	struct words address = words("10.0.0.1");
	uint8_t *bytes = (uint8_t *)address.word;
	struct machine *m;

	settings.max_subnets = 4096;
	settings.n_subnet_buckets =
		4096 * SUBNET_CELLS_PER_SLOT / SUBNET_BUCKET_CELLS;
	m = memory_tables_new(&settings);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 4096; i++) {
			bytes[12] = 64 + (i >> 8);
			bytes[13] = i;
			bytes[14] = i * 7;
			if (!round)
				slot[i] = subnet_slot(m, address.word, 4);
			assert_int_equal(slot[i], N_OVERFLOW_ROWS + i);
			assert_int_equal(subnet_slot(m, address.word, 4),
					 slot[i]);
		}
	assert_int_equal(machine_counters(m)->event[EVENT_SUBNET_OVERFLOW], 0);
	memory_tables_free(m);
	free(slot);
}

static struct machine *full_table(uint32_t max_subnets)
{
	struct settings settings = world_settings();

	settings.max_subnets = max_subnets;
	return memory_tables_new(&settings);
}

static void full_table_goes_to_the_row_of_family_and_side(void **state)
{
	struct machine *m = full_table(2);
	uint32_t first = slot_of(m, "20.0.0.1"),
		 second = slot_of(m, "20.0.1.1");

	assert_int_equal(slot_of(m, "20.0.2.1"),
			 subnet_overflow_slot(4, SIDE_WAN));
	assert_int_equal(slot_of(m, "10.0.2.1"),
			 subnet_overflow_slot(4, SIDE_LAN));
	assert_int_equal(slot_of(m, "2001:db9::1"),
			 subnet_overflow_slot(6, SIDE_WAN));
	assert_int_equal(slot_of(m, "2001:db8:a00::1"),
			 subnet_overflow_slot(6, SIDE_LAN));
	/* what has a row keeps it */
	assert_int_equal(slot_of(m, "20.0.0.77"), first);
	assert_int_equal(slot_of(m, "20.0.1.77"), second);
	assert_true(first >= N_OVERFLOW_ROWS && second >= N_OVERFLOW_ROWS);
	assert_int_equal(machine_dealt(m)->n_subnets, 2);
	memory_tables_free(m);
}

static void overflow_rows_are_four_different_ones(void **state)
{
	bool is_seen[N_OVERFLOW_ROWS] = { false };

	for (int family = 4; family <= 6; family += 2)
		for (int side = 0; side < N_SIDES; side++) {
			uint32_t slot = subnet_overflow_slot(family, side);

			assert_true(slot < N_OVERFLOW_ROWS);
			assert_false(is_seen[slot]);
			is_seen[slot] = true;
		}
}

/* Each packet end in an overflow row, also of a flow that has an entry. */
static void every_packet_end_in_an_overflow_row_is_counted(void **state)
{
	struct settings settings = world_settings();
	struct subnet_row *row;
	uint64_t n_ends = 0;
	struct world world;

	settings.max_subnets = 1;
	world_open_with(&world, &settings);
	for (uint32_t i = 0; i < 20; i++) {
		world_data(&world, NEAR, 100 + i, 500 + i - 1);
		world_data(&world, FAR, 500 + i, 100 + i);
		world_echo(&world, NEAR, false, i);
	}
	for (uint32_t i = 0; i < N_OVERFLOW_ROWS; i++) {
		row = machine_subnet(world.m, i);
		for (int class = 0; class < N_TRAFFIC_CLASSES; class ++)
			n_ends += row->traffic[class].packets_rx +
				  row->traffic[class].packets_tx;
	}
	assert_int_equal(n_ends, 60);
	assert_int_equal(world_event(&world, EVENT_SUBNET_OVERFLOW), n_ends);
	world_close(&world);
}

/* No row but the overflow rows ever has to do with an address of a LAN, and
 * that is not want of room. */
static void a_collapsed_lan_has_no_subnets(void **state)
{
	struct settings settings = world_settings();
	struct world world;
	uint32_t wan;

	settings.is_lan_collapsed = 1;
	world_open_with(&world, &settings);
	assert_int_equal(slot_of(world.m, "10.1.2.3"),
			 subnet_overflow_slot(4, SIDE_LAN));
	assert_int_equal(slot_of(world.m, "2001:db8:a00::1"),
			 subnet_overflow_slot(6, SIDE_LAN));
	assert_int_equal(machine_dealt(world.m)->n_subnets, 0);
	wan = slot_of(world.m, "198.51.100.7");
	assert_int_equal(wan, N_OVERFLOW_ROWS);
	for (uint32_t i = 0; i < 20; i++) {
		world_data(&world, NEAR, 100 + i, 500 + i - 1);
		world_data(&world, FAR, 500 + i, 100 + i);
		world_echo(&world, NEAR, false, i);
	}
	assert_int_equal(machine_dealt(world.m)->n_subnets, 1);
	assert_int_equal(machine_subnet(world.m, wan)->side, SIDE_WAN);
	assert_int_equal(world_event(&world, EVENT_SUBNET_OVERFLOW), 0);
	world_close(&world);
}

/* Want of room on the other side is still counted. */
static void a_collapsed_lan_hides_no_overflow(void **state)
{
	struct settings settings = world_settings();
	struct world world;

	settings.is_lan_collapsed = 1;
	settings.max_subnets = 1;
	world_open_with(&world, &settings);
	slot_of(world.m, "20.0.0.1");
	world_data(&world, NEAR, 100, 500);
	assert_int_equal(world_event(&world, EVENT_SUBNET_OVERFLOW), 1);
	world_close(&world);
}

/* A bucket and its neighbour full, by hand: refused, not written elsewhere. */
static void full_buckets_are_an_overflow_and_no_error(void **state)
{
	struct settings settings = world_settings();
	struct machine *m;

	settings.n_subnet_buckets = 2;
	settings.max_subnets = 1024;
	m = memory_tables_new(&settings);
	for (int i = 0; i < 2; i++)
		memset(machine_subnet_bucket(m, i), 0xff,
		       sizeof(struct subnet_bucket));
	assert_int_equal(slot_of(m, "20.0.0.1"),
			 subnet_overflow_slot(4, SIDE_WAN));
	assert_int_equal(machine_dealt(m)->n_subnets, 0);
	machine_subnet_bucket(m, 1)->cell[15] = 0;
	machine_subnet_bucket(m, 0)->cell[15] = 0;
	assert_int_equal(slot_of(m, "20.0.0.1"), N_OVERFLOW_ROWS);
	assert_int_equal(slot_of(m, "20.0.0.1"), N_OVERFLOW_ROWS);
	memory_tables_free(m);
}

static void full_bucket_leads_to_the_next_one(void **state)
{
	struct settings settings = world_settings();
	struct machine *m;

	settings.n_subnet_buckets = 2;
	for (int i = 0; i < 2; i++) {
		m = memory_tables_new(&settings);
		memset(machine_subnet_bucket(m, i), 0xff,
		       sizeof(struct subnet_bucket));
		assert_int_equal(slot_of(m, "20.0.0.1"), N_OVERFLOW_ROWS);
		assert_int_equal(slot_of(m, "20.0.0.1"), N_OVERFLOW_ROWS);
		memory_tables_free(m);
	}
}

/* Sent by the subnet of one slot to that of another. */
static void credit(struct machine *m, const struct packet *p,
		   enum traffic_class class, uint32_t from, uint32_t to)
{
	struct subnet_ends ends = {
		.slot = { from, to },
		.cell = { class, class },
	};

	subnet_credit(m, p, &ends);
}

/* Notes are of one address, family and interval, whoever had the place. */

static void packet_is_credited_to_both_ends(void **state)
{
	struct world world;
	struct packet p = { .n_segments = 3,
			    .ip_bytes = 1500,
			    .header_bytes = 52,
			    .ecn = ECN_CE };
	struct subnet_row *row;

	world_open(&world);
	credit(world.m, &p, TRAFFIC_TCP_TS, 4, 5);
	p.ecn = ECN_NOT_ECT;
	credit(world.m, &p, TRAFFIC_TCP_TS, 5, 4);
	credit(world.m, &p, TRAFFIC_ICMP, 4, 5);
	row = machine_subnet(world.m, 4);
	assert_int_equal(row->traffic[TRAFFIC_TCP_TS].packets_rx, 3);
	assert_int_equal(row->traffic[TRAFFIC_TCP_TS].packets_tx, 3);
	assert_int_equal(row->traffic[TRAFFIC_TCP_TS].bytes_rx, 1500 + 2 * 52);
	assert_int_equal(row->traffic[TRAFFIC_TCP_TS].bytes_tx, 1500 + 2 * 52);
	assert_int_equal(row->traffic[TRAFFIC_ICMP].packets_rx, 3);
	assert_int_equal(row->traffic[TRAFFIC_ICMP].packets_tx, 0);
	assert_int_equal(row->ecn[ECN_CE - 1][0], 3);
	assert_int_equal(row->ecn[ECN_CE - 1][1], 0);
	row = machine_subnet(world.m, 5);
	assert_int_equal(row->traffic[TRAFFIC_TCP_TS].packets_tx, 3);
	assert_int_equal(row->ecn[ECN_CE - 1][1], 3);
	assert_int_equal(row->ecn[ECN_CE - 1][0], 0);
	world_close(&world);
}

static void each_ecn_codepoint_has_its_counter(void **state)
{
	struct packet p = { .n_segments = 1, .ip_bytes = 40 };
	struct subnet_row *row;
	struct world world;

	world_open(&world);
	for (p.ecn = 0; p.ecn < N_ECN; p.ecn++)
		for (int i = 0; i <= p.ecn; i++)
			credit(world.m, &p, TRAFFIC_OTHER, 4, 5);
	row = machine_subnet(world.m, 4);
	assert_int_equal(row->traffic[TRAFFIC_OTHER].packets_rx, 10);
	assert_int_equal(row->ecn[ECN_ECT1 - 1][0], 2);
	assert_int_equal(row->ecn[ECN_ECT0 - 1][0], 3);
	assert_int_equal(row->ecn[ECN_CE - 1][0], 4);
	world_close(&world);
}

/* Both ends in one subnet, as between hosts of one LAN. */
static void local_packet_counts_in_both_ways_of_one_row(void **state)
{
	struct subnet_counters *traffic;
	struct world world;

	world_open(&world);
	world.far = WORLD_NEAR + 1;
	world_data(&world, NEAR, 1, 2);
	traffic = &machine_subnet(world.m, N_OVERFLOW_ROWS)
			   ->traffic[TRAFFIC_TCP_TS];
	assert_int_equal(traffic->packets_rx, 1);
	assert_int_equal(traffic->packets_tx, 1);
	assert_int_equal(traffic->bytes_rx, 20 + 32 + 100);
	assert_int_equal(machine_dealt(world.m)->n_subnets, 1);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_are_the_first_n_bits),
		cmocka_unit_test(subnets_are_masked_at_every_length),
		cmocka_unit_test(prefix_ends_at_its_last_bit),
		cmocka_unit_test(side_is_lan_in_any_lan_prefix),
		cmocka_unit_test(
			last_lan_prefix_of_64_counts_and_without_any_all_is_wan),
		cmocka_unit_test(lan_prefix_holds_for_its_family_only),
		cmocka_unit_test(keys_are_compared_in_full),
		cmocka_unit_test(one_subnet_may_have_both_sides),
		cmocka_unit_test(families_never_share_a_subnet),
		cmocka_unit_test(
			every_subnet_up_to_the_maximum_has_its_own_row),
		cmocka_unit_test(full_table_goes_to_the_row_of_family_and_side),
		cmocka_unit_test(overflow_rows_are_four_different_ones),
		cmocka_unit_test(
			every_packet_end_in_an_overflow_row_is_counted),
		cmocka_unit_test(a_collapsed_lan_has_no_subnets),
		cmocka_unit_test(a_collapsed_lan_hides_no_overflow),
		cmocka_unit_test(full_buckets_are_an_overflow_and_no_error),
		cmocka_unit_test(full_bucket_leads_to_the_next_one),
		cmocka_unit_test(packet_is_credited_to_both_ends),
		cmocka_unit_test(each_ecn_codepoint_has_its_counter),
		cmocka_unit_test(local_packet_counts_in_both_ways_of_one_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
