// SPDX-License-Identifier: GPL-2.0-or-later
/* Tunnels, one level deep: what is entered, what stays the outer packet, and
 * what is credited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../core/tunnel.h"
#include "encapsulation.h"
#include "frame_guard.h"
#include "world.h"

static struct build make_inner(bool is_v6)
{
	return (struct build){
		.is_v6 = is_v6,
		.source = 0x0a010203,
		.destination = 0xc6336407,
		.source_port = 40000,
		.destination_port = 443,
		.tcp_flags = BUILD_ACK,
		.tsval = 0x80112233,
		.tsecr = 0x44f56677,
		.payload_bytes = 100,
		.ecn = 1,
	};
}

static int enter_cut(const struct built *built, uint32_t n_captured,
		     struct packet *ret_packet)
{
	struct frame frame =
		guard_frame(built, n_captured, LINK_ETHERNET, ret_packet);
	int parsed = parse_link(&frame, ret_packet);

	if (parsed == PARSE_GO_ON)
		parsed = parse_network(&frame, ret_packet);
	if (parsed == PARSE_GO_ON)
		parsed = tunnel_enter(&frame, ret_packet);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(&frame, ret_packet);
	return parsed;
}

static int enter(const struct built *built, struct packet *ret_packet)
{
	return enter_cut(built, built->n_bytes, ret_packet);
}

static const uint8_t *source_of(const struct packet *p)
{
	return (const uint8_t *)p->source;
}

/* 10.1.2.3 or 2001:db8:a01::203 */
static bool is_inner_source(const struct packet *p, bool is_v6)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	static const uint8_t v6[16] = {
		0x20, 1, 0x0d, 0xb8, 10, 1, [14] = 2, 3
	};

	return !memcmp(source_of(p), is_v6 ? v6 : v4, 16);
}

/* 192.168.0.1 or 2001:db8:c0a8::1 */
static bool is_outer_source(const struct packet *p)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 192, 168, 0, 1 };
	static const uint8_t v6[16] = {
		0x20, 1, 0x0d, 0xb8, 192, 168, [15] = 1
	};

	return !memcmp(source_of(p), p->family == 6 ? v6 : v4, 16);
}

static void assert_is_outer(const struct built *frame)
{
	struct packet p;

	enter(frame, &p);
	assert_true(is_outer_source(&p));
	assert_false(p.is_tunnelled);
	if (p.ip_protocol != BUILD_UDP)
		assert_int_equal(p.payload_bytes, 0);
	assert_int_equal(p.ip_bytes, frame->n_bytes - 14);
}

/* UDP that may be QUIC is told by its ports, later. */
static bool is_told_as_udp(int parsed, const struct packet *p)
{
	return parsed == OUTCOME_UDP ||
	       (parsed == PARSE_GO_ON && p->quic_kind != QUIC_NONE);
}

/* Each shell, inner and outer packet of both families. */
struct each {
	const struct shell *shell;
	bool is_inner_v6, is_outer_v6;
	struct build inner;
	struct built frame;
	uint32_t inner_at;
};

static bool each_next(struct each *each, int *i)
{
	if (*i == 4 * N_SHELLS)
		return false;
	each->shell = &shells[*i / 4];
	each->is_inner_v6 = *i & 1;
	each->is_outer_v6 = *i & 2;
	each->inner = make_inner(each->is_inner_v6);
	each->inner_at = shell_wrap(each->shell, each->is_outer_v6,
				    &each->inner, &each->frame);
	++*i;
	return true;
}

static void every_encapsulation_shows_the_inner_packet(void **state)
{
	struct each each;
	struct packet p;

	for (int i = 0; each_next(&each, &i);) {
		uint32_t header_bytes = each.is_inner_v6 ? 40 : 20;

		if (enter(&each.frame, &p) != PARSE_GO_ON || !p.is_tunnelled)
			fail_msg("%s: not entered", each.shell->name);
		assert_true(is_inner_source(&p, each.is_inner_v6));
		assert_int_equal(p.family, each.is_inner_v6 ? 6 : 4);
		assert_int_equal(p.ip_protocol, 6);
		assert_int_equal(p.source_port, 40000);
		assert_int_equal(p.tsval, 0x80112233);
		assert_int_equal(p.tsecr, 0x44f56677);
		assert_int_equal(p.payload_bytes, 100);
		assert_int_equal(p.ip_bytes, header_bytes + 32 + 100);
		assert_int_equal(p.header_bytes, header_bytes + 32);
		assert_int_equal(p.ecn, 1);
		assert_int_equal(p.n_segments, 1);
	}
}

