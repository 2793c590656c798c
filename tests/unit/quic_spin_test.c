// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "spin_path.h"

enum { TICK_NS = 256 };

static uint8_t class_of(const struct path *path)
{
	return peers_flow(&path->world)->quic.class;
}

static uint64_t event_of(const struct path *path, enum event event)
{
	return world_event(&path->world, event);
}

static struct world_rtts spin_of(const struct path *path, enum side side)
{
	return world_rtts(&path->world, SOURCE_QUIC_SPIN, side);
}

/* No sample below half, none above double of the side's RTT. */
static void assert_credible(const struct path *path)
{
	struct world_rtts near = spin_of(path, SIDE_LAN);
	struct world_rtts far = spin_of(path, SIDE_WAN);

	assert_in_range(near.least_ns, 5 * MS, 20 * MS);
	assert_in_range(near.greatest_ns, 5 * MS, 20 * MS);
	assert_in_range(far.least_ns, 15 * MS, 60 * MS);
	assert_in_range(far.greatest_ns, 15 * MS, 60 * MS);
}

static void spinning_flow_gives_both_sides(void **state)
{
	struct world_rtts near, far;
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, 4 * SECOND);
	near = spin_of(&path, SIDE_LAN);
	far = spin_of(&path, SIDE_WAN);
	assert_int_equal(class_of(&path), SPIN_CLASS_SPINNING);
	/* a period of some 42 ms, each with a sample of each side */
	assert_in_range(near.n, 85, 105);
	assert_in_range(far.n, 85, 105);
	assert_in_range(near.sum_ns / near.n, 10 * MS - TICK_NS,
			11 * MS + MS / 2);
	assert_in_range(far.sum_ns / far.n, 30 * MS - TICK_NS,
			31 * MS + MS / 2);
	assert_int_equal(event_of(&path, EVENT_SPIN_UPPER), 0);
	assert_int_equal(event_of(&path, EVENT_SPIN_BAD), 0);
	world_close(&path.world);
}

static void every_recorded_sample_has_its_bound(void **state)
{
	struct world_rtts near, bound;
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, 4 * SECOND);
	for (int side = 0; side < N_SIDES; side++) {
		near = spin_of(&path, (enum side)side);
		bound = world_rtts(&path.world, SOURCE_QUIC_SPIN_BOUND,
				   (enum side)side);
		assert_int_equal(near.n, bound.n);
		/* packets come every millisecond */
		assert_in_range(bound.greatest_ns, MS - MS / 5, MS + MS / 5);
	}
	world_close(&path.world);
}

/* Sub-millisecond paths: nothing is absolute but the first hold-off. */
static void short_path_is_measured(void **state)
{
	struct world_rtts far;
	struct path path;

	path_open(&path, 1);
	path.end[NEAR] = (struct path_end){ .period_ns = PATH_STEP_NS,
					    .way_ns = MS / 5 };
	path.end[FAR] =
		(struct path_end){ .period_ns = PATH_STEP_NS, .way_ns = MS };
	peers_initial(&path.world);
	path.world.now_ns += 2 * MS;
	peers_answer(&path.world);
	path.world.now_ns += 2 * MS / 5;
	peers_react(&path.world);
	path_run(&path, SECOND);
	far = spin_of(&path, SIDE_WAN);
	assert_true(far.n > 100);
	assert_in_range(far.sum_ns / far.n, 2 * MS - TICK_NS, 2 * MS + MS / 2);
	world_close(&path.world);
}

static void nothing_is_recorded_before_a_flow_spins(void **state)
{
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	while (class_of(&path) != SPIN_CLASS_SPINNING) {
		assert_int_equal(spin_of(&path, SIDE_LAN).n, 0);
		assert_int_equal(spin_of(&path, SIDE_WAN).n, 0);
		path_step(&path);
	}
	assert_int_equal(event_of(&path, EVENT_SPIN_EDGE), QUIC_MIN_EDGES);
	assert_int_equal(event_of(&path, EVENT_SPIN_HELD),
			 event_of(&path, EVENT_SPIN_HELD_RELEASED) +
				 event_of(&path, EVENT_SPIN_HELD_DROPPED));
	assert_int_equal(spin_of(&path, SIDE_LAN).n +
				 spin_of(&path, SIDE_WAN).n,
			 QUIC_MAX_HELD);
	world_close(&path.world);
}

