// SPDX-License-Identifier: GPL-2.0-or-later
/* Which packets open a QUIC flow, and which belong to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "quic_peers.h"

static enum outcome send_bytes(struct world *world, enum world_host from,
			       const void *bytes, uint32_t n_bytes,
			       uint32_t payload_bytes)
{
	struct built head = { .n_bytes = 0 };

	build_put_bytes(&head, bytes, n_bytes);
	return peers_send(world, from, &head, payload_bytes);
}

static void only_a_client_initial_opens_a_flow(void **state)
{
	const struct peers_long refused[] = {
		{ .dcid = { 7, 'f' }, .scid = PEERS_CLIENT },
		{ .dcid = PEERS_FIRST, .scid = PEERS_CLIENT, .is_unfixed = 1 },
		{ .dcid = PEERS_FIRST,
		  .scid = PEERS_CLIENT,
		  .payload_bytes = 1199 },
		{ .dcid = PEERS_FIRST, .version = 2 },
		{ .dcid = PEERS_FIRST, .is_negotiation = 1 },
		{ .dcid = PEERS_FIRST, .type = PEERS_HANDSHAKE },
		{ .dcid = PEERS_FIRST, .type = PEERS_ZERO_RTT },
		{ .dcid = PEERS_FIRST, .type = PEERS_RETRY },
		{ .dcid = { 21, 'f' } },
		{ .dcid = PEERS_FIRST, .scid = { 21, 'c' } },
	};
	struct world world;

	peers_open(&world);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		peers_long(&world, NEAR, &refused[i]);
	peers_short(&world, NEAR, true);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	assert_null(peers_flow(&world));
	assert_int_equal(peers_initial(&world), OUTCOME_QUIC_LONG);
	assert_int_equal(world_event(&world, EVENT_QUIC_OPENED), 1);
	world_close(&world);
}

/* RTP, DTLS, STUN, WireGuard, DNS on another port, NTP, and noise. */
static void other_udp_leaves_no_state(void **state)
{
	static const struct {
		uint8_t bytes[24], n_bytes;
	} heads[] = {
		{ { 0x80, 0x60, 0x12, 0x34, 0, 0, 0, 1 }, 8 },
		{ { 0x80, 0, 0, 0, 0, 0, 0, 1 }, 8 },
		{ { 0x80, 0xc8, 0, 6 }, 4 },
		{ { 22, 0xfe, 0xfd, 0, 0 }, 5 },
		{ { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42 }, 8 },
		{ { 1, 0, 0, 0 }, 4 },
		{ { 0x12, 0x34, 1, 0, 0, 1 }, 6 },
		{ { 0x23, 2, 10 }, 3 },
		{ { 0xe3, 0, 3, 0xfa }, 4 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff }, 5 },
		{ { 0xc0 }, 1 },
	};
	struct world world;

	peers_open(&world);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		for (uint32_t n = heads[i].n_bytes; n < 1300; n += 61)
			for (int from = 0; from < 2; from++)
				assert_int_equal(
					send_bytes(&world,
						   (enum world_host)from,
						   heads[i].bytes,
						   heads[i].n_bytes, n),
					OUTCOME_UDP);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	world_close(&world);
}

static void long_headers_without_a_flow_are_told(void **state)
{
	struct peers_long packet = { .type = PEERS_HANDSHAKE,
				     .dcid = PEERS_CLIENT,
				     .scid = PEERS_SERVER };
	struct world world;

	peers_open(&world);
	assert_int_equal(peers_long(&world, NEAR, &packet),
			 OUTCOME_QUIC_UNTRACKED);
	packet.dcid.n_bytes = 21;
	assert_int_equal(peers_long(&world, NEAR, &packet),
			 OUTCOME_QUIC_MALFORMED);
	packet = (struct peers_long){ .is_negotiation = true };
	assert_int_equal(peers_long(&world, NEAR, &packet), OUTCOME_UDP);
	world_close(&world);
}

/* RFC 9287: it is greased, per packet or for a whole connection. */
static void fixed_bit_is_not_needed_after_confirmation(void **state)
{
	const uint8_t unfixed = 0x03;
	struct world world;

	peers_open(&world);
	peers_shake(&world);
	for (int from = 0; from < 2; from++)
		assert_int_equal(send_bytes(&world, (enum world_host)from,
					    &unfixed, 1, 40),
				 OUTCOME_QUIC_SHORT);
	assert_int_equal(peers_flow(&world)->quic.n_packets[0], 1);
	assert_int_equal(peers_flow(&world)->quic.n_packets[1], 1);
	world_close(&world);
}

