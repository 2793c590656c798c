/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that end before a page that nobody may touch: reading one byte beyond
 * the captured ones ends the test, with or without a sanitizer.
 */
#ifndef TESTS_FRAME_GUARD_H
#define TESTS_FRAME_GUARD_H

#include <sys/mman.h>

#include "../../core/packet.h"
#include "frame_build.h"

enum { GUARD_BYTES = 32768 };

static uint8_t *guard_end;

/* A cmocka group setup. */
static int open_guard(void **state)
{
	uint8_t *area = mmap(NULL, 2 * GUARD_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return -1;
	guard_end = area + GUARD_BYTES;
	return mprotect(guard_end, GUARD_BYTES, PROT_NONE);
}

/* The first n_captured bytes, and a packet to parse them into. */
static inline struct frame guard_frame(const struct built *built,
				       uint32_t n_captured, enum link link,
				       struct packet *ret_packet)
{
	uint8_t *bytes = guard_end - n_captured;

	memcpy(bytes, built->bytes, n_captured);
	*ret_packet = (struct packet){
		.link = link,
		.n_segments = 1,
		.wire_bytes = built->n_bytes,
	};
	return (struct frame){ .data = bytes, .data_end = guard_end };
}

#endif
