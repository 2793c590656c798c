// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../core/parse.h"
#include "frame_guard.h"

static int parse_stages(const struct frame *frame, struct packet *p)
{
	int parsed = parse_link(frame, p);

	if (parsed == PARSE_GO_ON)
		parsed = parse_network(frame, p);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(frame, p);
	return parsed;
}

/* Parses the first n_captured of n_wire bytes. */
static int parse_cut(const struct built *built, uint32_t n_captured,
		     enum link link, struct packet *ret_packet)
{
	struct frame frame = guard_frame(built, n_captured, link, ret_packet);

	return parse_stages(&frame, ret_packet);
}

static int parse(const struct built *built, struct packet *ret_packet)
{
	return parse_cut(built, built->n_bytes, LINK_ETHERNET, ret_packet);
}

static struct build tcp4(void)
{
	return (struct build){
		.source = 0x0a010203,
		.destination = 0xc6336407,
		.source_port = 40000,
		.destination_port = 443,
		.tcp_flags = BUILD_ACK,
		.tsval = 0x80112233,
		.tsecr = 0x44f56677,
		.payload_bytes = 100,
		.ecn = 2,
	};
}

static struct build tcp6(void)
{
	struct build build = tcp4();

	build.is_v6 = 1;
	return build;
}

static struct build echo4(void)
{
	return (struct build){
		.source = 0x0a010203,
		.destination = 0xc6336407,
		.protocol = 1,
		.icmp_type = 8,
		.echo_identifier = 0xabcd,
		.echo_sequence = 0x1234,
		.payload_bytes = 56,
	};
}

