/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cable does to a frame in one direction: it may be lost, delivered
 * twice, wait for the link's rate, be delayed by its path, by jitter, and be
 * held back so that later frames overtake it. Randomness and time are
 * parameters, so a run is repeatable from its seed and arrival times.
 *
 * A path is a prefix of addresses at the cable's b end, with a delay of its
 * own; the longest one that contains the frame's b-side address counts (the
 * destination of a->b, the source of b->a). Frames without one, and all that
 * is not IP, take the default delay. Order is kept within a path only: a short
 * path must not wait for a long one.
 */
#ifndef RELAY_IMPAIR_H
#define RELAY_IMPAIR_H

#include <stdbool.h>
#include <stdint.h>

enum {
	IMPAIR_MAX_PATHS = 64, /* the first one is the default */
	IMPAIR_TO_B = 0,
	IMPAIR_TO_A = 1,
};

enum impair_jitter {
	IMPAIR_UNIFORM,     /* +- jitter_ns */
	IMPAIR_NORMAL,      /* sigma jitter_ns */
	IMPAIR_EXPONENTIAL, /* mean jitter_ns on top */
};

struct impair_path {
	uint8_t prefix[16];  /* IPv4 in v4-mapped form */
	uint8_t prefix_bits; /* 0..128 */
	double delay_ns[2];  /* by direction */
	uint64_t last_due_ns[2];
};

struct impair_paths {
	struct impair_path path[IMPAIR_MAX_PATHS];
	uint32_t n;
};

struct impair {
	double jitter_ns;
	double rate_bps; /* 0: no limit */
	double queue_ns; /* what the link may hold, as time at rate_bps */
	double loss_ratio;
	double loss_burst_packets; /* mean; <= 1: independent losses */
	double duplicate_ratio;
	double reorder_ratio;
	double reorder_hold_ns;
	enum impair_jitter distribution;
	bool jitter_reorders;
	bool is_in_burst;
	uint64_t link_free_ns;
};

struct impair_random {
	uint64_t state; /* never 0 */
};

/* "ADDR/LEN=T[,T]" becomes one more path; 0, -EINVAL or -ENOSPC. */
int impair_paths_add(struct impair_paths *paths, const char *spec);

/* Never NULL: paths->path[0] is the default. */
struct impair_path *impair_paths_find(struct impair_paths *paths,
				      const uint8_t *frame, uint32_t len_bytes,
				      int direction);

/* Uniform in (0, 1). */
double impair_random_next(struct impair_random *random);

bool impair_is_lost(struct impair *impair, struct impair_random *random);

/*
 * When a frame that arrived at now_ns leaves; false if the link's queue is full
 * and the frame is dropped. *ret_is_held tells whether it was reordered.
 */
bool impair_plan(struct impair *impair, struct impair_path *path, int direction,
		 struct impair_random *random, uint64_t now_ns,
		 uint32_t len_bytes, uint64_t *ret_due_ns, bool *ret_is_held);

/* "250us", "10ms", "1s", or plain nanoseconds. 0 or -EINVAL. */
int impair_parse_time(const char *text, char **ret_end, double *ret_ns);

#endif
