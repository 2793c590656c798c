// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

/* A row for 20.0.i.0/24, by the ordinary way. */
static uint32_t row_of(struct world *world, uint8_t i)
{
	const __u64 address[2] = { 0, parse_v4_word(__builtin_bswap32(
					      0x14000001 | i << 8)) };

	return subnet_slot(world->m, address, 4);
}

static const struct hist *hist_of(struct world *world, uint32_t slot,
				  enum source source)
{
	uint32_t reference = machine_subnet(world->m, slot)->hist[source];

	return reference ? machine_hist(world->m, reference - 1) : NULL;
}

static uint64_t count_of(const struct hist *hist)
{
	uint64_t n = hist->overflow;

	for (int bin = 0; bin < N_HIST_BINS; bin++)
		n += hist->bin[bin];
	return n;
}

static void sample_goes_to_its_bin_and_extremes(void **state)
{
	static const uint64_t rtts[] = { 20000000, 300, 16384, 17179869183,
					 20000000 };
	const struct hist *hist;
	struct world world;
	uint64_t sum_ns = 0;
	uint32_t slot;

	world_open(&world);
	slot = row_of(&world, 1);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(sample_record(world.m, slot, SOURCE_TCP_TS,
					       rtts[i]),
				 0);
		sum_ns += rtts[i];
	}
	hist = hist_of(&world, slot, SOURCE_TCP_TS);
	assert_int_equal(hist->subnet, slot);
	assert_int_equal(hist->source, SOURCE_TCP_TS);
	assert_int_equal(hist->bin[hist_bin(20000000)], 2);
	assert_int_equal(hist->bin[0], 1);
	assert_int_equal(hist->bin[32], 1);
	assert_int_equal(hist->bin[N_HIST_BINS - 1], 1);
	assert_int_equal(count_of(hist), 5);
	assert_int_equal(hist->sum_ns, sum_ns);
	assert_int_equal(hist->max_ns, 17179869183);
	assert_int_equal(~hist->min_ns_complement, 300);
	assert_int_equal(world_samples(&world), 5);
	world_close(&world);
}

static void overflow_has_no_bin_but_counts_in_all_else(void **state)
{
	const struct hist *hist;
	struct world world;
	uint32_t slot;

	world_open(&world);
	slot = row_of(&world, 1);
	sample_record(world.m, slot, SOURCE_TCP_TS, HIST_LIMIT_NS);
	sample_record(world.m, slot, SOURCE_TCP_TS, 60 * SECOND);
	hist = hist_of(&world, slot, SOURCE_TCP_TS);
	assert_int_equal(hist->overflow, 2);
	assert_int_equal(count_of(hist), 2);
	assert_int_equal(hist->max_ns, 60 * SECOND);
	assert_int_equal(~hist->min_ns_complement, HIST_LIMIT_NS);
	assert_int_equal(hist->sum_ns, HIST_LIMIT_NS + 60 * SECOND);
	assert_int_equal(world_samples(&world), 2);
	world_close(&world);
}

static void least_of_zero_is_kept(void **state)
{
	struct world world;
	uint32_t slot;

	world_open(&world);
	slot = row_of(&world, 1);
	sample_record(world.m, slot, SOURCE_TCP_TS, 5);
	sample_record(world.m, slot, SOURCE_TCP_TS, 0);
	assert_int_equal(
		~hist_of(&world, slot, SOURCE_TCP_TS)->min_ns_complement, 0);
	world_close(&world);
}

static void sources_and_subnets_have_their_own_histograms(void **state)
{
	struct world world;

	world_open(&world);
	for (uint8_t i = 0; i < 5; i++)
		for (int source = 0; source < N_SOURCES; source++)
			for (int n = 0; n <= i + source; n++)
				sample_record(world.m, row_of(&world, i),
					      source, MS);
	for (uint8_t i = 0; i < 5; i++)
		for (int source = 0; source < N_SOURCES; source++) {
			const struct hist *hist =
				hist_of(&world, row_of(&world, i), source);

			assert_int_equal(count_of(hist), 1 + i + source);
			assert_int_equal(hist->subnet, row_of(&world, i));
			assert_int_equal(hist->source, source);
		}
	assert_int_equal(machine_dealt(world.m)->n_hists, 5 * N_SOURCES);
	world_close(&world);
}

