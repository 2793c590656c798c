/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grammar-aware frames: a small world of hosts whose TCP connections, pings and
 * QUIC flows move on plausibly, so that stamps are matched, tables fill and flows
 * are evicted; and, in a share of frames, tags, labels, tunnels, options, extension
 * headers, fragments, forged echoes, cut ends and flipped bytes. The same seed gives the
 * same frames.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "frames_quic.h"

enum { FRAMES_MAX_BYTES = 2048, FRAMES_N_TALKS = 512 };

/* One TCP connection, ping or QUIC connection between two hosts. */
struct frames_talk {
	uint8_t family, is_icmp, is_plain, state;
	uint16_t host[2], port[2], sequence;
	uint32_t tsval[2], ticks_per_ms, seq[2];
	struct frames_quic quic;
};

struct frames {
	uint64_t random;
	uint64_t now_ns;
	struct frames_talk talk[FRAMES_N_TALKS];
};

struct frame_made {
	uint8_t bytes[FRAMES_MAX_BYTES];
	uint32_t n_bytes; /* kept */
	uint32_t n_wire;  /* before the end was cut */
	uint64_t time_ns;
};

void frames_init(struct frames *frames, uint64_t seed);
/* min_bytes: what the frame keeps at least, when it has that much. */
void frames_make(struct frames *frames, uint32_t min_bytes,
		 struct frame_made *ret_frame);

/* For the parts of the generator. Bytes beyond FRAMES_MAX_BYTES are dropped. */
uint32_t frames_draw(struct frames *frames);
bool frames_one_in(struct frames *frames, uint32_t n);
void frames_put8(struct frame_made *frame, uint8_t value);
void frames_put32(struct frame_made *frame, uint32_t value);
void frames_put_zeros(struct frame_made *frame, uint32_t n);

#endif