static void assert_tcp4(const struct packet *p)
{
	static const uint8_t source[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	static const uint8_t destination[16] = { [10] = 0xff, 0xff, 198,
						 51,          100,  7 };

	assert_int_equal(p->family, 4);
	assert_memory_equal(p->source, source, 16);
	assert_memory_equal(p->destination, destination, 16);
	assert_int_equal(p->ip_protocol, 6);
	assert_int_equal(p->source_port, 40000);
	assert_int_equal(p->destination_port, 443);
	assert_int_equal(p->tcp_flags, BUILD_ACK);
	assert_true(p->has_timestamps);
	assert_int_equal(p->tsval, 0x80112233);
	assert_int_equal(p->tsecr, 0x44f56677);
	assert_int_equal(p->ecn, 2);
	assert_int_equal(p->payload_bytes, 100);
}

static void tcp_over_ipv4_is_read_field_by_field(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	build_frame(&build, &frame);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
	assert_tcp4(&p);
	assert_int_equal(p.ip_bytes, 20 + 32 + 100);
	assert_int_equal(p.header_bytes, 20 + 32);
	assert_int_equal(p.wire_bytes, 14 + 152);
}

static void tcp_over_ipv6_is_read_field_by_field(void **state)
{
	static const uint8_t source[16] = { 0x20, 1, 0x0d, 0xb8, 10, 1, 0, 0,
					    0,    0, 0,    0,    0,  0, 2, 3 };
	struct build build = tcp6();
	struct built frame;
	struct packet p;

	build_frame(&build, &frame);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
	assert_int_equal(p.family, 6);
	assert_memory_equal(p.source, source, 16);
	assert_int_equal(((uint8_t *)p.destination)[15], 7);
	assert_int_equal(p.ecn, 2);
	assert_int_equal(p.ip_protocol, 6);
	assert_int_equal(p.ip_bytes, 40 + 32 + 100);
	assert_int_equal(p.header_bytes, 40 + 32);
	assert_int_equal(p.payload_bytes, 100);
	assert_int_equal(p.tsval, 0x80112233);
}

static void every_ecn_codepoint_is_read(void **state)
{
	struct built frame;
	struct packet p;

	for (int ecn = 0; ecn < 4; ecn++) {
		struct build build = tcp4();

		build.ecn = ecn;
		build_frame(&build, &frame);
		parse(&frame, &p);
		assert_int_equal(p.ecn, ecn);
		build.is_v6 = 1;
		build_frame(&build, &frame);
		parse(&frame, &p);
		assert_int_equal(p.ecn, ecn);
	}
}

/* n tags of the three kinds, in every mix that 2 bits each can name. */
static int parse_tagged(uint32_t n, uint32_t mix, struct packet *ret_packet)
{
	static const uint16_t kinds[] = { 0x8100, 0x88a8, 0x9100, 0x8100 };
	struct build build = tcp4();
	struct built frame;
	uint32_t ip_at;

	build_put_macs(&frame);
	for (uint32_t i = 0; i < n; i++) {
		build_put16(&frame, kinds[mix >> 2 * i & 3]);
		build_put16(&frame, 0xe000 + i);
	}
	build_put16(&frame, 0x0800);
	ip_at = build_put_ipv4(&frame, &build, 0);
	build_put_transport(&frame, &build);
	build_end_ip(&frame, ip_at);
	return parse(&frame, ret_packet);
}

static void up_to_four_tags_of_any_kind_are_passed(void **state)
{
	struct packet p;

	for (uint32_t n = 0; n <= 4; n++)
		for (uint32_t mix = 0; mix < 1U << 2 * n; mix++) {
			assert_int_equal(parse_tagged(n, mix, &p), PARSE_GO_ON);
			assert_tcp4(&p);
		}
}

static void five_tags_are_refused(void **state)
{
	struct packet p;

	for (uint32_t mix = 0; mix < 1024; mix++)
		assert_int_equal(parse_tagged(5, mix, &p),
				 OUTCOME_LINK_TOO_MANY_TAGS);
	assert_int_equal(p.family, 0);
}

static void what_is_not_ip_is_told(void **state)
{
	static const uint16_t types[] = { 0x0806, 0x88cc, 0x8864, 0x05dc, 0 };
	struct built frame;
	struct packet p;

	for (int i = 0; i < 5; i++) {
		build_put_macs(&frame);
		build_put16(&frame, types[i]);
		build_put_fill(&frame, 0x45, 60);
		assert_int_equal(parse(&frame, &p), OUTCOME_NOT_IP);
		assert_int_equal(p.family, 0);
	}
}

static void raw_ip_is_told_by_its_version(void **state)
{
	struct build build = tcp4();
	struct built frame = { .n_bytes = 0 };
	struct packet p;
	uint32_t ip_at = build_put_ipv4(&frame, &build, 0);

	build_put_transport(&frame, &build);
	build_end_ip(&frame, ip_at);
	assert_int_equal(parse_cut(&frame, frame.n_bytes, LINK_RAW_IP, &p),
			 PARSE_GO_ON);
	assert_tcp4(&p);
	frame.bytes[0] = 0x55;
	assert_int_equal(parse_cut(&frame, frame.n_bytes, LINK_RAW_IP, &p),
			 OUTCOME_NOT_IP);
	assert_int_equal(parse_cut(&frame, 0, LINK_RAW_IP, &p),
			 OUTCOME_LINK_TRUNCATED);
	frame.n_bytes = 0;
	ip_at = build_put_ipv6(&frame, &build, BUILD_TCP);
	build_put_transport(&frame, &build);
	build_end_ip(&frame, ip_at);
	assert_int_equal(parse_cut(&frame, frame.n_bytes, LINK_RAW_IP, &p),
			 PARSE_GO_ON);
	assert_int_equal(p.family, 6);
	assert_int_equal(p.payload_bytes, 100);
}

static void ipv4_options_of_every_length_are_passed(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;
	uint32_t ip_at;

	for (uint32_t n = 0; n <= 40; n += 4) {
		build_put_macs(&frame);
		build_put16(&frame, 0x0800);
		ip_at = build_put_ipv4(&frame, &build, n);
		build_put_transport(&frame, &build);
		build_end_ip(&frame, ip_at);
		assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
		assert_tcp4(&p);
		assert_int_equal(p.header_bytes, 20 + n + 32);
	}
}

static void wrong_ipv4_headers_are_malformed(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	for (int version_ihl = 0; version_ihl < 256; version_ihl++) {
		build_frame(&build, &frame);
		frame.bytes[14] = version_ihl;
		if (version_ihl >> 4 == 4 && (version_ihl & 15) >= 5)
			continue;
		assert_int_equal(parse(&frame, &p), OUTCOME_IPV4_MALFORMED);
		assert_int_equal(p.family, 0);
	}
	for (uint32_t length = 1; length < 65536; length++) {
		build_frame(&build, &frame);
		build_set16(&frame, 16, length);
		if (length < 20 || length > 152)
			assert_int_equal(parse(&frame, &p),
					 OUTCOME_IPV4_MALFORMED);
		else
			assert_int_not_equal(parse(&frame, &p),
					     OUTCOME_IPV4_MALFORMED);
	}
}

static void wrong_ipv6_headers_are_malformed(void **state)
{
	struct build build = tcp6();
	struct built frame;
	struct packet p;

	for (int version = 0; version < 16; version++) {
		build_frame(&build, &frame);
		frame.bytes[14] = version << 4;
		if (version != 6)
			assert_int_equal(parse(&frame, &p),
					 OUTCOME_IPV6_MALFORMED);
	}
	build_frame(&build, &frame);
	build_set16(&frame, 18, 133);
	assert_int_equal(parse(&frame, &p), OUTCOME_IPV6_MALFORMED);
	build_set16(&frame, 18, 132);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
}

/* BIG TCP, and segmentation offload in captures: the frame's length counts. */
static void ip_length_of_zero_means_the_frames(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	build_frame(&build, &frame);
	build_set16(&frame, 16, 0);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
	assert_int_equal(p.ip_bytes, 152);
	assert_int_equal(p.payload_bytes, 100);
	build = tcp6();
	build_frame(&build, &frame);
	build_set16(&frame, 18, 0);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
	assert_int_equal(p.ip_bytes, 172);
	assert_int_equal(p.payload_bytes, 100);
}

static void padding_is_never_payload(void **state)
{
	struct built frame;
	struct packet p;

	for (uint32_t padding = 0; padding < 64; padding++) {
		struct build build = tcp4();

		build.payload_bytes = 0;
		build_frame(&build, &frame);
		build_put_fill(&frame, 0, padding);
		assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
		assert_int_equal(p.payload_bytes, 0);
		assert_int_equal(p.ip_bytes, 52);
		build.is_v6 = 1;
		build_frame(&build, &frame);
		build_put_fill(&frame, 0, padding);
		assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
		assert_int_equal(p.payload_bytes, 0);
		assert_int_equal(p.ip_bytes, 72);
	}
}

/* A header in the padding is none: here 12 bytes of IP payload, then a frame
 * that would make a TCP header complete. */
static void padding_is_never_header(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	build_frame(&build, &frame);
	build_set16(&frame, 16, 20 + 12);
	assert_int_equal(parse(&frame, &p), OUTCOME_TCP_MALFORMED);
	assert_false(p.has_timestamps);
	build = echo4();
	build_frame(&build, &frame);
	build_set16(&frame, 16, 20 + 7);
	assert_int_equal(parse(&frame, &p), OUTCOME_ICMP_TRUNCATED);
	build_set16(&frame, 16, 20 + 8);
	assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
}

static const uint8_t extension_kinds[] = { 0, 43, 51, 60, 135, 139, 140 };

/* n extension headers of 8 * (length + 1) bytes each before TCP. */
static int parse_extended(uint32_t n, uint8_t kind, uint8_t length,
			  struct packet *ret_packet)
{
	struct build build = tcp6();
	struct built frame;
	uint32_t ip_at, bytes = 8 * (length + 1);

	build_put_macs(&frame);
	build_put16(&frame, 0x86dd);
	ip_at = build_put_ipv6(&frame, &build, n ? kind : BUILD_TCP);
	for (uint32_t i = 0; i < n; i++) {
		build_put8(&frame, i + 1 < n ? kind : BUILD_TCP);
		/* authentication headers count in words of 4, less 2 */
		build_put8(&frame, kind == 51 ? bytes / 4 - 2 : length);
		build_put_fill(&frame, 0xfa, bytes - 2);
	}
	build_put_transport(&frame, &build);
	build_end_ip(&frame, ip_at);
	return parse(&frame, ret_packet);
}

static void up_to_six_extension_headers_are_passed(void **state)
{
	static const uint8_t lengths[] = { 0, 1, 2, 7, 31, 63 };
	struct packet p;

	for (uint32_t n = 0; n <= 6; n++)
		for (uint32_t i = 0; i < sizeof(extension_kinds); i++)
			for (uint32_t j = 0; j < sizeof(lengths); j++) {
				assert_int_equal(
					parse_extended(n, extension_kinds[i],
						       lengths[j], &p),
					PARSE_GO_ON);
				assert_int_equal(p.tsval, 0x80112233);
				assert_int_equal(p.payload_bytes, 100);
				assert_int_equal(p.header_bytes,
						 72 + 8 * n * (lengths[j] + 1));
			}
}

static void longest_extension_headers_are_passed(void **state)
{
	struct packet p;

	assert_int_equal(parse_extended(6, 60, 255, &p), PARSE_GO_ON);
	assert_int_equal(p.payload_bytes, 100);
}

static void seven_extension_headers_are_refused(void **state)
{
	struct packet p;

	for (uint32_t i = 0; i < sizeof(extension_kinds); i++) {
		assert_int_equal(parse_extended(7, extension_kinds[i], 0, &p),
				 OUTCOME_IPV6_TOO_MANY_EXTENSIONS);
		assert_int_equal(p.family, 6);
		assert_false(p.has_timestamps);
	}
}

static void extension_beyond_the_ip_packet_is_malformed(void **state)
{
	struct build build = tcp6();
	struct built frame;
	struct packet p;

	build_put_macs(&frame);
	build_put16(&frame, 0x86dd);
	build_put_ipv6(&frame, &build, 60);
	build_put8(&frame, BUILD_TCP);
	build_put8(&frame, 3); /* 32 bytes, but the packet ends after 8 */
	build_put_fill(&frame, 0, 6);
	build_set16(&frame, 18, 8);
	build_put_transport(&frame, &build);
	assert_int_equal(parse(&frame, &p), OUTCOME_IPV6_MALFORMED);
	assert_false(p.has_timestamps);
}

static void later_ipv4_fragments_are_never_parsed_as_transport(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	for (uint32_t word = 0; word < 65536; word++) {
		build_frame(&build, &frame);
		build_set16(&frame, 20, word);
		if (word & 0x1fff) {
			assert_int_equal(parse(&frame, &p), OUTCOME_FRAGMENT);
			assert_int_equal(p.source_port, 0);
			assert_false(p.has_timestamps);
			assert_int_equal(p.family, 4);
			assert_int_equal(p.ip_bytes, 152);
		} else {
			assert_int_equal(parse(&frame, &p), PARSE_GO_ON);
			assert_tcp4(&p);
		}
	}
}

static void later_ipv6_fragments_are_never_parsed_as_transport(void **state)
{
	struct build build = tcp6();
	struct built frame;
	struct packet p;
	uint32_t ip_at;

	for (uint32_t word = 0; word < 65536; word++) {
		build_put_macs(&frame);
		build_put16(&frame, 0x86dd);
		ip_at = build_put_ipv6(&frame, &build, 44);
		build_put8(&frame, BUILD_TCP);
		build_put8(&frame, 77); /* reserved, not a length */
		build_put16(&frame, word);
		build_put32(&frame, 0xdeadbeef);
		build_put_transport(&frame, &build);
		build_end_ip(&frame, ip_at);
		assert_int_equal(parse(&frame, &p),
				 word >> 3 ? OUTCOME_FRAGMENT : PARSE_GO_ON);
		assert_int_equal(p.has_timestamps, !(word >> 3));
		assert_int_equal(p.ip_protocol, 6);
	}
}

/* Every cut, in memory that ends where the frame ends: either nothing that is
 * read is missing, or the outcome says so. */
static void assert_cuts_are_safe(const struct built *frame, enum link link,
				 uint32_t n_needed)
{
	struct packet p;

	for (uint32_t n = 0; n <= frame->n_bytes; n++) {
		int parsed = parse_cut(frame, n, link, &p);

		if (parse_is_truncated(parsed) != (n < n_needed))
			fail_msg("%u of %u bytes: %d", n, frame->n_bytes,
				 parsed);
		if (n >= n_needed)
			assert_int_equal(parsed, PARSE_GO_ON);
	}
}

static void cut_at_every_byte_is_told_and_never_passed(void **state)
{
	struct build build = tcp4();
	struct built frame;

	build_frame(&build, &frame);
	assert_cuts_are_safe(&frame, LINK_ETHERNET, 14 + 20 + 32);
	build = tcp6();
	build_frame(&build, &frame);
	assert_cuts_are_safe(&frame, LINK_ETHERNET, 14 + 40 + 32);
	build = echo4();
	build_frame(&build, &frame);
	assert_cuts_are_safe(&frame, LINK_ETHERNET, 14 + 20 + 8);
	memmove(frame.bytes, frame.bytes + 14, frame.n_bytes - 14);
	frame.n_bytes -= 14;
	assert_cuts_are_safe(&frame, LINK_RAW_IP, 20 + 8);
}

/* Tags, IPv6, five kinds of extension headers, TCP with options one by one. */
static void cut_of_everything_at_once_is_safe(void **state)
{
	static const uint8_t options[] = { 2,  4, 5, 180, 4, 2, 3, 3, 7, 8,
					   10, 1, 2, 3,   4, 5, 6, 7, 8, 0 };
	static const uint8_t kinds[] = { 0, 60, 43, 140, 44, BUILD_TCP };
	struct build build = tcp6();
	struct built frame;
	uint32_t ip_at;

	build_put_macs(&frame);
	build_put32(&frame, 0x88a80001);
	build_put32(&frame, 0x81000002);
	build_put16(&frame, 0x86dd);
	ip_at = build_put_ipv6(&frame, &build, kinds[0]);
	for (int i = 0; i < 5; i++) {
		build_put8(&frame, kinds[i + 1]);
		build_put_fill(&frame, 0, 7);
	}
	build_put_tcp(&frame, &build, options, sizeof(options));
	build_end_ip(&frame, ip_at);
	assert_cuts_are_safe(&frame, LINK_ETHERNET, frame.n_bytes - 1);
}

static int parse_options(const uint8_t *options, uint32_t n,
			 struct packet *ret_packet)
{
	struct build build = tcp4();
	struct built frame;
	uint32_t ip_at;

	build_put_macs(&frame);
	build_put16(&frame, 0x0800);
	ip_at = build_put_ipv4(&frame, &build, 0);
	build_put_tcp(&frame, &build, options, n);
	build_put_fill(&frame, 8, build.payload_bytes);
	build_end_ip(&frame, ip_at);
	return parse(&frame, ret_packet);
}

/* Anywhere among NOPs, and after an option of any length. */
static void timestamps_are_found_at_every_place(void **state)
{
	static const uint8_t timestamps[] = { 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t options[40];
	struct packet p;

	for (uint32_t n = 12; n <= 40; n += 4)
		for (uint32_t at = 0; at + 10 <= n; at++) {
			memset(options, 1, sizeof(options));
			memcpy(options + at, timestamps, 10);
			if (at >= 2 && at % 2) {
				options[0] = 254;
				options[1] = at;
			}
			assert_int_equal(parse_options(options, n, &p),
					 PARSE_GO_ON);
			assert_true(p.has_timestamps);
			assert_int_equal(p.tsval, 0x01020304);
			assert_int_equal(p.tsecr, 0x05060708);
			assert_int_equal(p.payload_bytes, 100);
		}
}

static void options_without_timestamps_have_none(void **state)
{
	static const uint8_t none[][12] = {
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
		{ 0, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 },  /* after the end */
		{ 8, 4, 8, 10, 1, 1, 1, 1, 1, 1, 1, 1 },  /* wrong length */
		{ 2, 4, 8, 10, 3, 3, 8, 4, 2, 0, 8, 10 }, /* inside another */
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8 },   /* no length: below */
	};
	uint8_t options[40];
	struct packet p;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(parse_options(none[i], 12, &p), PARSE_GO_ON);
		assert_false(p.has_timestamps);
	}
	assert_int_equal(parse_options(none[4], 12, &p), OUTCOME_TCP_MALFORMED);
	memset(options, 1, sizeof(options));
	assert_int_equal(parse_options(options, 40, &p), PARSE_GO_ON);
	assert_false(p.has_timestamps);
	assert_int_equal(parse_options(options, 0, &p), PARSE_GO_ON);
	assert_int_equal(p.payload_bytes, 100);
}

