// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and closing of TCP connections, and tcp_handshake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "talk.h"

enum { SYN_ACK = BUILD_SYN | BUILD_ACK };

static void assert_handshakes(const struct talk *talk, uint64_t n_near,
			      uint64_t n_far, uint64_t n_ambiguous)
{
	assert_int_equal(talk_n(talk, SOURCE_TCP_HANDSHAKE, NEAR), n_near);
	assert_int_equal(talk_n(talk, SOURCE_TCP_HANDSHAKE, FAR), n_far);
	assert_int_equal(world_event(&talk->world, EVENT_HANDSHAKE_AMBIGUOUS),
			 n_ambiguous);
}

/* One sample of this side, of this length. */
static void assert_one(const struct talk *talk, enum source source,
		       enum world_host host, uint64_t rtt_ns)
{
	struct world_rtts rtts = world_rtts(&talk->world, source,
					    host == NEAR ? SIDE_LAN : SIDE_WAN);

	assert_int_equal(rtts.n, 1);
	assert_int_equal(rtts.least_ns, rtt_ns);
	assert_int_equal(rtts.greatest_ns, rtt_ns);
}

static void handshake_times_both_sides(void **state)
{
	struct talk talk;

	for (int i = 0; i < 4; i++) {
		talk_open(&talk, i & 1);
		talk.world.is_v6 = i & 2;
		talk_shake(&talk);
		assert_handshakes(&talk, 1, 1, 0);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 40 * MS);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, NEAR, 4 * MS);
		talk_close(&talk);
	}
}

static void handshake_is_also_a_sample_of_what_times_the_data(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_shake(&talk);
		assert_one(&talk, i ? SOURCE_TCP_TS : SOURCE_TCP_SEQ, FAR,
			   40 * MS);
		assert_one(&talk, i ? SOURCE_TCP_TS : SOURCE_TCP_SEQ, NEAR,
			   4 * MS);
		assert_int_equal(world_samples(&talk.world), 4);
		talk_close(&talk);
	}
}

static void handshake_is_recorded_once_in_a_connection(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_shake(&talk);
		for (int j = 0; j < 20; j++) {
			talk_say(&talk, NEAR, BUILD_ACK, 100);
			talk_wait(&talk, 41);
			talk_say(&talk, FAR, BUILD_ACK, 100);
			talk_wait(&talk, 5);
		}
		assert_handshakes(&talk, 1, 1, 0);
		assert_int_equal(talk_n(&talk, talk_source(&talk), FAR), 21);
		assert_int_equal(talk_n(&talk, talk_source(&talk), NEAR), 20);
		talk_close(&talk);
	}
}

/* The request comes with the ACK, or the ACK alone was lost. */
static void request_may_be_what_ends_the_handshake(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk_wait(&talk, 40);
		talk_say(&talk, FAR, SYN_ACK, 0);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 300);
		assert_handshakes(&talk, 1, 1, 0);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, NEAR, 4 * MS);
		talk_close(&talk);
	}
}

static void repeated_syn_is_ambiguous_and_counted(void **state)
{
	struct build syn;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		syn = talk_make(&talk, NEAR, BUILD_SYN, 0);
		talk_send(&talk, NEAR, &syn);
		talk_wait(&talk, 1000);
		talk_repeat(&talk, NEAR, &syn);
		talk_wait(&talk, 40);
		talk_say(&talk, FAR, SYN_ACK, 0);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		assert_handshakes(&talk, 1, 0, 1);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, NEAR, 4 * MS);
		/* A timestamp tells which SYN was answered, a number not. */
		assert_int_equal(talk_n(&talk, SOURCE_TCP_TS, FAR), i);
		assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, FAR), 0);
		talk_close(&talk);
	}
}

static void repeated_syn_ack_is_ambiguous_and_counted(void **state)
{
	struct build syn_ack;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk_wait(&talk, 40);
		syn_ack = talk_make(&talk, FAR, SYN_ACK, 0);
		talk_send(&talk, FAR, &syn_ack);
		talk_wait(&talk, 1000);
		talk_repeat(&talk, FAR, &syn_ack);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		assert_handshakes(&talk, 0, 1, 1);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 40 * MS);
		assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, NEAR), 0);
		talk_close(&talk);
	}
}

