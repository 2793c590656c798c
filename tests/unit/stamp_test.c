// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

#define NOW (5000 * SECOND)

/* An answered flow in slot 0 and a stamp table of one set. */
struct bench {
	struct world world;
	struct flow_ref ref;
};

static void bench_open(struct bench *bench, bool is_answered)
{
	struct settings settings = world_settings();

	settings.n_flow_sets = 1;
	settings.n_stamp_sets = 1;
	world_open_with(&bench->world, &settings);
	bench->world.m->now_ns = NOW;
	bench->ref = (struct flow_ref){
		.flow = &bench->world.m->flow_set[0].way[0],
	};
	bench->ref.flow->id = 0x10001;
	if (is_answered) {
		bench->ref.flow->dir_flags[0] = FLOW_DIR_KNOWN;
		bench->ref.flow->dir_flags[1] = FLOW_DIR_KNOWN;
	}
}

static void bench_close(struct bench *bench)
{
	world_close(&bench->world);
}

static void bench_add(struct bench *bench, uint32_t val, bool may_wait)
{
	stamp_add(bench->world.m, &bench->ref, val, may_wait);
}

static uint64_t bench_match(struct bench *bench, uint32_t val)
{
	return stamp_match(bench->world.m, &bench->ref, 0, val);
}

static uint64_t bench_event(const struct bench *bench, enum event event)
{
	return world_event(&bench->world, event);
}

static struct stamp *spilled(const struct bench *bench, uint32_t i)
{
	return &bench->world.m->stamp_set[0].way[i];
}

static void stamp_is_taken_once_and_by_its_value_only(void **state)
{
	__u64 stamp_ns = NOW;
	__u32 val = 7;

	assert_int_equal(stamp_take(&stamp_ns, &val, 8), 0);
	assert_int_equal(stamp_ns, NOW);
	assert_int_equal(stamp_take(&stamp_ns, &val, 7), NOW);
	assert_int_equal(stamp_ns, STAMP_FREE);
	assert_int_equal(stamp_take(&stamp_ns, &val, 7), 0);
}

static void busy_stamp_is_left_alone(void **state)
{
	__u64 stamp_ns = STAMP_BUSY;
	__u32 val = 7;
	struct flow_dir dir = { .stamp_ns = { STAMP_BUSY, STAMP_BUSY } };

	assert_int_equal(stamp_take(&stamp_ns, &val, 7), 0);
	assert_false(stamp_put(&stamp_ns, &val, STAMP_BUSY, 8, NOW));
	assert_int_equal(stamp_ns, STAMP_BUSY);
	assert_int_equal(val, 7);
	stamp_free_older(&dir, 100);
	assert_int_equal(dir.stamp_ns[0], STAMP_BUSY);
	assert_int_equal(stamp_choose_inline(&dir, NOW), 2);
}

static void stamp_that_changed_meanwhile_is_not_replaced(void **state)
{
	__u64 stamp_ns = NOW;
	__u32 val = 7;

	assert_false(stamp_put(&stamp_ns, &val, NOW - 1, 8, NOW + 1));
	assert_int_equal(val, 7);
	assert_true(stamp_put(&stamp_ns, &val, NOW, 8, NOW + 1));
	assert_int_equal(val, 8);
	assert_int_equal(stamp_ns, NOW + 1);
}

static void only_older_values_are_freed_and_across_the_wrap(void **state)
{
	struct flow_dir dir = { .stamp_ns = { NOW, NOW },
				.stamp_val = { 0xfffffffe, 3 } };

	stamp_free_older(&dir, 0xfffffffe);
	assert_int_equal(dir.stamp_ns[0], NOW);
	stamp_free_older(&dir, 2);
	assert_int_equal(dir.stamp_ns[0], STAMP_FREE);
	assert_int_equal(dir.stamp_ns[1], NOW);
}

static void stamp_lives_60_s(void **state)
{
	assert_false(stamp_is_expired(NOW, NOW + 60 * SECOND));
	assert_true(stamp_is_expired(NOW, NOW + 60 * SECOND + 1));
	assert_false(stamp_is_expired(NOW, NOW - 100 * SECOND));
}