static void padding_behind_the_inner_packet_is_not_payload(void **state)
{
	struct each each;
	struct packet p;

	for (int i = 0; each_next(&each, &i);) {
		uint32_t outer_at = 14;

		/* behind the inner packet, and behind the outer one */
		build_put_fill(&each.frame, 0xdd, 20);
		build_end_ip(&each.frame, outer_at);
		build_put_fill(&each.frame, 0xdd, 10);
		assert_int_equal(enter(&each.frame, &p), PARSE_GO_ON);
		assert_true(p.is_tunnelled);
		assert_int_equal(p.payload_bytes, 100);
	}
}

/* At no byte is it anything but the inner packet, the outer one, or an end that
 * is told, so that the kernel can look at more of it. */
static void cut_at_every_byte_is_told(void **state)
{
	struct each each;
	struct packet p;
	int parsed;

	for (int i = 0; each_next(&each, &i);) {
		uint32_t enough =
			each.inner_at + (each.is_inner_v6 ? 40 : 20) + 20 + 12;

		for (uint32_t n = 0; n < each.frame.n_bytes; n++) {
			parsed = enter_cut(&each.frame, n, &p);
			if (n >= enough) {
				assert_int_equal(parsed, PARSE_GO_ON);
				assert_int_equal(p.tsval, 0x80112233);
				assert_true(p.is_tunnelled);
				continue;
			}
			if (!parse_is_truncated(parsed) && !p.is_cut)
				fail_msg("%s: cut at %u is not told",
					 each.shell->name, n);
			assert_true(
				!p.family ||
				(p.is_tunnelled ?
					 is_inner_source(&p, each.is_inner_v6) :
					 is_outer_source(&p)));
		}
	}
}

static void whole_packet_is_not_cut(void **state)
{
	struct each each;
	struct packet p;

	for (int i = 0; each_next(&each, &i);) {
		enter(&each.frame, &p);
		assert_false(p.is_cut);
	}
}

/* What tells an inner IP packet from noise: version, lengths. */
static void garbage_inside_stays_the_outer_packet(void **state)
{
	struct each each;
	struct built spoilt;

	for (int i = 0; each_next(&each, &i);) {
		for (int version = 0; version < 16; version++) {
			if (version == (each.is_inner_v6 ? 6 : 4))
				continue;
			spoilt = each.frame;
			spoilt.bytes[each.inner_at] = version << 4 | 5;
			/* Ethernet and GRE name the family; no other does, and
			 * as the other family its lengths are wrong. */
			assert_is_outer(&spoilt);
		}
		spoilt = each.frame;
		build_set16(&spoilt, each.inner_at + (each.is_inner_v6 ? 4 : 2),
			    each.frame.n_bytes - each.inner_at + 1);
		assert_is_outer(&spoilt);
		if (!each.is_inner_v6) {
			spoilt = each.frame;
			spoilt.bytes[each.inner_at] = 0x44; /* 16 bytes */
			assert_is_outer(&spoilt);
		}
	}
}

static void inner_packet_must_end_in_the_outer_one(void **state)
{
	struct each each;

	for (int i = 0; each_next(&each, &i);) {
		uint32_t at = each.is_outer_v6 ? 14 + 4 : 14 + 2;
		uint32_t length = each.frame.bytes[at] << 8 |
				  each.frame.bytes[at + 1];
		struct packet p;

		build_set16(&each.frame, at, length - 1);
		enter(&each.frame, &p);
		assert_true(is_outer_source(&p));
		assert_false(p.is_tunnelled);
	}
}

static void outer_that_ends_before_an_inner_packet_stays(void **state)
{
	struct each each;

	for (int i = 0; each_next(&each, &i);) {
		/* Trailing bytes must not be taken for what is inside. An IPv6
		 * length of 0 has another meaning. */
		uint32_t n_bytes = each.frame.n_bytes;
		struct packet p;

		for (uint32_t end = 14 + (each.is_outer_v6 ? 41 : 20);
		     end <= each.inner_at; end++) {
			each.frame.n_bytes = end;
			build_end_ip(&each.frame, 14);
			each.frame.n_bytes = n_bytes;
			enter(&each.frame, &p);
			assert_true(is_outer_source(&p));
			assert_false(p.is_tunnelled);
		}
	}
}

