// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world.h"

/* One set, so that every flow competes for its four ways. */
static void open_one_set(struct world *world)
{
	struct settings settings = world_settings();

	settings.n_flow_sets = 1;
	world_open_with(world, &settings);
}

static struct flow *way(const struct world *world, uint32_t i)
{
	return &world->m->flow_set[0].way[i];
}

/* The flow of this port: opened, and answered if told so. */
static enum outcome open_flow(struct world *world, uint16_t port,
			      bool is_answered)
{
	enum outcome outcome;

	world->near_port = port;
	outcome = world_data(world, NEAR, 100, 500);
	if (is_answered)
		outcome = world_data(world, FAR, 501, 100);
	return outcome;
}

static bool is_kept(struct world *world, uint16_t port)
{
	struct build build = world_build(world, NEAR);
	struct packet p = {
		.source = { 0, parse_v4_word(__builtin_bswap32(build.source)) },
		.destination = { 0, parse_v4_word(__builtin_bswap32(
					    build.destination)) },
		.ip_protocol = BUILD_TCP,
		.family = 4
	};
	struct flow_ref ref = {};
	struct flow_key key;

	flow_make_key(&p, port, world->far_port, &key);
	flow_find(world->m, &key, flow_hash(world->m, &key), &ref);
	return ref.flow;
}

static struct packet random_packet(uint64_t *random)
{
	struct packet p = { .family = 6, .ip_protocol = BUILD_TCP };
	__u64 *word[] = { &p.source[0], &p.source[1], &p.destination[0],
			  &p.destination[1] };

	for (int i = 0; i < 4; i++) {
		*random = *random * 6364136223846793005ULL +
			  1442695040888963407ULL;
		/* few values, so that words are often equal */
		*word[i] = *random >> 62;
	}
	p.source_port = *random >> 40 & 3;
	p.destination_port = *random >> 44 & 3;
	return p;
}

static void both_directions_have_one_key(void **state)
{
	uint64_t random = 1;

	for (int i = 0; i < 100000; i++) {
		struct packet p = random_packet(&random), reply = p;
		struct flow_key key, reply_key;
		bool is_self;

		memcpy(reply.source, p.destination, 16);
		memcpy(reply.destination, p.source, 16);
		flow_make_key(&p, p.source_port, p.destination_port, &key);
		flow_make_key(&reply, p.destination_port, p.source_port,
			      &reply_key);
		is_self = !memcmp(p.source, p.destination, 16) &&
			  p.source_port == p.destination_port;
		assert_memory_equal(key.address, reply_key.address, 32);
		assert_int_equal(key.ports, reply_key.ports);
		assert_int_equal(key.direction ^ reply_key.direction, !is_self);
	}
}

static void different_flows_have_different_keys(void **state)
{
	struct packet p = { .source = { 1, 2 },
			    .destination = { 3, 4 },
			    .ip_protocol = 6,
			    .family = 6 };
	struct flow flow = {};
	struct flow_key key, other;
	struct packet q;

	flow_make_key(&p, 5, 6, &key);
	flow_fill(&flow, &key, 2, 0);
	assert_true(flow_is_key(&flow, &key));
	for (int i = 0; i < 7; i++) {
		q = p;
		q.source[0] ^= i == 0;
		q.source[1] ^= i == 1 ? 8 : 0;
		q.destination[0] ^= i == 2 ? 8 : 0;
		q.destination[1] ^= i == 3 ? 8 : 0;
		q.ip_protocol ^= i == 4;
		flow_make_key(&q, i == 5 ? 7 : 5, i == 6 ? 7 : 6, &other);
		assert_false(flow_is_key(&flow, &other));
	}
}

/* Ports of the two ends are no set: 1:5 - 2:6 is not 1:6 - 2:5. */
static void ports_stay_with_their_address(void **state)
{
	struct packet p = { .source = { 0, 2 }, .destination = { 0, 1 } };
	struct flow_key key, other;

	flow_make_key(&p, 5, 6, &key);
	flow_make_key(&p, 6, 5, &other);
	assert_int_not_equal(key.ports, other.ports);
	assert_int_equal(key.ports, 6 << 16 | 5);
	assert_int_equal(key.direction, 1);
}

/* 2^16 neighbours in 2^10 sets: no set has more than twice its share. */
static void hash_spreads_neighbours_over_the_sets(void **state)
{
	struct settings settings = world_settings();
	static uint32_t n[1024];
	struct world world;

	settings.n_flow_sets = 1024;
	world_open_with(&world, &settings);
	for (int family = 4; family <= 6; family += 2) {
		memset(n, 0, sizeof(n));
		for (uint32_t i = 0; i < 65536; i++) {
			struct packet p = {
				.source = { 0, (uint64_t)(i >> 8) << 56 },
				.family = family,
				.ip_protocol = 6,
			};
			struct flow_key key;
			uint64_t hash;

			flow_make_key(&p, i & 255, 443, &key);
			hash = flow_hash(world.m, &key);
			n[flow_set_idx(world.m, hash)]++;
			assert_in_range(flow_tag(hash), 1, 65535);
		}
		for (int i = 0; i < 1024; i++)
			assert_in_range(n[i], 16, 128);
	}
	world_close(&world);
}

