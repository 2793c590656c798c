// SPDX-License-Identifier: GPL-2.0-or-later
/* tcp_seq: connections without timestamps. Data goes from FAR to NEAR, so that
 * its samples are NEAR's; the handshake has left one sample of each side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "talk.h"

enum { SEGMENT = 1000 };

static void open_shaken(struct talk *talk)
{
	talk_open(talk, false);
	talk_shake(talk);
	talk_wait(talk, 100);
}

/* Samples of NEAR beyond its handshake's. */
static uint64_t n_near(const struct talk *talk)
{
	return talk_n(talk, SOURCE_TCP_SEQ, NEAR) - 1;
}

/* A segment of FAR at an offset from its present place, which stays. */
static void see_data(struct talk *talk, int32_t offset, uint32_t bytes)
{
	struct build build = talk_make(talk, FAR, BUILD_ACK, bytes);

	build.seq += offset;
	world_observe(&talk->world, &build);
}

/* NEAR acknowledges up to an offset from FAR's present place. */
static void see_ack(struct talk *talk, int32_t offset)
{
	struct build build = talk_make(talk, NEAR, BUILD_ACK, 0);

	build.ack += offset;
	world_observe(&talk->world, &build);
}

static void segment_is_timed_by_the_ack_of_its_end(void **state)
{
	struct world_rtts rtts;
	struct talk talk;

	open_shaken(&talk);
	for (int i = 0; i < 50; i++) {
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT + i);
		talk_wait(&talk, 7);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		talk_wait(&talk, 500);
	}
	rtts = world_rtts(&talk.world, SOURCE_TCP_SEQ, SIDE_LAN);
	assert_int_equal(rtts.n, 51);
	assert_int_equal(rtts.sum_ns, 4 * MS + 50 * 7 * MS);
	assert_int_equal(rtts.greatest_ns, 7 * MS);
	assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, FAR), 1);
	talk_close(&talk);
}

static void every_segment_of_a_window_is_timed(void **state)
{
	struct world_rtts rtts;
	struct talk talk;

	open_shaken(&talk);
	for (int i = 0; i < 30; i++) {
		see_data(&talk, i * SEGMENT, SEGMENT);
		talk_wait(&talk, 1);
	}
	talk_wait(&talk, 10);
	for (int i = 1; i <= 30; i++) {
		see_ack(&talk, i * SEGMENT);
		talk_wait(&talk, 1);
	}
	rtts = world_rtts(&talk.world, SOURCE_TCP_SEQ, SIDE_LAN);
	assert_int_equal(rtts.n, 31);
	assert_int_equal(rtts.sum_ns, 4 * MS + 30 * 40 * MS);
	talk_close(&talk);
}

/* One ACK for two segments is the later one's; the earlier one waited. */
static void delayed_ack_is_the_sample_of_the_last_segment(void **state)
{
	struct world_rtts rtts;
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, 0, SEGMENT);
	talk_wait(&talk, 30);
	see_data(&talk, SEGMENT, SEGMENT);
	talk_wait(&talk, 9);
	see_ack(&talk, 2 * SEGMENT);
	see_ack(&talk, 2 * SEGMENT);
	see_ack(&talk, SEGMENT);
	rtts = world_rtts(&talk.world, SOURCE_TCP_SEQ, SIDE_LAN);
	assert_int_equal(rtts.n, 2);
	assert_int_equal(rtts.greatest_ns, 9 * MS);
	talk_close(&talk);
}

static void ack_inside_a_segment_is_no_sample(void **state)
{
	struct talk talk;

	for (int offset = -1; offset <= SEGMENT + 1; offset++) {
		open_shaken(&talk);
		see_data(&talk, 0, SEGMENT);
		talk_wait(&talk, 5);
		see_ack(&talk, offset);
		assert_int_equal(n_near(&talk), offset == SEGMENT);
		/* The end may still be acknowledged after a part of it. */
		see_ack(&talk, SEGMENT);
		assert_int_equal(n_near(&talk), 1);
		talk_close(&talk);
	}
}

