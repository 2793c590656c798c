// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

/* Both directions have been seen midway; NEAR's last TSval is 100, FAR's 500,
 * and nothing is outstanding. */
static void open_midway(struct world *world)
{
	world_open(world);
	world_data(world, NEAR, 100, 499);
	world_data(world, FAR, 500, 100);
	world_ack(world, NEAR, 100, 500);
	assert_int_equal(world_samples(world), 0);
}

static void assert_rtts(const struct world *world, enum side side, uint64_t n,
			uint64_t least_ns, uint64_t greatest_ns)
{
	struct world_rtts rtts = world_rtts(world, SOURCE_TCP_TS, side);

	assert_int_equal(rtts.n, n);
	if (!n)
		return;
	assert_int_equal(rtts.least_ns, least_ns);
	assert_int_equal(rtts.greatest_ns, greatest_ns);
}

static void sample_belongs_to_the_side_that_acknowledges(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 30 * MS;
	world_ack(&world, FAR, 530, 101);
	assert_rtts(&world, SIDE_WAN, 1, 30 * MS, 30 * MS);
	assert_rtts(&world, SIDE_LAN, 0, 0, 0);
	world_data(&world, FAR, 531, 101);
	world.now_ns += 5 * MS;
	world_ack(&world, NEAR, 136, 531);
	assert_rtts(&world, SIDE_WAN, 1, 30 * MS, 30 * MS);
	assert_rtts(&world, SIDE_LAN, 1, 5 * MS, 5 * MS);
	world_close(&world);
}

static void syn_syn_ack_and_first_request_are_sampled(void **state)
{
	struct world world;

	world_open(&world);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	world.now_ns += 20 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 70, 1000);
	assert_rtts(&world, SIDE_WAN, 1, 20 * MS, 20 * MS);
	world.now_ns += 3 * MS;
	world_ack(&world, NEAR, 1023, 70);
	assert_rtts(&world, SIDE_LAN, 1, 3 * MS, 3 * MS);
	world_data(&world, NEAR, 1023, 70);
	world.now_ns += 21 * MS;
	world_ack(&world, FAR, 94, 1023);
	assert_rtts(&world, SIDE_WAN, 2, 20 * MS, 21 * MS);
	assert_int_equal(world_event(&world, EVENT_TSVAL_FIRST), 0);
	world_close(&world);
}

static void pure_acks_are_never_stamped(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i < 50; i++) {
		world_ack(&world, NEAR, 100 + i, 500);
		world.now_ns += 10 * MS;
		world_data(&world, FAR, 500, 100 + i);
		world.now_ns += 10 * MS;
	}
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_STAMP_INLINE), 0);
	world_close(&world);
}

/* Request, response after 20 ms, ACK after 2 ms; then the user thinks. */
static void idle_application_does_not_raise_the_rtt(void **state)
{
	uint32_t near = 100, far = 500;
	struct world world;

	open_midway(&world);
	for (uint64_t i = 0; i < 60; i++) {
		uint64_t idle_ms = 50 + i * 37 % 450;

		world_data(&world, NEAR, ++near, far);
		world.now_ns += 20 * MS;
		world_data(&world, FAR, far += 20, near);
		world.now_ns += 2 * MS;
		world_ack(&world, NEAR, near += 22, far);
		world.now_ns += idle_ms / 2 * MS;
		/* the server's window update after reading */
		world_ack(&world, FAR, far += 2 + idle_ms / 2, near);
		world.now_ns += idle_ms / 2 * MS;
		near += idle_ms;
		far += idle_ms;
	}
	assert_rtts(&world, SIDE_WAN, 60, 20 * MS, 20 * MS);
	assert_rtts(&world, SIDE_LAN, 60, 2 * MS, 2 * MS);
	world_close(&world);
}

static void first_tsval_of_a_flow_joined_midway_is_not_stamped(void **state)
{
	struct world world;

	world_open(&world);
	world_data(&world, NEAR, 100, 499);
	world.now_ns += 10 * MS;
	world_data(&world, FAR, 500, 100);
	world.now_ns += 10 * MS;
	world_ack(&world, NEAR, 120, 500);
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_TSVAL_FIRST), 2);
	/* further data of the same tick are no better */
	world_data(&world, NEAR, 120, 500);
	world.now_ns += 10 * MS;
	world_ack(&world, FAR, 530, 120);
	assert_int_equal(world_samples(&world), 1);
	world_close(&world);
}