static void hash_depends_on_the_secret(void **state)
{
	struct settings settings = world_settings();
	struct flow_key key = { .address = { 1, 2, 3, 4 }, .family = 6 };
	struct world world, other;

	world_open_with(&world, &settings);
	settings.hash_key[0] ^= 1;
	world_open_with(&other, &settings);
	assert_int_not_equal(flow_hash(world.m, &key),
			     flow_hash(other.m, &key));
	world_close(&world);
	world_close(&other);
}

static void free_ways_are_taken_first(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++) {
		assert_int_equal(open_flow(&world, 1 + i, false),
				 OUTCOME_TCP_TIMED);
		world.now_ns += 100 * SECOND;
	}
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		assert_true(is_kept(&world, 1 + i));
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), FLOW_WAYS);
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_UNANSWERED), 0);
	world_close(&world);
}

static void live_flows_refuse_a_new_one(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	world.now_ns += 30 * SECOND;
	for (uint16_t i = 10; i < 20; i++)
		assert_int_equal(open_flow(&world, i, false),
				 OUTCOME_TCP_REFUSED);
	assert_int_equal(world_event(&world, EVENT_FLOW_REFUSED), 10);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), FLOW_WAYS);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		assert_true(is_kept(&world, 1 + i));
	world_close(&world);
}

static void refused_packets_are_still_traffic(void **state)
{
	struct world world;
	struct subnet_counters *traffic;
	uint32_t slot;
	const __u64 near[2] = { 0,
				parse_v4_word(__builtin_bswap32(WORLD_NEAR)) };

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	open_flow(&world, 9, false);
	slot = subnet_slot(world.m, near, 4);
	traffic = &machine_subnet(world.m, slot)->traffic[TRAFFIC_TCP_TS];
	assert_int_equal(traffic->packets_rx, FLOW_WAYS + 1);
	assert_int_equal(traffic->packets_tx, FLOW_WAYS);
	world_close(&world);
}

/* Closed before unanswered before idle, whatever their age. */
static void closed_goes_before_unanswered_before_idle(void **state)
{
	struct world world;

	open_one_set(&world);
	open_flow(&world, 1, true); /* becomes idle, the oldest */
	world.now_ns += SECOND;
	open_flow(&world, 2, false); /* never answered */
	world.now_ns += SECOND;
	open_flow(&world, 3, true);
	world_tcp(&world, FAR, BUILD_RST | BUILD_ACK, 0, 502, 100);
	world.now_ns += 40 * SECOND;
	open_flow(&world, 4, true);
	open_flow(&world, 5, true);
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_CLOSED), 1);
	assert_false(is_kept(&world, 3));
	open_flow(&world, 6, true);
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_UNANSWERED), 1);
	assert_false(is_kept(&world, 2));
	open_flow(&world, 7, true);
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_IDLE), 1);
	assert_false(is_kept(&world, 1));
	assert_int_equal(open_flow(&world, 8, true), OUTCOME_TCP_REFUSED);
	assert_int_equal(world_event(&world, EVENT_FLOW_REFUSED), 2);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 7);
	world_close(&world);
}

/* Opened in this order of age, not in the order of the ways. */
static void oldest_of_a_kind_goes_first(void **state)
{
	static const uint32_t age_s[FLOW_WAYS] = { 50, 80, 60, 70 };
	static const uint16_t order[FLOW_WAYS] = { 2, 4, 3, 1 };
	struct world world;

	for (int is_answered = 0; is_answered < 2; is_answered++) {
		open_one_set(&world);
		for (uint16_t i = 0; i < FLOW_WAYS; i++)
			open_flow(&world, 1 + i, is_answered);
		for (uint32_t i = 0; i < FLOW_WAYS; i++)
			way(&world, i)->active =
				flow_tick(world.now_ns - age_s[i] * SECOND);
		for (uint16_t i = 0; i < FLOW_WAYS; i++) {
			open_flow(&world, 10 + i, true);
			assert_false(is_kept(&world, order[i]));
			for (uint16_t j = i + 1; j < FLOW_WAYS; j++)
				assert_true(is_kept(&world, order[j]));
		}
		world_close(&world);
	}
}