static void outer_fragments_are_never_entered(void **state)
{
	static const uint16_t fragment[] = { 0x2000, 0x2001, 0x0001, 0x1fff };
	struct each each;
	struct packet p;

	for (int i = 0; each_next(&each, &i);) {
		if (each.is_outer_v6)
			continue;
		for (int j = 0; j < 4; j++) {
			build_set16(&each.frame, 14 + 6, fragment[j]);
			assert_int_equal(enter(&each.frame, &p) ==
						 OUTCOME_FRAGMENT,
					 j > 0);
			assert_true(is_outer_source(&p));
			assert_false(p.is_tunnelled);
		}
	}
}

static void first_outer_ipv6_fragment_is_not_entered(void **state)
{
	struct build inner = make_inner(true);
	struct built bare, frame;
	struct packet p;
	uint32_t at;

	for (int i = 0; i < 2; i++) {
		build_frame(&inner, &bare);
		at = shell_put_outer(&frame, 44, true);
		build_put8(&frame, 41);
		build_put8(&frame, 0);
		build_put16(&frame, i ? 0x0009 : 0x0001);
		build_put32(&frame, 77);
		build_put_bytes(&frame, bare.bytes + 14, bare.n_bytes - 14);
		build_end_ip(&frame, at);
		assert_int_equal(enter(&frame, &p) == OUTCOME_FRAGMENT, i);
		assert_true(is_outer_source(&p));
		assert_false(p.is_tunnelled);
	}
}

static void inner_fragment_is_a_fragment(void **state)
{
	struct build inner = make_inner(false);
	struct built frame;
	struct packet p;
	uint32_t at;

	for (int i = 0; i < N_SHELLS; i++) {
		at = shell_wrap(&shells[i], false, &inner, &frame);
		build_set16(&frame, at + 6, 0x0010);
		assert_int_equal(enter(&frame, &p), OUTCOME_FRAGMENT);
		assert_true(is_inner_source(&p, false));
		assert_true(p.is_tunnelled);
	}
}

/* Shell in shell: the packet is the one in between. */
static void of_two_levels_only_one_is_entered(void **state)
{
	struct build inner = make_inner(false);
	struct built first, frame;
	struct packet p;
	int parsed;
	uint32_t at;

	for (int outer = 0; outer < N_SHELLS; outer++)
		for (int i = 0; i < N_SHELLS; i++) {
			shell_wrap(&shells[i], false, &inner, &first);
			/* give the middle packet a source of its own */
			first.bytes[14 + 12] = 10;
			first.bytes[14 + 13] = 1;
			first.bytes[14 + 14] = 2;
			first.bytes[14 + 15] = 3;
			at = shell_put_outer(
				&frame, shell_protocol(&shells[outer], false),
				false);
			shell_put(&frame, &shells[outer], false);
			build_put_bytes(&frame, first.bytes + 14,
					first.n_bytes - 14);
			build_end_ip(&frame, at);
			parsed = enter(&frame, &p);
			assert_true(shells[i].udp_port ?
					    is_told_as_udp(parsed, &p) :
					    parsed == OUTCOME_OTHER_PROTOCOL);
			assert_true(is_inner_source(&p, false));
			assert_int_equal(p.ip_protocol,
					 shell_protocol(&shells[i], false));
			assert_int_equal(p.ip_bytes, first.n_bytes - 14);
			assert_false(p.has_timestamps);
		}
}

/* A shell with one byte changed. */
static void assert_shell_stays(int shell, uint8_t at, uint8_t value)
{
	struct build inner = make_inner(false);
	struct shell spoilt = shells[shell];
	struct built frame;

	spoilt.bytes[at] = value;
	if (at == spoilt.family_at || at == spoilt.family_at + 1)
		spoilt.family_at = 0;
	shell_wrap(&spoilt, false, &inner, &frame);
	assert_is_outer(&frame);
}

static int shell_named(const char *name)
{
	for (int i = 0; i < N_SHELLS; i++)
		if (!strcmp(shells[i].name, name))
			return i;
	fail_msg("no shell %s", name);
	return -1;
}

