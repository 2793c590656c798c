// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../core/parse.h"
#include "frame_guard.h"
#include "quic_peers.h"

static const struct peers_long plain = { .dcid = PEERS_FIRST,
					 .scid = PEERS_CLIENT };

/* A UDP frame with this payload, of which n_captured bytes are kept. */
static int parse(const struct built *head, uint32_t payload_bytes,
		 uint32_t n_cut, struct packet *ret_packet)
{
	struct build build = { .protocol = BUILD_UDP,
			       .source = WORLD_NEAR,
			       .destination = WORLD_FAR,
			       .source_port = 40000,
			       .destination_port = 443,
			       .payload_bytes = payload_bytes };
	struct built built;
	struct frame frame;
	int parsed;

	build_frame(&build, &built);
	memcpy(built.bytes + built.n_bytes - payload_bytes, head->bytes,
	       head->n_bytes < payload_bytes ? head->n_bytes : payload_bytes);
	frame = guard_frame(&built, built.n_bytes - n_cut, LINK_ETHERNET,
			    ret_packet);
	parsed = parse_link(&frame, ret_packet);
	if (parsed == PARSE_GO_ON)
		parsed = parse_network(&frame, ret_packet);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(&frame, ret_packet);
	return parsed;
}

static int parse_long(const struct peers_long *packet,
		      struct packet *ret_packet)
{
	struct built head;

	peers_make_long(packet, &head);
	return parse(&head, 1200, 0, ret_packet);
}

static void types_are_those_of_their_version(void **state)
{
	static const struct {
		uint32_t version;
		uint8_t code;
	} versions[] = {
		{ 1, QUIC_V1 },
		{ 0x6b3343cf, QUIC_V2 },
		{ 0x709a50c4, QUIC_V2_DRAFT },
		{ 0xff00001d, QUIC_DRAFT },
		{ 0xff0000ff, QUIC_DRAFT },
	};
	static const uint8_t kinds[] = {
		[PEERS_INITIAL] = QUIC_INITIAL,
		[PEERS_ZERO_RTT] = QUIC_ZERO_RTT,
		[PEERS_HANDSHAKE] = QUIC_HANDSHAKE_PACKET,
		[PEERS_RETRY] = QUIC_RETRY,
	};
	struct peers_long packet = plain;
	struct packet p;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		for (int type = 0; type < 4; type++) {
			packet.version = versions[i].version;
			packet.type = (enum peers_type)type;
			assert_int_equal(parse_long(&packet, &p), PARSE_GO_ON);
			assert_int_equal(p.quic_kind, kinds[type]);
			assert_int_equal(p.quic_version, versions[i].code);
			assert_int_equal(p.payload_bytes, 1200);
		}
}

static void unknown_versions_say_nothing_more(void **state)
{
	static const uint32_t versions[] = { 2, 0x0a0a0a0a, 0xff000100,
					     0x51303530, 0xfaceb002 };
	struct peers_long packet = plain;
	struct packet p;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		packet.version = versions[i];
		assert_int_equal(parse_long(&packet, &p), PARSE_GO_ON);
		assert_int_equal(p.quic_kind, QUIC_OTHER_VERSION);
	}
	packet.is_negotiation = true;
	assert_int_equal(parse_long(&packet, &p), PARSE_GO_ON);
	assert_int_equal(p.quic_kind, QUIC_NEGOTIATION);
}

static void bits_of_a_short_header_are_read(void **state)
{
	struct built head = { .n_bytes = 1 };
	struct packet p;

	for (int byte = 0; byte < 0x80; byte++) {
		head.bytes[0] = byte;
		assert_int_equal(parse(&head, 30, 0, &p), PARSE_GO_ON);
		assert_int_equal(p.quic_kind, QUIC_SHORT_HEADER);
		assert_int_equal(p.quic_spin, (byte & 0x20) != 0);
		assert_int_equal(p.quic_is_fixed, (byte & 0x40) != 0);
		assert_int_equal(p.payload_bytes, 30);
	}
	assert_int_equal(parse(&head, 0, 0, &p), OUTCOME_UDP);
	assert_int_equal(p.quic_kind, QUIC_NONE);
}

/* Whatever byte changes, and however long it is, the digest tells. */
static void digests_tell_connection_ids_apart(void **state)
{
	struct peers_long packet = plain;
	struct built head;
	uint16_t digests[21];
	struct packet p;

	for (int n = 0; n <= QUIC_MAX_CID_BYTES; n++) {
		packet.dcid.n_bytes = n;
		packet.scid.n_bytes = n;
		packet.scid.name = packet.dcid.name;
		assert_int_equal(parse_long(&packet, &p), PARSE_GO_ON);
		assert_int_equal(p.quic_dcid, p.quic_scid);
		assert_int_equal(p.quic_dcid_bytes, n);
		digests[n] = p.quic_dcid;
		for (int i = 0; i < n; i++) {
			assert_int_not_equal(digests[i], digests[n]);
			peers_make_long(&packet, &head);
			head.bytes[6 + i] ^= 1;
			assert_int_equal(parse(&head, 1200, 0, &p),
					 PARSE_GO_ON);
			assert_int_not_equal(p.quic_dcid, digests[n]);
		}
	}
}