static void flow_is_idle_after_30_s_without_stamp_or_match(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	for (int i = 0; i < 10; i++) {
		world.now_ns += 20 * SECOND;
		for (uint16_t j = 0; j < FLOW_WAYS; j++) {
			world.near_port = 1 + j;
			world_data(&world, NEAR, 101 + i, 501);
		}
		assert_int_equal(open_flow(&world, 9, false),
				 OUTCOME_TCP_REFUSED);
	}
	world.now_ns += 31 * SECOND;
	assert_int_equal(open_flow(&world, 9, false), OUTCOME_TCP_TIMED);
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_IDLE), 1);
	world_close(&world);
}

/* A match is activity too: the reply came, the request was long before. */
static void match_keeps_a_flow(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++) {
		open_flow(&world, 1 + i, true);
		world_data(&world, NEAR, 101, 501);
	}
	world.now_ns += 29 * SECOND;
	for (uint16_t i = 0; i < FLOW_WAYS; i++) {
		world.near_port = 1 + i;
		world_ack(&world, FAR, 502, 101);
	}
	world.now_ns += 29 * SECOND;
	assert_int_equal(open_flow(&world, 9, false), OUTCOME_TCP_REFUSED);
	world_close(&world);
}

static void clock_that_steps_back_makes_no_flow_idle(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	world.now_ns -= 500 * SECOND;
	assert_int_equal(open_flow(&world, 9, false), OUTCOME_TCP_REFUSED);
	world_close(&world);
}

/* 2^32 ticks of 2^20 ns: 52 days. */
static void age_survives_the_wrap_of_ticks(void **state)
{
	struct world world;

	open_one_set(&world);
	world.now_ns = (1ULL << 52) - 10 * SECOND;
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	world.now_ns += 20 * SECOND;
	assert_int_equal(open_flow(&world, 9, false), OUTCOME_TCP_REFUSED);
	world.now_ns += 20 * SECOND;
	assert_int_equal(open_flow(&world, 9, false), OUTCOME_TCP_TIMED);
	world_close(&world);
}

static void flood_cannot_push_out_live_flows(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS - 1; i++)
		open_flow(&world, 1 + i, true);
	for (uint32_t i = 0; i < 5000; i++) {
		world.near_port = 1000 + i;
		world_tcp(&world, NEAR, BUILD_SYN, 0, i, 0);
	}
	for (uint16_t i = 0; i < FLOW_WAYS - 1; i++)
		assert_true(is_kept(&world, 1 + i));
	assert_int_equal(world_event(&world, EVENT_FLOW_EVICTED_UNANSWERED),
			 4999);
	world_close(&world);
}

static void entry_being_written_is_no_victim(void **state)
{
	struct flow_set set = {};
	uint32_t victim = 9;

	for (int i = 0; i < FLOW_WAYS; i++)
		set.way[i].id = FLOW_BUSY;
	assert_int_equal(flow_choose(&set, 1 << 30, &victim), FLOW_VICTIM_NONE);
	set.way[2].id = FLOW_FREE;
	assert_int_equal(flow_choose(&set, 1 << 30, &victim), FLOW_VICTIM_FREE);
	assert_int_equal(victim, 2);
}

/* The generation counts up with every owner, and ids never look free. */
static void every_owner_of_an_entry_has_its_own_id(void **state)
{
	struct world world;
	uint32_t id = 0;

	open_one_set(&world);
	for (uint16_t i = 1; i < FLOW_WAYS; i++)
		open_flow(&world, i, true);
	for (uint32_t i = 0; i < 70000; i++) {
		world.near = WORLD_NEAR + (i >> 8 << 8);
		open_flow(&world, 1000 + (i & 255), false);
		assert_true(way(&world, FLOW_WAYS - 1)->id >> 16);
		assert_int_equal(way(&world, FLOW_WAYS - 1)->id & 0xffff,
				 (id + 1) & 0xffff);
		id = way(&world, FLOW_WAYS - 1)->id;
	}
	world_close(&world);
}

static void new_owner_inherits_nothing(void **state)
{
	static const struct flow_dir none[2];
	struct flow_key key = { .address = { 1, 2, 3, 4 }, .ports = 5 };
	struct flow flow;

	memset(&flow, 0xff, sizeof(flow));
	flow_fill(&flow, &key, 0x12345678, 99);
	assert_memory_equal(flow.dir, none, sizeof(none));
	assert_int_equal(flow.dir_flags[0] | flow.dir_flags[1], 0);
	assert_int_equal(flow.subnet[0] | flow.subnet[1], 0);
	assert_int_equal(flow.active, 99);
	assert_int_equal(flow.id, 0x12345678);
}

