/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QUIC conversations for frames.h: handshakes with Retry, Version Negotiation,
 * changes of version and repeated flights, then short headers that spin, keep
 * their bit, or draw it; migration, one-way visibility, and headers that are
 * wrong in every field that is read.
 */
#ifndef TESTS_FRAMES_QUIC_H
#define TESTS_FRAMES_QUIC_H

#include <stdint.h>

enum frames_quic_mode {
	FRAMES_SPINS,
	FRAMES_GREASES,
	FRAMES_KEEPS_0,
	FRAMES_KEEPS_1,
	FRAMES_TURNS_GREASED, /* after 100 packets */
	N_FRAMES_QUIC_MODES,
};

struct frames_quic {
	uint8_t is_quic, is_one_way, mode, stage, version, bit;
	uint8_t cid_bytes[3], cid[3][20]; /* client's, server's, first one */
	uint16_t n_packets;
};

struct frames;
struct frames_talk;
struct frame_made;

void frames_quic_begin(struct frames *frames, struct frames_talk *talk);
/* The payload of a UDP packet that end `from` (0: client) sends. */
void frames_quic_put(struct frames *frames, struct frame_made *frame,
		     struct frames_talk *talk, int from);

#endif
