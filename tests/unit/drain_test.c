// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../collector/drain.h"
#include "../../core/packet.h"
#include "../../core/quic_version.h"

enum {
	N_ROWS = N_OVERFLOW_ROWS + 4,
	N_HISTS = N_OVERFLOW_HISTS + 4,
	N_VERSION_ROWS = N_OVERFLOW_ROWS + 1
};

/* Tables filled by hand, and what is drained from them. */
struct tables {
	struct subnet_row row[N_ROWS];
	struct hist hist[N_HISTS];
	struct version_row version_row[N_VERSION_ROWS];
	struct counters counters;
	struct record record;
};

static struct tables tables;

static int clear_tables(void **state)
{
	record_fini(&tables.record);
	memset(&tables, 0, sizeof(tables));
	for (uint32_t i = N_OVERFLOW_ROWS; i < N_ROWS; i++) {
		uint8_t *address = (uint8_t *)tables.row[i].address;

		address[10] = address[11] = 0xff;
		address[12] = 20;
		address[13] = i;
		tables.row[i].prefix_len = 24;
		tables.row[i].family = 4;
		tables.row[i].side = i & 1;
	}
	return 0;
}

static void drain(void)
{
	const struct drain_view view = {
		.row = tables.row,
		.hist = tables.hist,
		.n_rows = N_ROWS,
		.n_hists = N_HISTS,
		.version_row = tables.version_row,
		.n_version_rows = N_VERSION_ROWS,
		.counters = &tables.counters,
	};

	record_clear(&tables.record);
	assert_int_equal(drain_tables(&view, &tables.record), 0);
	assert_null(record_check(&tables.record));
}

static void put_traffic(uint32_t slot, enum traffic_class class, uint64_t rx,
			uint64_t tx)
{
	tables.row[slot].traffic[class] = (struct subnet_counters){
		.packets_rx = rx,
		.packets_tx = tx,
		.bytes_rx = 100 * rx,
		.bytes_tx = 200 * tx,
	};
}

static void put_sample(uint32_t hist_slot, uint32_t row, uint32_t source,
		       uint64_t rtt_ns)
{
	struct hist *hist = &tables.hist[hist_slot];

	hist->subnet = row;
	hist->source = source;
	hist->sum_ns += rtt_ns;
	if (rtt_ns > hist->max_ns)
		hist->max_ns = rtt_ns;
	if (~rtt_ns > hist->min_ns_complement)
		hist->min_ns_complement = ~rtt_ns;
	if (hist_is_overflow(rtt_ns))
		hist->overflow++;
	else
		hist->bin[hist_bin(rtt_ns)]++;
}

static void empty_tables_give_an_empty_record(void **state)
{
	drain();
	assert_int_equal(tables.record.subnet.n, 0);
	assert_int_equal(tables.record.traffic.n, 0);
	assert_int_equal(tables.record.ecn.n, 0);
	assert_int_equal(tables.record.rtt.n, 0);
	assert_int_equal(tables.record.bin.n, 0);
	assert_int_equal(tables.record.protocol.n, 0);
}

static void rows_without_use_are_left_out(void **state)
{
	put_traffic(N_OVERFLOW_ROWS + 1, TRAFFIC_ICMP, 3, 4);
	put_traffic(N_OVERFLOW_ROWS + 3, TRAFFIC_OTHER, 0, 1);
	drain();
	assert_int_equal(tables.record.subnet.n, 2);
	assert_int_equal(tables.record.subnet.row[0].address[13], 5);
	assert_int_equal(tables.record.subnet.row[0].prefix_len, 24);
	assert_int_equal(tables.record.subnet.row[0].side, SIDE_LAN);
	assert_int_equal(tables.record.subnet.row[0].kind, SUBNET_PREFIX);
	assert_int_equal(tables.record.subnet.row[1].address[13], 7);
	assert_int_equal(tables.record.traffic.n, 2);
	assert_int_equal(tables.record.traffic.row[0].subnet, 0);
	assert_int_equal(tables.record.traffic.row[0].class, TRAFFIC_ICMP);
	assert_int_equal(tables.record.traffic.row[0].packets_rx, 3);
	assert_int_equal(tables.record.traffic.row[0].packets_tx, 4);
	assert_int_equal(tables.record.traffic.row[0].bytes_rx, 300);
	assert_int_equal(tables.record.traffic.row[0].bytes_tx, 800);
	assert_int_equal(tables.record.traffic.row[1].subnet, 1);
	assert_int_equal(tables.record.traffic.row[1].packets_tx, 1);
}