static void full_table_goes_to_the_overflow_row_and_is_counted(void **state)
{
	struct settings settings = world_settings();
	const struct hist *overflow;
	struct world world;

	settings.max_hists = 3;
	world_open_with(&world, &settings);
	for (int round = 0; round < 4; round++)
		for (uint8_t i = 0; i < 5; i++)
			assert_int_equal(sample_record(world.m,
						       row_of(&world, i),
						       SOURCE_ICMP_ECHO, MS),
					 0);
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(count_of(hist_of(&world, row_of(&world, i),
						  SOURCE_ICMP_ECHO)),
				 4);
	assert_null(hist_of(&world, row_of(&world, 3), SOURCE_ICMP_ECHO));
	overflow = machine_hist(world.m, subnet_overflow_slot(4, SIDE_WAN) *
							 N_HIST_REFS +
						 SOURCE_ICMP_ECHO);
	assert_int_equal(count_of(overflow), 8);
	assert_int_equal(world_event(&world, EVENT_HIST_OVERFLOW), 8);
	assert_int_equal(machine_dealt(world.m)->n_hists, 3);
	assert_int_equal(world_samples(&world), 20);
	assert_int_equal(world_event(&world, EVENT_SAMPLE_LOST), 0);
	world_close(&world);
}

static void overflow_rows_have_histograms_of_every_source(void **state)
{
	struct settings settings = world_settings();
	struct world world;

	settings.max_hists = 0;
	world_open_with(&world, &settings);
	for (uint32_t slot = 0; slot < N_OVERFLOW_ROWS; slot++)
		for (int source = 0; source < N_SOURCES; source++)
			for (int n = 0; n <= source; n++)
				sample_record(world.m, slot, source, MS);
	for (uint32_t slot = 0; slot < N_OVERFLOW_ROWS; slot++)
		for (int source = 0; source < N_SOURCES; source++)
			assert_int_equal(
				count_of(machine_hist(
					world.m, slot * N_HIST_REFS + source)),
				1 + source);
	/* the subnet had no room, the histogram table is not to blame */
	assert_int_equal(world_event(&world, EVENT_HIST_OVERFLOW), 0);
	world_close(&world);
}

static void unknown_source_is_refused(void **state)
{
	struct world world;

	world_open(&world);
	assert_int_equal(
		sample_record(world.m, row_of(&world, 1), N_SOURCES, MS), -1);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void assert_overflow_hists(const struct world *world)
{
	for (int family = 4; family <= 6; family += 2)
		for (int side = 0; side < N_SIDES; side++) {
			uint32_t row = subnet_overflow_slot(family, side);
			const struct hist *hist = machine_hist(
				world->m, row * N_HIST_REFS + SOURCE_ICMP_ECHO);

			assert_int_equal(count_of(hist), 1);
			assert_int_equal(hist->max_ns,
					 side == SIDE_LAN ? MS : 4 * MS);
		}
}

/* LAN and WAN, IPv4 and IPv6: each to its own overflow row, whether the
 * subnets had no room or only the histograms. */
static void samples_of_full_tables_keep_family_and_side(void **state)
{
	struct settings settings = world_settings();
	struct world world;

	settings.max_hists = 0;
	for (int has_subnets = 0; has_subnets < 2; has_subnets++) {
		settings.max_subnets = has_subnets ? 64 : 0;
		world_open_with(&world, &settings);
		for (int is_v6 = 0; is_v6 < 2; is_v6++) {
			world.is_v6 = is_v6;
			world_echo(&world, NEAR, false, 1);
			world.now_ns += 4 * MS;
			world_echo(&world, FAR, true, 1);
			world_echo(&world, FAR, false, 2);
			world.now_ns += MS;
			world_echo(&world, NEAR, true, 2);
		}
		assert_overflow_hists(&world);
		world_close(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_goes_to_its_bin_and_extremes),
		cmocka_unit_test(overflow_has_no_bin_but_counts_in_all_else),
		cmocka_unit_test(least_of_zero_is_kept),
		cmocka_unit_test(sources_and_subnets_have_their_own_histograms),
		cmocka_unit_test(
			full_table_goes_to_the_overflow_row_and_is_counted),
		cmocka_unit_test(overflow_rows_have_histograms_of_every_source),
		cmocka_unit_test(unknown_source_is_refused),
		cmocka_unit_test(samples_of_full_tables_keep_family_and_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