static void data_in_the_tick_of_a_first_pure_ack_is_not_stamped(void **state)
{
	struct world world;

	world_open(&world);
	world_data(&world, NEAR, 100, 499);
	world_ack(&world, FAR, 500, 100);
	world_data(&world, FAR, 500, 100);
	world.now_ns += MS;
	world_ack(&world, NEAR, 101, 500);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void first_data_of_a_tick_is_stamped_after_a_pure_ack(void **state)
{
	struct world world;

	open_midway(&world);
	world_ack(&world, NEAR, 101, 500);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 4 * MS;
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 6 * MS;
	world_ack(&world, FAR, 510, 101);
	assert_rtts(&world, SIDE_WAN, 1, 10 * MS, 10 * MS);
	world_close(&world);
}

static void first_match_wins_and_later_ones_do_not_count(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 8 * MS;
	for (uint32_t i = 0; i < 20; i++) {
		world_ack(&world, FAR, 508 + i, 101);
		world.now_ns += MS;
	}
	assert_rtts(&world, SIDE_WAN, 1, 8 * MS, 8 * MS);
	world_close(&world);
}

static void tsval_is_not_stamped_again_after_its_match(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 8 * MS;
	world_ack(&world, FAR, 508, 101);
	world.now_ns += 40 * MS;
	world_data(&world, NEAR, 101,
		   508); /* slow clock, or the packet again */
	world.now_ns += 2 * MS;
	world_ack(&world, FAR, 550, 101);
	assert_rtts(&world, SIDE_WAN, 1, 8 * MS, 8 * MS);
	world_close(&world);
}

static void newer_tsecr_frees_older_stamps(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += MS;
	world_data(&world, NEAR, 102, 500);
	world.now_ns += MS;
	world_data(&world, NEAR, 103, 500);
	world.now_ns += MS;
	world_ack(&world, FAR, 503, 102);
	assert_rtts(&world, SIDE_WAN, 1, 2 * MS, 2 * MS);
	world_ack(&world, FAR, 503, 101); /* a late, older ACK */
	assert_int_equal(world_samples(&world), 1);
	world_ack(&world, FAR, 504, 103);
	assert_int_equal(world_samples(&world), 2);
	world_close(&world);
}

/* 10,000 TSvals never echoed, freed by the echo of the next. */
static void lost_timestamps_never_block_a_flow(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 0; i < 5000; i++) {
		for (uint32_t j = 1; j <= 3; j++) {
			world_data(&world, NEAR, 100 + 3 * i + j, 500 + i);
			world.now_ns += MS;
		}
		world_ack(&world, FAR, 501 + i, 100 + 3 * i + 3);
	}
	assert_rtts(&world, SIDE_WAN, 5000, MS, MS);
	assert_int_equal(world_event(&world, EVENT_STAMP_SKIPPED), 0);
	world_close(&world);
}

/* The older ones are in the stamp table, where nobody freed them. */
static void late_ack_with_an_older_tsecr_matches_nothing(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i <= 8; i++)
		world_data(&world, NEAR, 100 + i, 500);
	world.now_ns += MS;
	world_ack(&world, FAR, 503, 108);
	for (uint32_t i = 1; i <= 7; i++)
		world_ack(&world, FAR, 503, 100 + i);
	assert_rtts(&world, SIDE_WAN, 1, MS, MS);
	world_close(&world);
}

static void forged_tsecr_is_ignored_and_counted(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += MS;
	for (uint64_t jump = 1; jump < 0x80000000; jump = jump * 3 + 1)
		world_ack(&world, FAR, 501, 101 + jump);
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_TSECR_FORGED), 20);
	world_ack(&world, FAR, 501, 101);
	assert_rtts(&world, SIDE_WAN, 1, MS, MS);
	world_close(&world);
}

static void tsecr_without_ack_is_no_echo(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world_tcp(&world, FAR, 0, 100, 501, 101);
	assert_int_equal(world_samples(&world), 0);
	world_ack(&world, FAR, 501, 101);
	assert_int_equal(world_samples(&world), 1);
	world_close(&world);
}