/* The ACK was lost behind the observer, which has its sample. */
static void syn_ack_repeated_after_its_answer_is_no_second_sample(void **state)
{
	struct build syn_ack;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk_wait(&talk, 40);
		syn_ack = talk_make(&talk, FAR, SYN_ACK, 0);
		talk_send(&talk, FAR, &syn_ack);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		talk_wait(&talk, 1000);
		talk_repeat(&talk, FAR, &syn_ack);
		talk_wait(&talk, 5);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		assert_handshakes(&talk, 1, 1, 0);
		talk_close(&talk);
	}
}

/* SYN-ACK lost behind the observer, so that both are sent again: a connection
 * whose start is known too badly gives one ambiguous sample for each side. */
static void both_repeated_are_ambiguous(void **state)
{
	struct build syn, syn_ack;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		syn = talk_make(&talk, NEAR, BUILD_SYN, 0);
		talk_send(&talk, NEAR, &syn);
		talk_wait(&talk, 40);
		syn_ack = talk_make(&talk, FAR, SYN_ACK, 0);
		talk_send(&talk, FAR, &syn_ack);
		talk_wait(&talk, 1000);
		talk_repeat(&talk, NEAR, &syn);
		talk_wait(&talk, 40);
		talk_repeat(&talk, FAR, &syn_ack);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		/* the first SYN was answered before it was sent again */
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 40 * MS);
		assert_int_equal(talk_n(&talk, SOURCE_TCP_HANDSHAKE, NEAR) +
					 world_event(&talk.world,
						     EVENT_HANDSHAKE_AMBIGUOUS),
				 1);
		talk_close(&talk);
	}
}

static void mirrored_copies_are_no_repetitions(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk.world.n_copies = 2;
		talk_shake(&talk);
		assert_handshakes(&talk, 1, 1, 0);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 40 * MS);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, NEAR, 4 * MS);
		assert_int_equal(world_samples(&talk.world), 4);
		talk_close(&talk);
	}
}

static void copy_late_by_half_a_millisecond_is_no_repetition(void **state)
{
	struct build copy;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		for (int step = 0; step < 3; step++) {
			copy = talk_make(&talk, step == 1 ? FAR : NEAR,
					 step == 0 ? BUILD_SYN :
					 step == 1 ? SYN_ACK :
						     BUILD_ACK,
					 0);
			talk_send(&talk, step == 1 ? FAR : NEAR, &copy);
			talk.world.now_ns += MS / 2;
			world_observe(&talk.world, &copy);
			talk_wait(&talk, 20);
		}
		assert_handshakes(&talk, 1, 1, 0);
		assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 20 * MS + MS / 2);
		assert_int_equal(world_samples(&talk.world), 4);
		talk_close(&talk);
	}
}

static void declined_timestamps_leave_the_handshake(void **state)
{
	struct talk talk;

	talk_open(&talk, true);
	talk_say(&talk, NEAR, BUILD_SYN, 0);
	talk.has_timestamps[NEAR] = talk.has_timestamps[FAR] = false;
	talk_wait(&talk, 40);
	talk_say(&talk, FAR, SYN_ACK, 0);
	talk_wait(&talk, 4);
	talk_say(&talk, NEAR, BUILD_ACK, 0);
	assert_handshakes(&talk, 1, 1, 0);
	assert_one(&talk, SOURCE_TCP_HANDSHAKE, FAR, 40 * MS);
	assert_one(&talk, SOURCE_TCP_HANDSHAKE, NEAR, 4 * MS);
	talk_close(&talk);
}