static void overflow_rows_get_their_family_side_and_no_prefix(void **state)
{
	for (uint32_t i = 0; i < N_OVERFLOW_ROWS; i++)
		put_traffic(i, TRAFFIC_OTHER, 1 + i, 0);
	drain();
	assert_int_equal(tables.record.subnet.n, N_OVERFLOW_ROWS);
	for (uint32_t i = 0; i < N_OVERFLOW_ROWS; i++) {
		const struct record_subnet *subnet =
			&tables.record.subnet.row[i];

		assert_int_equal(subnet->kind, SUBNET_OVERFLOW);
		assert_int_equal(subnet->family, i < 2 ? 4 : 6);
		assert_int_equal(subnet->side, i % 2);
		assert_int_equal(subnet->prefix_len, 0);
		assert_int_equal(subnet->address[10], i < 2 ? 0xff : 0);
		assert_int_equal(subnet->address[12], 0);
	}
}

static const struct record_ecn *find_ecn(uint8_t codepoint)
{
	for (size_t i = 0; i < tables.record.ecn.n; i++)
		if (tables.record.ecn.row[i].codepoint == codepoint)
			return &tables.record.ecn.row[i];
	return NULL;
}

/* Not-ECT is what remains of all classes, in each way. */
static void codepoints_add_up_to_the_packets(void **state)
{
	struct subnet_row *row = &tables.row[N_OVERFLOW_ROWS];

	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_TCP_TS, 100, 50);
	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_UDP_OTHER, 10, 5);
	row->ecn[ECN_ECT1 - 1][0] = 1;
	row->ecn[ECN_ECT0 - 1][0] = 20;
	row->ecn[ECN_ECT0 - 1][1] = 30;
	row->ecn[ECN_CE - 1][1] = 25;
	drain();
	assert_int_equal(tables.record.ecn.n, 4);
	assert_int_equal(find_ecn(ECN_NOT_ECT)->packets_rx, 110 - 21);
	assert_int_equal(find_ecn(ECN_NOT_ECT)->packets_tx, 55 - 55);
	assert_int_equal(find_ecn(ECN_ECT1)->packets_rx, 1);
	assert_int_equal(find_ecn(ECN_ECT1)->packets_tx, 0);
	assert_int_equal(find_ecn(ECN_ECT0)->packets_rx, 20);
	assert_int_equal(find_ecn(ECN_ECT0)->packets_tx, 30);
	assert_int_equal(find_ecn(ECN_CE)->packets_rx, 0);
	assert_int_equal(find_ecn(ECN_CE)->packets_tx, 25);
}

static void codepoints_without_packets_have_no_row(void **state)
{
	struct subnet_row *row = &tables.row[N_OVERFLOW_ROWS];

	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_TCP_TS, 7, 0);
	row->ecn[ECN_CE - 1][0] = 7;
	drain();
	assert_int_equal(tables.record.ecn.n, 1);
	assert_non_null(find_ecn(ECN_CE));
}

static void histogram_is_drained_bin_by_bin(void **state)
{
	const struct record_rtt *rtt;

	put_sample(N_OVERFLOW_HISTS + 1, N_OVERFLOW_ROWS + 2, 3, 20000000);
	put_sample(N_OVERFLOW_HISTS + 1, N_OVERFLOW_ROWS + 2, 3, 20000000);
	put_sample(N_OVERFLOW_HISTS + 1, N_OVERFLOW_ROWS + 2, 3, 100);
	put_sample(N_OVERFLOW_HISTS + 1, N_OVERFLOW_ROWS + 2, 3,
		   HIST_LIMIT_NS + 5);
	drain();
	assert_int_equal(tables.record.subnet.n, 1);
	assert_int_equal(tables.record.rtt.n, 1);
	rtt = tables.record.rtt.row;
	assert_int_equal(rtt->subnet, 0);
	assert_int_equal(rtt->source, 3);
	assert_int_equal(rtt->count, 4);
	assert_int_equal(rtt->overflow, 1);
	assert_int_equal(rtt->min_ns, 100);
	assert_int_equal(rtt->max_ns, HIST_LIMIT_NS + 5);
	assert_int_equal(rtt->sum_ns, 40000105 + HIST_LIMIT_NS);
	assert_int_equal(rtt->n_bins, 2);
	assert_int_equal(tables.record.bin.row[0].bin, 0);
	assert_int_equal(tables.record.bin.row[0].count, 1);
	assert_int_equal(tables.record.bin.row[1].bin, hist_bin(20000000));
	assert_int_equal(tables.record.bin.row[1].count, 2);
	assert_int_equal(drain_count_samples(&tables.record), 4);
}