static void tsval_may_wrap(void **state)
{
	struct world world;
	uint32_t tsval = 0xfffffff0;

	world_open(&world);
	world_data(&world, NEAR, tsval, 0xffffff00);
	world_ack(&world, FAR, 0xffffff08, tsval);
	for (uint32_t i = 1; i <= 32; i++) {
		world_data(&world, NEAR, tsval + i, 0xffffff00 + 8 * i);
		world.now_ns += 7 * MS;
		world_ack(&world, FAR, 0xffffff00 + 8 * i + 8, tsval + i);
	}
	assert_rtts(&world, SIDE_WAN, 32, 7 * MS, 7 * MS);
	assert_int_equal(world_event(&world, EVENT_TSECR_FORGED), 0);
	world_close(&world);
}

static uint64_t samples_of_a_connection(int n_copies, bool is_v6)
{
	struct world world;
	uint64_t n;

	world_open(&world);
	world.n_copies = n_copies;
	world.is_v6 = is_v6;
	world_tcp(&world, NEAR, BUILD_SYN, 0, 10, 0);
	world.now_ns += 20 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 900, 10);
	world.now_ns += MS;
	world_ack(&world, NEAR, 31, 900);
	for (uint32_t i = 0; i < 20; i++) {
		world_data(&world, NEAR, 32 + 21 * i, 900 + 21 * i);
		world.now_ns += 20 * MS;
		world_data(&world, FAR, 921 + 21 * i, 32 + 21 * i);
		world.now_ns += MS;
		world_ack(&world, NEAR, 53 + 21 * i, 921 + 21 * i);
	}
	world_tcp(&world, NEAR, BUILD_FIN | BUILD_ACK, 0, 500, 1320);
	world_tcp(&world, FAR, BUILD_FIN | BUILD_ACK, 0, 1400, 500);
	world_ack(&world, NEAR, 501, 1400);
	n = world_samples(&world);
	world_close(&world);
	return n;
}

static void mirror_that_shows_packets_twice_doubles_no_sample(void **state)
{
	assert_int_equal(samples_of_a_connection(1, false), 42);
	assert_int_equal(samples_of_a_connection(2, false), 42);
	assert_int_equal(samples_of_a_connection(3, false), 42);
}

static void ipv6_is_measured_like_ipv4(void **state)
{
	assert_int_equal(samples_of_a_connection(1, true), 42);
	assert_int_equal(samples_of_a_connection(2, true), 42);
}

static void many_outstanding_are_matched_through_the_stamp_table(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i <= 300; i++) {
		world_data(&world, NEAR, 100 + i, 500);
		world.now_ns += MS;
	}
	for (uint32_t i = 1; i <= 300; i++) {
		world_ack(&world, FAR, 500 + i, 100 + i);
		world.now_ns += MS;
	}
	assert_rtts(&world, SIDE_WAN, 300, 300 * MS, 300 * MS);
	assert_int_equal(world_event(&world, EVENT_STAMP_SPILLED), 298);
	assert_int_equal(world_event(&world, EVENT_STAMP_INLINE), 2);
	world_close(&world);
}

static void repeated_syn_leaves_the_first_copy_answerable(void **state)
{
	struct world world;

	world_open(&world);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	world.now_ns += 1000 * MS;
	world_tcp(&world, NEAR, BUILD_SYN, 0, 2000, 0);
	world.now_ns += 100 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 70, 1000);
	assert_rtts(&world, SIDE_WAN, 1, 1100 * MS, 1100 * MS);
	world_close(&world);
	world_open(&world);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	world.now_ns += 1000 * MS;
	world_tcp(&world, NEAR, BUILD_SYN, 0, 2000, 0);
	world.now_ns += 100 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 70, 2000);
	assert_rtts(&world, SIDE_WAN, 1, 100 * MS, 100 * MS);
	assert_int_equal(world_event(&world, EVENT_FLOW_RESTARTED), 0);
	world_close(&world);
}

static void syn_seen_again_is_timed_from_the_first_sight(void **state)
{
	struct world world;

	world_open(&world);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	world.now_ns += MS;
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	world.now_ns += MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 70, 1000);
	assert_rtts(&world, SIDE_WAN, 1, 2 * MS, 2 * MS);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1000, 0);
	assert_int_equal(world_event(&world, EVENT_FLOW_RESTARTED), 0);
	world_close(&world);
}

/* Data without an answer, the ports again with this TSval, and then the answer
 * to the old data: it must find nothing. */