static void ack_beyond_frees_what_it_covers(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, 0, SEGMENT);
	see_data(&talk, SEGMENT, SEGMENT);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 2 * SEGMENT + 10);
	assert_int_equal(n_near(&talk), 0);
	see_ack(&talk, SEGMENT);
	see_ack(&talk, 2 * SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	see_ack(&talk, 3 * SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

static void ack_beyond_all_that_was_sent_is_forged(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, 0, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, SEGMENT + 1);
	assert_int_equal(n_near(&talk), 0);
	assert_int_equal(world_event(&talk.world, EVENT_TSECR_FORGED), 1);
	see_ack(&talk, SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

static void retransmission_voids_what_is_outstanding(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, 0, SEGMENT);
	see_data(&talk, SEGMENT, SEGMENT);
	talk_wait(&talk, 300);
	see_data(&talk, 0, SEGMENT);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 1);
	talk_wait(&talk, 5);
	see_ack(&talk, SEGMENT);
	see_ack(&talk, 2 * SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	/* and then goes on */
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 3 * SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

/* Cut otherwise, below, across or beyond what was sent: what ends before it was
 * acknowledged on its own. */
static void any_overlap_voids_what_it_touches(void **state)
{
	struct talk talk;

	for (int from = -SEGMENT; from < 2 * SEGMENT; from += 250)
		for (int to = from + 250; to <= 4 * SEGMENT; to += 250) {
			open_shaken(&talk);
			see_data(&talk, 0, SEGMENT);
			see_data(&talk, SEGMENT, SEGMENT);
			talk_wait(&talk, 300);
			see_data(&talk, from, to - from);
			talk_wait(&talk, 5);
			see_ack(&talk, SEGMENT);
			see_ack(&talk, 2 * SEGMENT);
			if (to > 2 * SEGMENT)
				see_ack(&talk, to);
			assert_int_equal(n_near(&talk), from >= SEGMENT);
			talk_close(&talk);
		}
}

/* It was lost before the observer; what is behind it waits for it. */
static void segment_behind_a_hole_is_not_stamped(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, SEGMENT, SEGMENT);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_HOLE), 1);
	talk_wait(&talk, 5);
	see_ack(&talk, 2 * SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 3 * SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

/* The receiver acknowledges all at once when the hole is filled. */
static void nothing_sent_while_a_hole_is_open_is_timed(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, SEGMENT, SEGMENT);
	talk_wait(&talk, 1);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 300);
	see_data(&talk, 0, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 3 * SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	talk_close(&talk);
}

/* Late before the observer: what passed in time is timed all the same. */
static void late_segment_voids_nothing(void **state)
{
	struct talk talk;

	for (int n_before = 1; n_before < 6; n_before++) {
		open_shaken(&talk);
		for (int i = 0; i < n_before + 3; i++)
			if (i != n_before)
				see_data(&talk, i * SEGMENT, SEGMENT);
		talk_wait(&talk, 1);
		see_data(&talk, n_before * SEGMENT, SEGMENT);
		assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 0);
		see_data(&talk, (n_before + 3) * SEGMENT, SEGMENT);
		talk_wait(&talk, 5);
		for (int i = 1; i <= n_before + 4; i++)
			see_ack(&talk, i * SEGMENT);
		/* the hole remembers its place in one of two stamps */
		assert_true(
			n_near(&talk) == (uint64_t)n_before + 1 ||
			(n_before > 1 && n_near(&talk) == (uint64_t)n_before));
		talk_close(&talk);
	}
}

