// SPDX-License-Identifier: GPL-2.0-or-later
/* ePPing's timestamps -> intervals: times, gaps and their causes, no record
 * twice. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../import/epping_intervals.h"

#define SECOND 1000000000ll
#define WIDTH (10 * SECOND)
#define START (1700000000 * SECOND)

enum { MAX_KEPT = 16, NO_GAP = 255 };

struct kept {
	int n, err;
	struct {
		int64_t start_ns, end_ns;
		size_t n_subnets;
		uint8_t flags, cause;
	} interval[MAX_KEPT];
};

static int keep(void *context, struct record *record)
{
	struct kept *kept = context;

	assert_true(kept->n < MAX_KEPT);
	kept->interval[kept->n].start_ns = record->start_ns;
	kept->interval[kept->n].end_ns =
		record->start_ns + (int64_t)record->duration_ns;
	kept->interval[kept->n].n_subnets = record->subnet.n;
	kept->interval[kept->n].flags = record->flags;
	kept->interval[kept->n].cause = NO_GAP;
	if (record->gap.n) {
		assert_int_equal(record->gap.n, 1);
		assert_int_equal(record->gap.row[0].end_ns, record->start_ns);
		assert_int_equal(record->gap.row[0].start_ns,
				 kept->interval[kept->n - 1].end_ns);
		kept->interval[kept->n].cause = record->gap.row[0].cause;
	}
	kept->n++;
	return kept->err;
}

static struct epping_intervals make(struct kept *kept)
{
	*kept = (struct kept){ 0 };
	return (struct epping_intervals){ .width_ns = WIDTH,
					  .append = keep,
					  .context = kept };
}

/* A record of that time, in seconds from the start; what came of it. */
static int add(struct epping_intervals *intervals, double at_s)
{
	struct record *record;
	int found = epping_intervals_find(
		intervals, START + (int64_t)(at_s * 1e9), &record);

	if (found == 0)
		assert_non_null(record_add(&record->subnet));
	return found;
}

static void finish(struct epping_intervals *intervals)
{
	assert_int_equal(epping_intervals_end(intervals), 0);
	epping_intervals_fini(intervals);
}

static void check(const struct kept *kept, int i, double start_s, double end_s,
		  size_t n_subnets, uint8_t cause)
{
	assert_true(i < kept->n);
	assert_int_equal(kept->interval[i].start_ns,
			 START + (int64_t)(start_s * 1e9));
	assert_int_equal(kept->interval[i].end_ns,
			 START + (int64_t)(end_s * 1e9));
	assert_int_equal(kept->interval[i].n_subnets, n_subnets);
	assert_int_equal(kept->interval[i].cause, cause);
	assert_int_equal(!!(kept->interval[i].flags & INTERVAL_GAP),
			 cause != NO_GAP);
	assert_int_equal(!!(kept->interval[i].flags & INTERVAL_RESTART),
			 cause == GAP_NOT_RUNNING);
}

static void intervals_follow_each_other_to_the_nanosecond(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	assert_int_equal(add(&intervals, 0), 0);
	assert_int_equal(add(&intervals, 0.000001), 0);
	assert_int_equal(add(&intervals, 0.3), 0); /* global counters */
	assert_int_equal(add(&intervals, 10.004), 0);
	assert_int_equal(add(&intervals, 19.998), 0);
	assert_int_equal(add(&intervals, 34), 0); /* late, but one of them */
	finish(&intervals);
	assert_int_equal(kept.n, 4);
	check(&kept, 0, -10, 0, 3, NO_GAP);
	check(&kept, 1, 0, 10.004, 1, NO_GAP);
	check(&kept, 2, 10.004, 19.998, 1, NO_GAP);
	check(&kept, 3, 19.998, 34, 1, NO_GAP);
}