/* Both ends have something to say every 150 ms only. */
static void idle_application_is_an_upper_bound(void **state)
{
	struct path path;

	path_open(&path, 1);
	path.end[NEAR].period_ns = 150 * MS;
	path.end[FAR].period_ns = 170 * MS;
	peers_shake(&path.world);
	path_run(&path, 20 * SECOND);
	assert_int_equal(class_of(&path), SPIN_CLASS_SPINNING);
	assert_true(event_of(&path, EVENT_SPIN_UPPER) > 30);
	assert_true(peers_samples(&path.world, SOURCE_QUIC_SPIN_UPPER) > 30);
	assert_true(peers_samples(&path.world, SOURCE_QUIC_SPIN) <
		    peers_samples(&path.world, SOURCE_QUIC_SPIN_UPPER) / 4);
	assert_true(spin_of(&path, SIDE_LAN).greatest_ns < 20 * MS);
	assert_true(spin_of(&path, SIDE_WAN).greatest_ns < 60 * MS);
	world_close(&path.world);
}

/* A client that acknowledges every 10 ms: its true RTTs have a bound as large
 * as they are, and must not be left out for the inflated ones. */
static void rare_acknowledgements_do_not_double_the_rtt(void **state)
{
	struct world_rtts near;
	struct path path;

	path_open(&path, 1);
	path.end[NEAR].period_ns = 8 * MS;
	path.end[NEAR].jitter_ns = 4 * MS;
	peers_shake(&path.world);
	path_run(&path, 10 * SECOND);
	near = spin_of(&path, SIDE_LAN);
	assert_true(near.n > 20);
	assert_true(
		world_rtts(&path.world, SOURCE_QUIC_SPIN_UPPER, SIDE_LAN).n >
		20);
	assert_in_range(near.sum_ns / near.n, 10 * MS, 12 * MS);
	world_close(&path.world);
}

static void reordered_packets_do_not_make_edges(void **state)
{
	struct path path;

	path_open(&path, 7);
	path.late_in_1000 = 30;
	path.late_ns = 3 * MS;
	peers_shake(&path.world);
	path_run(&path, 10 * SECOND);
	assert_int_equal(class_of(&path), SPIN_CLASS_SPINNING);
	assert_true(event_of(&path, EVENT_SPIN_REJECTED) > 10);
	assert_true(spin_of(&path, SIDE_WAN).n > 100);
	assert_credible(&path);
	world_close(&path.world);
}

static void lost_packets_leave_credible_samples(void **state)
{
	struct path path;

	path_open(&path, 3);
	path.lost_in_1000 = 50;
	peers_shake(&path.world);
	path_run(&path, 10 * SECOND);
	assert_true(spin_of(&path, SIDE_WAN).n > 100);
	assert_credible(&path);
	world_close(&path.world);
}

static void rising_rtt_is_followed(void **state)
{
	struct world_rtts before, after;
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, 4 * SECOND);
	before = spin_of(&path, SIDE_WAN);
	path.end[FAR].way_ns += 60 * MS;
	path_run(&path, SECOND);
	before = spin_of(&path, SIDE_WAN);
	path_run(&path, 20 * SECOND);
	after = spin_of(&path, SIDE_WAN);
	assert_true(after.n - before.n > 100);
	assert_in_range((after.sum_ns - before.sum_ns) / (after.n - before.n),
			150 * MS - TICK_NS, 153 * MS);
	world_close(&path.world);
}

static void random_bits_give_no_sample(void **state)
{
	static const enum path_bit how[][2] = {
		{ PATH_DRAWS, PATH_DRAWS },
		{ PATH_DRAWS, PATH_SPINS },
		{ PATH_SPINS, PATH_DRAWS },
		{ PATH_DRAWS, PATH_KEEPS },
	};
	struct path path;

	for (int i = 0; i < 4; i++)
		for (int seed = 1; seed <= 20; seed++) {
			path_open(&path, seed);
			path.end[NEAR].how = how[i][0];
			path.end[FAR].how = how[i][1];
			peers_shake(&path.world);
			path_run(&path, 2 * SECOND);
			assert_int_equal(peers_samples(&path.world,
						       SOURCE_QUIC_SPIN),
					 0);
			assert_int_equal(class_of(&path), SPIN_CLASS_GREASED);
			world_close(&path.world);
		}
}

static void constant_bits_are_told_for_each_end(void **state)
{
	struct path path;
	struct flow *flow;

	for (int bits = 0; bits < 4; bits++) {
		path_open(&path, 1);
		for (int i = 0; i < 2; i++) {
			path.end[i].how = PATH_KEEPS;
			path.end[i].bit = bits >> i & 1;
		}
		peers_shake(&path.world);
		path_run(&path, 6 * MS + 15 * MS);
		flow = peers_flow(&path.world);
		assert_int_equal(flow->quic.class, SPIN_CLASS_UNDECIDED);
		path_run(&path, SECOND);
		for (int i = 0; i < 2; i++) {
			bool is_client = quic_client(flow) == (__u32)i;

			assert_int_equal(quic_class(flow, i),
					 bits >> !is_client & 1 ?
						 SPIN_CLASS_CONSTANT_1 :
						 SPIN_CLASS_CONSTANT_0);
		}
		assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN),
				 0);
		world_close(&path.world);
	}
}