/* RTT of 0 ns: the minimum's complement is all ones, not "none". */
static void sample_of_zero_is_drained(void **state)
{
	put_sample(N_OVERFLOW_HISTS, N_OVERFLOW_ROWS, 0, 0);
	drain();
	assert_int_equal(tables.record.rtt.n, 1);
	assert_int_equal(tables.record.rtt.row[0].min_ns, 0);
	assert_int_equal(tables.record.rtt.row[0].max_ns, 0);
}

/* Their row and source follow from the slot; the header is never written. */
static void overflow_histograms_are_found_by_position(void **state)
{
	for (uint32_t row = 0; row < N_OVERFLOW_ROWS; row++)
		for (uint32_t source = 0; source < N_SOURCES; source++)
			put_sample(row * N_HIST_REFS + source, 0, 0,
				   1000 * (row * N_SOURCES + source));
	drain();
	assert_int_equal(tables.record.subnet.n, N_OVERFLOW_ROWS);
	assert_int_equal(tables.record.rtt.n, N_OVERFLOW_ROWS * N_SOURCES);
	for (uint32_t i = 0; i < tables.record.rtt.n; i++) {
		assert_int_equal(tables.record.rtt.row[i].subnet,
				 i / N_SOURCES);
		assert_int_equal(tables.record.rtt.row[i].source,
				 i % N_SOURCES);
		assert_int_equal(tables.record.rtt.row[i].min_ns, 1000 * i);
		assert_int_equal(tables.record.rtt.row[i].first_bin, i);
		assert_int_equal(tables.record.rtt.row[i].n_bins, 1);
	}
}

/* Two CPUs may have dealt one each; whoever builds a segment adds them up. */
static void two_histograms_of_one_source_are_both_kept(void **state)
{
	put_sample(N_OVERFLOW_HISTS, N_OVERFLOW_ROWS, 0, 1000);
	put_sample(N_OVERFLOW_HISTS + 2, N_OVERFLOW_ROWS, 0, 2000);
	drain();
	assert_int_equal(tables.record.subnet.n, 1);
	assert_int_equal(tables.record.rtt.n, 2);
	assert_int_equal(drain_count_samples(&tables.record), 2);
}

static void histogram_of_a_row_that_is_not_there_is_left_out(void **state)
{
	put_sample(N_OVERFLOW_HISTS, N_ROWS, 0, 1000);
	put_sample(N_OVERFLOW_HISTS + 1, ~0U, 0, 1000);
	drain();
	assert_int_equal(tables.record.rtt.n, 0);
	assert_int_equal(tables.record.subnet.n, 0);
}

static void counters_and_protocols_are_copied(void **state)
{
	for (int i = 0; i < N_OUTCOMES; i++)
		tables.counters.outcome[i] = 1 + i;
	for (int i = 0; i < N_EVENTS; i++)
		tables.counters.event[i] = 1000 + i;
	tables.counters.protocol[0] = (struct protocol_counters){ 1, 60 };
	tables.counters.protocol[255] = (struct protocol_counters){ 2, 80 };
	drain();
	for (int i = 0; i < N_OUTCOMES; i++)
		assert_int_equal(tables.record.outcome[i], 1 + i);
	for (int i = 0; i < N_EVENTS; i++)
		assert_int_equal(tables.record.event[i], 1000 + i);
	assert_int_equal(tables.record.protocol.n, 2);
	assert_int_equal(tables.record.protocol.row[0].ip_protocol, 0);
	assert_int_equal(tables.record.protocol.row[0].bytes, 60);
	assert_int_equal(tables.record.protocol.row[1].ip_protocol, 255);
	assert_int_equal(tables.record.protocol.row[1].packets, 2);
}

static void assert_spin(size_t i, enum spin_class class, uint32_t version,
			uint64_t flows, uint64_t packets)
{
	const struct record_spin *spin = &tables.record.spin.row[i];

	assert_int_equal(spin->subnet, 0);
	assert_int_equal(spin->class, class);
	assert_int_equal(spin->version, version);
	assert_int_equal(spin->flows, flows);
	assert_int_equal(spin->packets, packets);
}

