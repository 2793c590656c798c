// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "quic_peers.h"

static const struct peers_long retry = { .type = PEERS_RETRY,
					 .dcid = PEERS_CLIENT,
					 .scid = { 12, 'r' },
					 .payload_bytes = 120 };
static const struct peers_long retried = { .dcid = { 12, 'r' },
					   .scid = PEERS_CLIENT };

enum { TICK_NS = 256 }; /* what two readings of the ticks may add or take */

static void assert_handshakes(const struct world *world, uint64_t n_near,
			      uint64_t near_ns, uint64_t n_far, uint64_t far_ns)
{
	struct world_rtts near =
		world_rtts(world, SOURCE_QUIC_HANDSHAKE, SIDE_LAN);
	struct world_rtts far =
		world_rtts(world, SOURCE_QUIC_HANDSHAKE, SIDE_WAN);

	assert_int_equal(near.n, n_near);
	assert_int_equal(far.n, n_far);
	assert_in_range(near.sum_ns, near_ns - TICK_NS * n_near,
			near_ns + TICK_NS * n_near);
	assert_in_range(far.sum_ns, far_ns - TICK_NS * n_far,
			far_ns + TICK_NS * n_far);
}

static void both_sides_are_sampled_once(void **state)
{
	struct world world;

	peers_open(&world);
	peers_shake(&world);
	for (int i = 0; i < 5; i++) {
		world.now_ns += MS;
		peers_answer(&world);
		peers_react(&world);
	}
	assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
	assert_int_equal(world_event(&world, EVENT_QUIC_CONFIRMED), 1);
	world_close(&world);
}

static void every_version_is_timed(void **state)
{
	static const uint32_t versions[] = { 1, 0x6b3343cf, 0x709a50c4,
					     0xff00001d };
	struct peers_long ask = { .dcid = PEERS_FIRST, .scid = PEERS_CLIENT };
	struct peers_long answer = { .dcid = PEERS_CLIENT,
				     .scid = PEERS_SERVER,
				     .payload_bytes = 200 };
	struct peers_long react = { .dcid = PEERS_SERVER,
				    .scid = PEERS_CLIENT };
	struct world world;

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++) { /* and changes of version */
			peers_open(&world);
			ask.version = versions[i];
			answer.version = react.version = versions[j];
			peers_long(&world, NEAR, &ask);
			world.now_ns += 30 * MS;
			peers_long(&world, FAR, &answer);
			world.now_ns += 10 * MS;
			peers_long(&world, NEAR, &react);
			assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
			assert_int_equal(peers_flow(&world)->quic.version, j);
			world_close(&world);
		}
}

static void connection_ids_may_be_empty_or_long(void **state)
{
	static const uint8_t lengths[] = { 0, 1, 20 };
	struct peers_long ask = { .dcid = { 20, 'f' } };
	struct peers_long answer = { .payload_bytes = 1200 };
	struct peers_long react = { .type = PEERS_HANDSHAKE,
				    .payload_bytes = 100 };
	struct world world;

	for (int i = 0; i < 9; i++) {
		struct peers_cid client = { lengths[i / 3], 'c' };
		struct peers_cid server = { lengths[i % 3], 's' };

		peers_open(&world);
		ask.scid = answer.dcid = react.scid = client;
		answer.scid = react.dcid = server;
		peers_long(&world, NEAR, &ask);
		world.now_ns += 30 * MS;
		peers_long(&world, FAR, &answer);
		world.now_ns += 10 * MS;
		peers_long(&world, NEAR, &react);
		assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
		world_close(&world);
	}
}

static void flight_sent_again_is_ambiguous(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 200 * MS;
	peers_initial(&world);
	world.now_ns += 30 * MS;
	peers_answer(&world);
	world.now_ns += 10 * MS;
	peers_react(&world);
	assert_handshakes(&world, 1, 10 * MS, 0, 0);
	assert_int_equal(world_event(&world, EVENT_QUIC_AMBIGUOUS), 1);
	world_close(&world);
}

static void answer_sent_again_is_ambiguous(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 30 * MS;
	peers_answer(&world);
	world.now_ns += 100 * MS;
	peers_answer(&world);
	world.now_ns += 10 * MS;
	peers_react(&world);
	assert_handshakes(&world, 0, 0, 1, 30 * MS);
	assert_int_equal(world_event(&world, EVENT_QUIC_AMBIGUOUS), 1);
	world_close(&world);
}

/* A ClientHello of two datagrams, an answer of three. */
static void datagrams_of_one_flight_are_not_ambiguous(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 9 * MS;
	peers_initial(&world);
	world.now_ns += 21 * MS;
	for (int i = 0; i < 3; i++) {
		peers_answer(&world);
		world.now_ns += 3 * MS;
	}
	world.now_ns += MS;
	peers_react(&world);
	assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
	world_close(&world);
}

/* What the client sent before it had the answer is no reaction to it. */
static void crossing_initial_and_early_data_are_no_reaction(void **state)
{
	const struct peers_long early = { .type = PEERS_ZERO_RTT,
					  .dcid = PEERS_FIRST,
					  .scid = PEERS_CLIENT };
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 30 * MS;
	peers_answer(&world);
	world.now_ns += 2 * MS;
	peers_initial(&world);
	peers_long(&world, NEAR, &early);
	world.now_ns += 8 * MS;
	peers_react(&world);
	assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
	world_close(&world);
}

