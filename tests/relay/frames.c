// SPDX-License-Identifier: GPL-2.0-or-later
#include "frames.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int frames_pool_init(struct frames_pool *pool)
{
	pool->frames = calloc(FRAMES_MAX, sizeof(*pool->frames));
	pool->free = calloc(FRAMES_MAX, sizeof(struct frame *));
	if (!pool->frames || !pool->free) {
		frames_pool_fini(pool);
		return -ENOMEM;
	}
	pool->n_free = 0;
	for (uint32_t i = FRAMES_MAX; i > 0; i--)
		pool->free[pool->n_free++] = &pool->frames[i - 1];
	return 0;
}

void frames_pool_fini(struct frames_pool *pool)
{
	free(pool->frames);
	free(pool->free);
	pool->frames = NULL;
	pool->free = NULL;
	pool->n_free = 0;
}

struct frame *frames_pool_take(struct frames_pool *pool)
{
	return pool->n_free ? pool->free[--pool->n_free] : NULL;
}

void frames_pool_give(struct frames_pool *pool, struct frame *frame)
{
	assert(pool->n_free < FRAMES_MAX);
	pool->free[pool->n_free++] = frame;
}

int frames_queue_init(struct frames_queue *queue)
{
	queue->heap = calloc(FRAMES_MAX, sizeof(struct frame *));
	queue->n = 0;
	return queue->heap ? 0 : -ENOMEM;
}

void frames_queue_fini(struct frames_queue *queue)
{
	free(queue->heap);
	queue->heap = NULL;
	queue->n = 0;
}

static bool frames_is_before(const struct frame *a, const struct frame *b)
{
	if (a->due_ns != b->due_ns)
		return a->due_ns < b->due_ns;
	return a->arrival < b->arrival;
}

void frames_queue_add(struct frames_queue *queue, struct frame *frame)
{
	uint32_t i = queue->n++;

	assert(queue->n <= FRAMES_MAX);
	while (i && frames_is_before(frame, queue->heap[(i - 1) / 2])) {
		queue->heap[i] = queue->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	queue->heap[i] = frame;
}

struct frame *frames_queue_first(const struct frames_queue *queue)
{
	return queue->n ? queue->heap[0] : NULL;
}

struct frame *frames_queue_take(struct frames_queue *queue)
{
	struct frame *first = queue->heap[0];
	struct frame *last;
	uint32_t i = 0, child;

	assert(queue->n > 0);
	last = queue->heap[--queue->n];
	while ((child = 2 * i + 1) < queue->n) {
		if (child + 1 < queue->n &&
		    frames_is_before(queue->heap[child + 1],
				     queue->heap[child]))
			child++;
		if (!frames_is_before(queue->heap[child], last))
			break;
		queue->heap[i] = queue->heap[child];
		i = child;
	}
	queue->heap[i] = last;
	return first;
}
