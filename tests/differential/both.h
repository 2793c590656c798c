/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loaded BPF programs and the tables in memory side by side: the same frames
 * at the same times go through both, and what they leave is compared bit for bit.
 * Functions assert (cmocka).
 */
#ifndef TESTS_BOTH_H
#define TESTS_BOTH_H

#include "../../collector/live_maps.h"
#include "../../collector/memory_tables.h"

enum {
	BOTH_MIN_TC_BYTES = 54,   /* tc test runs refuse shorter IPv6 frames */
	BOTH_MAX_TC_BYTES = 3712, /* and longer ones than a page holds */
	BOTH_MIN_XDP_BYTES = 14,
};

struct both {
	struct live_maps *kernel;
	struct machine *memory;
	__u64 n_samples;
};

struct both_frame {
	const void *bytes;
	__u32 n_bytes;
	__u32 n_wire; /* XDP has no other length than n_bytes */
	__u64 time_ns;
};

/* Skips the test where BPF is not permitted. */
void both_open(struct both *both, const struct settings *settings);
void both_close(struct both *both);

/* Through a program, one of those of tc on ingress or LIVE_XDP. */
void both_observe(struct both *both, enum live_program program,
		  const struct both_frame *frame);

/* Ends the interval on both and compares what it left. */
void both_swap(struct both *both);

#endif
