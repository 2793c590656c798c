// SPDX-License-Identifier: GPL-2.0-or-later
/* DNS: NEAR asks FAR, which is at port 53. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "frame_guard.h"
#include "world.h"

enum { RESPONSE = 0x8180, QUERY = 0x0100 };

static void open_dns(struct world *world)
{
	struct settings settings = world_settings();

	settings.sources = SETTINGS_SOURCES;
	world_open_with(world, &settings);
	world->far_port = 53;
}

static struct build make_dns(const struct world *world, enum world_host from,
			     uint16_t flags, uint16_t id)
{
	struct build build = world_build(world, from);

	build.protocol = BUILD_UDP;
	build.has_dns = 1;
	build.dns_id = id;
	build.dns_flags = flags;
	build.payload_bytes = 30;
	return build;
}

static enum outcome say(struct world *world, enum world_host from,
			uint16_t flags, uint16_t id)
{
	struct build build = make_dns(world, from, flags, id);

	return world_observe(world, &build);
}

static enum outcome query(struct world *world, uint16_t id)
{
	return say(world, NEAR, QUERY, id);
}

static enum outcome respond(struct world *world, uint16_t id)
{
	return say(world, FAR, RESPONSE, id);
}

static void response_is_timed_by_its_query(void **state)
{
	struct world_rtts rtts;
	struct world world;

	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		open_dns(&world);
		world.is_v6 = is_v6;
		assert_int_equal(query(&world, 0x1234), OUTCOME_DNS);
		world.now_ns += 8 * MS;
		assert_int_equal(respond(&world, 0x1234), OUTCOME_DNS);
		rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
		assert_int_equal(rtts.n, 1);
		assert_int_equal(rtts.least_ns, 8 * MS);
		assert_int_equal(world_samples(&world), 1);
		world_close(&world);
	}
}

static void dns_is_off_unless_asked_for(void **state)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct world world;

	assert_false(settings.sources >> SOURCE_DNS & 1);
	settings.n_flow_sets = 64;
	settings.n_stamp_sets = 64;
	settings.n_subnet_buckets = 16;
	settings.max_subnets = settings.max_hists = 64;
	world_open_with(&world, &settings);
	world.far_port = 53;
	assert_int_equal(query(&world, 1), OUTCOME_UDP);
	world.now_ns += 8 * MS;
	assert_int_equal(respond(&world, 1), OUTCOME_UDP);
	assert_int_equal(world_samples(&world), 0);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	world_close(&world);
}

/* The first query counts: a response to either is no sooner. */
static void repeated_query_is_timed_from_the_first(void **state)
{
	struct world_rtts rtts;
	struct world world;

	open_dns(&world);
	query(&world, 7);
	world.now_ns += SECOND;
	query(&world, 7);
	assert_int_equal(world_event(&world, EVENT_ECHO_REPEATED), 1);
	world.now_ns += 8 * MS;
	respond(&world, 7);
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
	assert_int_equal(rtts.n, 1);
	assert_int_equal(rtts.least_ns, SECOND + 8 * MS);
	world_close(&world);
}

static void repeated_response_counts_once(void **state)
{
	struct world world;

	open_dns(&world);
	query(&world, 7);
	world.now_ns += 8 * MS;
	respond(&world, 7);
	world.now_ns += 8 * MS;
	respond(&world, 7);
	assert_int_equal(world_samples(&world), 1);
	assert_int_equal(world_event(&world, EVENT_ECHO_UNMATCHED), 1);
	world_close(&world);
}

static void mirrored_copies_count_once(void **state)
{
	struct world_rtts rtts;
	struct world world;

	open_dns(&world);
	world.n_copies = 2;
	for (int id = 0; id < 20; id++) {
		query(&world, id * 7919);
		world.now_ns += 8 * MS;
		respond(&world, id * 7919);
	}
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
	assert_int_equal(rtts.n, 20);
	assert_int_equal(rtts.sum_ns, 20 * 8 * MS);
	world_close(&world);
}

static void response_without_query_opens_nothing(void **state)
{
	struct world world;

	open_dns(&world);
	assert_int_equal(respond(&world, 1), OUTCOME_DNS_UNTRACKED);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	assert_int_equal(world_samples(&world), 0);
	query(&world, 2);
	assert_int_equal(respond(&world, 1), OUTCOME_DNS);
	assert_int_equal(world_event(&world, EVENT_ECHO_UNMATCHED), 1);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static void response_to_another_port_is_no_sample(void **state)
{
	struct world world;

	open_dns(&world);
	query(&world, 1);
	world.near_port++;
	assert_int_equal(respond(&world, 1), OUTCOME_DNS_UNTRACKED);
	assert_int_equal(world_samples(&world), 0);
	world_close(&world);
}

static uint16_t draw_id(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 16;
}

/* Ids have no order, so none is old: the response names its query. */
static void ids_at_random_in_any_order_are_all_timed(void **state)
{
	enum { N = 8 };
	struct world_rtts rtts;
	struct world world;
	uint32_t random = 1;
	uint16_t id[N];

	open_dns(&world);
	query(&world, draw_id(&random)); /* until answered it keeps two */
	respond(&world, 0x4d59);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < N; i++) {
			id[i] = draw_id(&random) & 0xfff8;
			id[i] |= i;
			query(&world, id[i]);
			world.now_ns += MS;
		}
		for (int i = N; i; i--) {
			world.now_ns += MS;
			respond(&world, id[i - 1]);
		}
		world.now_ns += SECOND;
	}
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
	assert_true(rtts.n >= 100 * N);
	assert_int_equal(world_event(&world, EVENT_ECHO_REPEATED), 0);
	assert_int_equal(world_event(&world, EVENT_STAMP_SKIPPED), 0);
	world_close(&world);
}