static void two_are_inline_and_the_others_in_the_table(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 1; i <= 6; i++) {
		bench_add(&bench, i, false);
		bench.world.m->now_ns += MS;
	}
	assert_int_equal(bench_event(&bench, EVENT_STAMP_INLINE), 2);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 4);
	for (uint32_t i = 6; i >= 1; i--)
		assert_int_equal(bench_match(&bench, i), NOW + (i - 1) * MS);
	for (uint32_t i = 1; i <= 6; i++)
		assert_int_equal(bench_match(&bench, i), 0);
	bench_close(&bench);
}

static void full_set_skips_the_stamp_and_counts_it(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 1; i <= 10; i++)
		bench_add(&bench, i, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), STAMP_WAYS);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SKIPPED), 4);
	for (uint32_t i = 1; i <= 6; i++)
		assert_int_equal(bench_match(&bench, i), NOW);
	for (uint32_t i = 7; i <= 10; i++)
		assert_int_equal(bench_match(&bench, i), 0);
	bench_close(&bench);
}

static void expired_stamps_make_room_everywhere(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 1; i <= 6; i++)
		bench_add(&bench, i, false);
	bench.world.m->now_ns += 60 * SECOND + 1;
	for (uint32_t i = 11; i <= 16; i++)
		bench_add(&bench, i, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SKIPPED), 0);
	for (uint32_t i = 11; i <= 16; i++)
		assert_int_equal(bench_match(&bench, i), NOW + 60 * SECOND + 1);
	bench_close(&bench);
}

static void acknowledged_stamps_make_room_in_the_table(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 1; i <= 6; i++)
		bench_add(&bench, i, false);
	bench.ref.flow->dir[1].ecr = 5;
	bench.ref.flow->dir_flags[1] |= FLOW_DIR_ECR_KNOWN;
	/* 3, 4 and 5 may go, 6 may still be echoed */
	for (uint32_t i = 7; i <= 10; i++)
		bench_add(&bench, i, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SKIPPED), 1);
	assert_int_equal(bench_match(&bench, 6), NOW);
	assert_int_equal(bench_match(&bench, 9), NOW);
	bench_close(&bench);
}

static void stamps_of_a_former_owner_make_room(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 1; i <= 6; i++)
		bench_add(&bench, i, false);
	bench.ref.flow->id++;
	for (uint32_t i = 7; i <= 10; i++)
		bench_add(&bench, i, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SKIPPED), 0);
	for (uint32_t i = 7; i <= 10; i++)
		assert_int_equal(bench_match(&bench, i), NOW);
	bench_close(&bench);
}

static void stamp_being_written_makes_no_room(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	for (uint32_t i = 0; i < STAMP_WAYS; i++)
		spilled(&bench, i)->stamp_ns = STAMP_BUSY;
	assert_int_equal(stamp_spill(bench.world.m, 1, 2, NOW), -1);
	bench_close(&bench);
}

/* The other way's stamps, other flows' and other generations' are others. */
static void spilled_stamps_do_not_mix(void **state)
{
	struct bench bench;
	struct machine *m;
	struct flow_ref other;

	bench_open(&bench, true);
	m = bench.world.m;
	other = bench.ref;
	other.slot = 1;
	bench.ref.flow->hand = FLOW_SPILLED | FLOW_SPILLED << 1;
	flow_at(m, 1)->hand = FLOW_SPILLED;
	assert_int_equal(stamp_spill(m, stamp_owner(&bench.ref, 0), 9, NOW), 0);
	assert_int_equal(stamp_match(m, &bench.ref, 1, 9), 0);
	assert_int_equal(stamp_match(m, &other, 0, 9), 0);
	assert_int_equal(stamp_match(m, &bench.ref, 0, 8), 0);
	bench.ref.flow->id++;
	assert_int_equal(stamp_match(m, &bench.ref, 0, 9), 0);
	bench.ref.flow->id--;
	assert_int_equal(stamp_find_spilled(m, stamp_owner(&bench.ref, 0), 9,
					    false),
			 NOW);
	assert_int_equal(stamp_match(m, &bench.ref, 0, 9), NOW);
	bench_close(&bench);
}