static void malformed_options_are_told(void **state)
{
	uint8_t options[40];
	struct packet p;

	for (uint32_t n = 4; n <= 40; n += 4)
		for (uint32_t at = 0; at < n; at++)
			for (uint32_t length = 0; length < 256; length++) {
				bool is_wrong = at + 2 > n || length < 2 ||
						at + length > n;

				memset(options, 1, sizeof(options));
				options[at] = 253;
				if (at + 1 < n)
					options[at + 1] = length;
				assert_int_equal(parse_options(options, n, &p),
						 is_wrong ?
							 OUTCOME_TCP_MALFORMED :
							 PARSE_GO_ON);
				assert_false(p.has_timestamps);
			}
}

/* Words 6 and 7 cut the timestamps in two; beyond 8 the IP packet ends. */
static void wrong_data_offset_is_malformed(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	build.payload_bytes = 0;
	for (int words = 0; words < 16; words++) {
		build_frame(&build, &frame);
		build_put_fill(&frame, 1, 40);
		frame.bytes[14 + 20 + 12] = words << 4;
		assert_int_equal(parse(&frame, &p),
				 words == 5 || words == 8 ?
					 PARSE_GO_ON :
					 OUTCOME_TCP_MALFORMED);
	}
}

static void echo_is_told_from_other_icmp_in_both_families(void **state)
{
	struct build build = echo4();
	struct built frame;
	struct packet p;

	for (int type = 0; type < 256; type++) {
		build.icmp_type = type;
		build.is_v6 = 0;
		build.protocol = 1;
		build_frame(&build, &frame);
		assert_int_equal(parse(&frame, &p), type == 8 || type == 0 ?
							    PARSE_GO_ON :
							    OUTCOME_ICMP_OTHER);
		assert_int_equal(p.is_echo_request, type == 8);
		assert_int_equal(p.is_echo_reply, type == 0);
		build.is_v6 = 1;
		build.protocol = 58;
		build_frame(&build, &frame);
		assert_int_equal(parse(&frame, &p), type == 128 || type == 129 ?
							    PARSE_GO_ON :
							    OUTCOME_ICMP_OTHER);
		assert_int_equal(p.is_echo_request, type == 128);
		assert_int_equal(p.is_echo_reply, type == 129);
	}
	build.icmp_type = 128;
	build_frame(&build, &frame);
	parse(&frame, &p);
	assert_int_equal(p.echo_identifier, 0xabcd);
	assert_int_equal(p.echo_sequence, 0x1234);
}