static void retry_is_an_answer_and_restarts_the_clock(void **state)
{
	const struct peers_long answer = { .dcid = PEERS_CLIENT,
					   .scid = PEERS_SERVER };
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 30 * MS;
	peers_long(&world, FAR, &retry);
	world.now_ns += 10 * MS;
	peers_long(&world, NEAR, &retried);
	world.now_ns += 32 * MS;
	peers_long(&world, FAR, &answer);
	world.now_ns += 12 * MS;
	peers_react(&world);
	assert_handshakes(&world, 2, 22 * MS, 2, 62 * MS);
	world_close(&world);
}

static void version_negotiation_is_an_answer(void **state)
{
	struct peers_long ask = { .version = 0xff00001d,
				  .dcid = PEERS_FIRST,
				  .scid = PEERS_CLIENT };
	struct peers_long negotiation = { .is_negotiation = true,
					  .dcid = PEERS_CLIENT,
					  .scid = PEERS_SERVER };
	struct world world;

	peers_open(&world);
	peers_long(&world, NEAR, &ask);
	world.now_ns += 30 * MS;
	peers_long(&world, FAR, &negotiation); /* does not repeat the ID */
	assert_handshakes(&world, 0, 0, 0, 0);
	negotiation.scid = PEERS_FIRST;
	peers_long(&world, FAR, &negotiation);
	world.now_ns += 10 * MS;
	peers_long(&world, NEAR, &ask); /* was under way */
	assert_handshakes(&world, 0, 0, 1, 30 * MS);
	peers_initial(&world); /* version 1 */
	assert_handshakes(&world, 1, 10 * MS, 1, 30 * MS);
	world.now_ns += 30 * MS;
	peers_answer(&world);
	assert_handshakes(&world, 1, 10 * MS, 2, 60 * MS);
	world_close(&world);
}

static void only_the_clients_id_confirms(void **state)
{
	const struct peers_long forged = { .dcid = { 8, 'x' },
					   .scid = PEERS_SERVER };
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += MS;
	peers_long(&world, FAR, &forged);
	peers_short(&world, FAR, false);
	assert_int_equal(world_event(&world, EVENT_QUIC_UNRELATED), 1);
	assert_int_equal(world_event(&world, EVENT_QUIC_CONFIRMED), 0);
	world.now_ns += 29 * MS;
	peers_answer(&world);
	assert_handshakes(&world, 0, 0, 1, 30 * MS);
	world_close(&world);
}

/* The client's direction alone: it goes on without an answer. */
static void unseen_answer_confirms_and_is_no_sample(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 40 * MS;
	peers_react(&world);
	assert_handshakes(&world, 0, 0, 0, 0);
	assert_int_equal(world_event(&world, EVENT_QUIC_CONFIRMED), 1);
	assert_in_range(peers_flow(&world)->quic.ref, 40 * MS / TICK_NS - 1,
			40 * MS / TICK_NS + 1);
	world_close(&world);
}

static void another_connection_on_the_ports_starts_afresh(void **state)
{
	const struct peers_long other = { .dcid = PEERS_FIRST,
					  .scid = { 8, 'd' } };
	const struct peers_long answer = { .dcid = { 8, 'd' },
					   .scid = PEERS_SERVER };
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 5000 * MS;
	peers_long(&world, NEAR, &other);
	world.now_ns += 30 * MS;
	peers_long(&world, FAR, &answer);
	assert_handshakes(&world, 0, 0, 1, 30 * MS);
	world.now_ns += 35000 * MS; /* and after a silence */
	peers_initial(&world);
	world.now_ns += 30 * MS;
	peers_answer(&world);
	assert_handshakes(&world, 0, 0, 2, 60 * MS);
	assert_int_equal(world_event(&world, EVENT_FLOW_RESTARTED), 2);
	world_close(&world);
}

static void late_answer_gives_no_sample(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns += 61 * SECOND;
	peers_answer(&world);
	assert_handshakes(&world, 0, 0, 0, 0);
	world_close(&world);
}

static void clock_that_steps_back_invents_nothing(void **state)
{
	struct world world;

	peers_open(&world);
	peers_initial(&world);
	world.now_ns -= 5 * SECOND;
	peers_answer(&world);
	world.now_ns -= 5 * SECOND;
	peers_react(&world);
	assert_int_equal(
		world_rtts(&world, SOURCE_QUIC_HANDSHAKE, SIDE_WAN).greatest_ns,
		0);
	assert_int_equal(
		world_rtts(&world, SOURCE_QUIC_HANDSHAKE, SIDE_LAN).greatest_ns,
		0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_sampled_once),
		cmocka_unit_test(every_version_is_timed),
		cmocka_unit_test(connection_ids_may_be_empty_or_long),
		cmocka_unit_test(flight_sent_again_is_ambiguous),
		cmocka_unit_test(answer_sent_again_is_ambiguous),
		cmocka_unit_test(datagrams_of_one_flight_are_not_ambiguous),
		cmocka_unit_test(
			crossing_initial_and_early_data_are_no_reaction),
		cmocka_unit_test(retry_is_an_answer_and_restarts_the_clock),
		cmocka_unit_test(version_negotiation_is_an_answer),
		cmocka_unit_test(only_the_clients_id_confirms),
		cmocka_unit_test(unseen_answer_confirms_and_is_no_sample),
		cmocka_unit_test(another_connection_on_the_ports_starts_afresh),
		cmocka_unit_test(late_answer_gives_no_sample),
		cmocka_unit_test(clock_that_steps_back_invents_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