static void migrated_flow_is_adopted_from_either_end(void **state)
{
	struct world world;

	for (int from = 0; from < 2; from++) {
		peers_open(&world);
		peers_shake(&world);
		world.near_port++;
		assert_int_equal(peers_short(&world, (enum world_host)from, 0),
				 OUTCOME_QUIC_SHORT);
		assert_int_equal(world_event(&world, EVENT_QUIC_ADOPTED), 1);
		for (int i = 0; i < 2; i++) {
			struct flow *flow = flow_at(world.m, 0);

			while (flow->ports >> 16 != world.near_port &&
			       (flow->ports & 0xffff) != world.near_port)
				flow++;
			/* endpoint 0 is the one with the lower address word */
			assert_int_equal(quic_client(flow),
					 flow->address[1] >> 32 != 0x0100000a);
		}
		world_close(&world);
	}
}

static void adoption_needs_a_server_and_a_plausible_packet(void **state)
{
	const uint8_t fixed = 0x43, unfixed = 0x03;
	struct world world;

	peers_open(&world);
	peers_initial(&world); /* never confirmed */
	world.near_port++;
	assert_int_equal(peers_short(&world, NEAR, 0), OUTCOME_UDP);
	world.near_port--;
	world.now_ns += 30 * MS;
	peers_answer(&world);
	world.near_port++;
	assert_int_equal(send_bytes(&world, NEAR, &unfixed, 1, 40),
			 OUTCOME_UDP);
	assert_int_equal(send_bytes(&world, NEAR, &fixed, 1, 20), OUTCOME_UDP);
	world.far++; /* the port of a server, another address */
	assert_int_equal(send_bytes(&world, NEAR, &fixed, 1, 40), OUTCOME_UDP);
	assert_int_equal(world_event(&world, EVENT_QUIC_ADOPTED), 0);
	world.far--;
	assert_int_equal(send_bytes(&world, NEAR, &fixed, 1, 21),
			 OUTCOME_QUIC_SHORT);
	world_close(&world);
}

/* A server's Handshake packet would be an odd one to adopt a flow by. */
static void long_headers_are_not_adopted(void **state)
{
	struct world world;

	peers_open(&world);
	peers_shake(&world);
	world.near_port++;
	assert_int_equal(peers_react(&world), OUTCOME_QUIC_UNTRACKED);
	assert_int_equal(world_event(&world, EVENT_QUIC_ADOPTED), 0);
	world_close(&world);
}

static void full_table_refuses_and_counts(void **state)
{
	struct settings settings = peers_settings();
	struct world world;
	int n_refused = 0;

	settings.n_flow_sets = 1;
	world_open_with(&world, &settings);
	for (int i = 0; i < 2 * FLOW_WAYS; i++) {
		world.near_port++;
		peers_shake(&world);
	}
	world.near_port++;
	n_refused += peers_initial(&world) == OUTCOME_QUIC_REFUSED;
	assert_int_equal(n_refused, 1);
	assert_true(world_event(&world, EVENT_FLOW_REFUSED) > FLOW_WAYS);
	world_close(&world);
}

static void quic_is_its_own_traffic_class(void **state)
{
	struct subnet_counters *traffic;
	struct world world;
	uint64_t n = 0;

	peers_open(&world);
	peers_shake(&world);
	for (int i = 0; i < 7; i++)
		peers_short(&world, NEAR, 0);
	traffic = machine_subnet(world.m, N_OVERFLOW_ROWS)->traffic;
	for (int i = TRAFFIC_CELL_SPIN; i < N_TRAFFIC_CELLS; i++)
		n += traffic[i].packets_rx + traffic[i].packets_tx;
	assert_int_equal(n + traffic[TRAFFIC_QUIC].packets_rx, 3 + 7);
	assert_int_equal(traffic[TRAFFIC_UDP_OTHER].packets_rx, 0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_client_initial_opens_a_flow),
		cmocka_unit_test(other_udp_leaves_no_state),
		cmocka_unit_test(long_headers_without_a_flow_are_told),
		cmocka_unit_test(fixed_bit_is_not_needed_after_confirmation),
		cmocka_unit_test(migrated_flow_is_adopted_from_either_end),
		cmocka_unit_test(
			adoption_needs_a_server_and_a_plausible_packet),
		cmocka_unit_test(long_headers_are_not_adopted),
		cmocka_unit_test(full_table_refuses_and_counts),
		cmocka_unit_test(quic_is_its_own_traffic_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