static void declined_timestamps_leave_the_data_to_tcp_seq(void **state)
{
	struct talk talk;

	talk_open(&talk, true);
	talk_say(&talk, NEAR, BUILD_SYN, 0);
	talk.has_timestamps[NEAR] = talk.has_timestamps[FAR] = false;
	talk_wait(&talk, 40);
	talk_say(&talk, FAR, SYN_ACK, 0);
	talk_wait(&talk, 4);
	talk_say(&talk, NEAR, BUILD_ACK, 300);
	talk_wait(&talk, 41);
	talk_say(&talk, FAR, BUILD_ACK, 500);
	talk_wait(&talk, 5);
	talk_say(&talk, NEAR, BUILD_ACK, 0);
	assert_one(&talk, SOURCE_TCP_SEQ, FAR, 41 * MS);
	assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, NEAR), 2);
	assert_int_equal(talk_n(&talk, SOURCE_TCP_TS, NEAR), 0);
	assert_int_equal(talk_n(&talk, SOURCE_TCP_TS, FAR), 0);
	talk_close(&talk);
}

static void declined_after_a_repeated_syn_is_ambiguous(void **state)
{
	struct build syn;
	struct talk talk;

	talk_open(&talk, true);
	syn = talk_make(&talk, NEAR, BUILD_SYN, 0);
	talk_send(&talk, NEAR, &syn);
	talk_wait(&talk, 1000);
	talk_repeat(&talk, NEAR, &syn);
	talk.has_timestamps[NEAR] = talk.has_timestamps[FAR] = false;
	talk_wait(&talk, 40);
	talk_say(&talk, FAR, SYN_ACK, 0);
	talk_wait(&talk, 4);
	talk_say(&talk, NEAR, BUILD_ACK, 0);
	assert_handshakes(&talk, 1, 0, 1);
	talk_close(&talk);
}

/* The ACK was lost before the observer. What the server says first is answered
 * a server's silence later: that is not its SYN-ACK's round trip. */
static void answer_to_first_words_of_the_server_is_no_handshake(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk_wait(&talk, 40);
		talk_say(&talk, FAR, SYN_ACK, 0);
		talk_wait(&talk, 300);
		talk_say(&talk, FAR, BUILD_ACK, 60);
		talk_wait(&talk, 4);
		talk_say(&talk, NEAR, BUILD_ACK, 0);
		assert_handshakes(&talk, 0, 1, 0);
		assert_one(&talk, talk_source(&talk), NEAR, 4 * MS);
		talk_close(&talk);
	}
}

static void wrong_acknowledgement_of_a_syn_is_no_sample(void **state)
{
	struct build syn_ack;
	struct talk talk;

	for (int i = 0; i < 3; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk.has_timestamps[FAR] = i == 1;
		talk_wait(&talk, 40);
		syn_ack = talk_make(&talk, FAR, SYN_ACK, 0);
		syn_ack.ack += 7;
		syn_ack.tsecr += 7;
		talk_send(&talk, FAR, &syn_ack);
		assert_int_equal(world_samples(&talk.world), 0);
		talk_close(&talk);
	}
}

static void refused_connection_is_no_handshake(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk.has_timestamps[FAR] = false; /* as Linux refuses */
		talk_wait(&talk, 40);
		talk_say(&talk, FAR, BUILD_RST | BUILD_ACK, 0);
		assert_handshakes(&talk, 0, 0, 0);
		talk_close(&talk);
	}
}

/*
 * NEAR is 2 ms away, FAR 20 ms. Each answers the other's SYN when it arrives:
 * FAR's SYN-ACK answers NEAR's SYN, not the SYN-ACK that passed last.
 */
static void simultaneous_open_gives_no_short_sample(void **state)
{
	static const uint8_t flags[] = { BUILD_SYN, BUILD_SYN, SYN_ACK,
					 SYN_ACK };
	static const uint64_t wait_ms[] = { 3, 2, 15, 0 };
	uint32_t isn[2];
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		memcpy(isn, talk.seq, sizeof(isn));
		for (int step = 0; step < 4; step++) {
			enum world_host from = step & 1 ? FAR : NEAR;
			struct build build =
				talk_make(&talk, from, flags[step], 0);

			build.seq = isn[from];
			if (step == 3) /* has seen the SYN only */
				build.tsecr = talk.clock_ms[NEAR] +
					      1000 * SECOND / MS;
			talk_send(&talk, from, &build);
			talk_wait(&talk, wait_ms[step]);
		}
		for (int source = 0; source < N_SOURCES; source++) {
			struct world_rtts near, far;

			near = world_rtts(&talk.world, source, SIDE_LAN);
			far = world_rtts(&talk.world, source, SIDE_WAN);
			assert_true(!near.n || near.least_ns >= 2 * MS);
			assert_true(!far.n || far.least_ns >= 20 * MS);
		}
		talk_close(&talk);
	}
}

