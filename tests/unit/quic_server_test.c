// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "quic_peers.h"

static void host(uint32_t number, __u64 ret_address[2])
{
	ret_address[0] = 0;
	ret_address[1] = (uint64_t)number << 32 | SETTINGS_V4_MAPPED;
}

static void server_is_known_by_address_and_port(void **state)
{
	__u64 address[2], other[2];
	struct world world;

	peers_open(&world);
	host(1, address);
	host(2, other);
	quic_server_remember(world.m, address, 443, QUIC_V2);
	assert_int_equal(quic_server_find(world.m, address, 443), QUIC_V2 + 1);
	assert_int_equal(quic_server_find(world.m, address, 444), 0);
	assert_int_equal(quic_server_find(world.m, other, 443), 0);
	quic_server_remember(world.m, address, 443, QUIC_V1);
	assert_int_equal(quic_server_find(world.m, address, 443), QUIC_V1 + 1);
	world_close(&world);
}

static void port_bits_are_those_of_servers(void **state)
{
	__u64 address[2];
	struct world world;

	peers_open(&world);
	host(1, address);
	for (uint32_t port = 0; port < 65536; port++)
		assert_false(quic_server_has_port(world.m, port));
	for (uint32_t port = 0; port < 65536; port += 257)
		quic_server_remember(world.m, address, port, QUIC_V1);
	for (uint32_t port = 0; port < 65536; port++)
		assert_int_equal(quic_server_has_port(world.m, port),
				 port % 257 == 0);
	world_close(&world);
}

/* A full set gives up the server that was confirmed longest ago. */
static void longest_silent_server_makes_room(void **state)
{
	struct settings settings = peers_settings();
	__u64 address[2];
	struct world world;

	settings.n_server_sets = 1;
	world_open_with(&world, &settings);
	world.m->now_ns = world.now_ns;
	for (uint32_t i = 0; i < SERVER_WAYS; i++) {
		host(i, address);
		world.m->now_ns += SECOND;
		quic_server_remember(world.m, address, 443, QUIC_V1);
	}
	host(0, address);
	world.m->now_ns += SECOND;
	quic_server_remember(world.m, address, 443, QUIC_V1);
	host(99, address);
	quic_server_remember(world.m, address, 443, QUIC_V1);
	for (uint32_t i = 0; i < SERVER_WAYS; i++) {
		host(i, address);
		assert_int_equal(quic_server_find(world.m, address, 443) > 0,
				 i != 1);
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_is_known_by_address_and_port),
		cmocka_unit_test(port_bits_are_those_of_servers),
		cmocka_unit_test(longest_silent_server_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