/* The observer alone has not seen it: the receiver's ACK tells. */
static void hole_ends_with_an_ack_beyond_it(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, SEGMENT, SEGMENT);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 0);
	see_data(&talk, 3 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 4 * SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_HOLE), 3);
	see_data(&talk, 4 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 5 * SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

static void copies_behind_a_hole_void_nothing(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	talk.world.n_copies = 2;
	see_data(&talk, 0, SEGMENT);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	see_data(&talk, 3 * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 0);
	see_ack(&talk, 4 * SEGMENT);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

/* Below a hole the rule is as ever. */
static void retransmission_below_a_hole_voids(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	see_data(&talk, 0, SEGMENT);
	see_data(&talk, 2 * SEGMENT, SEGMENT);
	talk_wait(&talk, 300);
	see_data(&talk, 0, SEGMENT);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 1);
	talk_wait(&talk, 5);
	see_ack(&talk, SEGMENT);
	assert_int_equal(n_near(&talk), 0);
	talk_close(&talk);
}

/* Lost behind the observer: duplicate ACKs, then the segment once more. */
static void loss_behind_the_observer_gives_no_long_sample(void **state)
{
	struct world_rtts rtts;
	struct talk talk;

	open_shaken(&talk);
	for (int i = 0; i < 5; i++)
		see_data(&talk, i * SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, SEGMENT);
	for (int i = 0; i < 3; i++)
		see_ack(&talk, SEGMENT);
	talk_wait(&talk, 45);
	see_data(&talk, SEGMENT, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 5 * SEGMENT);
	rtts = world_rtts(&talk.world, SOURCE_TCP_SEQ, SIDE_LAN);
	assert_int_equal(rtts.n, 2);
	assert_int_equal(rtts.greatest_ns, 5 * MS);
	talk_close(&talk);
}

static void sequence_numbers_wrap(void **state)
{
	static const uint32_t around[] = { 0, 0x80000000 };
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, false);
		talk.seq[FAR] = around[i] - 10 * SEGMENT - 500;
		talk.seq[NEAR] = around[i] - 1;
		talk_shake(&talk);
		for (int j = 0; j < 20; j++) {
			talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
			talk_wait(&talk, 6);
			talk_say(&talk, NEAR, BUILD_ACK, 0);
		}
		assert_int_equal(n_near(&talk), 20);
		talk_close(&talk);
	}
}

/* The segment may end exactly at number 0. */
static void end_at_zero_is_timed(void **state)
{
	struct talk talk;

	talk_open(&talk, false);
	talk.seq[FAR] = -SEGMENT - 1;
	talk_shake(&talk);
	talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
	assert_int_equal(talk.seq[FAR], 0);
	talk_wait(&talk, 6);
	talk_say(&talk, NEAR, BUILD_ACK, 0);
	assert_int_equal(n_near(&talk), 1);
	talk_close(&talk);
}

static void fin_takes_a_sequence_number(void **state)
{
	struct talk talk;

	for (uint32_t bytes = 0; bytes <= SEGMENT; bytes += SEGMENT) {
		open_shaken(&talk);
		talk_say(&talk, FAR, BUILD_FIN | BUILD_ACK, bytes);
		talk_wait(&talk, 5);
		see_ack(&talk, -1);
		assert_int_equal(n_near(&talk), 0);
		see_ack(&talk, 0);
		assert_int_equal(n_near(&talk), 1);
		talk_close(&talk);
	}
}

static void repeated_fin_is_ambiguous(void **state)
{
	struct build fin;
	struct talk talk;

	open_shaken(&talk);
	fin = talk_make(&talk, FAR, BUILD_FIN | BUILD_ACK, 0);
	talk_send(&talk, FAR, &fin);
	talk_wait(&talk, 300);
	talk_send(&talk, FAR, &fin);
	talk_wait(&talk, 5);
	see_ack(&talk, 0);
	assert_int_equal(n_near(&talk), 0);
	talk_close(&talk);
}

