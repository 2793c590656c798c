/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QUIC flow's entry: its time, its flags, and what a subnet is told of it.
 *
 * Both directions write class, counters and flags, mostly half a round trip
 * apart. Two CPUs that do so at once may lose one step of a counter or count a
 * flow of a subnet twice; no sample is made of two halves, since a time is one
 * aligned word.
 */
#ifndef CORE_QUIC_FLOW_H
#define CORE_QUIC_FLOW_H

#include "flow.h"
#include "match.h"
#include "quic_parse.h"

enum {
	QUIC_TICK_BITS = 8,             /* 256 ns; wraps in 18 minutes */
	QUIC_FORGET_FLOW_TICKS = 57220, /* 60 s */
	QUIC_REFRESH_FLOW_TICKS = 954,  /* 1 s: how exact `active` is */
};

#define QUIC_TICKS(ns) ((__u32)((ns) >> QUIC_TICK_BITS))

/* flow->hand of a QUIC flow */
enum quic_hand {
	QUIC_CLIENT_IS_1 = 1, /* endpoint 1 is the client */
	QUIC_CONFIRMED = 2,   /* each has shown that it speaks QUIC */
	QUIC_ASKED = 4,       /* a flight of the client waits for an answer */
	QUIC_ANSWERED = 8,    /* one of the server does */
	QUIC_AMBIGUOUS = 16,  /* that flight was sent again */
	/* after the handshake: an edge was refused since the last accepted one */
	QUIC_DOUBTFUL = 16,
	QUIC_RESTARTS = 32, /* that answer was Retry or Version Negotiation */
	QUIC_LAST_EDGE_IS_1 = 64, /* newest accepted edge: direction 1 */
	QUIC_NEGOTIATES = 128,    /* that answer was Version Negotiation */
};

/* flow->dir_flags, beside FLOW_DIR_KNOWN (without it the direction does not
 * pass here) and FLOW_DIR_CLOSED, which no packet sets */
enum quic_dir_flag {
	QUIC_DIR_SHORT = 2, /* a short header was seen: same and the bit hold */
	QUIC_DIR_EDGE = 4,  /* edge is valid */
	QUIC_DIR_BIT = 16,  /* accepted value of the spin bit */
	QUIC_DIR_RETRY = 32,  /* packets of the other bit have been refused */
	QUIC_DIR_FLOOR = 64,  /* floor is known */
	QUIC_DIR_CLOSE = 128, /* so was the last sample, for want of a floor */
};

static inline __u32 quic_now(struct machine *m)
{
	return QUIC_TICKS(machine_now_ns(m));
}

/* 0 when the clock stepped back between the two. */
static inline __u32 quic_elapsed(__u32 now, __u32 then)
{
	__s32 ticks = now - then;

	return ticks > 0 ? ticks : 0;
}

static inline __u32 quic_client(const struct flow *flow)
{
	return flow->hand & QUIC_CLIENT_IS_1;
}

static inline bool quic_has_dir(const struct flow *flow, __u32 direction,
				__u8 flag)
{
	return flow->dir_flags[direction & 1] & flag;
}

/* Class of what one endpoint sends: ends that never flip may differ in the bit
 * they keep. */
static inline __u32 quic_class(const struct flow *flow, __u32 endpoint)
{
	if (flow->quic.class != SPIN_CLASS_CONSTANT_0)
		return flow->quic.class;
	return quic_has_dir(flow, endpoint, QUIC_DIR_BIT) ?
		       SPIN_CLASS_CONSTANT_1 :
		       SPIN_CLASS_CONSTANT_0;
}

/* Traffic cell of an endpoint's subnet for a packet of the flow. */
static inline __u32 quic_traffic_cell(const struct flow *flow, __u32 endpoint)
{
	if (flow->hand & QUIC_CONFIRMED)
		return TRAFFIC_CELL_SPIN + quic_class(flow, endpoint);
	return TRAFFIC_QUIC;
}

/* Subnet slot of either endpoint, whoever sent the packet at hand. */
static inline __u32 quic_endpoint_slot(struct machine *m, struct flow *flow,
				       __u32 endpoint, __u8 family)
{
	const __u64 address[2] = {
		flow->address[2 * (endpoint & 1)],
		flow->address[2 * (endpoint & 1) + 1],
	};

	return flow_subnet_slot(m, flow, endpoint, address, family);
}

#endif