static void protocols_without_a_clock_are_told(void **state)
{
	struct build build = tcp4();
	struct built frame;
	struct packet p;

	for (int protocol = 2; protocol < 256; protocol++) {
		if (protocol == BUILD_TCP)
			continue;
		build.protocol = protocol;
		if (protocol == BUILD_UDP)
			continue; /* tests of QUIC and DNS */
		build_frame(&build, &frame);
		assert_int_equal(parse(&frame, &p), OUTCOME_OTHER_PROTOCOL);
		assert_int_equal(p.ip_protocol, protocol);
		assert_int_equal(p.family, 4);
	}
	/* ICMP of the other family is no ICMP. */
	build = echo4();
	build.protocol = 58;
	build_frame(&build, &frame);
	assert_int_equal(parse(&frame, &p), OUTCOME_OTHER_PROTOCOL);
	build.is_v6 = 1;
	build.protocol = 1;
	build_frame(&build, &frame);
	assert_int_equal(parse(&frame, &p), OUTCOME_OTHER_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ipv4_is_read_field_by_field),
		cmocka_unit_test(tcp_over_ipv6_is_read_field_by_field),
		cmocka_unit_test(every_ecn_codepoint_is_read),
		cmocka_unit_test(up_to_four_tags_of_any_kind_are_passed),
		cmocka_unit_test(five_tags_are_refused),
		cmocka_unit_test(what_is_not_ip_is_told),
		cmocka_unit_test(raw_ip_is_told_by_its_version),
		cmocka_unit_test(ipv4_options_of_every_length_are_passed),
		cmocka_unit_test(wrong_ipv4_headers_are_malformed),
		cmocka_unit_test(wrong_ipv6_headers_are_malformed),
		cmocka_unit_test(ip_length_of_zero_means_the_frames),
		cmocka_unit_test(padding_is_never_payload),
		cmocka_unit_test(padding_is_never_header),
		cmocka_unit_test(up_to_six_extension_headers_are_passed),
		cmocka_unit_test(longest_extension_headers_are_passed),
		cmocka_unit_test(seven_extension_headers_are_refused),
		cmocka_unit_test(extension_beyond_the_ip_packet_is_malformed),
		cmocka_unit_test(
			later_ipv4_fragments_are_never_parsed_as_transport),
		cmocka_unit_test(
			later_ipv6_fragments_are_never_parsed_as_transport),
		cmocka_unit_test(cut_at_every_byte_is_told_and_never_passed),
		cmocka_unit_test(cut_of_everything_at_once_is_safe),
		cmocka_unit_test(timestamps_are_found_at_every_place),
		cmocka_unit_test(options_without_timestamps_have_none),
		cmocka_unit_test(malformed_options_are_told),
		cmocka_unit_test(wrong_data_offset_is_malformed),
		cmocka_unit_test(echo_is_told_from_other_icmp_in_both_families),
		cmocka_unit_test(protocols_without_a_clock_are_told),
	};

	return cmocka_run_group_tests(tests, open_guard, NULL);
}