static void unanswered_tcp_keeps_its_newest_two_and_never_spills(void **state)
{
	struct bench bench;

	bench_open(&bench, false);
	for (uint32_t i = 1; i <= 50; i++) {
		bench_add(&bench, i, false);
		bench.world.m->now_ns += MS;
	}
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 0);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_REPLACED), 48);
	assert_int_equal(bench_match(&bench, 48), 0);
	assert_int_equal(bench_match(&bench, 49), NOW + 48 * MS);
	assert_int_equal(bench_match(&bench, 50), NOW + 49 * MS);
	bench_close(&bench);
}

/* A fast ping over a long path has many requests under way before the first
 * reply; a host that never answers must not fill the table. */
static void unanswered_echo_spills_for_four_seconds(void **state)
{
	struct bench bench;

	bench_open(&bench, false);
	for (uint32_t i = 1; i <= 6; i++) {
		bench_add(&bench, i, true);
		bench.world.m->now_ns += 100 * MS;
	}
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 4);
	bench.world.m->now_ns += 4 * SECOND;
	bench_add(&bench, 7, true);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 4);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_REPLACED), 1);
	assert_int_equal(bench_match(&bench, 1), 0);
	assert_int_equal(bench_match(&bench, 3), NOW + 200 * MS);
	bench_close(&bench);
}

static void old_inline_stamp_stops_spilling_but_not_of_echo(void **state)
{
	struct bench bench;

	bench_open(&bench, true);
	bench_add(&bench, 1, false);
	bench.world.m->now_ns += 2 * SECOND;
	bench_add(&bench, 2, false);
	bench.world.m->now_ns += 2 * SECOND;
	bench_add(&bench, 3, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 1);
	bench.world.m->now_ns += 1;
	bench_add(&bench, 4, false);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SKIPPED), 1);
	bench_add(&bench, 5, true);
	assert_int_equal(bench_event(&bench, EVENT_STAMP_SPILLED), 2);
	bench_close(&bench);
}

/* Every stamp of many flows in a large table is found again. */
static void large_table_finds_what_it_took(void **state)
{
	struct settings settings = world_settings();
	uint32_t n_kept = 0;
	struct machine *m;

	settings.n_stamp_sets = 4096;
	m = memory_tables_new(&settings);
	assert_non_null(m);
	for (uint64_t i = 0; i < 8192; i++) {
		uint64_t owner = (i % 256) << 17 | (i & 1) << 16;

		if (stamp_spill(m, owner, i, NOW + i))
			continue;
		n_kept++;
		assert_int_equal(stamp_find_spilled(m, owner, i, false),
				 NOW + i);
	}
	/* half full: a set of four is full for few only */
	assert_true(n_kept > 8192 * 95 / 100);
	memory_tables_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamp_is_taken_once_and_by_its_value_only),
		cmocka_unit_test(busy_stamp_is_left_alone),
		cmocka_unit_test(stamp_that_changed_meanwhile_is_not_replaced),
		cmocka_unit_test(
			only_older_values_are_freed_and_across_the_wrap),
		cmocka_unit_test(stamp_lives_60_s),
		cmocka_unit_test(two_are_inline_and_the_others_in_the_table),
		cmocka_unit_test(full_set_skips_the_stamp_and_counts_it),
		cmocka_unit_test(expired_stamps_make_room_everywhere),
		cmocka_unit_test(acknowledged_stamps_make_room_in_the_table),
		cmocka_unit_test(stamps_of_a_former_owner_make_room),
		cmocka_unit_test(stamp_being_written_makes_no_room),
		cmocka_unit_test(spilled_stamps_do_not_mix),
		cmocka_unit_test(
			unanswered_tcp_keeps_its_newest_two_and_never_spills),
		cmocka_unit_test(unanswered_echo_spills_for_four_seconds),
		cmocka_unit_test(
			old_inline_stamp_stops_spilling_but_not_of_echo),
		cmocka_unit_test(large_table_finds_what_it_took),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