static void other_kinds_of_gre_stay_outside(void **state)
{
	int gre = shell_named("GRE"), key = shell_named("GRE, key");

	assert_shell_stays(gre, 0, 0x40); /* routing */
	for (int version = 1; version < 8; version++)
		assert_shell_stays(gre, 1, version); /* 1: PPTP */
	assert_shell_stays(gre, 2, 0x88);            /* 0x8800 */
	assert_shell_stays(key, 2, 0x65);
}

static void vxlan_without_its_flag_stays_outside(void **state)
{
	int vxlan = shell_named("VXLAN");

	for (int flags = 0; flags < 256; flags++)
		if (flags != 0x08)
			assert_shell_stays(vxlan, 0, flags);
}

static void only_user_data_of_gtp_version_1_is_entered(void **state)
{
	int gtp = shell_named("GTP-U");

	for (int type = 0; type < 255; type++)
		assert_shell_stays(gtp, 1, type);
	for (int version = 0; version < 16; version++)
		if (version != 3)
			assert_shell_stays(gtp, 0, version << 4);
}

static void odd_gtp_extension_headers_stay_outside(void **state)
{
	int one = shell_named("GTP-U, PDU session container");
	int three = shell_named("GTP-U, three extension headers");

	assert_shell_stays(one, 12, 0);      /* no length */
	assert_shell_stays(one, 12, 255);    /* beyond the packet */
	assert_shell_stays(three, 27, 0x85); /* a fourth, of garbage */
}

static void four_gtp_extension_headers_stay_outside(void **state)
{
	static const uint8_t fourth[] = { 0x85, 1, 0, 0, 0 };
	struct build inner = make_inner(false);
	struct built frame;
	struct shell four =
		shells[shell_named("GTP-U, three extension headers")];

	memcpy(four.bytes + four.n_bytes - 1, fourth, sizeof(fourth));
	four.n_bytes += 4;
	shell_wrap(&four, false, &inner, &frame);
	assert_is_outer(&frame);
}

static void other_ports_are_no_tunnel(void **state)
{
	struct build inner = make_inner(false);
	struct shell other;
	struct built frame;
	struct packet p;
	int parsed;

	for (int i = 0; i < N_SHELLS; i++) {
		if (!shells[i].udp_port)
			continue;
		other = shells[i];
		other.udp_port++;
		shell_wrap(&other, false, &inner, &frame);
		parsed = enter(&frame, &p);
		assert_true(is_told_as_udp(parsed, &p));
		assert_true(is_outer_source(&p));
	}
}

static void dual_stack_lite_over_pppoe_is_entered(void **state)
{
	static const uint8_t session[] = { 0x88, 0x64, 0x11, 0,    0,
					   7,    0,    0,    0x00, 0x57 };
	struct build inner = make_inner(false);
	struct built plain, frame;
	struct packet p;

	shell_wrap(&shells[0], true, &inner, &plain);
	build_put_macs(&frame);
	build_put32(&frame, 0x81000009);
	build_put_bytes(&frame, session, sizeof(session));
	build_put_bytes(&frame, plain.bytes + 14, plain.n_bytes - 14);
	assert_int_equal(enter(&frame, &p), PARSE_GO_ON);
	assert_true(p.is_tunnelled);
	assert_true(is_inner_source(&p, false));
	assert_int_equal(p.tsval, 0x80112233);
}

/* Traffic of the only row whose address begins with these two bytes. */
static struct subnet_counters traffic_of(struct machine *m, uint8_t first,
					 uint8_t second,
					 enum traffic_class class)
{
	struct subnet_counters found = {};

	for (uint32_t i = 0; i < 20; i++) {
		const struct subnet_row *row = machine_subnet(m, i);
		const uint8_t *address = (const uint8_t *)row->address;

		if (row->family != 4 || address[12] != first ||
		    address[13] != second)
			continue;
		assert_int_equal(found.packets_tx + found.packets_rx, 0);
		found = row->traffic[class];
	}
	return found;
}

static void inner_packet_is_credited_once(void **state)
{
	struct build inner = make_inner(false);
	struct subnet_counters traffic;
	struct built frame;
	struct world world;

	for (int i = 0; i < N_SHELLS; i++) {
		world_open(&world);
		shell_wrap(&shells[i], false, &inner, &frame);
		memory_tables_observe(world.m, frame.bytes, frame.n_bytes,
				      frame.n_bytes, LINK_ETHERNET, SECOND);
		traffic = traffic_of(world.m, 10, 1, TRAFFIC_TCP_TS);
		assert_int_equal(traffic.packets_rx, 1);
		assert_int_equal(traffic.bytes_rx, 152);
		traffic = traffic_of(world.m, 198, 51, TRAFFIC_TCP_TS);
		assert_int_equal(traffic.packets_tx, 1);
		assert_int_equal(traffic.bytes_tx, 152);
		assert_int_equal(machine_dealt(world.m)->n_subnets, 2);
		assert_int_equal(machine_counters(world.m)->protocol[6].bytes,
				 152);
		assert_int_equal(world_event(&world, EVENT_TUNNEL_ENTERED), 1);
		world_close(&world);
	}
}

