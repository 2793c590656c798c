/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quic_handshake: from the client's Initial to the server's first answer, and
 * from there to the client's next packet that shows that it has the answer.
 *
 * The server's side: Initial, Handshake, Retry or Version Negotiation whose
 * destination connection ID is the client's. The client's side: Initial or
 * Handshake that is sent to the connection ID which the server chose (after
 * Version Negotiation: in another version); an Initial to the old one was under
 * way already, and 0-RTT tells nothing. Retry and Version Negotiation restart
 * the clock. The version may change inside the handshake (RFC 9368).
 *
 * What is sent again more than QUIC_FLIGHT_TICKS after the start of its flight
 * makes the sample ambiguous (Karn): counted, not recorded. A ClientHello of two
 * datagrams is one flight.
 *
 * An observer of the client's direction alone sees the client go on without an
 * answer; the time until then is the whole RTT: kept to judge the spin bit by, no
 * sample.
 *
 * Sources: RFC 9000 7, 8.1.2, 14.1, 17.2; RFC 8999 6; RFC 9312 3.5.
 */
#ifndef CORE_QUIC_HANDSHAKE_H
#define CORE_QUIC_HANDSHAKE_H

#include "quic_flow.h"
#include "quic_server.h"
#include "sample.h"

#define QUIC_FLIGHT_TICKS QUIC_TICKS(10000000ULL)
#define QUIC_LIFETIME_TICKS QUIC_TICKS(STAMP_LIFETIME_NS)

/* Whose sample, of which source: an argument of quic_record(). */
static inline __u32 quic_of(__u32 endpoint, enum source source)
{
	return source << 1 | (endpoint & 1);
}

/* One sample of an endpoint's subnet. */
static inline void quic_record(struct machine *m, struct flow *flow,
			       const struct packet *p, __u32 of, __u32 ticks)
{
	if (ticks > QUIC_LIFETIME_TICKS) {
		machine_count_event(m, EVENT_STAMP_EXPIRED);
		return;
	}
	if (!(machine_settings(m)->sources >> (of >> 1) & 1))
		return;
	sample_record(m, quic_endpoint_slot(m, flow, of & 1, p->family),
		      of >> 1, (__u64)ticks << QUIC_TICK_BITS);
}

/* A client's Initial, of the packet's direction, that begins a connection. */
static inline void quic_ask(struct flow *flow, __u32 direction,
			    const struct packet *p, __u32 now)
{
	flow_clear_dir(flow, 0);
	flow_clear_dir(flow, 1);
	flow->hand = QUIC_ASKED | (direction & 1 ? QUIC_CLIENT_IS_1 : 0);
	flow->dir_flags[direction & 1] = FLOW_DIR_KNOWN;
	flow->quic.dir[direction & 1].edge = now;
	flow->quic.handshaking.client_scid = p->quic_scid;
	flow->quic.handshaking.first_dcid = p->quic_dcid;
	flow->quic.version = p->quic_version;
}

static inline void quic_confirm(struct machine *m, struct flow *flow,
				const struct packet *p, bool is_of_server)
{
	const __u64 *address = is_of_server ? p->source : p->destination;
	__u16 port = is_of_server ? p->source_port : p->destination_port;

	if (!(flow->hand & QUIC_CONFIRMED))
		machine_count_event(m, EVENT_QUIC_CONFIRMED);
	flow->hand |= QUIC_CONFIRMED;
	quic_server_remember(m, address, port, flow->quic.version);
}

/* The handshake is over: what it kept gives way to held samples, and its RTTs
 * are the first guess of what the spin bit will tell. */
static inline void quic_end_handshake(struct flow *flow)
{
	flow->hand &=
		~(QUIC_ASKED | QUIC_ANSWERED | QUIC_AMBIGUOUS | QUIC_RESTARTS);
	for (int i = 0; i < QUIC_MAX_HELD; i++)
		flow->quic.held[i] = 0;
	if (flow->dir_flags[0] & flow->dir_flags[1] & QUIC_DIR_FLOOR)
		flow->quic.ref =
			flow->quic.dir[0].floor + flow->quic.dir[1].floor;
}

/* RTT of the answering end; it has none, and that is counted, when the flight
 * was sent again. */
static inline void quic_time_flight(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 answering,
				    __u32 now)
{
	__u32 ticks = quic_elapsed(now, flow->quic.dir[~answering & 1].edge);

	flow->dir_flags[answering & 1] &= ~QUIC_DIR_FLOOR;
	if (flow->hand & QUIC_AMBIGUOUS) {
		machine_count_event(m, EVENT_QUIC_AMBIGUOUS);
		return;
	}
	quic_record(m, flow, p, quic_of(answering, SOURCE_QUIC_HANDSHAKE),
		    ticks);
	flow->quic.dir[answering & 1].floor = ticks;
	flow->dir_flags[answering & 1] |= QUIC_DIR_FLOOR;
}