static void holes_have_a_cause(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	assert_int_equal(add(&intervals, 0), 0);
	assert_int_equal(add(&intervals, 60), 0);
	epping_intervals_begin_file(&intervals);
	assert_int_equal(add(&intervals, 120), 0);
	/* Started anew, 4 s before the first interval began. */
	epping_intervals_add_metadata(&intervals, START + 166 * SECOND);
	assert_int_equal(add(&intervals, 180), 0);
	/* The same, in another file, 2 s after the last one. */
	epping_intervals_begin_file(&intervals);
	epping_intervals_add_metadata(&intervals, START + 181 * SECOND);
	assert_int_equal(add(&intervals, 192), 0);
	finish(&intervals);
	assert_int_equal(kept.n, 5);
	check(&kept, 1, 50, 60, 1, GAP_UNKNOWN);
	check(&kept, 2, 110, 120, 1, GAP_NO_CAPTURE);
	check(&kept, 3, 170, 180, 1, GAP_NOT_RUNNING);
	check(&kept, 4, 182, 192, 1, GAP_NOT_RUNNING);
}

/* On SIGHUP: other file, same process. */
static void reopened_file_is_no_gap(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	assert_int_equal(add(&intervals, 0), 0);
	epping_intervals_begin_file(&intervals);
	epping_intervals_add_metadata(&intervals, START + 3 * SECOND);
	assert_int_equal(add(&intervals, 10.2), 0);
	/* Within the report of an interval. */
	epping_intervals_begin_file(&intervals);
	epping_intervals_add_metadata(&intervals,
				      START + 10 * SECOND + SECOND / 5);
	assert_int_equal(add(&intervals, 20.3), 0);
	/* One file is missing. */
	epping_intervals_begin_file(&intervals);
	epping_intervals_add_metadata(&intervals, START + 75 * SECOND);
	assert_int_equal(add(&intervals, 80), 0);
	finish(&intervals);
	check(&kept, 1, 0, 10.2, 1, NO_GAP);
	check(&kept, 2, 10.2, 20.3, 1, NO_GAP);
	check(&kept, 3, 70, 80, 1, GAP_NO_CAPTURE);
}

static void no_record_counts_twice(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	for (int i = 0; i < 3; i++)
		assert_int_equal(add(&intervals, 10 * i), 0);
	assert_int_equal(add(&intervals, 10), EPPING_IS_BEFORE);
	assert_int_equal(add(&intervals, 20.1), 0);
	/* The file again: also its last interval, which was still open. */
	epping_intervals_begin_file(&intervals);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(&intervals, 10 * i), EPPING_IS_BEFORE);
	assert_int_equal(add(&intervals, 30), 0);
	/* And with metadata, where it begins. */
	epping_intervals_begin_file(&intervals);
	epping_intervals_add_metadata(&intervals, START + 5 * SECOND);
	assert_int_equal(add(&intervals, 30), EPPING_IS_BEFORE);
	finish(&intervals);
	assert_int_equal(kept.n, 4);
	check(&kept, 2, 10, 20, 2, NO_GAP);
	check(&kept, 3, 20, 30, 1, NO_GAP);
}

static void file_cut_within_an_interval_goes_on(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	assert_int_equal(add(&intervals, 0), 0);
	epping_intervals_begin_file(&intervals);
	assert_int_equal(add(&intervals, 0), 0);
	assert_int_equal(add(&intervals, 10), 0);
	finish(&intervals);
	assert_int_equal(kept.n, 2);
	check(&kept, 0, -10, 0, 2, NO_GAP);
	check(&kept, 1, 0, 10, 1, NO_GAP);
}

static void memory_of_an_interval_is_bounded(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	for (int i = 0; i < EPPING_MAX_SUBNETS; i++)
		assert_int_equal(add(&intervals, 0), 0);
	assert_int_equal(add(&intervals, 0), EPPING_IS_FULL);
	assert_int_equal(add(&intervals, 10), 0);
	finish(&intervals);
	check(&kept, 0, -10, 0, EPPING_MAX_SUBNETS, NO_GAP);
}

static void failure_to_write_ends_it(void **state)
{
	struct kept kept;
	struct epping_intervals intervals = make(&kept);

	assert_int_equal(add(&intervals, 0), 0);
	kept.err = -ENOSPC;
	assert_int_equal(add(&intervals, 10), -ENOSPC);
	epping_intervals_fini(&intervals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_follow_each_other_to_the_nanosecond),
		cmocka_unit_test(holes_have_a_cause),
		cmocka_unit_test(reopened_file_is_no_gap),
		cmocka_unit_test(no_record_counts_twice),
		cmocka_unit_test(file_cut_within_an_interval_goes_on),
		cmocka_unit_test(memory_of_an_interval_is_bounded),
		cmocka_unit_test(failure_to_write_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