static void assert_reuse_is_afresh(uint32_t tsval, uint32_t far_tsval)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i <= 10; i++) {
		world_data(&world, NEAR, 100 + i, 500);
		world_data(&world, FAR, 500 + i, 100);
	}
	world.now_ns += SECOND;
	world_tcp(&world, NEAR, BUILD_SYN, 0, tsval, 0);
	assert_int_equal(world_event(&world, EVENT_FLOW_RESTARTED), 1);
	world.now_ns += 20 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, far_tsval, tsval);
	assert_rtts(&world, SIDE_WAN, 1, 20 * MS, 20 * MS);
	world.now_ns += MS;
	world_ack(&world, NEAR, tsval + 21, far_tsval);
	assert_rtts(&world, SIDE_LAN, 1, MS, MS);
	world_data(&world, NEAR, tsval + 21, far_tsval);
	world.now_ns += 19 * MS;
	world_ack(&world, FAR, far_tsval + 40, tsval + 21);
	assert_rtts(&world, SIDE_WAN, 2, 19 * MS, 20 * MS);
	world_close(&world);
}

static void port_reuse_starts_afresh(void **state)
{
	assert_reuse_is_afresh(5000, 9000);
	assert_reuse_is_afresh(5000, 20);
	assert_reuse_is_afresh(7, 9000);
	assert_reuse_is_afresh(7, 3);
	assert_reuse_is_afresh(0x90000000, 0xf0000000);
}

static void port_reuse_after_a_close_starts_afresh(void **state)
{
	struct world world;

	open_midway(&world);
	world_tcp(&world, NEAR, BUILD_FIN | BUILD_ACK, 0, 101, 500);
	world_tcp(&world, FAR, BUILD_FIN | BUILD_ACK, 0, 501, 101);
	assert_int_equal(world_tcp(&world, NEAR, BUILD_SYN, 0, 50, 0),
			 OUTCOME_TCP_TIMED);
	world.now_ns += 9 * MS;
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 40, 50);
	assert_rtts(&world, SIDE_WAN, 1, 9 * MS, 9 * MS);
	world_close(&world);
}

static void fin_rst_and_pure_acks_open_no_flow(void **state)
{
	static const uint8_t flags[] = { BUILD_FIN,
					 BUILD_FIN | BUILD_ACK,
					 BUILD_RST,
					 BUILD_RST | BUILD_ACK,
					 BUILD_SYN | BUILD_FIN,
					 BUILD_SYN | BUILD_RST };
	struct world world;

	world_open(&world);
	for (int i = 0; i < 6; i++)
		assert_int_equal(world_tcp(&world, NEAR, flags[i], 100, 1, 2),
				 OUTCOME_TCP_UNTRACKED);
	assert_int_equal(world_ack(&world, NEAR, 1, 2), OUTCOME_TCP_UNTRACKED);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	world_close(&world);
}

static void fin_closes_after_its_own_sample(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 5 * MS;
	/* the server's last data, with the FIN */
	world_tcp(&world, FAR, BUILD_FIN | BUILD_ACK, 10, 505, 101);
	assert_rtts(&world, SIDE_WAN, 1, 5 * MS, 5 * MS);
	world.now_ns += 2 * MS;
	world_tcp(&world, NEAR, BUILD_FIN | BUILD_ACK, 20, 108, 505);
	assert_rtts(&world, SIDE_LAN, 1, 2 * MS, 2 * MS);
	world.now_ns += 5 * MS;
	assert_int_equal(world_ack(&world, FAR, 512, 108), OUTCOME_TCP_CLOSED);
	assert_rtts(&world, SIDE_WAN, 2, 5 * MS, 5 * MS);
	world_close(&world);
}

static void half_closed_flow_is_still_measured(void **state)
{
	struct world world;

	open_midway(&world);
	world_tcp(&world, NEAR, BUILD_FIN | BUILD_ACK, 0, 101, 500);
	for (uint32_t i = 1; i <= 5; i++) {
		world_data(&world, FAR, 500 + i, 101);
		world.now_ns += 3 * MS;
		assert_int_equal(world_ack(&world, NEAR, 101 + i, 500 + i),
				 OUTCOME_TCP_TIMED);
	}
	assert_rtts(&world, SIDE_LAN, 5, 3 * MS, 3 * MS);
	world_close(&world);
}