/* What follows a connection ID is no part of its digest. */
static void digest_ends_with_its_connection_id(void **state)
{
	struct peers_long packet = plain;
	struct packet p, other;

	for (int n = 0; n <= QUIC_MAX_CID_BYTES; n++) {
		packet.dcid.n_bytes = n;
		packet.scid = PEERS_CLIENT;
		parse_long(&packet, &p);
		packet.scid = PEERS_SERVER;
		parse_long(&packet, &other);
		assert_int_equal(p.quic_dcid, other.quic_dcid);
		assert_int_not_equal(p.quic_scid, other.quic_scid);
	}
}

static void connection_ids_over_20_bytes_are_malformed(void **state)
{
	struct peers_long packet = plain;
	struct packet p;

	for (int n = 21; n < 256; n++) {
		packet = plain;
		packet.dcid.n_bytes = n;
		assert_int_equal(parse_long(&packet, &p),
				 OUTCOME_QUIC_MALFORMED);
		packet = plain;
		packet.scid.n_bytes = n;
		assert_int_equal(parse_long(&packet, &p),
				 OUTCOME_QUIC_MALFORMED);
		packet.is_negotiation = true; /* most of it is not QUIC */
		assert_int_equal(parse_long(&packet, &p), PARSE_GO_ON);
		assert_int_equal(p.quic_kind, QUIC_OTHER_VERSION);
	}
}

static void connection_ids_must_lie_in_the_packet(void **state)
{
	struct built head;
	struct packet p;

	peers_make_long(&plain, &head);
	for (uint32_t n = 5; n < 7 + 16 + 4; n++)
		assert_int_equal(parse(&head, n, 0, &p),
				 OUTCOME_QUIC_MALFORMED);
	assert_int_equal(parse(&head, 7 + 16 + 4, 0, &p), PARSE_GO_ON);
	for (uint32_t n = 1; n < 5; n++) {
		assert_int_equal(parse(&head, n, 0, &p), PARSE_GO_ON);
		assert_int_equal(p.quic_kind, QUIC_OTHER_VERSION);
	}
}

/* Cut anywhere, it reads nothing beyond, and says that more could tell more. */
static void cut_headers_are_told(void **state)
{
	struct peers_long packet = plain;
	struct built head;
	struct packet p;
	int parsed;

	packet.dcid.n_bytes = packet.scid.n_bytes = 20;
	peers_make_long(&packet, &head);
	for (uint32_t n_kept = 0; n_kept < 47; n_kept++) {
		parsed = parse(&head, 1200, 1200 - n_kept, &p);
		if (n_kept >= 5)
			assert_int_equal(parsed, OUTCOME_QUIC_TRUNCATED);
		assert_true(p.is_cut);
	}
	assert_int_equal(parse(&head, 1200, 1200 - 47, &p), PARSE_GO_ON);
	assert_false(p.is_cut);
	packet.is_negotiation = true;
	peers_make_long(&packet, &head);
	parsed = parse(&head, 1200, 1200 - 20, &p);
	assert_int_equal(parsed, PARSE_GO_ON);
	assert_int_equal(p.quic_kind, QUIC_OTHER_VERSION);
}

static void client_initial_has_its_marks(void **state)
{
	struct peers_long packet = plain;
	struct built head;
	struct packet p;

	parse_long(&packet, &p);
	assert_true(quic_is_client_initial(&p));
	for (int n = 0; n <= 20; n++) {
		packet.dcid.n_bytes = n;
		parse_long(&packet, &p);
		assert_int_equal(quic_is_client_initial(&p), n >= 8);
	}
	packet = plain;
	for (int type = 1; type < 4; type++) {
		packet.type = (enum peers_type)type;
		parse_long(&packet, &p);
		assert_false(quic_is_client_initial(&p));
	}
	packet = plain;
	packet.is_unfixed = true;
	parse_long(&packet, &p);
	assert_false(quic_is_client_initial(&p));
	peers_make_long(&plain, &head);
	parse(&head, 1199, 0, &p);
	assert_false(quic_is_client_initial(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_those_of_their_version),
		cmocka_unit_test(unknown_versions_say_nothing_more),
		cmocka_unit_test(bits_of_a_short_header_are_read),
		cmocka_unit_test(digests_tell_connection_ids_apart),
		cmocka_unit_test(digest_ends_with_its_connection_id),
		cmocka_unit_test(connection_ids_over_20_bytes_are_malformed),
		cmocka_unit_test(connection_ids_must_lie_in_the_packet),
		cmocka_unit_test(cut_headers_are_told),
		cmocka_unit_test(client_initial_has_its_marks),
	};

	return cmocka_run_group_tests(tests, open_guard, NULL);
}
