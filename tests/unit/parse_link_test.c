// SPDX-License-Identifier: GPL-2.0-or-later
/* PPPoE sessions and MPLS label stacks, alone and behind tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../core/parse.h"
#include "frame_guard.h"

enum { PPP_LCP = 0xc021, PPP_IPCP = 0x8021, BOTTOM = 0x100 };

static int parse_cut(const struct built *built, uint32_t n_captured,
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

static void put_tags(struct built *frame, int n_tags)
{
	static const uint16_t kinds[] = { 0x8100, 0x88a8, 0x9100 };

	build_put_macs(frame);
	for (int i = 0; i < n_tags; i++) {
		build_put16(frame, kinds[i % 3]);
		build_put16(frame, 0x2064 + i);
	}
}

static void put_pppoe(struct built *frame, uint16_t protocol)
{
	build_put16(frame, 0x8864);
	build_put8(frame, 0x11);
	build_put8(frame, 0);
	build_put16(frame, 0x4567); /* session */
	build_put16(frame, 0xffff); /* length: not to be believed */
	build_put16(frame, protocol);
}

static void put_labels(struct built *frame, uint16_t ethertype, int n)
{
	build_put16(frame, ethertype);
	for (int i = 0; i < n; i++)
		build_put32(frame, 0x45600640 | (i == n - 1 ? BOTTOM : 0));
}

/* A TCP packet from its IP header on, and some padding. */
static void put_ip(struct built *frame, bool is_v6)
{
	struct build build = {
		.is_v6 = is_v6,
		.source = 0x0a010203,
		.destination = 0xc6336407,
		.source_port = 40000,
		.destination_port = 443,
		.tcp_flags = BUILD_ACK,
		.tsval = 0x80112233,
		.payload_bytes = 100,
	};
	struct built bare;

	build_frame(&build, &bare);
	build_put_bytes(frame, bare.bytes + 14, bare.n_bytes - 14);
	build_put_fill(frame, 0, 4);
}

static void assert_found(const struct built *frame, bool is_v6)
{
	struct packet p;

	assert_int_equal(parse_cut(frame, frame->n_bytes, &p), PARSE_GO_ON);
	assert_int_equal(p.family, is_v6 ? 6 : 4);
	assert_int_equal(p.source_port, 40000);
	assert_int_equal(p.tsval, 0x80112233);
	assert_int_equal(p.payload_bytes, 100);
	assert_int_equal(p.ip_bytes, (is_v6 ? 40 : 20) + 32 + 100);
}

static void assert_is(const struct built *frame, enum outcome outcome)
{
	struct packet p;

	assert_int_equal(parse_cut(frame, frame->n_bytes, &p), outcome);
	assert_int_equal(p.family, 0);
}

static void pppoe_sessions_are_passed_behind_up_to_four_tags(void **state)
{
	struct built frame;

	for (int n_tags = 0; n_tags <= 4; n_tags++)
		for (int is_v6 = 0; is_v6 < 2; is_v6++) {
			put_tags(&frame, n_tags);
			put_pppoe(&frame, is_v6 ? 0x0057 : 0x0021);
			put_ip(&frame, is_v6);
			assert_found(&frame, is_v6);
		}
}

/* The link's own talk, compressed protocol numbers, MPLS in PPP: no IP. */
static void other_protocols_of_ppp_are_not_ip(void **state)
{
	static const uint16_t protocols[] = { PPP_LCP, PPP_IPCP, 0x8057, 0x2145,
					      0x0281,  0,        0x0045 };
	struct built frame;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		put_tags(&frame, 0);
		put_pppoe(&frame, protocols[i]);
		put_ip(&frame, false);
		assert_is(&frame, OUTCOME_NOT_IP);
	}
}

static void pppoe_of_another_version_or_code_is_not_ip(void **state)
{
	struct built frame;

	for (int i = 0; i < 256; i++) {
		put_tags(&frame, 0);
		put_pppoe(&frame, 0x0021);
		put_ip(&frame, false);
		frame.bytes[14] = i;
		if (i != 0x11)
			assert_is(&frame, OUTCOME_NOT_IP);
		frame.bytes[14] = 0x11;
		frame.bytes[15] = i; /* 0xa7: the session's end */
		if (i)
			assert_is(&frame, OUTCOME_NOT_IP);
	}
}

static void discovery_is_not_ip(void **state)
{
	struct built frame;

	put_tags(&frame, 0);
	put_pppoe(&frame, 0x0021);
	put_ip(&frame, false);
	build_set16(&frame, 12, 0x8863);
	assert_is(&frame, OUTCOME_NOT_IP);
}

static void one_to_four_labels_are_passed_behind_tags(void **state)
{
	struct built frame;

	for (int i = 0; i < 4 * 3 * 2 * 2; i++) {
		bool is_v6 = i & 1;

		put_tags(&frame, i / 4 % 3);
		put_labels(&frame, i & 2 ? 0x8848 : 0x8847, 1 + i / 12);
		put_ip(&frame, is_v6);
		assert_found(&frame, is_v6);
	}
}

static void five_labels_are_refused(void **state)
{
	struct built frame;

	for (int n = 5; n < 8; n++) {
		put_tags(&frame, 0);
		put_labels(&frame, 0x8847, n);
		put_ip(&frame, false);
		assert_is(&frame, OUTCOME_LINK_TOO_MANY_TAGS);
	}
}

/* With a control word the first nibble is 0 (RFC 4385); without one, an
 * Ethernet address that begins with 4 or 6 is no IP header either. */
static void pseudo_wires_are_not_ip(void **state)
{
	struct built frame;
	struct packet p;

	for (int nibble = 0; nibble < 16; nibble++) {
		put_tags(&frame, 0);
		put_labels(&frame, 0x8847, 2);
		build_put32(&frame, (uint32_t)nibble << 28);
		build_put_fill(&frame, 0x00, 8);
		build_put16(&frame, 0x0800);
		put_ip(&frame, false);
		if (nibble != 4 && nibble != 6)
			assert_is(&frame, OUTCOME_NOT_IP);
		else
			assert_true(parse_cut(&frame, frame.n_bytes, &p) >= 0);
	}
}

static void cut_in_the_link_is_told(void **state)
{
	struct built frame;
	struct packet p;

	for (int i = 0; i < 2; i++) {
		put_tags(&frame, 1);
		if (i)
			put_labels(&frame, 0x8847, 4);
		else
			put_pppoe(&frame, 0x0021);
		for (uint32_t n = 0; n < frame.n_bytes; n++)
			assert_int_equal(parse_cut(&frame, n, &p),
					 OUTCOME_LINK_TRUNCATED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			pppoe_sessions_are_passed_behind_up_to_four_tags),
		cmocka_unit_test(other_protocols_of_ppp_are_not_ip),
		cmocka_unit_test(pppoe_of_another_version_or_code_is_not_ip),
		cmocka_unit_test(discovery_is_not_ip),
		cmocka_unit_test(one_to_four_labels_are_passed_behind_tags),
		cmocka_unit_test(five_labels_are_refused),
		cmocka_unit_test(pseudo_wires_are_not_ip),
		cmocka_unit_test(cut_in_the_link_is_told),
	};

	return cmocka_run_group_tests(tests, open_guard, NULL);
}