static void say_goodbye(struct talk *talk)
{
	talk_say(talk, NEAR, BUILD_FIN | BUILD_ACK, 0);
	talk_wait(talk, 40);
	talk_say(talk, FAR, BUILD_FIN | BUILD_ACK, 0);
	talk_wait(talk, 4);
	talk_say(talk, NEAR, BUILD_ACK, 0);
}

static void used_again_port_pair_is_timed_afresh(void **state)
{
	struct talk talk;

	for (int i = 0; i < 4; i++) {
		talk_open(&talk, i & 1);
		talk_shake(&talk);
		if (i & 2)
			say_goodbye(&talk);
		talk_wait(&talk, 3000);
		talk.seq[NEAR] -= 0x30000000; /* numbers and clock go back */
		talk.clock_ms[NEAR] -= 0x1000;
		talk_shake(&talk);
		assert_handshakes(&talk, 2, 2, 0);
		assert_int_equal(world_event(&talk.world, EVENT_FLOW_RESTARTED),
				 1);
		assert_int_equal(world_event(&talk.world, EVENT_FLOW_CREATED),
				 1);
		talk_close(&talk);
	}
}

static void port_pair_used_again_may_change_its_timestamps(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_shake(&talk);
		talk_wait(&talk, 3000);
		talk.has_timestamps[NEAR] = talk.has_timestamps[FAR] = !i;
		talk.seq[NEAR] += 0x30000000;
		talk_shake(&talk);
		assert_handshakes(&talk, 2, 2, 0);
		for (int host = 0; host < 2; host++) {
			assert_int_equal(talk_n(&talk, SOURCE_TCP_TS, host), 1);
			assert_int_equal(talk_n(&talk, SOURCE_TCP_SEQ, host),
					 1);
		}
		talk_close(&talk);
	}
}

/* An ACK of the old connection must not answer the new one's SYN. */
static void what_the_old_connection_left_gives_no_sample(void **state)
{
	struct build late;
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_shake(&talk);
		talk_say(&talk, NEAR, BUILD_ACK, 100);
		late = talk_make(&talk, FAR, BUILD_ACK, 0);
		talk_wait(&talk, 3000);
		talk.seq[NEAR] += 0x30000000;
		talk_say(&talk, NEAR, BUILD_SYN, 0);
		talk_wait(&talk, 1);
		world_observe(&talk.world, &late);
		assert_int_equal(world_samples(&talk.world), 4);
		talk_close(&talk);
	}
}

static void last_acknowledgement_is_a_sample(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		talk_shake(&talk);
		talk_say(&talk, NEAR, BUILD_FIN | BUILD_ACK, 0);
		talk_wait(&talk, 40);
		talk_say(&talk, FAR, BUILD_FIN | BUILD_ACK, 500);
		talk_wait(&talk, 4);
		/* acknowledges the data and the FIN behind it */
		assert_int_equal(talk_say(&talk, NEAR, BUILD_ACK, 0),
				 OUTCOME_TCP_CLOSED);
		assert_int_equal(talk_n(&talk, talk_source(&talk), NEAR), 2);
		talk_close(&talk);
	}
}

static void nothing_is_stamped_after_the_end(void **state)
{
	struct talk talk;
	uint64_t n;

	for (int i = 0; i < 4; i++) {
		talk_open(&talk, i & 1);
		talk_shake(&talk);
		if (i & 2)
			say_goodbye(&talk);
		else
			talk_say(&talk, FAR, BUILD_RST, 0);
		n = world_samples(&talk.world);
		talk_wait(&talk, 100);
		assert_int_equal(talk_say(&talk, NEAR, BUILD_ACK, 100),
				 OUTCOME_TCP_CLOSED);
		talk_wait(&talk, 40);
		assert_int_equal(talk_say(&talk, FAR, BUILD_ACK, 100),
				 OUTCOME_TCP_CLOSED);
		assert_int_equal(world_samples(&talk.world), n);
		talk_close(&talk);
	}
}