static void participation_is_drained_by_class_and_version(void **state)
{
	struct subnet_row *row = &tables.row[N_OVERFLOW_ROWS];
	struct version_row *versions = &tables.version_row[N_OVERFLOW_ROWS];

	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_QUIC, 2, 1);
	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_CELL_SPIN + SPIN_CLASS_SPINNING,
		    30, 10);
	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_CELL_SPIN + SPIN_CLASS_UNDECIDED,
		    7, 0);
	row->quic_flows[SPIN_CLASS_SPINNING] = 5;
	row->quic_flows[SPIN_CLASS_UNDECIDED] = 1;
	row->versions = N_OVERFLOW_ROWS + 1;
	versions->packets[SPIN_CLASS_SPINNING][QUIC_V2 - 1] = 12;
	versions->flows[SPIN_CLASS_SPINNING][QUIC_V2 - 1] = 2;
	drain();
	assert_int_equal(tables.record.spin.n, 3);
	assert_spin(0, SPIN_CLASS_UNDECIDED, QUIC_VERSION_1, 1, 7);
	assert_spin(1, SPIN_CLASS_SPINNING, QUIC_VERSION_2, 2, 12);
	assert_spin(2, SPIN_CLASS_SPINNING, QUIC_VERSION_1, 3, 28);
	assert_int_equal(tables.record.traffic.n, 1);
	assert_int_equal(tables.record.traffic.row[0].class, TRAFFIC_QUIC);
	assert_int_equal(tables.record.traffic.row[0].packets_rx, 39);
	assert_int_equal(tables.record.traffic.row[0].packets_tx, 11);
}

static void flows_taken_twice_are_none(void **state)
{
	struct subnet_row *row = &tables.row[N_OVERFLOW_ROWS];
	struct version_row *versions = &tables.version_row[N_OVERFLOW_ROWS];

	put_traffic(N_OVERFLOW_ROWS, TRAFFIC_CELL_SPIN + SPIN_CLASS_GREASED, 3,
		    0);
	row->quic_flows[SPIN_CLASS_GREASED] = -1U;
	row->quic_flows[SPIN_CLASS_CONSTANT_0] = -2U;
	row->versions = N_OVERFLOW_ROWS + 1;
	versions->flows[SPIN_CLASS_UNDECIDED][QUIC_V2 - 1] = -1U;
	drain();
	assert_int_equal(tables.record.spin.n, 1);
	assert_spin(0, SPIN_CLASS_GREASED, QUIC_VERSION_1, 0, 3);
}

static void dealt_beyond_the_maximum_is_the_maximum(void **state)
{
	const struct settings settings = { .max_subnets = 10, .max_hists = 20 };
	const struct dealt none = { 0, 0 }, some = { 3, 4 }, all = { 10, 20 },
			   more = { 4000000000U, 21 };

	assert_int_equal(drain_n_rows(&none, &settings), N_OVERFLOW_ROWS);
	assert_int_equal(drain_n_hists(&none, &settings), N_OVERFLOW_HISTS);
	assert_int_equal(drain_n_rows(&some, &settings), N_OVERFLOW_ROWS + 3);
	assert_int_equal(drain_n_hists(&some, &settings), N_OVERFLOW_HISTS + 4);
	assert_int_equal(drain_n_rows(&all, &settings), N_OVERFLOW_ROWS + 10);
	assert_int_equal(drain_n_rows(&more, &settings), N_OVERFLOW_ROWS + 10);
	assert_int_equal(drain_n_hists(&more, &settings),
			 N_OVERFLOW_HISTS + 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define DRAIN_TEST(name) cmocka_unit_test_setup(name, clear_tables)
		DRAIN_TEST(empty_tables_give_an_empty_record),
		DRAIN_TEST(rows_without_use_are_left_out),
		DRAIN_TEST(overflow_rows_get_their_family_side_and_no_prefix),
		DRAIN_TEST(codepoints_add_up_to_the_packets),
		DRAIN_TEST(codepoints_without_packets_have_no_row),
		DRAIN_TEST(histogram_is_drained_bin_by_bin),
		DRAIN_TEST(sample_of_zero_is_drained),
		DRAIN_TEST(overflow_histograms_are_found_by_position),
		DRAIN_TEST(two_histograms_of_one_source_are_both_kept),
		DRAIN_TEST(histogram_of_a_row_that_is_not_there_is_left_out),
		DRAIN_TEST(counters_and_protocols_are_copied),
		DRAIN_TEST(participation_is_drained_by_class_and_version),
		DRAIN_TEST(flows_taken_twice_are_none),
		DRAIN_TEST(dealt_beyond_the_maximum_is_the_maximum),
#undef DRAIN_TEST
	};
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);

	record_fini(&tables.record);
	return n_failed;
}