static void closed_flow_stamps_nothing(void **state)
{
	struct world world;

	open_midway(&world);
	world_tcp(&world, NEAR, BUILD_RST | BUILD_ACK, 0, 101, 500);
	assert_int_equal(world_data(&world, NEAR, 102, 500),
			 OUTCOME_TCP_CLOSED);
	assert_int_equal(world_data(&world, FAR, 502, 102), OUTCOME_TCP_CLOSED);
	world_ack(&world, NEAR, 103, 502);
	assert_int_equal(world_event(&world, EVENT_STAMP_INLINE), 0);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void rst_without_timestamps_closes(void **state)
{
	struct world world;
	struct build build;

	open_midway(&world);
	build = world_build(&world, FAR);
	build.tcp_flags = BUILD_RST;
	build.tcp_has_no_timestamps = 1;
	assert_int_equal(world_observe(&world, &build), OUTCOME_TCP_TIMED);
	assert_int_equal(world_data(&world, NEAR, 101, 500),
			 OUTCOME_TCP_CLOSED);
	world_close(&world);
}

static void rst_gives_its_own_sample(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 5 * MS;
	world_tcp(&world, FAR, BUILD_RST | BUILD_ACK, 0, 505, 101);
	assert_rtts(&world, SIDE_WAN, 1, 5 * MS, 5 * MS);
	world_close(&world);
}

static void reply_within_60_s_counts_and_later_does_not(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns += 60 * SECOND;
	world_ack(&world, FAR, 60500, 101);
	assert_rtts(&world, SIDE_WAN, 1, 60 * SECOND, 60 * SECOND);
	assert_int_equal(world_rtts(&world, SOURCE_TCP_TS, SIDE_WAN).n_overflow,
			 1);
	world_data(&world, NEAR, 60200, 60500);
	world.now_ns += 60 * SECOND + 1;
	world_ack(&world, FAR, 120600, 60200);
	assert_int_equal(world_samples(&world), 1);
	assert_int_equal(world_event(&world, EVENT_STAMP_EXPIRED), 1);
	world_close(&world);
}

static void clock_that_steps_back_gives_no_sample(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world.now_ns -= 1;
	world_ack(&world, FAR, 501, 101);
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_STAMP_BACKWARD), 1);
	world.now_ns -= 500 * SECOND;
	world_data(&world, NEAR, 102, 501);
	world.now_ns += 4 * MS;
	world_ack(&world, FAR, 505, 102);
	assert_rtts(&world, SIDE_WAN, 1, 4 * MS, 4 * MS);
	world_close(&world);
}

static void reply_at_the_same_instant_is_a_sample_of_zero(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 101, 500);
	world_ack(&world, FAR, 501, 101);
	assert_rtts(&world, SIDE_WAN, 1, 0, 0);
	world_close(&world);
}

/* One false TSval far ahead; then the true ones go on. */
static void false_tsval_does_not_silence_a_flow(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 100 + 0x60000000, 500);
	for (uint32_t i = 1; i <= 200; i++) {
		world_data(&world, NEAR, 100 + i, 500 + i - 1);
		world.now_ns += 6 * MS;
		world_ack(&world, FAR, 500 + i, 100 + i);
		world.now_ns += 6 * MS;
	}
	assert_int_equal(world_event(&world, EVENT_TSVAL_RESYNC), 1);
	assert_true(world_samples(&world) >= 180);
	assert_rtts(&world, SIDE_WAN, world_samples(&world), 6 * MS, 6 * MS);
	world_close(&world);
}

/* A clock of 1 us passes half of the number space in 36 minutes of silence. */
static void long_silence_is_survived_by_a_fast_clock(void **state)
{
	struct world world;
	uint32_t far = 500;

	open_midway(&world);
	for (uint32_t i = 1; i <= 100; i++) {
		uint32_t tsval = 100 + 0x90000000 + 10000 * i;

		world_data(&world, NEAR, tsval, far);
		world.now_ns += 6 * MS;
		world_ack(&world, FAR, ++far, tsval);
		world.now_ns += 4 * MS;
	}
	assert_true(world_samples(&world) >= 80);
	assert_rtts(&world, SIDE_WAN, world_samples(&world), 6 * MS, 6 * MS);
	world_close(&world);
}

static void late_packets_are_not_stamped(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 105, 500);
	world.now_ns += MS;
	for (uint32_t i = 1; i <= 4; i++)
		world_data(&world, NEAR, 105 - i, 500);
	assert_int_equal(world_event(&world, EVENT_STAMP_INLINE), 1);
	world.now_ns += MS;
	world_ack(&world, FAR, 502, 105);
	assert_rtts(&world, SIDE_WAN, 1, 2 * MS, 2 * MS);
	world_close(&world);
}