/* With no byte or with one that was acknowledged long ago (RFC 9293 3.8.4). */
static void keep_alive_gives_no_sample_and_voids_nothing(void **state)
{
	struct talk talk;

	for (uint32_t bytes = 0; bytes < 2; bytes++) {
		open_shaken(&talk);
		talk_wait(&talk, 75000);
		see_data(&talk, -1, bytes);
		talk_wait(&talk, 5);
		see_ack(&talk, 0);
		assert_int_equal(n_near(&talk), 0);
		assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 0);
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
		talk_wait(&talk, 5);
		see_ack(&talk, 0);
		assert_int_equal(n_near(&talk), 1);
		talk_close(&talk);
	}
}

static void pure_acks_are_never_stamped(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	for (int i = 0; i < 20; i++) {
		talk_say(&talk, FAR, BUILD_ACK, 0);
		talk_wait(&talk, 50);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
	}
	assert_int_equal(world_samples(&talk.world), 4);
	talk_close(&talk);
}

/* n_copies of each packet, a window of any size: the same samples as without. */
static void mirrored_copies_change_no_sample(void **state)
{
	struct world_rtts rtts;
	struct talk talk;

	for (int window = 1; window <= 12; window++) {
		open_shaken(&talk);
		talk.world.n_copies = 2;
		for (int i = 0; i < window; i++) {
			see_data(&talk, i * SEGMENT, SEGMENT);
			talk.world.now_ns += MS / 10;
		}
		talk_wait(&talk, 5);
		for (int i = 1; i <= window; i++) {
			see_ack(&talk, i * SEGMENT);
			talk.world.now_ns += MS / 10;
		}
		rtts = world_rtts(&talk.world, SOURCE_TCP_SEQ, SIDE_LAN);
		assert_int_equal(rtts.n, 1 + window);
		assert_int_equal(rtts.sum_ns,
				 4 * MS + window * (5 * MS + window * MS / 10));
		assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 0);
		talk_close(&talk);
	}
}

/* A burst and then its copies. */
static void copies_of_a_burst_change_no_sample(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	for (int copy = 0; copy < 2; copy++)
		for (int i = 0; i < 10; i++) {
			see_data(&talk, i * SEGMENT, SEGMENT);
			talk.world.now_ns += MS / 10;
		}
	talk_wait(&talk, 5);
	for (int i = 1; i <= 10; i++)
		see_ack(&talk, i * SEGMENT);
	assert_int_equal(n_near(&talk), 10);
	assert_int_equal(world_event(&talk.world, EVENT_SEQ_VOIDED), 0);
	talk_close(&talk);
}

static void mirrored_fin_is_timed_once(void **state)
{
	struct talk talk;

	for (uint32_t bytes = 0; bytes <= SEGMENT; bytes += SEGMENT) {
		open_shaken(&talk);
		talk.world.n_copies = 2;
		talk_say(&talk, FAR, BUILD_FIN | BUILD_ACK, bytes);
		talk_wait(&talk, 5);
		see_ack(&talk, 0);
		assert_int_equal(n_near(&talk), 1);
		talk_close(&talk);
	}
}

/* What is outstanding may be older than the packet that is repeated. */
static void copy_is_told_by_its_age(void **state)
{
	struct talk talk;

	for (uint64_t us = 0; us < 4000; us += 100) {
		open_shaken(&talk);
		see_data(&talk, 0, SEGMENT);
		talk.world.now_ns += us * 1000;
		see_data(&talk, 0, SEGMENT);
		talk_wait(&talk, 5);
		see_ack(&talk, SEGMENT);
		assert_int_equal(n_near(&talk), us < 2000);
		talk_close(&talk);
	}
}

static void first_segment_of_a_flow_joined_midway_is_not_stamped(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, false);
		if (i) /* NEAR is known before */
			talk_say(&talk, NEAR, BUILD_ACK, 10);
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
		talk_wait(&talk, 5);
		talk_say(&talk, NEAR, BUILD_ACK, 10);
		assert_int_equal(world_samples(&talk.world), 0);
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
		talk_wait(&talk, 5);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, NEAR), 1);
		talk_close(&talk);
	}
}

