/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A UDP packet that may be QUIC: which flow it belongs to, and what it tells of
 * it.
 *
 * A flow becomes QUIC by a client's Initial, or by a short header to or from a
 * server that has confirmed another connection; nothing else opens one. After
 * the confirmation the fixed bit is never looked at: it is greased (RFC 9287).
 *
 * Sources: RFC 9000, RFC 9287, RFC 9312.
 */
#ifndef CORE_QUIC_H
#define CORE_QUIC_H

#include "quic_handshake.h"
#include "quic_participation.h"
#include "quic_server.h"
#include "quic_spin.h"

/* Short headers and unknown versions are looked up only where a server was. */
static inline bool quic_may_have_flow(struct machine *m, const struct packet *p)
{
	if (p->quic_kind != QUIC_SHORT_HEADER &&
	    p->quic_kind != QUIC_OTHER_VERSION)
		return p->quic_kind != QUIC_NONE;
	return quic_server_has_port(m, p->source_port) ||
	       quic_server_has_port(m, p->destination_port);
}

/* Without a flow these say nothing of QUIC. */
static inline bool quic_is_plain_udp(const struct packet *p)
{
	return p->quic_kind == QUIC_SHORT_HEADER ||
	       p->quic_kind == QUIC_OTHER_VERSION ||
	       p->quic_kind == QUIC_NEGOTIATION;
}

/* For a short header of an unknown port pair: quic_server_find() of the server
 * at one of its ends, or 0. */
static inline __u32 quic_find_server(struct machine *m, const struct packet *p,
				     bool *ret_is_source)
{
	__u32 version;

	if (p->quic_kind != QUIC_SHORT_HEADER || !p->quic_is_fixed ||
	    p->payload_bytes < QUIC_MIN_SHORT_BYTES)
		return 0;
	version = quic_server_find(m, p->destination, p->destination_port);
	if (version)
		return version;
	*ret_is_source = true;
	return quic_server_find(m, p->source, p->source_port);
}

/* The entry of a new flow begins by what opened it: an Initial, or
 * server_version - 1 of the known server at the sender's end or the other. */
static inline void quic_open(struct machine *m, struct flow *flow,
			     const struct packet *p, __u32 direction,
			     __u32 server_version, bool is_from_server)
{
	if (!server_version) {
		machine_count_event(m, EVENT_QUIC_OPENED);
		quic_ask(flow, direction, p, quic_now(m));
		return;
	}
	machine_count_event(m, EVENT_QUIC_ADOPTED);
	flow->hand = QUIC_CONFIRMED;
	if ((direction & 1) != is_from_server)
		flow->hand |= QUIC_CLIENT_IS_1;
	flow->quic.version = server_version - 1;
}

/* What passed since the last packet is too long for its times to be compared,
 * or for an edge to tell anything. */
static inline void quic_note_time(struct machine *m, struct flow *flow)
{
	__u32 tick = flow_tick(machine_now_ns(m));
	__s32 idle = tick - flow->active;

	if (idle > QUIC_FORGET_FLOW_TICKS) {
		flow->dir_flags[0] &= ~(QUIC_DIR_SHORT | QUIC_DIR_EDGE);
		flow->dir_flags[1] &= ~(QUIC_DIR_SHORT | QUIC_DIR_EDGE);
		quic_end_handshake(flow);
	}
	if (idle > QUIC_REFRESH_FLOW_TICKS)
		flow->active = tick;
}

static inline void quic_observe_long(struct machine *m, struct flow *flow,
				     const struct packet *p, __u32 direction)
{
	__u32 now = quic_now(m);

	if (quic_is_anew(flow, p, direction, flow_tick(machine_now_ns(m)))) {
		machine_count_event(m, EVENT_FLOW_RESTARTED);
		quic_ask(flow, direction, p, now);
		return;
	}
	if (quic_client(flow) == direction)
		quic_client_long(m, flow, p, direction, now);
	else
		quic_server_long(m, flow, p, direction, now);
}

/* The first packet of a direction that had not been seen: what the other one
 * measured until now were whole periods. */
static inline void quic_note_direction(struct flow *flow, __u32 own)
{
	if (quic_has_dir(flow, own, FLOW_DIR_KNOWN))
		return;
	flow->dir_flags[own & 1] |= FLOW_DIR_KNOWN;
	flow->dir_flags[~own & 1] &=
		~(QUIC_DIR_EDGE | QUIC_DIR_FLOOR | QUIC_DIR_CLOSE);
	flow->quic.ref = 0;
}

/* Returns the outcome. */
CORE_STAGE int quic_observe(struct machine *m, const struct packet *p,
			    __u32 slot, __u32 direction)
{
	struct quic_before before;
	struct flow_ref ref = {};
	bool is_short;

	if (!m || !p)
		return OUTCOME_QUIC_REFUSED;
	flow_refer(m, slot, direction, &ref);
	if (!ref.flow)
		return OUTCOME_QUIC_REFUSED;
	is_short = p->quic_kind == QUIC_SHORT_HEADER;
	quic_remember_before(m, ref.flow, &before);
	if (!is_short)
		quic_observe_long(m, ref.flow, p, ref.direction);
	quic_note_time(m, ref.flow);
	if (ref.flow->hand & QUIC_CONFIRMED) {
		quic_note_direction(ref.flow, ref.direction);
		if (is_short)
			quic_observe_spin(m, ref.flow, p, ref.direction);
	}
	quic_participate(m, ref.flow, p, &before);
	return is_short ? OUTCOME_QUIC_SHORT : OUTCOME_QUIC_LONG;
}

#endif
