/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that look like QUIC to someone on the path: long headers of RFC 8999
 * with the types of RFC 9000 (version 1) or RFC 9369 (version 2), and short
 * headers with the spin bit. Nothing is encrypted: what QUIC would protect is a
 * body in clear, the same in every packet, for the endpoint's own use.
 */
#ifndef QUIC_PACKET_H
#define QUIC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PACKET_MAX_BYTES = 1252,     /* of a datagram's payload */
	PACKET_INITIAL_BYTES = 1200, /* RFC 9000, 14.1: at least */
	PACKET_ID_BYTES = 8, /* every connection ID here has this length */
};

enum packet_type {
	PACKET_INITIAL = 0,
	PACKET_HANDSHAKE = 2,
	PACKET_RETRY = 3,
	PACKET_SHORT = 4,
};

enum packet_kind {
	PACKET_ACK = 0,
	PACKET_DATA = 1,    /* to be acknowledged */
	PACKET_REQUEST = 2, /* to be answered */
};

struct packet_id {
	uint8_t bytes[PACKET_ID_BYTES];
};

/* Times are CLOCK_MONOTONIC of the sender. */
struct packet_body {
	uint32_t number;
	uint32_t pause_ns; /* the client's wish, for the server's data */
	uint64_t sent_ns;
	uint64_t echo_ns; /* sent_ns of the newest packet received; 0: none */
	uint64_t echo_delay_ns; /* how long that one has been here */
	uint32_t think_us;      /* the client's wish, before an answer */
	uint8_t kind;           /* enum packet_kind */
	uint8_t mode;           /* the client's wish, enum options_mode */
};

struct packet {
	enum packet_type type;
	bool spin_bit, fixed_bit;
	uint32_t version;          /* not in a short header */
	struct packet_id to, from; /* from: not in a short header */
	struct packet_body body;
};

/*
 * Writes the packet, filled up to n_bytes, and returns the bytes written, which
 * are more where n_bytes is less than the packet needs. out has room for
 * PACKET_MAX_BYTES. An Initial of a server (is_coalesced) is followed by a
 * Handshake packet in the same datagram.
 */
size_t packet_write(const struct packet *packet, size_t n_bytes,
		    bool is_coalesced, uint8_t *out);

/* The first packet of a datagram: 0, or -EINVAL if it is not one of ours. */
int packet_read(const uint8_t *data, size_t n_bytes, struct packet *ret_packet);

#endif
