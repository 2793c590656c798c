// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

/* Ends the interval; the record is the caller's to record_fini(). */
static void end_interval(struct machine *m, struct record *ret_record)
{
	struct drain_view view;

	*ret_record = (struct record){ 0 };
	memory_tables_swap(m);
	memory_tables_view(m, &view);
	assert_int_equal(drain_tables(&view, ret_record), 0);
	assert_null(record_check(ret_record));
	memory_tables_clear(m);
}

static uint64_t sum_of_outcomes(const struct record *record)
{
	uint64_t n = 0;

	for (int i = 0; i < N_OUTCOMES; i++)
		n += record->outcome[i];
	return n;
}

static void every_packet_has_one_outcome_and_two_ends(void **state)
{
	uint64_t packets_rx = 0, packets_tx = 0, bytes_rx = 0, bytes_tx = 0;
	struct record record;
	struct world world;

	world_open(&world);
	for (uint32_t i = 0; i < 200; i++) {
		world.near_port = i;
		world_data(&world, NEAR, i, 1);
		world_data(&world, FAR, 2, i);
		world_echo(&world, NEAR, false, i);
		world_echo(&world, NEAR, true, i);
	}
	end_interval(world.m, &record);
	assert_int_equal(sum_of_outcomes(&record), 800);
	for (size_t i = 0; i < record.traffic.n; i++) {
		packets_rx += record.traffic.row[i].packets_rx;
		packets_tx += record.traffic.row[i].packets_tx;
		bytes_rx += record.traffic.row[i].bytes_rx;
		bytes_tx += record.traffic.row[i].bytes_tx;
	}
	assert_int_equal(packets_rx, 800);
	assert_int_equal(packets_tx, 800);
	assert_int_equal(bytes_rx, 400 * 152 + 400 * 84);
	assert_int_equal(bytes_tx, bytes_rx);
	assert_int_equal(record.protocol.n, 2);
	assert_int_equal(record.protocol.row[0].bytes, 400 * 84);
	assert_int_equal(record.protocol.row[1].bytes, 400 * 152);
	record_fini(&record);
	world_close(&world);
}

static void buffers_are_independent(void **state)
{
	struct drain_view view;
	struct world world;
	struct record record;

	world_open(&world);
	world_echo(&world, NEAR, false, 1);
	world_echo(&world, FAR, true, 1);
	memory_tables_swap(world.m);
	/* the running interval starts from nothing */
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(machine_dealt(world.m)->n_subnets, 0);
	world_echo(&world, NEAR, false, 2);
	/* and what it does is not in the one that was left */
	memory_tables_view(world.m, &view);
	assert_int_equal(view.counters->outcome[OUTCOME_ICMP_ECHO], 2);
	assert_int_equal(view.counters->event[EVENT_SAMPLE], 1);
	assert_int_equal(view.n_rows, N_OVERFLOW_ROWS + 2);
	assert_int_equal(view.n_hists, N_OVERFLOW_HISTS + 1);
	memory_tables_clear(world.m);
	assert_int_equal(world_event(&world, EVENT_STAMP_INLINE), 1);
	end_interval(world.m, &record);
	assert_int_equal(sum_of_outcomes(&record), 1);
	record_fini(&record);
	world_close(&world);
}

/* A cleared buffer is as new, also when every table was full. */
static void cleared_buffer_is_empty(void **state)
{
	struct settings settings = world_settings();
	struct memory_buffer *buffer;
	struct record record;
	struct world world;

	settings.max_subnets = 4;
	settings.max_hists = 2;
	world_open_with(&world, &settings);
	for (uint32_t i = 0; i < 20; i++) {
		world.near = WORLD_NEAR + (i << 8);
		world_echo(&world, NEAR, false, 1);
		world_echo(&world, FAR, true, 1);
		world_echo(&world, FAR, false, 2);
		world_echo(&world, NEAR, true, 2);
	}
	end_interval(world.m, &record);
	record_fini(&record);
	buffer = &world.m->buffer[1];
	for (size_t i = 0; i < sizeof(*buffer->row) * (4 + N_OVERFLOW_ROWS);
	     i++)
		assert_int_equal(((uint8_t *)buffer->row)[i], 0);
	for (size_t i = 0; i < sizeof(*buffer->hist) * (2 + N_OVERFLOW_HISTS);
	     i++)
		assert_int_equal(((uint8_t *)buffer->hist)[i], 0);
	for (size_t i = 0;
	     i < sizeof(*buffer->bucket) * settings.n_subnet_buckets; i++)
		assert_int_equal(((uint8_t *)buffer->bucket)[i], 0);
	for (size_t i = 0; i < sizeof(buffer->counters); i++)
		assert_int_equal(((uint8_t *)&buffer->counters)[i], 0);
	assert_int_equal(buffer->dealt.n_subnets + buffer->dealt.n_hists, 0);
	world_close(&world);
}

