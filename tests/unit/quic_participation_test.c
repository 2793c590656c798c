// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../core/quic_version.h"
#include "spin_path.h"

/* Ends the interval and gives its record. */
static void drain(struct world *world, struct record *record)
{
	struct drain_view view;

	record_clear(record);
	memory_tables_swap(world->m);
	memory_tables_view(world->m, &view);
	assert_int_equal(drain_tables(&view, record), 0);
	assert_null(record_check(record));
	memory_tables_clear(world->m);
}

/* Sums over both subnets; version 0: any, class N_SPIN_CLASSES: any. */
static struct record_spin sum(const struct record *record, unsigned class,
			      uint32_t version)
{
	struct record_spin sum = { 0 };

	for (size_t i = 0; i < record->spin.n; i++) {
		const struct record_spin *row = &record->spin.row[i];

		if ((class != N_SPIN_CLASSES && row->class != class) ||
		    (version && row->version != version))
			continue;
		sum.flows += row->flows;
		sum.packets += row->packets;
	}
	return sum;
}

static uint64_t quic_packets(const struct record *record)
{
	uint64_t n = 0;

	for (size_t i = 0; i < record->traffic.n; i++)
		if (record->traffic.row[i].class == TRAFFIC_QUIC)
			n += record->traffic.row[i].packets_rx +
			     record->traffic.row[i].packets_tx;
	return n;
}

static void flow_counts_once_in_each_subnet_and_interval(void **state)
{
	struct record record = { 0 };
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, 2 * SECOND);
	for (int i = 0; i < 3; i++) {
		drain(&path.world, &record);
		assert_int_equal(sum(&record, N_SPIN_CLASSES, 0).flows, 2);
		assert_int_equal(sum(&record, SPIN_CLASS_SPINNING, 1).flows, 2);
		path_run(&path, SECOND);
	}
	record_fini(&record);
	world_close(&path.world);
}

/* All but the Initial that waits for its confirmation. */
static void packets_are_those_of_the_traffic(void **state)
{
	struct record record = { 0 };
	struct path path;

	path_open(&path, 1);
	peers_shake(&path.world);
	path_run(&path, 2 * SECOND);
	drain(&path.world, &record);
	assert_int_equal(sum(&record, N_SPIN_CLASSES, 0).packets,
			 quic_packets(&record) - 2);
	assert_true(sum(&record, SPIN_CLASS_UNDECIDED, 1).packets > 0);
	assert_true(sum(&record, SPIN_CLASS_SPINNING, 1).packets >
		    sum(&record, SPIN_CLASS_UNDECIDED, 1).packets);
	record_fini(&record);
	world_close(&path.world);
}

static void unconfirmed_flows_do_not_count(void **state)
{
	struct record record = { 0 };
	struct world world;

	peers_open(&world);
	for (int i = 0; i < 10; i++) {
		world.near_port++;
		peers_initial(&world);
	}
	drain(&world, &record);
	assert_int_equal(record.spin.n, 0);
	assert_int_equal(quic_packets(&record), 20);
	record_fini(&record);
	world_close(&world);
}

static void shake_in(struct world *world, uint32_t version)
{
	struct peers_long packet = { .version = version,
				     .dcid = PEERS_FIRST,
				     .scid = PEERS_CLIENT };

	peers_long(world, NEAR, &packet);
	packet.dcid = PEERS_CLIENT;
	packet.scid = PEERS_SERVER;
	peers_long(world, FAR, &packet);
}

static void versions_are_counted_apart(void **state)
{
	static const uint32_t seen[] = { 1, 0x6b3343cf, 0x709a50c4,
					 0xff00001d };
	static const uint32_t written[] = { 1, 0x6b3343cf, 0x709a50c4,
					    0xff000000 };
	struct record record = { 0 };
	struct world world;

	peers_open(&world);
	for (int i = 0; i < 4; i++)
		for (int n = 0; n <= i; n++) {
			world.near_port++;
			shake_in(&world, seen[i]);
			peers_short(&world, NEAR, 0);
		}
	drain(&world, &record);
	for (int i = 0; i < 4; i++) {
		struct record_spin got =
			sum(&record, SPIN_CLASS_UNDECIDED, written[i]);

		assert_int_equal(got.flows, 2 * (i + 1));
		/* the server's answer and the short header */
		assert_int_equal(got.packets, 4 * (i + 1));
	}
	record_fini(&record);
	world_close(&world);
}

/* Without room for a subnet's other versions they count as version 1. */
static void versions_without_room_are_told(void **state)
{
	struct settings settings = peers_settings();
	struct record record = { 0 };
	struct world world;

	settings.max_version_rows = 1;
	world_open_with(&world, &settings);
	shake_in(&world, 0x6b3343cf);
	assert_int_equal(world_event(&world, EVENT_VERSION_OVERFLOW), 1);
	drain(&world, &record);
	assert_int_equal(sum(&record, N_SPIN_CLASSES, 0).flows, 2);
	assert_int_equal(sum(&record, N_SPIN_CLASSES, 1).flows, 1);
	record_fini(&record);
	world_close(&world);
}

static void counts_move_with_the_class(void **state)
{
	struct record record = { 0 };
	struct path path;

	path_open(&path, 1);
	path.end[NEAR].how = path.end[FAR].how = PATH_KEEPS;
	peers_shake(&path.world);
	path_run(&path, SECOND);
	path.end[NEAR].how = path.end[FAR].how = PATH_DRAWS;
	path_run(&path, 2 * SECOND);
	drain(&path.world, &record);
	assert_int_equal(sum(&record, N_SPIN_CLASSES, 0).flows, 2);
	assert_int_equal(sum(&record, SPIN_CLASS_GREASED, 1).flows, 2);
	assert_true(sum(&record, SPIN_CLASS_CONSTANT_0, 1).packets > 1000);
	record_fini(&record);
	world_close(&path.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_counts_once_in_each_subnet_and_interval),
		cmocka_unit_test(packets_are_those_of_the_traffic),
		cmocka_unit_test(unconfirmed_flows_do_not_count),
		cmocka_unit_test(versions_are_counted_apart),
		cmocka_unit_test(versions_without_room_are_told),
		cmocka_unit_test(counts_move_with_the_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