static void stamp_of_the_former_owner_is_never_matched(void **state)
{
	struct world world;

	open_one_set(&world);
	for (uint16_t i = 0; i < FLOW_WAYS; i++)
		open_flow(&world, 1 + i, true);
	for (uint32_t i = 1; i < 20; i++)
		world_data(&world, NEAR, 100 + i, 501);
	world_tcp(&world, NEAR, BUILD_RST | BUILD_ACK, 0, 120, 501);
	/* the successor in the same entry sends on the same TSvals */
	open_flow(&world, 9, true);
	world_ack(&world, NEAR, 120, 501);
	for (uint32_t i = 1; i < 20; i++)
		world_ack(&world, FAR, 501, 100 + i);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void cached_subnet_is_of_the_running_interval(void **state)
{
	const __u64 address[2] = { 0, parse_v4_word(0x0100000a) };
	struct flow flow = { .address = { address[0], address[1] } };
	struct world world;
	uint32_t slot, again;

	world_open(&world);
	slot = flow_subnet_slot(world.m, &flow, 0, address, 4);
	assert_int_equal(slot, N_OVERFLOW_ROWS);
	assert_int_equal(flow_subnet_slot(world.m, &flow, 0, address, 4), slot);
	memory_tables_swap(world.m);
	/* another subnet is first in this interval */
	world.near = 0x0a090909;
	world_data(&world, NEAR, 1, 2);
	again = flow_subnet_slot(world.m, &flow, 0, address, 4);
	assert_int_not_equal(again, slot);
	assert_int_equal(again, subnet_slot(world.m, address, 4));
	/* and is not looked up again */
	flow.subnet[0]--;
	assert_int_equal(flow_subnet_slot(world.m, &flow, 0, address, 4),
			 again - 1);
	world_close(&world);
}

/* A CPU that still believes in the former owner takes no slot of the new one,
 * and what it leaves is not taken. */
static void cached_subnet_is_of_the_owner(void **state)
{
	const __u64 former[2] = { 0, parse_v4_word(0x0100000a) };
	const __u64 address[2] = { 0, parse_v4_word(0x0200010a) };
	enum { FORMER_ID = 0xabcd0007, ID = 0xabcd0008 };
	uint32_t slot, former_slot;
	struct flow flow = { 0 };
	struct world world;

	world_open(&world);
	*machine_flow_id(world.m) = FORMER_ID;
	former_slot = flow_subnet_slot(world.m, &flow, 0, former, 4);
	*machine_flow_id(world.m) = ID;
	slot = flow_subnet_slot(world.m, &flow, 0, address, 4);
	assert_int_not_equal(slot, former_slot);
	*machine_flow_id(world.m) = FORMER_ID;
	assert_int_equal(flow_subnet_slot(world.m, &flow, 0, former, 4),
			 former_slot);
	*machine_flow_id(world.m) = ID;
	assert_int_equal(flow_subnet_slot(world.m, &flow, 0, address, 4), slot);
	world_close(&world);
}

/* What a packet finds is what its entry was then. */
static void packet_knows_the_owner_that_it_found(void **state)
{
	struct world world;
	uint32_t id;

	world_open(&world);
	world_data(&world, NEAR, 1, 2);
	id = *machine_flow_id(world.m);
	assert_true(id >> 16);
	*machine_flow_id(world.m) = 0;
	world_data(&world, FAR, 2, 1);
	assert_int_equal(*machine_flow_id(world.m), id);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_have_one_key),
		cmocka_unit_test(different_flows_have_different_keys),
		cmocka_unit_test(ports_stay_with_their_address),
		cmocka_unit_test(hash_spreads_neighbours_over_the_sets),
		cmocka_unit_test(hash_depends_on_the_secret),
		cmocka_unit_test(free_ways_are_taken_first),
		cmocka_unit_test(live_flows_refuse_a_new_one),
		cmocka_unit_test(refused_packets_are_still_traffic),
		cmocka_unit_test(closed_goes_before_unanswered_before_idle),
		cmocka_unit_test(oldest_of_a_kind_goes_first),
		cmocka_unit_test(
			flow_is_idle_after_30_s_without_stamp_or_match),
		cmocka_unit_test(match_keeps_a_flow),
		cmocka_unit_test(clock_that_steps_back_makes_no_flow_idle),
		cmocka_unit_test(age_survives_the_wrap_of_ticks),
		cmocka_unit_test(flood_cannot_push_out_live_flows),
		cmocka_unit_test(entry_being_written_is_no_victim),
		cmocka_unit_test(every_owner_of_an_entry_has_its_own_id),
		cmocka_unit_test(new_owner_inherits_nothing),
		cmocka_unit_test(stamp_of_the_former_owner_is_never_matched),
		cmocka_unit_test(cached_subnet_is_of_the_running_interval),
		cmocka_unit_test(cached_subnet_is_of_the_owner),
		cmocka_unit_test(packet_knows_the_owner_that_it_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