/* Flows and stamps outlive the interval; a sample is its reply's. */
static void sample_belongs_to_the_interval_of_its_reply(void **state)
{
	struct record first, second;
	struct world world;

	world_open(&world);
	world_echo(&world, NEAR, false, 1);
	end_interval(world.m, &first);
	world.now_ns += 15 * SECOND;
	world_echo(&world, FAR, true, 1);
	end_interval(world.m, &second);
	assert_int_equal(drain_count_samples(&first), 0);
	assert_int_equal(drain_count_samples(&second), 1);
	assert_int_equal(second.rtt.row[0].max_ns, 15 * SECOND);
	/* found by its own row, though the flow had cached another */
	assert_int_equal(
		second.subnet.row[second.rtt.row[0].subnet].address[12], 198);
	record_fini(&first);
	record_fini(&second);
	world_close(&world);
}

static void many_intervals_lose_nothing(void **state)
{
	uint64_t n_samples = 0, n_packets = 0;
	struct record record;
	struct world world;

	world_open(&world);
	for (uint32_t i = 1; i <= 3000; i++) {
		world.near = WORLD_NEAR + (i % 7 << 8);
		world_data(&world, NEAR, i, i - 7);
		world.now_ns += MS;
		world_data(&world, FAR, i, i);
		if (i % 11)
			continue;
		end_interval(world.m, &record);
		assert_int_equal(drain_count_samples(&record),
				 record.event[EVENT_SAMPLE]);
		n_samples += drain_count_samples(&record);
		n_packets += sum_of_outcomes(&record);
		record_fini(&record);
	}
	end_interval(world.m, &record);
	n_samples += drain_count_samples(&record);
	n_packets += sum_of_outcomes(&record);
	record_fini(&record);
	assert_int_equal(n_packets, 6000);
	/* seven flows: all but the first TSval of each direction, and the last
	 * ones of FAR, which NEAR does not answer any more */
	assert_int_equal(n_samples, 3000 - 7 + 3000 - 14);
	world_close(&world);
}

/* Epoch 0 marks an unused cache and never comes; buffers still alternate. */
static void epoch_wraps_past_zero(void **state)
{
	struct world world;
	uint32_t before;

	world_open(&world);
	assert_int_not_equal(world.m->epoch, 0);
	world.m->epoch = ~0U - 2;
	for (int i = 0; i < 6; i++) {
		before = world.m->epoch;
		memory_tables_swap(world.m);
		assert_int_not_equal(world.m->epoch, 0);
		assert_int_not_equal(world.m->epoch & 1, before & 1);
	}
	world_close(&world);
}

static void wire_length_is_at_least_what_was_captured(void **state)
{
	struct build build = { .source = WORLD_NEAR,
			       .destination = WORLD_FAR,
			       .protocol = BUILD_UDP,
			       .payload_bytes = 1000 };
	struct settings settings = world_settings();
	struct machine *m = memory_tables_new(&settings);
	struct built frame;

	build_frame(&build, &frame);
	/* cut: counted by its IP length */
	assert_int_equal(memory_tables_observe(m, frame.bytes, 60,
					       frame.n_bytes, LINK_ETHERNET, 5),
			 OUTCOME_UDP);
	assert_int_equal(machine_counters(m)->protocol[BUILD_UDP].bytes, 1028);
	/* a wire length below the captured one is the file's mistake */
	assert_int_equal(memory_tables_observe(m, frame.bytes, frame.n_bytes,
					       60, LINK_ETHERNET, 5),
			 OUTCOME_UDP);
	assert_int_equal(machine_counters(m)->protocol[BUILD_UDP].bytes, 2056);
	/* an IP length beyond the wire is malformed */
	assert_int_equal(memory_tables_observe(m, frame.bytes, 60, 60,
					       LINK_ETHERNET, 5),
			 OUTCOME_IPV4_MALFORMED);
	memory_tables_free(m);
}

/* Times 0 and 1 are marks of free and busy stamps. */
static void time_zero_is_a_time(void **state)
{
	struct world world;

	world_open(&world);
	for (uint64_t start_ns = 0; start_ns < 4; start_ns++) {
		world.now_ns = start_ns;
		world.identifier = start_ns;
		world_echo(&world, NEAR, false, 1);
		world.now_ns = 5000000;
		world_echo(&world, FAR, true, 1);
	}
	assert_int_equal(world_samples(&world), 4);
	world_close(&world);
}