static void samples_of_a_flow_that_turns_are_counted(void **state)
{
	struct path path;
	uint64_t n;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, SECOND);
	n = peers_samples(&path.world, SOURCE_QUIC_SPIN);
	assert_true(n > 20);
	path.end[NEAR].how = path.end[FAR].how = PATH_DRAWS;
	path_run(&path, 3 * SECOND);
	assert_int_equal(class_of(&path), SPIN_CLASS_GREASED);
	assert_true(event_of(&path, EVENT_SPIN_RELEASED_BEFORE_GREASED) >= n);
	n = peers_samples(&path.world, SOURCE_QUIC_SPIN);
	path_run(&path, 3 * SECOND);
	assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN), n);
	world_close(&path.world);
}

/* One direction alone: the whole RTT, of the server's subnet. */
static void one_direction_gives_whole_periods(void **state)
{
	struct world_rtts full;
	struct path path;

	path_open(&path, 1);
	path.end[FAR].is_unseen = true;
	peers_initial(&path.world);
	path.world.now_ns += 40 * MS;
	peers_react(&path.world);
	path_run(&path, 4 * SECOND);
	full = world_rtts(&path.world, SOURCE_QUIC_SPIN_FULL, SIDE_WAN);
	assert_int_equal(class_of(&path), SPIN_CLASS_SPINNING);
	assert_true(full.n > 80);
	assert_in_range(full.sum_ns / full.n, 40 * MS, 43 * MS);
	assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN), 0);
	assert_int_equal(
		world_rtts(&path.world, SOURCE_QUIC_SPIN_FULL, SIDE_LAN).n, 0);
	world_close(&path.world);
}

static void one_direction_needs_its_handshake(void **state)
{
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world); /* so that the server is known */
	path.world.near_port++;   /* and the flow adopted */
	path.end[FAR].is_unseen = true;
	path_run(&path, 4 * SECOND);
	assert_int_equal(event_of(&path, EVENT_QUIC_ADOPTED), 1);
	assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN_FULL), 0);
	world_close(&path.world);
}

/* The first edge after a silence of minutes tells nothing. */
static void silence_is_forgotten(void **state)
{
	struct path path;
	uint64_t n;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, SECOND);
	n = peers_samples(&path.world, SOURCE_QUIC_SPIN) +
	    peers_samples(&path.world, SOURCE_QUIC_SPIN_UPPER);
	path.world.now_ns += 120 * SECOND;
	peers_short(&path.world, NEAR, !path.end[NEAR].bit);
	peers_short(&path.world, FAR, !path.end[FAR].bit);
	assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN) +
				 peers_samples(&path.world,
					       SOURCE_QUIC_SPIN_UPPER),
			 n);
	world_close(&path.world);
}

static void copies_of_packets_add_no_sample(void **state)
{
	struct path path, twice;

	path_open(&path, 1);
	path_open(&twice, 1);
	twice.world.n_copies = 2;
	peers_shake(&path.world);
	peers_shake(&twice.world);
	path_run(&path, 2 * SECOND);
	path_run(&twice, 2 * SECOND);
	assert_int_equal(peers_samples(&path.world, SOURCE_QUIC_SPIN),
			 peers_samples(&twice.world, SOURCE_QUIC_SPIN));
	world_close(&path.world);
	world_close(&twice.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spinning_flow_gives_both_sides),
		cmocka_unit_test(every_recorded_sample_has_its_bound),
		cmocka_unit_test(short_path_is_measured),
		cmocka_unit_test(nothing_is_recorded_before_a_flow_spins),
		cmocka_unit_test(idle_application_is_an_upper_bound),
		cmocka_unit_test(rare_acknowledgements_do_not_double_the_rtt),
		cmocka_unit_test(reordered_packets_do_not_make_edges),
		cmocka_unit_test(lost_packets_leave_credible_samples),
		cmocka_unit_test(rising_rtt_is_followed),
		cmocka_unit_test(random_bits_give_no_sample),
		cmocka_unit_test(constant_bits_are_told_for_each_end),
		cmocka_unit_test(samples_of_a_flow_that_turns_are_counted),
		cmocka_unit_test(one_direction_gives_whole_periods),
		cmocka_unit_test(one_direction_needs_its_handshake),
		cmocka_unit_test(silence_is_forgotten),
		cmocka_unit_test(copies_of_packets_add_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