static void outer_packet_is_credited_when_asked_for(void **state)
{
	struct settings settings = world_settings();
	struct build inner = make_inner(false);
	struct subnet_counters traffic;
	struct built frame;
	struct world world;

	settings.is_tunnel_outer = 1;
	for (int i = 0; i < N_SHELLS; i++) {
		world_open_with(&world, &settings);
		shell_wrap(&shells[i], false, &inner, &frame);
		memory_tables_observe(world.m, frame.bytes, frame.n_bytes,
				      frame.n_bytes, LINK_ETHERNET, SECOND);
		traffic = traffic_of(world.m, 192, 168,
				     shells[i].udp_port ? TRAFFIC_UDP_OTHER :
							  TRAFFIC_OTHER);
		assert_int_equal(traffic.packets_rx, 1);
		assert_int_equal(traffic.bytes_rx, frame.n_bytes - 14);
		assert_int_equal(machine_dealt(world.m)->n_subnets, 2);
		assert_int_equal(world_event(&world, EVENT_TUNNEL_ENTERED), 0);
		assert_int_equal(world_event(&world, EVENT_FLOW_CREATED), 0);
		world_close(&world);
	}
}

/* The way out through one tunnel, the way back through another or none. */
static void inner_flow_is_timed_whatever_carries_it(void **state)
{
	struct build inner;
	struct world_rtts rtts;
	struct built frame;
	struct world world;

	for (int i = 0; i < N_SHELLS; i++) {
		world_open(&world);
		inner = world_build(&world, NEAR);
		inner.tcp_flags = BUILD_SYN;
		inner.tsval = 100;
		shell_wrap(&shells[i], i & 1, &inner, &frame);
		memory_tables_observe(world.m, frame.bytes, frame.n_bytes,
				      frame.n_bytes, LINK_ETHERNET, SECOND);
		world.now_ns = SECOND + 30 * MS;
		world_tcp(&world, FAR, BUILD_SYN | BUILD_ACK, 0, 7, 100);
		rtts = world_rtts(&world, SOURCE_TCP_TS, SIDE_WAN);
		assert_int_equal(rtts.n, 1);
		assert_int_equal(rtts.least_ns, 30 * MS);
		world_close(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encapsulation_shows_the_inner_packet),
		cmocka_unit_test(
			padding_behind_the_inner_packet_is_not_payload),
		cmocka_unit_test(cut_at_every_byte_is_told),
		cmocka_unit_test(whole_packet_is_not_cut),
		cmocka_unit_test(garbage_inside_stays_the_outer_packet),
		cmocka_unit_test(inner_packet_must_end_in_the_outer_one),
		cmocka_unit_test(outer_that_ends_before_an_inner_packet_stays),
		cmocka_unit_test(outer_fragments_are_never_entered),
		cmocka_unit_test(first_outer_ipv6_fragment_is_not_entered),
		cmocka_unit_test(inner_fragment_is_a_fragment),
		cmocka_unit_test(of_two_levels_only_one_is_entered),
		cmocka_unit_test(other_kinds_of_gre_stay_outside),
		cmocka_unit_test(vxlan_without_its_flag_stays_outside),
		cmocka_unit_test(only_user_data_of_gtp_version_1_is_entered),
		cmocka_unit_test(odd_gtp_extension_headers_stay_outside),
		cmocka_unit_test(four_gtp_extension_headers_stay_outside),
		cmocka_unit_test(other_ports_are_no_tunnel),
		cmocka_unit_test(dual_stack_lite_over_pppoe_is_entered),
		cmocka_unit_test(inner_packet_is_credited_once),
		cmocka_unit_test(outer_packet_is_credited_when_asked_for),
		cmocka_unit_test(inner_flow_is_timed_whatever_carries_it),
	};

	return cmocka_run_group_tests(tests, open_guard, NULL);
}