static void same_packets_leave_the_same_tables(void **state)
{
	struct drain_view view[2];
	struct world world[2];

	for (int i = 0; i < 2; i++) {
		world_open(&world[i]);
		for (uint32_t j = 0; j < 500; j++) {
			world[i].near_port = j % 90;
			world_data(&world[i], NEAR, j, j - 1);
			world[i].now_ns += 17 * MS;
			world_data(&world[i], FAR, j, j);
		}
		memory_tables_swap(world[i].m);
		memory_tables_view(world[i].m, &view[i]);
	}
	assert_int_equal(view[0].n_rows, view[1].n_rows);
	assert_int_equal(view[0].n_hists, view[1].n_hists);
	assert_memory_equal(view[0].row, view[1].row,
			    view[0].n_rows * sizeof(*view[0].row));
	assert_memory_equal(view[0].hist, view[1].hist,
			    view[0].n_hists * sizeof(*view[0].hist));
	assert_memory_equal(view[0].counters, view[1].counters,
			    sizeof(*view[0].counters));
	world_close(&world[0]);
	world_close(&world[1]);
}

/* Taken sixteen packets after parsing, when the frame is long overwritten. */
static void packets_parsed_ahead_leave_the_same_tables(void **state)
{
	struct memory_packet ahead[16];
	struct settings settings = world_settings();
	struct machine *m = memory_tables_new(&settings);
	struct build build = { .source = WORLD_NEAR,
			       .destination = WORLD_FAR,
			       .tcp_flags = BUILD_ACK,
			       .payload_bytes = 10 };
	struct built frame;
	struct world world;

	world_open(&world);
	for (uint32_t i = 0; i < 160; i++) {
		build.source_port = i / 2 % 7;
		build.tsval = i;
		world.now_ns += MS;
		world_observe(&world, &build);
		build_frame(&build, &frame);
		memory_tables_parse(m, frame.bytes, frame.n_bytes,
				    frame.n_bytes, LINK_ETHERNET, world.now_ns,
				    &ahead[i % 16]);
		memset(frame.bytes, 0xff, frame.n_bytes);
		for (int j = 0; i % 16 == 15 && j < 16; j++)
			assert_int_equal(memory_tables_take(m, &ahead[j]),
					 OUTCOME_TCP_TIMED);
	}
	assert_memory_equal(machine_counters(m), machine_counters(world.m),
			    sizeof(struct counters));
	assert_memory_equal(m->flow_set, world.m->flow_set,
			    settings.n_flow_sets * sizeof(*m->flow_set));
	assert_memory_equal(machine_subnet(m, 0), machine_subnet(world.m, 0),
			    8 * sizeof(struct subnet_row));
	memory_tables_free(m);
	world_close(&world);
}

static void indices_beyond_the_tables_give_null(void **state)
{
	struct settings settings = world_settings();
	struct machine *m = memory_tables_new(&settings);

	assert_non_null(machine_flow_set(m, settings.n_flow_sets - 1));
	assert_null(machine_flow_set(m, settings.n_flow_sets));
	assert_null(machine_stamp_set(m, settings.n_stamp_sets));
	assert_null(machine_subnet_bucket(m, settings.n_subnet_buckets));
	assert_non_null(
		machine_subnet(m, settings.max_subnets + N_OVERFLOW_ROWS - 1));
	assert_null(machine_subnet(m, settings.max_subnets + N_OVERFLOW_ROWS));
	assert_non_null(
		machine_hist(m, settings.max_hists + N_OVERFLOW_HISTS - 1));
	assert_null(machine_hist(m, settings.max_hists + N_OVERFLOW_HISTS));
	memory_tables_free(m);
	memory_tables_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_has_one_outcome_and_two_ends),
		cmocka_unit_test(buffers_are_independent),
		cmocka_unit_test(cleared_buffer_is_empty),
		cmocka_unit_test(sample_belongs_to_the_interval_of_its_reply),
		cmocka_unit_test(many_intervals_lose_nothing),
		cmocka_unit_test(epoch_wraps_past_zero),
		cmocka_unit_test(wire_length_is_at_least_what_was_captured),
		cmocka_unit_test(time_zero_is_a_time),
		cmocka_unit_test(same_packets_leave_the_same_tables),
		cmocka_unit_test(packets_parsed_ahead_leave_the_same_tables),
		cmocka_unit_test(indices_beyond_the_tables_give_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
