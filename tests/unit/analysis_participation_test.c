// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "../../analysis/group.h"
#include "../../core/traffic.h"

static const struct participation example = {
	.tcp_packets = 300,
	.tcp_ts_packets = 200,
	.quic_packets = 1000,
	.spin = {
		[SPIN_CLASS_UNDECIDED][QUIC_V1] = { 90, 500 },
		[SPIN_CLASS_CONSTANT_0][QUIC_V1] = { 1, 70 },
		[SPIN_CLASS_CONSTANT_1][QUIC_V1] = { 2, 80 },
		[SPIN_CLASS_SPINNING] = { [QUIC_V1] = { 1, 50 },
					  [QUIC_DRAFT] = { 3, 100 } },
		[SPIN_CLASS_GREASED][QUIC_V1] = { 1, 100 },
	},
};

static const struct participation_choice everything = {
	.versions = ALL_VERSIONS,
	.min_count = 1,
};

static uint32_t ratio_of(const struct participation *sum,
			 enum participation_ratio ratio)
{
	uint32_t millionths = UINT32_MAX;

	participation_ratio_get(sum, ratio, &everything, &millionths);
	return millionths;
}

static void flows_spin_among_the_decided(void **unused)
{
	assert_int_equal(ratio_of(&example, RATIO_TCP_TS), 666667);
	assert_int_equal(ratio_of(&example, RATIO_SPIN_FLOW), 500000);
	assert_int_equal(ratio_of(&example, RATIO_SPIN_PACKET), 375000);
	assert_int_equal(
		participation_count_all(&example, &everything).flow_intervals,
		98);
	assert_int_equal(participation_count_all(&example, &everything).packets,
			 900);
}

static void only_chosen_versions_count(void **unused)
{
	struct participation_choice choice = { .versions = 1 << QUIC_V1,
					       .min_count = 1 };
	uint32_t millionths;

	assert_int_equal(participation_count(&example, SPIN_CLASS_SPINNING,
					     &choice)
				 .packets,
			 50);
	assert_true(participation_ratio_get(&example, RATIO_SPIN_FLOW, &choice,
					    &millionths));
	assert_int_equal(millionths, 200000);
	choice.versions = 1 << QUIC_DRAFT;
	assert_true(participation_ratio_get(&example, RATIO_SPIN_FLOW, &choice,
					    &millionths));
	assert_int_equal(millionths, RATIO_ONE);
	choice.versions = 1 << QUIC_V2;
	assert_false(participation_ratio_get(&example, RATIO_SPIN_FLOW, &choice,
					     &millionths));
}

static void ratio_of_too_few_is_none(void **unused)
{
	struct participation_choice choice = everything;
	static const struct participation none;
	uint32_t millionths = 7;

	for (int i = 0; i < N_PARTICIPATION_RATIOS; i++)
		assert_false(participation_ratio_get(&none, i, &choice,
						     &millionths));
	choice.min_count = 8;
	assert_true(participation_ratio_get(&example, RATIO_SPIN_FLOW, &choice,
					    &millionths));
	millionths = 7;
	choice.min_count = 9;
	assert_false(participation_ratio_get(&example, RATIO_SPIN_FLOW, &choice,
					     &millionths));
	assert_int_equal(millionths, 7);
}

static void ratio_of_huge_sums_is_exact(void **unused)
{
	struct participation sum = { .tcp_packets = UINT64_MAX };

	sum.tcp_ts_packets = UINT64_MAX;
	assert_int_equal(ratio_of(&sum, RATIO_TCP_TS), RATIO_ONE);
	sum.tcp_ts_packets = UINT64_MAX / 4 * 3;
	assert_int_equal(ratio_of(&sum, RATIO_TCP_TS), 750000);
}

static void versions_have_names(void **unused)
{
	static const struct {
		uint32_t number;
		const char *name;
	} known[] = { { QUIC_VERSION_1, "v1" },
		      { QUIC_VERSION_2, "v2" },
		      { QUIC_VERSION_2_DRAFT, "v2_draft" },
		      { 0xff00001d, "draft" },
		      { 0, "other" },
		      { 0x0a0a0a0a, "other" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_string_equal(
			participation_version_name(
				participation_version(known[i].number)),
			known[i].name);
}

static void versions_are_chosen_by_name(void **unused)
{
	static const char *const wrong[] = { "",   "v3", "v1,", ",v1",
					     "V1", "v",  "v1 ", "v1,,v2" };
	uint32_t versions = 0;

	assert_true(participation_versions_parse(
		"other,draft,v2_draft,v2,v1,v1", &versions));
	assert_int_equal(versions, ALL_VERSIONS);
	assert_true(participation_versions_parse("v2", &versions));
	assert_int_equal(versions, 1 << QUIC_V2);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(participation_versions_parse(wrong[i], &versions));
	assert_int_equal(versions, 1 << QUIC_V2);
}

/* One group with, and one without; a table that has the first already. */
static void participation_crosses_processes(void **unused)
{
	struct group_key key = { .label = GROUP_LABEL_SIDE, .side = SIDE_LAN };
	struct group_table table = { 0 }, sum = { 0 };
	struct participation twice = example;
	FILE *file = tmpfile();

	assert_non_null(file);
	table.left_out_packets = 5;
	*group_participation(group_table_get(&table, &key)) = example;
	key.side = SIDE_WAN;
	assert_non_null(group_table_get(&table, &key));
	assert_int_equal(group_table_add(&sum, &table), 0);
	assert_int_equal(group_table_save(&table, file), 0);
	rewind(file);
	assert_int_equal(group_table_load(&sum, file), 0);
	fclose(file);
	group_table_sort(&sum);
	participation_add(&twice, &example);
	assert_int_equal(twice.spin[SPIN_CLASS_SPINNING][QUIC_DRAFT].packets,
			 200);
	assert_memory_equal(sum.group[0]->participation, &twice, sizeof(twice));
	assert_null(sum.group[1]->participation);
	assert_int_equal(sum.left_out_packets, 10);
	group_table_fini(&table);
	group_table_fini(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_spin_among_the_decided),
		cmocka_unit_test(only_chosen_versions_count),
		cmocka_unit_test(ratio_of_too_few_is_none),
		cmocka_unit_test(ratio_of_huge_sums_is_exact),
		cmocka_unit_test(versions_have_names),
		cmocka_unit_test(versions_are_chosen_by_name),
		cmocka_unit_test(participation_crosses_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
