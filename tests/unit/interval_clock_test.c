// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../collector/interval_clock.h"
#include "../../lib/record.h"

#define S 1000000000LL

/* How long the machine slept before; no moment of the tests depends on it. */
#define SLEPT_NS (7 * S)

static struct clock_reading at(int64_t mono_ns, int64_t wall_ns)
{
	return (struct clock_reading){ mono_ns, wall_ns, mono_ns + SLEPT_NS };
}

static void init(struct interval_clock *clock, int64_t mono_ns, int64_t wall_ns,
		 int64_t earliest_ns)
{
	const struct clock_reading now = at(mono_ns, wall_ns);

	interval_clock_init(clock, 10 * S, &now, earliest_ns);
}

/* A machine that does not sleep. */
static int64_t look(struct interval_clock *clock, int64_t mono_ns,
		    int64_t wall_ns)
{
	const struct clock_reading now = at(mono_ns, wall_ns);
	int64_t suspend_ns, step_ns;

	step_ns = interval_clock_look(clock, &now, &suspend_ns);
	assert_int_equal(suspend_ns, 0);
	return step_ns;
}

/* Monotonic 100 s is UTC 1,000,003 s: three seconds into an interval. */
static struct interval_clock begun(void)
{
	struct interval_clock clock;

	init(&clock, 100 * S, 1000003 * S, INT64_MIN);
	return clock;
}

static void first_interval_is_partial_and_ends_on_the_grid(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	assert_false(interval_clock_is_over(&clock, 107 * S - 1));
	assert_true(interval_clock_is_over(&clock, 107 * S));
	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(span.start_ns, 1000003 * S);
	assert_int_equal(span.duration_ns, 7 * S);
	assert_int_equal(span.flags, INTERVAL_RESTART | INTERVAL_PARTIAL);
	interval_clock_turn(&clock, 117 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 10 * S);
	assert_int_equal(span.flags, 0);
}

static void resumed_clock_never_starts_before_the_last_end(void **state)
{
	struct interval_clock clock;

	init(&clock, 100 * S, 1000003 * S, 1000020 * S);
	assert_int_equal(clock.start_ns, 1000020 * S);
	assert_int_equal(clock.end_ns, 1000030 * S);
}

static void slewing_is_followed_and_is_no_step(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;
	int64_t mono_ns = 100 * S, wall_ns = 1000003 * S;

	/* 500 us/s for 20 minutes: 0.6 s in all */
	for (int i = 0; i < 1200; i++) {
		mono_ns += S;
		wall_ns += S + 500000;
		assert_int_equal(look(&clock, mono_ns, wall_ns), 0);
		if (!interval_clock_is_over(&clock, mono_ns))
			continue;
		interval_clock_turn(&clock, mono_ns, &span);
		assert_int_equal(span.flags & INTERVAL_CLOCK_STEP, 0);
		assert_int_equal(span.start_ns + (int64_t)span.duration_ns,
				 clock.start_ns);
	}
	assert_int_equal(clock.start_ns, wall_ns / (10 * S) * (10 * S));
}

static void forward_step_ends_the_interval_and_leaves_a_gap(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(look(&clock, 109 * S, 1003612 * S), 3600 * S);
	assert_true(interval_clock_is_over(&clock, 109 * S));
	interval_clock_turn(&clock, 109 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 2 * S);
	assert_true(span.flags & INTERVAL_CLOCK_STEP);
	assert_true(span.flags & INTERVAL_PARTIAL);
	assert_int_equal(clock.start_ns, 1003612 * S);
	assert_int_equal(clock.end_ns, 1003620 * S);
	assert_true(clock.flags & INTERVAL_GAP);
}

static void small_backward_step_lengthens_the_interval(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(look(&clock, 109 * S, 1000009 * S), -3 * S);
	assert_false(interval_clock_is_over(&clock, 119 * S));
	assert_true(interval_clock_is_over(&clock, 120 * S));
	interval_clock_turn(&clock, 120 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 10 * S);
	assert_true(span.flags & INTERVAL_CLOCK_STEP);
}