/* One packet has overtaken 200 of the same transfer. */
static void any_number_of_late_packets_relearns_nothing(void **state)
{
	struct world world;

	open_midway(&world);
	world_data(&world, NEAR, 100 + 65536, 500);
	for (uint32_t i = 1; i <= 200; i++)
		world_data(&world, NEAR, 100 + i, 500);
	world.now_ns += MS;
	world_data(&world, NEAR, 100 + 65536, 500);
	assert_int_equal(world_event(&world, EVENT_TSVAL_RESYNC), 0);
	world.now_ns += MS;
	world_ack(&world, FAR, 501, 100 + 65536);
	assert_rtts(&world, SIDE_WAN, 1, 2 * MS, 2 * MS);
	world_close(&world);
}

static void far_packets_now_and_then_relearn_nothing(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i <= 20; i++) {
		uint32_t newest = 100 + (i << 20);

		world_data(&world, NEAR, newest, 500);
		for (uint32_t j = 0; j < 15; j++)
			world_data(&world, NEAR, newest - 65536 - j, 500);
	}
	assert_int_equal(world_event(&world, EVENT_TSVAL_RESYNC), 0);
	for (uint32_t j = 0; j < 16; j++)
		world_data(&world, NEAR, 100 + (20 << 20) - 65536, 500);
	assert_int_equal(world_event(&world, EVENT_TSVAL_RESYNC), 1);
	world_close(&world);
}

/* Answered once, then seen in one direction only: it keeps what it has and
 * leaves the shared table to others. */
static void silent_peer_does_not_fill_the_stamp_table(void **state)
{
	struct world world;

	open_midway(&world);
	for (uint32_t i = 1; i <= 100; i++) {
		world_data(&world, NEAR, 100 + i, 500);
		world.now_ns += 100 * MS;
	}
	assert_int_equal(world_event(&world, EVENT_STAMP_SPILLED), 39);
	assert_int_equal(world_event(&world, EVENT_STAMP_SKIPPED), 59);
	world_ack(&world, FAR, 501, 101);
	assert_rtts(&world, SIDE_WAN, 1, 10 * SECOND, 10 * SECOND);
	world_close(&world);
}

static void sources_that_are_off_are_not_recorded(void **state)
{
	struct settings settings = world_settings();
	struct world world;

	settings.sources = 1U << SOURCE_ICMP_ECHO;
	world_open_with(&world, &settings);
	world_tcp(&world, NEAR, BUILD_SYN, 0, 1, 0);
	world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 2, 1);
	assert_int_equal(world_samples(&world), 0);
	world_echo(&world, NEAR, false, 1);
	world_echo(&world, FAR, true, 1);
	assert_int_equal(world_samples(&world), 1);
	world_close(&world);
}

static void assert_echo(const struct world *world, enum side side, uint64_t n,
			uint64_t least_ns, uint64_t greatest_ns)
{
	struct world_rtts rtts = world_rtts(world, SOURCE_ICMP_ECHO, side);

	assert_int_equal(rtts.n, n);
	if (!n)
		return;
	assert_int_equal(rtts.least_ns, least_ns);
	assert_int_equal(rtts.greatest_ns, greatest_ns);
}

static void echo_is_measured_in_both_families_and_ways(void **state)
{
	struct world world;

	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		world_open(&world);
		world.is_v6 = is_v6;
		world_echo(&world, NEAR, false, 1);
		world_echo(&world, FAR, false, 1);
		world.now_ns += 12 * MS;
		world_echo(&world, FAR, true, 1);
		assert_echo(&world, SIDE_WAN, 1, 12 * MS, 12 * MS);
		world.now_ns += 3 * MS;
		world_echo(&world, NEAR, true, 1);
		assert_echo(&world, SIDE_LAN, 1, 15 * MS, 15 * MS);
		world_close(&world);
	}
}

static void repeated_replies_and_requests_count_once(void **state)
{
	struct world world;

	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		world_open(&world);
		world.is_v6 = is_v6;
		for (uint16_t i = 0; i < 50; i++) {
			world_echo(&world, NEAR, false, i);
			world.now_ns += MS;
			world_echo(&world, NEAR, false, i);
			world.now_ns += MS;
			world_echo(&world, FAR, true, i);
			world.now_ns += MS;
			world_echo(&world, FAR, true, i);
		}
		assert_echo(&world, SIDE_WAN, 50, 2 * MS, 2 * MS);
		assert_int_equal(world_event(&world, EVENT_ECHO_REPEATED), 50);
		assert_int_equal(world_event(&world, EVENT_ECHO_UNMATCHED), 50);
		world_close(&world);
	}
}