static void neither_end_nor_pure_ack_opens_a_flow(void **state)
{
	static const uint8_t flags[] = { BUILD_ACK, BUILD_FIN | BUILD_ACK,
					 BUILD_RST, BUILD_RST | BUILD_ACK };
	struct talk talk;

	for (int i = 0; i < 8; i++) {
		talk_open(&talk, i & 1);
		assert_int_equal(talk_say(&talk, NEAR, flags[i / 2], 0),
				 OUTCOME_TCP_UNTRACKED);
		assert_int_equal(world_event(&talk.world, EVENT_FLOW_CREATED),
				 0);
		talk_close(&talk);
	}
}

static void one_direction_alone_gives_no_sample(void **state)
{
	struct talk talk;

	for (int i = 0; i < 4; i++) {
		enum world_host from = i & 2 ? FAR : NEAR;

		talk_open(&talk, i & 1);
		talk_say(&talk, from, from == FAR ? SYN_ACK : BUILD_SYN, 0);
		for (int j = 0; j < 100; j++) {
			talk_wait(&talk, 10);
			talk.seq[!from] += 100;
			talk.tsecr[from] += 10;
			talk_say(&talk, from, BUILD_ACK, 100);
		}
		assert_int_equal(world_samples(&talk.world), 0);
		talk_close(&talk);
	}
}

static void outcome_names_what_times_the_flow(void **state)
{
	struct talk talk;

	for (int i = 0; i < 2; i++) {
		talk_open(&talk, i);
		assert_int_equal(talk_say(&talk, NEAR, BUILD_SYN, 0),
				 i ? OUTCOME_TCP_TIMED : OUTCOME_TCP_SEQ);
		talk_close(&talk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_times_both_sides),
		cmocka_unit_test(
			handshake_is_also_a_sample_of_what_times_the_data),
		cmocka_unit_test(handshake_is_recorded_once_in_a_connection),
		cmocka_unit_test(request_may_be_what_ends_the_handshake),
		cmocka_unit_test(repeated_syn_is_ambiguous_and_counted),
		cmocka_unit_test(repeated_syn_ack_is_ambiguous_and_counted),
		cmocka_unit_test(
			syn_ack_repeated_after_its_answer_is_no_second_sample),
		cmocka_unit_test(both_repeated_are_ambiguous),
		cmocka_unit_test(mirrored_copies_are_no_repetitions),
		cmocka_unit_test(
			copy_late_by_half_a_millisecond_is_no_repetition),
		cmocka_unit_test(declined_timestamps_leave_the_handshake),
		cmocka_unit_test(declined_timestamps_leave_the_data_to_tcp_seq),
		cmocka_unit_test(declined_after_a_repeated_syn_is_ambiguous),
		cmocka_unit_test(
			answer_to_first_words_of_the_server_is_no_handshake),
		cmocka_unit_test(wrong_acknowledgement_of_a_syn_is_no_sample),
		cmocka_unit_test(refused_connection_is_no_handshake),
		cmocka_unit_test(simultaneous_open_gives_no_short_sample),
		cmocka_unit_test(used_again_port_pair_is_timed_afresh),
		cmocka_unit_test(
			port_pair_used_again_may_change_its_timestamps),
		cmocka_unit_test(what_the_old_connection_left_gives_no_sample),
		cmocka_unit_test(last_acknowledgement_is_a_sample),
		cmocka_unit_test(nothing_is_stamped_after_the_end),
		cmocka_unit_test(neither_end_nor_pure_ack_opens_a_flow),
		cmocka_unit_test(one_direction_alone_gives_no_sample),
		cmocka_unit_test(outcome_names_what_times_the_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
