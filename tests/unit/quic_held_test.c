// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "quic_peers.h"

static void packed_ticks_are_too_small_by_less_than_1_in_1024(void **state)
{
	for (uint64_t ticks = 0; ticks < 1ULL << 32;
	     ticks += 1 + ticks / 4096) {
		uint32_t back = quic_unpack_ticks(quic_pack_ticks(ticks));

		assert_true(back <= ticks);
		assert_true((ticks - back) * 1024 < ticks || back == ticks);
		if (ticks < 2048)
			assert_int_equal(back, ticks);
	}
}

static void packing_keeps_the_order(void **state)
{
	uint32_t last = 0, back;

	for (uint32_t ticks = 0; ticks < 1U << 28; ticks += 1 + ticks / 9999) {
		back = quic_unpack_ticks(quic_pack_ticks(ticks));
		assert_true(back >= last);
		last = back;
	}
}

static void oldest_held_sample_makes_room(void **state)
{
	struct flow_quic quic = {};
	struct world world;

	peers_open(&world);
	for (int i = 1; i <= QUIC_MAX_HELD + 3; i++)
		quic_hold(world.m, &quic, quic_sample(i, i), 10 * i);
	for (int i = 0; i < QUIC_MAX_HELD; i++) {
		assert_int_equal(quic.held[i], quic_sample(i + 4, i + 4));
		assert_int_equal(quic_unpack_ticks(quic.held_bound[i]),
				 10 * (i + 4));
	}
	assert_int_equal(world_event(&world, EVENT_SPIN_HELD),
			 QUIC_MAX_HELD + 3);
	assert_int_equal(world_event(&world, EVENT_SPIN_HELD_DROPPED), 3);
	quic_drop_held(world.m, &quic);
	assert_int_equal(world_event(&world, EVENT_SPIN_HELD_DROPPED),
			 QUIC_MAX_HELD + 3);
	assert_int_equal(quic.held[0], 0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			packed_ticks_are_too_small_by_less_than_1_in_1024),
		cmocka_unit_test(packing_keeps_the_order),
		cmocka_unit_test(oldest_held_sample_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