/* It is lost, and its id drawn again after more than it lives. */
static void id_drawn_again_is_a_new_query_after_a_minute(void **state)
{
	struct world_rtts rtts;
	struct world world;

	open_dns(&world);
	query(&world, 5);
	world.now_ns += 61 * SECOND;
	query(&world, 5);
	world.now_ns += 8 * MS;
	respond(&world, 5);
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
	assert_int_equal(rtts.n, 1);
	assert_int_equal(rtts.least_ns, 8 * MS);
	world_close(&world);
}

/* A server asks from its port 53 another server's port 53. */
static void server_that_asks_a_server_is_timed(void **state)
{
	struct world_rtts rtts;
	struct world world;

	open_dns(&world);
	world.near_port = 53;
	query(&world, 9);
	world.now_ns += 8 * MS;
	respond(&world, 9);
	world.now_ns += 8 * MS;
	say(&world, FAR, QUERY, 9);
	world.now_ns += 3 * MS;
	say(&world, NEAR, RESPONSE, 9);
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_WAN);
	assert_int_equal(rtts.n, 1);
	assert_int_equal(rtts.least_ns, 8 * MS);
	rtts = world_rtts(&world, SOURCE_DNS, SIDE_LAN);
	assert_int_equal(rtts.n, 1);
	assert_int_equal(rtts.least_ns, 3 * MS);
	world_close(&world);
}

/* A "response" to port 53 or a "query" from it to elsewhere is plain UDP. */
static void what_goes_the_wrong_way_is_plain_udp(void **state)
{
	struct world world;

	open_dns(&world);
	assert_int_equal(say(&world, NEAR, RESPONSE, 1), OUTCOME_UDP);
	assert_int_equal(say(&world, FAR, QUERY, 1), OUTCOME_UDP);
	world.far_port = 5353;
	assert_int_equal(query(&world, 1), OUTCOME_UDP);
	assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
	world_close(&world);
}

static int parse_udp_cut(const struct built *built, uint32_t n_captured,
			 struct packet *ret_packet)
{
	struct frame frame =
		guard_frame(built, n_captured, LINK_ETHERNET, ret_packet);
	int parsed = parse_link(&frame, ret_packet);

	if (parsed == PARSE_GO_ON)
		parsed = parse_network(&frame, ret_packet);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(&frame, ret_packet);
	return parsed;
}

static void cut_message_is_told_and_never_read(void **state)
{
	struct build build = {
		.protocol = BUILD_UDP,
		.destination_port = 53,
		.has_dns = 1,
		.dns_id = 0xabcd,
	};
	struct built frame;
	struct packet p;
	int parsed;

	build_frame(&build, &frame);
	for (uint32_t n = 0; n <= frame.n_bytes; n++) {
		parsed = parse_udp_cut(&frame, n, &p);
		if (n < 14 + 20 + 8 + 4) {
			assert_true(parse_is_truncated(parsed) || p.is_cut);
			assert_int_equal(p.echo_sequence, 0);
			continue;
		}
		assert_int_equal(parsed, PARSE_GO_ON);
		assert_int_equal(p.echo_sequence, 0xabcd);
		assert_true(p.is_echo_request);
		assert_false(p.is_cut);
	}
}

/* Captured bytes behind the IP packet's end are padding. */
static void message_too_short_for_its_id_is_plain_udp(void **state)
{
	struct build build = { .protocol = BUILD_UDP, .destination_port = 53 };
	struct built frame;
	struct packet p;

	for (uint32_t bytes = 0; bytes < 4; bytes++) {
		build.payload_bytes = bytes;
		build_frame(&build, &frame);
		build_put_fill(&frame, 0, 18);
		assert_int_equal(parse_udp_cut(&frame, frame.n_bytes, &p),
				 OUTCOME_UDP);
		assert_false(p.is_echo_request);
		assert_false(p.is_cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response_is_timed_by_its_query),
		cmocka_unit_test(dns_is_off_unless_asked_for),
		cmocka_unit_test(repeated_query_is_timed_from_the_first),
		cmocka_unit_test(repeated_response_counts_once),
		cmocka_unit_test(mirrored_copies_count_once),
		cmocka_unit_test(response_without_query_opens_nothing),
		cmocka_unit_test(response_to_another_port_is_no_sample),
		cmocka_unit_test(ids_at_random_in_any_order_are_all_timed),
		cmocka_unit_test(id_drawn_again_is_a_new_query_after_a_minute),
		cmocka_unit_test(server_that_asks_a_server_is_timed),
		cmocka_unit_test(what_goes_the_wrong_way_is_plain_udp),
		cmocka_unit_test(cut_message_is_told_and_never_read),
		cmocka_unit_test(message_too_short_for_its_id_is_plain_udp),
	};

	return cmocka_run_group_tests(tests, open_guard, NULL);
}
