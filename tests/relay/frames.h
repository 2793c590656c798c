/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames in flight: a fixed pool shared by both directions, and one queue per
 * direction ordered by due time, then by arrival. A frame is either in the
 * pool's free list or in exactly one queue. Single-threaded. The queue is a
 * binary heap, so adding and taking cost O(log n).
 */
#ifndef RELAY_FRAMES_H
#define RELAY_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FRAMES_MAX_BYTES = 2048, /* longer frames arrive cut to this */
	FRAMES_MAX = 1 << 14,
};

struct frame {
	uint64_t due_ns;  /* CLOCK_MONOTONIC */
	uint64_t arrival; /* breaks ties, so that order is kept */
	uint32_t len_bytes;
	uint8_t data[FRAMES_MAX_BYTES];
};

struct frames_pool {
	struct frame *frames;
	struct frame **free;
	uint32_t n_free;
};

struct frames_queue {
	struct frame **heap;
	uint32_t n;
};

/* 0 or -ENOMEM; on failure nothing is held. */
int frames_pool_init(struct frames_pool *pool);
void frames_pool_fini(struct frames_pool *pool);

/* NULL if all frames are in flight. */
struct frame *frames_pool_take(struct frames_pool *pool);
void frames_pool_give(struct frames_pool *pool, struct frame *frame);

/* A queue holds all frames of the pool if it must: adding cannot fail. */
int frames_queue_init(struct frames_queue *queue);
void frames_queue_fini(struct frames_queue *queue);
void frames_queue_add(struct frames_queue *queue, struct frame *frame);

/* The frame due first, or NULL; stays in the queue. */
struct frame *frames_queue_first(const struct frames_queue *queue);

/* Takes the frame due first; the queue must not be empty. */
struct frame *frames_queue_take(struct frames_queue *queue);

#endif