/* Nothing came back through here, but the client knows of an answer. */
static inline void quic_note_unseen_answer(struct machine *m, struct flow *flow,
					   const struct packet *p, __u32 own,
					   __u32 now)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];

	if (!(flow->hand & QUIC_AMBIGUOUS)) {
		dir->floor = quic_elapsed(now, dir->edge);
		flow->dir_flags[own & 1] |= QUIC_DIR_FLOOR;
		flow->quic.ref = dir->floor;
	}
	quic_confirm(m, flow, p, false);
	quic_end_handshake(flow);
}

static inline void quic_client_asks_on(struct machine *m, struct flow *flow,
				       const struct packet *p, __u32 own,
				       __u32 now)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];

	if (p->quic_kind == QUIC_HANDSHAKE_PACKET ||
	    p->quic_dcid != flow->quic.handshaking.first_dcid) {
		quic_note_unseen_answer(m, flow, p, own, now);
	} else if (quic_elapsed(now, dir->edge) > QUIC_FLIGHT_TICKS) {
		flow->hand |= QUIC_AMBIGUOUS;
		dir->edge = now;
	}
}

/* Whether the client's packet was made after the server's answer. A server may
 * keep the connection ID of its Retry: then only a Handshake packet tells. */
static inline bool quic_is_reaction(const struct flow *flow,
				    const struct packet *p)
{
	if (flow->hand & QUIC_NEGOTIATES)
		return p->quic_kind == QUIC_INITIAL &&
		       p->quic_version != flow->quic.version;
	if (p->quic_dcid != flow->quic.handshaking.server_scid)
		return false;
	return p->quic_kind == QUIC_HANDSHAKE_PACKET ||
	       p->quic_dcid != flow->quic.handshaking.first_dcid;
}

static inline void quic_client_reacts(struct machine *m, struct flow *flow,
				      const struct packet *p, __u32 own,
				      __u32 now)
{
	if (!quic_is_reaction(flow, p))
		return;
	quic_time_flight(m, flow, p, own, now);
	if (!(flow->hand & QUIC_RESTARTS) || p->quic_kind != QUIC_INITIAL) {
		quic_end_handshake(flow);
		return;
	}
	quic_ask(flow, own, p, now);
	flow->hand |= QUIC_CONFIRMED;
	flow->dir_flags[~own & 1] = FLOW_DIR_KNOWN;
}

/* Another connection on this port pair, or the first one on a slot. */
static inline bool quic_is_anew(const struct flow *flow, const struct packet *p,
				__u32 direction, __u32 flow_now)
{
	if (!quic_is_client_initial(p))
		return false;
	if (flow->hand & (QUIC_ASKED | QUIC_ANSWERED))
		return quic_client(flow) == (direction & 1) &&
		       p->quic_scid != flow->quic.handshaking.client_scid;
	return flow_now - flow->active > FLOW_IDLE_TICKS;
}

static inline void quic_client_long(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 own,
				    __u32 now)
{
	if (p->quic_kind != QUIC_INITIAL &&
	    p->quic_kind != QUIC_HANDSHAKE_PACKET)
		return;
	if (flow->hand & QUIC_ASKED)
		quic_client_asks_on(m, flow, p, own, now);
	else if (flow->hand & QUIC_ANSWERED)
		quic_client_reacts(m, flow, p, own, now);
}

static inline void quic_server_answers(struct machine *m, struct flow *flow,
				       const struct packet *p, __u32 own,
				       __u32 now)
{
	flow->dir_flags[own & 1] |= FLOW_DIR_KNOWN;
	if (p->quic_kind != QUIC_NEGOTIATION)
		flow->quic.version = p->quic_version;
	quic_confirm(m, flow, p, true);
	quic_time_flight(m, flow, p, own, now);
	flow->hand &= ~(QUIC_ASKED | QUIC_AMBIGUOUS);
	flow->hand |= QUIC_ANSWERED;
	if (p->quic_kind == QUIC_RETRY)
		flow->hand |= QUIC_RESTARTS;
	if (p->quic_kind == QUIC_NEGOTIATION)
		flow->hand |= QUIC_RESTARTS | QUIC_NEGOTIATES;
	flow->quic.dir[own & 1].edge = now;
	flow->quic.handshaking.server_scid = p->quic_scid;
}

/* Version Negotiation repeats both connection IDs of what it answers. */
static inline bool quic_is_answer(const struct flow *flow,
				  const struct packet *p)
{
	if (p->quic_dcid != flow->quic.handshaking.client_scid)
		return false;
	if (p->quic_kind == QUIC_NEGOTIATION)
		return p->quic_scid == flow->quic.handshaking.first_dcid;
	return p->quic_kind == QUIC_INITIAL || p->quic_kind == QUIC_RETRY ||
	       p->quic_kind == QUIC_HANDSHAKE_PACKET;
}

static inline void quic_server_long(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 own,
				    __u32 now)
{
	if (!(flow->hand & (QUIC_ASKED | QUIC_ANSWERED)))
		return;
	if (!quic_is_answer(flow, p)) {
		machine_count_event(m, EVENT_QUIC_UNRELATED);
		return;
	}
	if (flow->hand & QUIC_ASKED)
		quic_server_answers(m, flow, p, own, now);
	else if (quic_elapsed(now, flow->quic.dir[own & 1].edge) >
		 QUIC_FLIGHT_TICKS)
		flow->hand |= QUIC_AMBIGUOUS;
}

#endif