static void large_backward_step_keeps_the_old_time(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(look(&clock, 109 * S, 996412 * S), -3600 * S);
	assert_int_equal(look(&clock, 110 * S, 996413 * S), 0);
	assert_true(interval_clock_is_over(&clock, 117 * S));
	interval_clock_turn(&clock, 117 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	interval_clock_turn(&clock, 127 * S, &span);
	assert_int_equal(span.start_ns, 1000020 * S);
	assert_int_equal(span.flags, 0);
	/* the wall clock comes back */
	assert_int_equal(look(&clock, 128 * S, 1000031 * S), 3600 * S);
	interval_clock_turn(&clock, 137 * S, &span);
	assert_int_equal(span.start_ns, 1000030 * S);
	assert_int_equal(span.duration_ns, 10 * S);
}

static void late_turn_spans_whole_intervals(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	interval_clock_turn(&clock, 107 * S, &span);
	interval_clock_turn(&clock, 151 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 40 * S);
	assert_int_equal(clock.start_ns, 1000050 * S);
}

static void a_suspension_is_a_gap_and_no_step(void **state)
{
	struct interval_clock clock = begun();
	struct clock_reading woken = { 109 * S, 1003612 * S,
				       109 * S + SLEPT_NS + 3600 * S };
	struct interval_span span;
	int64_t suspend_ns;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(interval_clock_look(&clock, &woken, &suspend_ns), 0);
	assert_int_equal(suspend_ns, 3600 * S);
	assert_true(interval_clock_is_over(&clock, 109 * S));
	interval_clock_turn(&clock, 109 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 2 * S);
	assert_int_equal(span.flags, INTERVAL_PARTIAL);
	assert_int_equal(span.gap_cause, GAP_NOT_RUNNING);
	assert_int_equal(clock.start_ns, 1003612 * S);
	assert_int_equal(clock.flags, INTERVAL_GAP | INTERVAL_PARTIAL);
	/* It is told once. */
	woken.mono_ns += S;
	woken.wall_ns += S;
	woken.boot_ns += S;
	assert_int_equal(interval_clock_look(&clock, &woken, &suspend_ns), 0);
	assert_int_equal(suspend_ns, 0);
}

/* The clock of the hardware was wrong, and is mended at the wake-up. */
static void a_step_at_the_wake_up_is_told_apart(void **state)
{
	struct interval_clock clock = begun();
	const struct clock_reading woken = { 109 * S, 1003612 * S + 5 * S,
					     109 * S + SLEPT_NS + 3600 * S };
	struct interval_span span;
	int64_t suspend_ns;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(interval_clock_look(&clock, &woken, &suspend_ns),
			 5 * S);
	assert_int_equal(suspend_ns, 3600 * S);
	interval_clock_turn(&clock, 109 * S, &span);
	assert_true(span.flags & INTERVAL_CLOCK_STEP);
	assert_int_equal(clock.start_ns, 1003617 * S);
}

/* The kernel repeats the last second of the day; the interval on that border
 * has eleven seconds, the next begins at midnight UTC. */
static void a_leap_second_lengthens_one_interval(void **state)
{
	const int64_t midnight_s = 1483228800; /* 2017-01-01 */
	struct interval_clock clock;
	struct interval_span span;
	int64_t wall_s, n_steps = 0;

	init(&clock, 100 * S, (midnight_s - 20) * S, INT64_MIN);
	for (int64_t i = 1; i <= 41; i++) {
		wall_s = midnight_s - 20 + i - (i > 20);
		n_steps += look(&clock, (100 + i) * S, wall_s * S) == -S;
		if (!interval_clock_is_over(&clock, (100 + i) * S))
			continue;
		interval_clock_turn(&clock, (100 + i) * S, &span);
		assert_int_equal(span.duration_ns, 10 * S);
		assert_int_equal(clock.start_ns % (10 * S), 0);
		assert_int_equal(clock.start_ns, wall_s * S);
	}
	assert_int_equal(n_steps, 1);
	assert_int_equal(clock.start_ns, (midnight_s + 20) * S);
}

/* Stopped just after the clock was set back to before its start: what was
 * measured is kept. */
static void an_interval_set_back_has_a_duration(void **state)
{
	struct interval_clock clock = begun();
	struct interval_span span;

	interval_clock_turn(&clock, 107 * S, &span);
	assert_int_equal(look(&clock, 109 * S, 1000004 * S), -8 * S);
	interval_clock_turn(&clock, 110 * S, &span);
	assert_int_equal(span.start_ns, 1000010 * S);
	assert_int_equal(span.duration_ns, 3 * S);
	assert_true(span.flags & INTERVAL_PARTIAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			first_interval_is_partial_and_ends_on_the_grid),
		cmocka_unit_test(
			resumed_clock_never_starts_before_the_last_end),
		cmocka_unit_test(slewing_is_followed_and_is_no_step),
		cmocka_unit_test(
			forward_step_ends_the_interval_and_leaves_a_gap),
		cmocka_unit_test(small_backward_step_lengthens_the_interval),
		cmocka_unit_test(large_backward_step_keeps_the_old_time),
		cmocka_unit_test(late_turn_spans_whole_intervals),
		cmocka_unit_test(a_suspension_is_a_gap_and_no_step),
		cmocka_unit_test(a_step_at_the_wake_up_is_told_apart),
		cmocka_unit_test(a_leap_second_lengthens_one_interval),
		cmocka_unit_test(an_interval_set_back_has_a_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
