// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notes of addresses' slots: they say what a lookup would, and spare it.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

struct address {
	__u64 word[2];
	__u8 family;
};

static struct address address(const char *text)
{
	struct address address = { .family = 6 };
	uint8_t *bytes = (uint8_t *)address.word;

	if (inet_pton(AF_INET6, text, bytes) == 1)
		return address;
	address.family = 4;
	bytes[10] = bytes[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, text, bytes + 12), 1);
	return address;
}

static uint32_t noted(struct machine *m, const char *text)
{
	struct address a = address(text);

	return subnet_slot_noted(m, a.word, a.family);
}

static uint32_t found(struct machine *m, const char *text)
{
	struct address a = address(text);

	return subnet_slot(m, a.word, a.family);
}

/* From here on a lookup finds nothing of what it found before. */
static void forget_index(struct machine *m)
{
	memset(m->buffer[m->epoch & 1].bucket, 0,
	       m->settings.n_subnet_buckets * sizeof(struct subnet_bucket));
}

static void a_note_spares_the_lookup_for_all_of_the_subnet(void **state)
{
	struct world world;
	uint32_t v4, v6;

	world_open(&world);
	v4 = noted(world.m, "198.51.100.7");
	v6 = noted(world.m, "2001:db8:100:1::7");
	forget_index(world.m);
	assert_int_equal(noted(world.m, "198.51.100.200"), v4);
	assert_int_equal(noted(world.m, "2001:db8:100:ffff::1"), v6);
	assert_int_not_equal(noted(world.m, "198.51.101.7"), v4);
	world_close(&world);
}

static void a_lan_may_be_part_of_a_subnet(void **state)
{
	static const char *const lan[] = { "198.51.100.16", "2001:db8:5:600::",
					   "2001:db8:7:700:8::" };
	static const uint8_t len[] = { 96 + 28, 56, 80 };
	static const char *const pair[][2] = {
		{ "198.51.100.17", "198.51.100.32" },
		{ "2001:db8:5:6ff::1", "2001:db8:5:700::1" },
		{ "2001:db8:7:700:8::1", "2001:db8:7:700:9::1" },
	};
	struct settings settings = world_settings();
	struct world world;

	for (uint32_t i = 0; i < 3; i++) {
		struct address a = address(lan[i]);

		settings.n_lan = 1;
		memset(&settings.lan[0], 0, sizeof(settings.lan[0]));
		settings.lan[0].family = a.family;
		settings.lan[0].mask[0] = SETTINGS_V6_MASK_0(len[i]);
		settings.lan[0].mask[1] = SETTINGS_V6_MASK_1(len[i]);
		settings.lan[0].address[0] = a.word[0] &
					     settings.lan[0].mask[0];
		settings.lan[0].address[1] = a.word[1] &
					     settings.lan[0].mask[1];
		world_open_with(&world, &settings);
		for (int j = 0; j < 4; j++) {
			uint32_t slot = noted(world.m, pair[i][j & 1]);

			assert_int_equal(slot, found(world.m, pair[i][j & 1]));
			assert_int_equal(machine_subnet(world.m, slot)->side,
					 j & 1 ? SIDE_WAN : SIDE_LAN);
		}
		world_close(&world);
	}
}

static uint32_t pair_of(__u32 prefix)
{
	return (parse_v4_word(htonl(prefix)) * SETTINGS_HASH_KEY_1) >>
	       (64 - MEMO_BITS);
}

static void two_subnets_of_a_pair_keep_their_notes(void **state)
{
	__u64 a[2] = { 0, parse_v4_word(htonl(0xc6330000)) }, b[2] = {};
	__u32 prefix = 0xc6330100, slot_a, slot_b;
	struct world world;

	while (pair_of(prefix) != pair_of(0xc6330000))
		prefix += 0x100;
	b[1] = parse_v4_word(htonl(prefix));
	world_open(&world);
	slot_a = subnet_slot_noted(world.m, a, 4);
	slot_b = subnet_slot_noted(world.m, b, 4);
	forget_index(world.m);
	assert_int_equal(subnet_slot_noted(world.m, a, 4), slot_a);
	assert_int_equal(subnet_slot_noted(world.m, b, 4), slot_b);
	world_close(&world);
}

/* The word that decides is the same for both. */
static void families_have_notes_of_their_own(void **state)
{
	struct world world;

	world_open(&world);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(noted(world.m, "198.51.0.1"),
				 found(world.m, "198.51.0.1"));
		assert_int_equal(noted(world.m, "0:ffff:c633::1"),
				 found(world.m, "0:ffff:c633::1"));
	}
	assert_int_not_equal(noted(world.m, "198.51.0.1"),
			     noted(world.m, "0:ffff:c633::1"));
	world_close(&world);
}

/* More subnets than memos hold, in another order in each interval, so that the
 * slots differ: no note may outlive its interval or its neighbour. */
static void noted_slots_are_those_that_a_lookup_finds(void **state)
{
	enum { N_SUBNETS = 3 * 2 * N_MEMOS };
	struct settings settings = world_settings();
	struct world world;
	__u64 word[2];

	settings.max_subnets = N_SUBNETS;
	settings.n_subnet_buckets =
		N_SUBNETS * SUBNET_CELLS_PER_SLOT / SUBNET_BUCKET_CELLS;
	world_open_with(&world, &settings);
	for (uint32_t interval = 0; interval < 4; interval++) {
		for (uint32_t i = 0; i < 2 * N_SUBNETS; i++) {
			uint32_t at = i * 2654435761U * (2 * interval + 1) >>
				      (interval & 1 ? 18 : 20);
			uint8_t family = at & 1 ? 4 : 6;

			word[0] = family == 4 ? 0 :
						SETTINGS_BE64((__u64)at << 16);
			word[1] = family == 4 ? parse_v4_word(htonl(at << 8)) :
						at;
			assert_int_equal(subnet_slot_noted(world.m, word,
							   family),
					 subnet_slot(world.m, word, family));
		}
		memory_tables_swap(world.m);
		memory_tables_clear(world.m);
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_note_spares_the_lookup_for_all_of_the_subnet),
		cmocka_unit_test(a_lan_may_be_part_of_a_subnet),
		cmocka_unit_test(two_subnets_of_a_pair_keep_their_notes),
		cmocka_unit_test(families_have_notes_of_their_own),
		cmocka_unit_test(noted_slots_are_those_that_a_lookup_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