static void data_seen_in_one_direction_alone_gives_no_sample(void **state)
{
	struct talk talk;

	open_shaken(&talk);
	for (int i = 0; i < 100; i++) {
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
		talk_wait(&talk, 20);
	}
	assert_int_equal(n_near(&talk), 0);
	for (int i = 0; i < 100; i++) {
		talk.seq[FAR] += SEGMENT;
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		talk_wait(&talk, 20);
	}
	assert_int_equal(n_near(&talk), 0);
	talk_close(&talk);
}

static void segment_without_answer_for_a_minute_is_no_sample(void **state)
{
	struct talk talk;

	for (uint64_t ms = 59999; ms <= 60001; ms++) {
		open_shaken(&talk);
		talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
		talk_wait(&talk, ms);
		see_ack(&talk, 0);
		assert_int_equal(n_near(&talk), ms <= 60000);
		assert_int_equal(world_event(&talk.world, EVENT_STAMP_EXPIRED),
				 ms > 60000);
		talk_close(&talk);
	}
}

static void source_that_is_off_records_nothing(void **state)
{
	struct settings settings = world_settings();
	struct talk talk;

	talk_open(&talk, false);
	talk_close(&talk);
	settings.sources = 1U << SOURCE_TCP_TS | 1U << SOURCE_ICMP_ECHO;
	world_open_with(&talk.world, &settings);
	talk_shake(&talk);
	talk_say(&talk, FAR, BUILD_ACK, SEGMENT);
	talk_wait(&talk, 5);
	see_ack(&talk, 0);
	assert_int_equal(world_samples(&talk.world), 0);
	talk_close(&talk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segment_is_timed_by_the_ack_of_its_end),
		cmocka_unit_test(every_segment_of_a_window_is_timed),
		cmocka_unit_test(delayed_ack_is_the_sample_of_the_last_segment),
		cmocka_unit_test(ack_inside_a_segment_is_no_sample),
		cmocka_unit_test(ack_beyond_frees_what_it_covers),
		cmocka_unit_test(ack_beyond_all_that_was_sent_is_forged),
		cmocka_unit_test(retransmission_voids_what_is_outstanding),
		cmocka_unit_test(any_overlap_voids_what_it_touches),
		cmocka_unit_test(segment_behind_a_hole_is_not_stamped),
		cmocka_unit_test(nothing_sent_while_a_hole_is_open_is_timed),
		cmocka_unit_test(late_segment_voids_nothing),
		cmocka_unit_test(hole_ends_with_an_ack_beyond_it),
		cmocka_unit_test(copies_behind_a_hole_void_nothing),
		cmocka_unit_test(retransmission_below_a_hole_voids),
		cmocka_unit_test(loss_behind_the_observer_gives_no_long_sample),
		cmocka_unit_test(sequence_numbers_wrap),
		cmocka_unit_test(end_at_zero_is_timed),
		cmocka_unit_test(fin_takes_a_sequence_number),
		cmocka_unit_test(repeated_fin_is_ambiguous),
		cmocka_unit_test(keep_alive_gives_no_sample_and_voids_nothing),
		cmocka_unit_test(pure_acks_are_never_stamped),
		cmocka_unit_test(mirrored_copies_change_no_sample),
		cmocka_unit_test(copies_of_a_burst_change_no_sample),
		cmocka_unit_test(mirrored_fin_is_timed_once),
		cmocka_unit_test(copy_is_told_by_its_age),
		cmocka_unit_test(
			first_segment_of_a_flow_joined_midway_is_not_stamped),
		cmocka_unit_test(
			data_seen_in_one_direction_alone_gives_no_sample),
		cmocka_unit_test(
			segment_without_answer_for_a_minute_is_no_sample),
		cmocka_unit_test(source_that_is_off_records_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
