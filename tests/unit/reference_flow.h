/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows and outstanding stamps without limits, searched from the start. */
#ifndef TESTS_REFERENCE_FLOW_H
#define TESTS_REFERENCE_FLOW_H

#include <stdlib.h>

#include "../../core/source.h"
#include "reference_packet.h"

struct reference_stamp {
	uint32_t val;
	uint64_t time_ns;
	bool is_gone;
};

struct reference_way {
	bool is_known;
	uint32_t newest_seen, newest_stamped;
	struct reference_stamp *stamp;
	size_t n_stamps, max_stamps;
};

/* The SYN or SYN-ACK of a direction. */
struct reference_hand {
	uint32_t seq;
	uint64_t time_ns;
	bool is_known, waits, is_repeated;
};

struct reference_flow {
	struct reference_packet first; /* way 0 is that of this packet */
	struct reference_way way[2];   /* by TSval, or echo number */
	struct reference_way seq[2];   /* by end of segment */
	struct reference_hand hand[2];
	bool is_seq, is_closed[2];
	/* by the reference, and also by core */
	uint64_t n_samples[N_SOURCES];
	uint64_t n_matched[N_SOURCES];
};

struct reference {
	struct reference_flow *flow;
	size_t n_flows;
};

static inline bool reference_is_flow(const struct reference_flow *flow,
				     const struct reference_packet *p, int way)
{
	const struct reference_packet *first = &flow->first;

	return first->protocol == p->protocol &&
	       first->port[way] == p->port[0] &&
	       first->port[!way] == p->port[1] &&
	       !memcmp(first->address[way], p->address[0], 16) &&
	       !memcmp(first->address[!way], p->address[1], 16);
}

static inline struct reference_flow *
reference_find(struct reference *reference, const struct reference_packet *p,
	       int *ret_way)
{
	for (size_t i = 0; i < reference->n_flows; i++)
		for (int way = 0; way < 2; way++)
			if (reference_is_flow(&reference->flow[i], p, way)) {
				*ret_way = way;
				return &reference->flow[i];
			}
	return NULL;
}

static inline struct reference_flow *
reference_open(struct reference *reference, const struct reference_packet *p)
{
	struct reference_flow *flow;

	reference->flow =
		realloc(reference->flow, ++reference->n_flows * sizeof(*flow));
	if (!reference->flow)
		abort();
	flow = &reference->flow[reference->n_flows - 1];
	*flow = (struct reference_flow){ .first = *p };
	return flow;
}

static inline void reference_stamp(struct reference_way *way, uint32_t val,
				   uint64_t now_ns)
{
	if (way->n_stamps == way->max_stamps) {
		way->max_stamps = 2 * way->max_stamps + 64;
		way->stamp = realloc(way->stamp,
				     way->max_stamps * sizeof(*way->stamp));
		if (!way->stamp)
			abort();
	}
	way->stamp[way->n_stamps++] =
		(struct reference_stamp){ .val = val, .time_ns = now_ns };
}

static inline void reference_forget(struct reference_way *way)
{
	free(way->stamp);
	memset(way, 0, sizeof(*way));
}

/* The RTT in ns, or -1. */
static inline int64_t reference_take(struct reference_way *way, uint32_t val,
				     uint64_t now_ns)
{
	for (size_t i = 0; i < way->n_stamps; i++) {
		struct reference_stamp *stamp = &way->stamp[i];

		if (stamp->is_gone || stamp->val != val)
			continue;
		stamp->is_gone = true;
		if (now_ns < stamp->time_ns ||
		    now_ns - stamp->time_ns > 60000000000)
			return -1;
		return now_ns - stamp->time_ns;
	}
	return -1;
}

static inline void reference_fini(struct reference *reference)
{
	for (size_t i = 0; i < reference->n_flows; i++)
		for (int way = 0; way < 2; way++) {
			free(reference->flow[i].way[way].stamp);
			free(reference->flow[i].seq[way].stamp);
		}
	free(reference->flow);
	*reference = (struct reference){ 0 };
}

#endif