static void mirrored_pings_count_once(void **state)
{
	struct world world;

	world_open(&world);
	world.n_copies = 2;
	for (uint16_t i = 0; i < 50; i++) {
		world_echo(&world, NEAR, false, i);
		world.now_ns += MS;
		world_echo(&world, FAR, true, i);
	}
	assert_echo(&world, SIDE_WAN, 50, MS, MS);
	world_close(&world);
}

/* 400 in flight, answered backwards; the first two replies made it known that
 * this flow is answered. */
static void many_pings_may_be_outstanding_in_any_order(void **state)
{
	struct world world;

	world_open(&world);
	world_echo(&world, NEAR, false, 0);
	world.now_ns += MS;
	world_echo(&world, FAR, true, 0);
	for (uint16_t i = 1; i <= 400; i++) {
		world_echo(&world, NEAR, false, i);
		world.now_ns += MS;
	}
	for (uint16_t i = 400; i >= 1; i--) {
		world_echo(&world, FAR, true, i);
		world.now_ns += MS;
	}
	assert_echo(&world, SIDE_WAN, 401, MS, 799 * MS);
	assert_int_equal(world_event(&world, EVENT_STAMP_SPILLED), 398);
	world_close(&world);
}

static void slow_pings_all_wait_for_their_reply(void **state)
{
	struct world world;

	world_open(&world);
	world_echo(&world, NEAR, false, 0);
	world_echo(&world, FAR, true, 0);
	for (uint16_t i = 1; i <= 50; i++) {
		world_echo(&world, NEAR, false, i);
		world.now_ns += SECOND;
	}
	for (uint16_t i = 1; i <= 50; i++) {
		world_echo(&world, FAR, true, i);
		world.now_ns += SECOND;
	}
	assert_echo(&world, SIDE_WAN, 51, 0, 50 * SECOND);
	world_close(&world);
}

static void identifiers_do_not_mix(void **state)
{
	struct world world;

	world_open(&world);
	for (uint16_t i = 0; i < 20; i++) {
		world.identifier = i;
		world_echo(&world, NEAR, false, 5);
		world.now_ns += MS;
	}
	for (uint16_t i = 0; i < 20; i++) {
		world.identifier = i;
		world_echo(&world, FAR, true, 5);
		world.now_ns += MS;
	}
	assert_echo(&world, SIDE_WAN, 20, 20 * MS, 20 * MS);
	world_close(&world);
}

static void reply_without_request_is_told(void **state)
{
	struct world world;

	world_open(&world);
	assert_int_equal(world_echo(&world, FAR, true, 1),
			 OUTCOME_ICMP_UNTRACKED);
	world_echo(&world, NEAR, false, 2);
	assert_int_equal(world_echo(&world, FAR, true, 1), OUTCOME_ICMP_ECHO);
	assert_int_equal(world_event(&world, EVENT_ECHO_UNMATCHED), 2);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void own_reply_does_not_answer_the_own_request(void **state)
{
	struct world world;

	world_open(&world);
	world_echo(&world, NEAR, false, 1);
	world_echo(&world, NEAR, true, 1);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void echo_later_than_60_s_does_not_count(void **state)
{
	struct world world;

	world_open(&world);
	world_echo(&world, NEAR, false, 1);
	world.now_ns += 60 * SECOND + 1;
	world_echo(&world, FAR, true, 1);
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_STAMP_EXPIRED), 1);
	world_close(&world);
}

/* A fast ping comes round in less than a stamp lives; each 50th request is
 * lost, and its number must not be taken for a repetition next time. */
static void sequence_numbers_that_come_round_are_new_requests(void **state)
{
	struct world world;

	world_open(&world);
	for (uint32_t i = 0; i < 3 * 65536; i++) {
		world_echo(&world, NEAR, false, i);
		world.now_ns += MS / 5;
		if (i % 50 != 30 || i > 2 * 65536)
			world_echo(&world, FAR, true, i);
	}
	assert_int_equal(
		world_rtts(&world, SOURCE_ICMP_ECHO, SIDE_WAN).greatest_ns,
		MS / 5);
	world_close(&world);
}

