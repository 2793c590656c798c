/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP payload -> QUIC header, as far as an observer can read it.
 *
 * Of a datagram the first packet is read: coalesced ones repeat what matters,
 * and trailing bytes can be padding. Connection IDs stay here; what leaves is
 * their length and a 16-bit digest, enough to tell whether two are the same.
 *
 * Sources: RFC 8999 (invariants), RFC 9000 17, RFC 9369 3.2 (type bits of
 * version 2).
 */
#ifndef CORE_QUIC_PARSE_H
#define CORE_QUIC_PARSE_H

#include "outcome.h"
#include "packet.h"
#include "parse_link.h"
#include "quic_version.h"
#include "wire.h"

enum quic_limits {
	QUIC_MAX_CID_BYTES = 20,
	QUIC_MIN_CLIENT_DCID_BYTES = 8,
	QUIC_MIN_INITIAL_BYTES = 1200,
	/* First byte, connection ID of none, packet number and payload of at
	 * least 4 bytes, authentication tag of 16 (RFC 9001 5.4.2). */
	QUIC_MIN_SHORT_BYTES = 21,
	QUIC_CID_WORDS = QUIC_MAX_CID_BYTES / 4,
};

/* Bits of the first byte */
enum quic_first_byte {
	QUIC_LONG_FORM = 0x80,
	QUIC_FIXED = 0x40,
	QUIC_SPIN = 0x20,
	QUIC_TYPE_SHIFT = 4,
};

/* Of a datagram; QUIC_NONE where no header can be. */
enum quic_kind {
	QUIC_NONE = 0,
	QUIC_SHORT_HEADER,
	QUIC_INITIAL,
	QUIC_ZERO_RTT,
	QUIC_HANDSHAKE_PACKET,
	QUIC_RETRY,
	QUIC_NEGOTIATION,   /* version 0 */
	QUIC_OTHER_VERSION, /* a long header that says nothing more */
};

/* Version 2 moves each type by one, and so did its draft. */
static inline __u8 quic_long_kind(__u8 first, __u8 version)
{
	__u8 type = first >> QUIC_TYPE_SHIFT & 3;

	if (version == QUIC_V2 || version == QUIC_V2_DRAFT)
		type = (type - 1) & 3;
	switch (type) {
	case 0:
		return QUIC_INITIAL;
	case 1:
		return QUIC_ZERO_RTT;
	case 2:
		return QUIC_HANDSHAKE_PACKET;
	default:
		return QUIC_RETRY;
	}
}

/* Digest of n bytes at offset; false when the capture ends there. Whole words
 * are read: behind a connection ID a packet goes on. */
static inline bool quic_digest(const struct frame *frame, __u32 offset, __u8 n,
			       __u16 *ret_digest)
{
	__u32 digest = n;
	const struct wire_word *word;
	__u32 value;

	for (__u32 i = 0; i < QUIC_CID_WORDS; i++) {
		if (4 * i >= n)
			break;
		word = frame_at(frame, offset + 4 * i, sizeof(*word));
		if (!word)
			return false;
		value = word->value;
		if (n - 4 * i < 4)
			value &= WIRE_32(~0U << 8 * (4 - (n & 3)));
		digest = (digest ^ value) * 0x9e3779b1U; /* 2^32 / golden */
		digest ^= digest >> 15;
	}
	*ret_digest = digest ^ digest >> 16;
	return true;
}

/* Length of a connection ID and, if it is one that these versions allow, its
 * digest. Moves *offset behind it. */
static inline int quic_parse_cid(const struct frame *frame, struct packet *p,
				 __u32 *offset, __u8 *ret_n, __u16 *ret_digest)
{
	const __u8 *n = frame_at(frame, *offset, 1);
	__u8 n_bytes;

	if (*offset >= p->ip_end)
		return OUTCOME_QUIC_MALFORMED;
	if (!n)
		return OUTCOME_QUIC_TRUNCATED;
	n_bytes = *n;
	if (n_bytes > QUIC_MAX_CID_BYTES ||
	    *offset + 1 + n_bytes + 4 > p->ip_end)
		return OUTCOME_QUIC_MALFORMED;
	if (!quic_digest(frame, *offset + 1, n_bytes, ret_digest))
		return OUTCOME_QUIC_TRUNCATED;
	*offset += 1 + n_bytes;
	*ret_n = n_bytes;
	return PARSE_GO_ON;
}

static inline int quic_parse_long(const struct frame *frame, struct packet *p,
				  __u8 first)
{
	const struct wire_word *word =
		frame_at(frame, p->offset + 1, sizeof(*word));
	__u32 offset = p->offset + 1 + sizeof(*word), version;
	__u8 scid_bytes;
	int parsed;

	p->quic_kind = QUIC_OTHER_VERSION;
	if (offset > p->ip_end)
		return PARSE_GO_ON;
	if (!word) {
		p->is_cut = 1;
		return PARSE_GO_ON;
	}
	version = WIRE_32(word->value);
	p->quic_version = quic_version_code(version);
	if (version && p->quic_version == N_QUIC_VERSIONS)
		return PARSE_GO_ON;
	parsed = quic_parse_cid(frame, p, &offset, &p->quic_dcid_bytes,
				&p->quic_dcid);
	if (parsed == PARSE_GO_ON)
		parsed = quic_parse_cid(frame, p, &offset, &scid_bytes,
					&p->quic_scid);
	if (parsed != PARSE_GO_ON) {
		p->is_cut = parsed == OUTCOME_QUIC_TRUNCATED;
		/* most of what has version 0 here is not QUIC */
		return version ? parsed : PARSE_GO_ON;
	}
	p->quic_kind = version ? quic_long_kind(first, p->quic_version) :
				 QUIC_NEGOTIATION;
	p->quic_is_fixed = first >> 6 & 1;
	return PARSE_GO_ON;
}

/* The payload begins at p->offset and is not empty. Goes on for whatever may
 * belong to a QUIC flow. */
static inline int quic_parse(const struct frame *frame, struct packet *p)
{
	const __u8 *first = frame_at(frame, p->offset, 1);
	__u8 byte;

	if (!first) {
		p->is_cut = 1;
		return OUTCOME_UDP;
	}
	byte = *first;
	if (byte & QUIC_LONG_FORM)
		return quic_parse_long(frame, p, byte);
	p->quic_kind = QUIC_SHORT_HEADER;
	p->quic_is_fixed = byte >> 6 & 1;
	p->quic_spin = byte >> 5 & 1;
	return PARSE_GO_ON;
}

/* Whether the packet may begin a connection (RFC 9000 14.1, 7.2, 17.2). */
static inline bool quic_is_client_initial(const struct packet *p)
{
	return p->quic_kind == QUIC_INITIAL && p->quic_is_fixed &&
	       p->quic_dcid_bytes >= QUIC_MIN_CLIENT_DCID_BYTES &&
	       p->payload_bytes >= QUIC_MIN_INITIAL_BYTES;
}

#endif
