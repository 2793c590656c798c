// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../../collector/interval_log.h"

#define S 1000000000LL

/* A machine whose clocks the test turns. */
struct machine {
	struct clock_reading now;
	uint64_t random;
	int64_t stepped_ns, suspended_ns; /* in all */
	struct interval_log log;
	/* Of the last record. */
	int64_t end_ns;
	int64_t told_ns, told_suspended_ns; /* by events */
	size_t n_intervals;
};

static uint64_t draw(struct machine *machine, uint64_t n)
{
	machine->random = machine->random * 6364136223846793005u + 1;
	return (machine->random >> 33) % n;
}

static void take_events(struct machine *machine, const struct record *record)
{
	for (size_t i = 0; i < record->events.n; i++) {
		const struct record_event *event = &record->events.row[i];

		if (event->kind == EVENT_KIND_CLOCK_STEP)
			machine->told_ns += event->value;
		if (event->kind == EVENT_KIND_SUSPEND)
			machine->told_suspended_ns += event->value;
	}
}

/* One after the other, on the grid where it is whole, and with a gap named for
 * all that lies between. */
static void take_interval(struct machine *machine)
{
	struct record record = { 0 };
	int64_t at_ns = machine->end_ns;

	interval_log_end(&machine->log, machine->now.mono_ns, &record);
	assert_true(record.duration_ns > 0);
	if (at_ns != INT64_MIN) {
		assert_true(record.start_ns >= at_ns);
		for (size_t i = 0; i < record.gap.n; i++) {
			assert_int_equal(record.gap.row[i].start_ns, at_ns);
			assert_true(record.gap.row[i].end_ns > at_ns);
			at_ns = record.gap.row[i].end_ns;
		}
		assert_int_equal(record.start_ns, at_ns);
	}
	if (!(record.flags & INTERVAL_PARTIAL))
		assert_int_equal(record.start_ns % (10 * S), 0);
	machine->end_ns = record.start_ns + (int64_t)record.duration_ns;
	machine->n_intervals++;
	take_events(machine, &record);
	record_fini(&record);
}

/* A second, more or less, as the loop of collect waits. */
static void pass(struct machine *machine)
{
	int64_t suspend_ns;
	int64_t wait_ns = S / 2 + (int64_t)draw(machine, (uint64_t)S);

	machine->now.mono_ns += wait_ns;
	machine->now.boot_ns += wait_ns;
	machine->now.wall_ns += wait_ns;
	/* NTP slews, by up to 500 us a second. */
	machine->now.wall_ns += (int64_t)draw(machine, 1000001) - 500000;
	interval_log_look(&machine->log, &machine->now, &suspend_ns);
	if (interval_clock_is_over(&machine->log.clock, machine->now.mono_ns))
		take_interval(machine);
}

static void begin(struct machine *machine)
{
	machine->now =
		(struct clock_reading){ 500 * S, 1793577603 * S, 900 * S };
	machine->end_ns = INT64_MIN;
	interval_log_begin(&machine->log, 10 * S, &machine->now, INT64_MIN);
}

static void step(struct machine *machine, int64_t step_ns)
{
	machine->now.wall_ns += step_ns;
	machine->stepped_ns += step_ns;
}

static void suspend(struct machine *machine, int64_t suspend_ns)
{
	machine->now.wall_ns += suspend_ns;
	machine->now.boot_ns += suspend_ns;
	machine->suspended_ns += suspend_ns;
}

/* Events tell the size to within what the clock slews in a second. */
static void assert_near(int64_t told_ns, int64_t real_ns, size_t n)
{
	assert_true(llabs(told_ns - real_ns) <= (int64_t)n * S / 1000);
}

static void intervals_never_overlap_whatever_the_clocks_do(void **state)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct machine machine = { .random = seed };
		size_t n_changes = 0;

		begin(&machine);
		for (int i = 0; i < 2000; i++) {
			pass(&machine);
			if (draw(&machine, 40))
				continue;
			n_changes++;
			if (draw(&machine, 2))
				suspend(&machine,
					S + (int64_t)draw(&machine, 7200 * S));
			else if (draw(&machine, 2))
				step(&machine,
				     S + (int64_t)draw(&machine, 600 * S));
			else
				step(&machine,
				     -S - (int64_t)draw(&machine, 600 * S));
		}
		pass(&machine);
		take_interval(&machine);
		assert_near(machine.told_ns, machine.stepped_ns, n_changes);
		assert_int_equal(machine.told_suspended_ns,
				 machine.suspended_ns);
		interval_log_fini(&machine.log);
	}
}

/* Summer time is a matter of display: no clock of the kernel has it. */
static void a_change_of_summer_time_changes_nothing(void **state)
{
	struct machine machine = { .random = 1 };
	const char *zone = getenv("TZ");

	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	begin(&machine);
	/* 2026-10-25T00:59:50Z: ten seconds before the hour that comes twice */
	machine.now.wall_ns = 1792889990 * S;
	interval_log_begin(&machine.log, 10 * S, &machine.now, INT64_MIN);
	for (int i = 0; i < 4000; i++)
		pass(&machine);
	assert_true(machine.n_intervals > 350);
	assert_int_equal(machine.told_ns, 0);
	assert_true(machine.end_ns > 1792890000 * S + 3600 * S);
	interval_log_fini(&machine.log);
	if (zone)
		setenv("TZ", zone, 1);
	else
		unsetenv("TZ");
	tzset();
}

static void the_gap_of_a_suspension_has_its_cause(void **state)
{
	struct machine machine = { .random = 3 };
	struct record record = { 0 };
	int64_t suspend_ns;

	begin(&machine);
	suspend(&machine, 100 * S);
	interval_log_look(&machine.log, &machine.now, &suspend_ns);
	interval_log_end(&machine.log, machine.now.mono_ns + S, &record);
	record_clear(&record);
	interval_log_end(&machine.log, machine.now.mono_ns + 10 * S, &record);
	assert_int_equal(record.gap.n, 1);
	assert_int_equal(record.gap.row[0].cause, GAP_NOT_RUNNING);
	record_fini(&record);
	interval_log_fini(&machine.log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			intervals_never_overlap_whatever_the_clocks_do),
		cmocka_unit_test(a_change_of_summer_time_changes_nothing),
		cmocka_unit_test(the_gap_of_a_suspension_has_its_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