/* A ping that starts over with the identifier of the one before, whose last
 * request was lost. */
static void sequence_numbers_that_start_over_are_measured(void **state)
{
	struct world world;

	world_open(&world);
	for (int round = 0; round < 3; round++) {
		for (uint16_t i = 1; i <= 100; i++) {
			world_echo(&world, NEAR, false, i);
			world.now_ns += MS;
			if (i < 100)
				world_echo(&world, FAR, true, i);
		}
		world.now_ns += SECOND;
	}
	assert_echo(&world, SIDE_WAN, 297, MS, MS);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_belongs_to_the_side_that_acknowledges),
		cmocka_unit_test(syn_syn_ack_and_first_request_are_sampled),
		cmocka_unit_test(pure_acks_are_never_stamped),
		cmocka_unit_test(idle_application_does_not_raise_the_rtt),
		cmocka_unit_test(
			first_tsval_of_a_flow_joined_midway_is_not_stamped),
		cmocka_unit_test(
			data_in_the_tick_of_a_first_pure_ack_is_not_stamped),
		cmocka_unit_test(
			first_data_of_a_tick_is_stamped_after_a_pure_ack),
		cmocka_unit_test(first_match_wins_and_later_ones_do_not_count),
		cmocka_unit_test(tsval_is_not_stamped_again_after_its_match),
		cmocka_unit_test(newer_tsecr_frees_older_stamps),
		cmocka_unit_test(late_ack_with_an_older_tsecr_matches_nothing),
		cmocka_unit_test(lost_timestamps_never_block_a_flow),
		cmocka_unit_test(forged_tsecr_is_ignored_and_counted),
		cmocka_unit_test(tsecr_without_ack_is_no_echo),
		cmocka_unit_test(tsval_may_wrap),
		cmocka_unit_test(
			mirror_that_shows_packets_twice_doubles_no_sample),
		cmocka_unit_test(ipv6_is_measured_like_ipv4),
		cmocka_unit_test(
			many_outstanding_are_matched_through_the_stamp_table),
		cmocka_unit_test(repeated_syn_leaves_the_first_copy_answerable),
		cmocka_unit_test(syn_seen_again_is_timed_from_the_first_sight),
		cmocka_unit_test(port_reuse_starts_afresh),
		cmocka_unit_test(port_reuse_after_a_close_starts_afresh),
		cmocka_unit_test(fin_rst_and_pure_acks_open_no_flow),
		cmocka_unit_test(fin_closes_after_its_own_sample),
		cmocka_unit_test(half_closed_flow_is_still_measured),
		cmocka_unit_test(closed_flow_stamps_nothing),
		cmocka_unit_test(rst_without_timestamps_closes),
		cmocka_unit_test(rst_gives_its_own_sample),
		cmocka_unit_test(reply_within_60_s_counts_and_later_does_not),
		cmocka_unit_test(clock_that_steps_back_gives_no_sample),
		cmocka_unit_test(reply_at_the_same_instant_is_a_sample_of_zero),
		cmocka_unit_test(false_tsval_does_not_silence_a_flow),
		cmocka_unit_test(long_silence_is_survived_by_a_fast_clock),
		cmocka_unit_test(late_packets_are_not_stamped),
		cmocka_unit_test(any_number_of_late_packets_relearns_nothing),
		cmocka_unit_test(far_packets_now_and_then_relearn_nothing),
		cmocka_unit_test(silent_peer_does_not_fill_the_stamp_table),
		cmocka_unit_test(sources_that_are_off_are_not_recorded),
		cmocka_unit_test(echo_is_measured_in_both_families_and_ways),
		cmocka_unit_test(repeated_replies_and_requests_count_once),
		cmocka_unit_test(mirrored_pings_count_once),
		cmocka_unit_test(many_pings_may_be_outstanding_in_any_order),
		cmocka_unit_test(slow_pings_all_wait_for_their_reply),
		cmocka_unit_test(identifiers_do_not_mix),
		cmocka_unit_test(reply_without_request_is_told),
		cmocka_unit_test(own_reply_does_not_answer_the_own_request),
		cmocka_unit_test(echo_later_than_60_s_does_not_count),
		cmocka_unit_test(
			sequence_numbers_that_come_round_are_new_requests),
		cmocka_unit_test(sequence_numbers_that_start_over_are_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
