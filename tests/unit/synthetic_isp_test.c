// SPDX-License-Identifier: GPL-2.0-or-later
/* The made-up ISP is what its header says: what measures it may rely on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../core/traffic.h"
#include "../synthetic/isp.h"
#include "../synthetic/isp_mix.h"

#define DAY_NS 86400000000000ll

static const struct isp_options base = {
	.seed = 7,
	.n_days = 4,
	.n_subnets = 64,
	.interval_ns = 3600000000000,
	.start_ns = 1793577600000000000,
	.n_incidents = 3,
	.n_gaps = 2,
	.shift_as = ISP_NO_AS,
	.drift_as = ISP_NO_AS,
	.wander_ms = 0.5,
	.wander_h = 8,
};

/* Mean of an AS's samples on a day, in ms. */
static double mean_ms(struct isp *isp, size_t as_idx, uint64_t day)
{
	struct record record = { 0 };
	double sum_ns = 0, n = 0;

	for (uint64_t i = 24 * day; i < 24 * day + 24; i++) {
		assert_int_equal(isp_fill(isp, i, &record), 0);
		for (size_t r = 0; r < record.rtt.n; r++) {
			const struct record_rtt *row = &record.rtt.row[r];

			if (row->subnet < isp->n_lan ||
			    isp_as_of(isp, row->subnet) != as_idx)
				continue;
			sum_ns += (double)row->sum_ns;
			n += (double)row->count;
		}
	}
	record_fini(&record);
	return sum_ns / n / 1e6;
}

static void every_interval_is_a_valid_record(void **state)
{
	struct record record = { 0 };
	struct isp isp;

	assert_int_equal(isp_init(&isp, &base), 0);
	assert_int_equal(isp_n_intervals(&isp), 96);
	for (uint64_t i = 0; i < isp_n_intervals(&isp); i++) {
		assert_int_equal(isp_fill(&isp, i, &record), 0);
		assert_null(record_check(&record));
		assert_int_equal(record.subnet.n, 64);
	}
	record_fini(&record);
	isp_fini(&isp);
}

static void the_same_seed_gives_the_same_intervals_in_any_order(void **state)
{
	struct record a = { 0 }, b = { 0 };
	struct isp first, second;

	assert_int_equal(isp_init(&first, &base), 0);
	assert_int_equal(isp_init(&second, &base), 0);
	assert_int_equal(isp_fill(&first, 5, &a), 0);
	assert_int_equal(isp_fill(&first, 17, &a), 0);
	assert_int_equal(isp_fill(&second, 17, &b), 0);
	assert_int_equal(a.rtt.n, b.rtt.n);
	assert_memory_equal(a.rtt.row, b.rtt.row, a.rtt.n * sizeof(*a.rtt.row));
	record_fini(&a);
	record_fini(&b);
	isp_fini(&first);
	isp_fini(&second);
}

static void a_shift_is_of_one_as_and_from_its_day_on(void **state)
{
	struct isp_options options = base;
	struct isp plain, shifted;

	options.shift_as = 2;
	options.shift_ms = 5;
	options.shift_day = 2;
	assert_int_equal(isp_init(&plain, &base), 0);
	assert_int_equal(isp_init(&shifted, &options), 0);
	for (size_t as = 0; as < plain.n_ases; as++)
		for (uint64_t day = 0; day < 4; day++) {
			double more = mean_ms(&shifted, as, day) -
				      mean_ms(&plain, as, day);
			double want = as == 2 && day >= 2 ? 5 : 0;

			assert_true(more > want - 1e-3 && more < want + 1e-3);
		}
	isp_fini(&plain);
	isp_fini(&shifted);
}

static void gaps_take_whole_intervals(void **state)
{
	uint64_t n = 0;
	struct isp isp;

	assert_int_equal(isp_init(&isp, &base), 0);
	for (uint64_t i = 0; i < isp_n_intervals(&isp); i++)
		n += isp_is_gap(&isp, i);
	assert_in_range(n, 1, 10);
	isp_fini(&isp);
}

static uint64_t count_packets(const struct record *record)
{
	uint64_t n = 0;

	for (size_t i = 0; i < record->traffic.n; i++)
		n += record->traffic.row[i].packets_rx +
		     record->traffic.row[i].packets_tx;
	return n;
}

/* Twice, as each packet has two ends; once by ECN codepoint and protocol. */
static void mixed_traffic_is_as_much_as_before(void **state)
{
	struct record record = { 0 };
	uint64_t n_packets, n_ecn = 0, n_protocol = 0, n_quic = 0, n_spin = 0;
	struct isp isp;

	assert_int_equal(isp_init(&isp, &base), 0);
	assert_int_equal(isp_fill(&isp, 5, &record), 0);
	n_packets = count_packets(&record);
	assert_int_equal(isp_mix(&isp, &record), 0);
	assert_null(record_check(&record));
	assert_int_equal(count_packets(&record), n_packets);
	for (size_t i = 0; i < record.ecn.n; i++)
		n_ecn += record.ecn.row[i].packets_rx +
			 record.ecn.row[i].packets_tx;
	for (size_t i = 0; i < record.protocol.n; i++)
		n_protocol += record.protocol.row[i].packets;
	for (size_t i = 0; i < record.traffic.n; i++)
		if (record.traffic.row[i].class == TRAFFIC_QUIC)
			n_quic += record.traffic.row[i].packets_rx +
				  record.traffic.row[i].packets_tx;
	for (size_t i = 0; i < record.spin.n; i++)
		n_spin += record.spin.row[i].packets;
	assert_int_equal(n_ecn, n_packets);
	assert_int_equal(2 * n_protocol, n_packets);
	assert_true(n_quic > n_packets / 20);
	assert_int_equal(n_spin, n_quic);
	record_fini(&record);
	isp_fini(&isp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_interval_is_a_valid_record),
		cmocka_unit_test(
			the_same_seed_gives_the_same_intervals_in_any_order),
		cmocka_unit_test(a_shift_is_of_one_as_and_from_its_day_on),
		cmocka_unit_test(gaps_take_whole_intervals),
		cmocka_unit_test(mixed_traffic_is_as_much_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
