// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "record_fixture.h"

static void assert_rtt(const struct record *a, const struct record *b, size_t i)
{
	const struct record_rtt *x = &a->rtt.row[i], *y = &b->rtt.row[i];

	assert_int_equal(x->subnet, y->subnet);
	assert_int_equal(x->source, y->source);
	assert_int_equal(x->count, y->count);
	assert_int_equal(x->min_ns, y->min_ns);
	assert_int_equal(x->max_ns, y->max_ns);
	assert_int_equal(x->sum_ns, y->sum_ns);
	assert_int_equal(x->overflow, y->overflow);
	assert_int_equal(x->n_bins, y->n_bins);
	assert_memory_equal(a->bin.row + x->first_bin,
			    b->bin.row + y->first_bin,
			    x->n_bins * sizeof(struct record_bin));
}

#define ASSERT_SAME(a, b, array)                                               \
	do {                                                                   \
		assert_int_equal((a)->array.n, (b)->array.n);                  \
		assert_memory_equal((a)->array.row, (b)->array.row,            \
				    (a)->array.n * sizeof(*(a)->array.row));   \
	} while (0)

static void add_notes(struct record *record)
{
	struct record_gap *gap = record_add(&record->gap);
	struct record_event *event = record_add(&record->events);

	gap->start_ns = -5;
	gap->end_ns = 7;
	gap->cause = GAP_TORN;
	event->time_ns = INT64_MIN;
	event->kind = EVENT_KIND_CLOCK_STEP;
	event->value = -1;
}

static void decode_gives_what_encode_took(void **state)
{
	struct record record = { 0 }, copy = { 0 };
	size_t n_bytes, i;
	uint8_t *bytes;

	fixture_fill(&record, 3, 60);
	add_notes(&record);
	record.outcome[N_OUTCOMES - 1] = UINT64_MAX;
	assert_int_equal(record_encode(&record, &bytes, &n_bytes), 0);
	assert_int_equal(record_decode(&copy, bytes, n_bytes), 0);
	assert_int_equal(copy.clock_offset_ns, record.clock_offset_ns);
	assert_memory_equal(copy.outcome, record.outcome, sizeof(copy.outcome));
	assert_memory_equal(copy.event, record.event, sizeof(copy.event));
	ASSERT_SAME(&record, &copy, subnet);
	ASSERT_SAME(&record, &copy, traffic);
	ASSERT_SAME(&record, &copy, ecn);
	ASSERT_SAME(&record, &copy, spin);
	ASSERT_SAME(&record, &copy, protocol);
	ASSERT_SAME(&record, &copy, gap);
	ASSERT_SAME(&record, &copy, events);
	assert_int_equal(record.rtt.n, copy.rtt.n);
	for (i = 0; i < record.rtt.n; i++)
		assert_rtt(&record, &copy, i);
	free(bytes);
	record_fini(&record);
	record_fini(&copy);
}

static void bins_are_found_whatever_their_order(void **state)
{
	struct record record = { 0 }, copy = { 0 };
	struct record_rtt first;
	size_t n_bytes, i;
	uint8_t *bytes;

	fixture_fill(&record, 1, 5);
	/* Rows change places, their bins stay. */
	first = record.rtt.row[0];
	record.rtt.row[0] = record.rtt.row[7];
	record.rtt.row[7] = first;
	assert_int_equal(record_encode(&record, &bytes, &n_bytes), 0);
	assert_int_equal(record_decode(&copy, bytes, n_bytes), 0);
	for (i = 0; i < record.rtt.n; i++)
		assert_rtt(&record, &copy, i);
	free(bytes);
	record_fini(&record);
	record_fini(&copy);
}

static void every_cut_is_refused(void **state)
{
	struct record record = { 0 }, copy = { 0 };
	size_t n_bytes, n;
	uint8_t *bytes, *cut;

	fixture_fill(&record, 1, 4);
	assert_int_equal(record_encode(&record, &bytes, &n_bytes), 0);
	for (n = 0; n < n_bytes; n++) {
		/* Its own memory, so that a sanitizer sees a read beyond. */
		cut = malloc(n + 1);
		memcpy(cut, bytes, n);
		assert_int_equal(record_decode(&copy, cut, n), -EBADMSG);
		free(cut);
	}
	free(bytes);
	record_fini(&record);
	record_fini(&copy);
}

/* Whatever a flipped bit makes of it, the result has passed the check. */
static void flipped_bits_never_give_a_bad_record(void **state)
{
	struct record record = { 0 }, copy = { 0 };
	size_t n_bytes, i, n_refused = 0;
	uint8_t *bytes;

	fixture_fill(&record, 1, 2);
	assert_int_equal(record_encode(&record, &bytes, &n_bytes), 0);
	for (i = 0; i < 8 * n_bytes; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (record_decode(&copy, bytes, n_bytes))
			n_refused++;
		else
			assert_null(record_check(&copy));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(n_refused > 0);
	free(bytes);
	record_fini(&record);
	record_fini(&copy);
}

static void refuses_codes_and_indices_out_of_range(void **state)
{
	struct record record = { 0 };
	uint8_t *bytes;
	size_t n;

#define REFUSED(change)                                                        \
	do {                                                                   \
		fixture_fill(&record, 1, 4);                                   \
		assert_null(record_check(&record));                            \
		change;                                                        \
		assert_non_null(record_check(&record));                        \
		assert_int_equal(record_encode(&record, &bytes, &n), -EINVAL); \
	} while (0)
	REFUSED(record.rtt.row[0].subnet = 4);
	REFUSED(record.rtt.row[0].source = N_SOURCES);
	REFUSED(record.rtt.row[0].count++);
	REFUSED(record.rtt.row[0].count = 0);
	REFUSED(record.rtt.row[0].min_ns = record.rtt.row[0].max_ns + 1);
	REFUSED(record.rtt.row[0].n_bins = 1000000);
	REFUSED(record.rtt.row[0].first_bin = SIZE_MAX);
	REFUSED(record.bin.row[1].bin = record.bin.row[0].bin);
	REFUSED(record.traffic.row[0].subnet = 4);
	REFUSED(record.traffic.row[0].class = N_TRAFFIC_CLASSES);
	REFUSED(record.ecn.row[0].subnet = 4);
	REFUSED(record.ecn.row[0].codepoint = N_ECN);
	REFUSED(record.spin.row[0].subnet = 4);
	REFUSED(record.spin.row[0].class = N_SPIN_CLASSES);
	REFUSED(record.subnet.row[1].family = 5);
	REFUSED(record.subnet.row[1].prefix_len = 129);
	REFUSED(record.subnet.row[1].address[15] = 1);
	REFUSED(record.subnet.row[1].side = N_SIDES);
	REFUSED(record.subnet.row[1].kind = 2);
#undef REFUSED
	record_fini(&record);
}

static void clear_keeps_memory_and_nothing_else(void **state)
{
	struct record record = { 0 };
	void *row;
	size_t max;

	fixture_fill(&record, 1, 100);
	row = record.bin.row;
	max = record.bin.max;
	record_clear(&record);
	assert_ptr_equal(record.bin.row, row);
	assert_int_equal(record.bin.max, max);
	assert_int_equal(record.bin.n + record.rtt.n + record.subnet.n, 0);
	assert_int_equal(record.outcome[OUTCOME_TCP_TIMED], 0);
	record_fini(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_gives_what_encode_took),
		cmocka_unit_test(bins_are_found_whatever_their_order),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(flipped_bits_never_give_a_bad_record),
		cmocka_unit_test(refuses_codes_and_indices_out_of_range),
		cmocka_unit_test(clear_keeps_memory_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
