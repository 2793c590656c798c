/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a QUIC flow spins (RFC 9000 17.4: an endpoint may keep the bit
 * constant, or set it at random, per connection or per packet).
 *
 * Good edges are legal and not too soon; bad ones are against causality,
 * rejected ones too soon after the last. A flow spins when its score
 *
 *	good - 8 bad - 2 rejected
 *
 * has reached 6: random bits lose about as often as they win, so their score
 * falls, while reordering costs a spinning flow a point now and then.
 */
#ifndef CORE_QUIC_CLASS_H
#define CORE_QUIC_CLASS_H

#include "quic_held.h"

enum {
	QUIC_MIN_PACKETS = 8, /* each way, before a flow is judged */
	QUIC_MIN_EDGES = 6,
	QUIC_BAD_COSTS = 8,
	QUIC_REJECTED_COSTS = 2,
};

static inline void quic_count_edge(struct flow_quic *quic, __u8 *counter)
{
	if (*counter == 255) {
		quic->n_good /= 2;
		quic->n_bad /= 2;
		quic->n_rejected /= 2;
	}
	++*counter;
}

/* Enough packets each way that passes here. */
static inline bool quic_has_packets(const struct flow *flow)
{
	for (int i = 0; i < 2; i++)
		if (flow->quic.n_packets[i] < QUIC_MIN_PACKETS &&
		    flow->dir_flags[i] & FLOW_DIR_KNOWN)
			return false;
	return true;
}

static inline __u8 quic_judge(const struct flow *flow)
{
	const struct flow_quic *quic = &flow->quic;
	__u32 n_good = quic->n_good, n_bad = quic->n_bad;
	__u32 n_rejected = quic->n_rejected;
	__s32 score = n_good - QUIC_BAD_COSTS * n_bad -
		      QUIC_REJECTED_COSTS * n_rejected;

	if (!(n_good | n_bad | n_rejected))
		return quic_has_packets(flow) ? SPIN_CLASS_CONSTANT_0 :
						quic->class;
	if (score >= QUIC_MIN_EDGES && quic_has_packets(flow))
		return SPIN_CLASS_SPINNING;
	if (n_good + n_bad + n_rejected >= QUIC_MIN_EDGES &&
	    (n_bad > n_good / 4 + 1 || n_rejected > 2 * n_good))
		return SPIN_CLASS_GREASED;
	return quic->class == SPIN_CLASS_CONSTANT_0 ? SPIN_CLASS_UNDECIDED :
						      quic->class;
}

static inline void quic_set_class(struct machine *m, struct flow *flow,
				  const struct packet *p)
{
	struct flow_quic *quic = &flow->quic;
	__u8 class = quic_judge(flow);

	if (class == quic->class)
		return;
	quic->class = class;
	if (class == SPIN_CLASS_SPINNING)
		quic_release(m, flow, p);
	if (class != SPIN_CLASS_GREASED)
		return;
	machine_count_events(m, EVENT_SPIN_RELEASED_BEFORE_GREASED,
			     quic->n_released);
	quic->n_released = 0;
	quic_drop_held(m, quic);
}

#endif
