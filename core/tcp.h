/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP packet of a flow: opening and closing, tcp_handshake, and which of
 * tcp_ts and tcp_seq times its data.
 *
 * A flow without timestamps (FLOW_IS_SEQ) is timed by sequence numbers. It is
 * known by its first packet, or by a SYN-ACK that declines the timestamps which
 * the SYN offered.
 *
 * tcp_handshake: SYN -> SYN-ACK is the responder's side, SYN-ACK -> the packet
 * that acknowledges it the initiator's. Both are found through the stamp that
 * the SYN or SYN-ACK has anyway. One that was sent again is ambiguous (Karn):
 * counted, not recorded.
 */
#ifndef CORE_TCP_H
#define CORE_TCP_H

#include "tcp_seq.h"
#include "tcp_ts.h"

static inline void tcp_set_hand(struct flow *flow, __u32 direction, __u8 flags)
{
	flow->hand |= flags << (direction & 1) * FLOW_HAND_BITS;
}

static inline void tcp_clear_hand(struct flow *flow, __u32 direction,
				  __u8 flags)
{
	flow->hand &= ~(flags << (direction & 1) * FLOW_HAND_BITS);
}

static inline bool tcp_has_hand(const struct flow *flow, __u32 direction,
				__u8 flag)
{
	return flow->hand >> (direction & 1) * FLOW_HAND_BITS & flag;
}

static inline bool tcp_is_seq(const struct flow *flow)
{
	return flow->hand & FLOW_IS_SEQ;
}

/* The packet acknowledged something of the other direction: its SYN or SYN-ACK
 * if that still waited; stamp_ns is 0 when it has no time. */
static inline void tcp_end_handshake(struct machine *m,
				     const struct flow_ref *ref,
				     const struct packet *p, __u64 stamp_ns)
{
	__u32 other = ~ref->direction & 1;

	if (!tcp_has_hand(ref->flow, other, FLOW_SYN_WAITS))
		return;
	tcp_clear_hand(ref->flow, other, FLOW_SYN_WAITS);
	if (tcp_has_hand(ref->flow, other, FLOW_SYN_REPEATED))
		machine_count_event(m, EVENT_HANDSHAKE_AMBIGUOUS);
	else if (stamp_ns)
		match_record(m, ref, p, SOURCE_TCP_HANDSHAKE, stamp_ns);
}

/* The responder does without the timestamps that the SYN offered. ecr of a SYN
 * is not an echo: it holds the number that acknowledges the SYN. */
static inline void tcp_decline_timestamps(struct machine *m,
					  const struct flow_ref *ref,
					  const struct packet *p)
{
	__u32 own = ref->direction & 1, other = own ^ 1;
	struct flow *flow = ref->flow;
	__u32 expected = flow->dir[other].ecr;
	__u64 stamp_ns = stamp_match(m, ref, other, flow->dir[other].newest);

	if (p->ack == expected)
		tcp_end_handshake(m, ref, p, stamp_ns);
	flow_clear_dir(flow, own);
	flow_clear_dir(flow, other);
	flow->hand |= FLOW_IS_SEQ;
	flow->dir[other].newest = expected;
	flow->dir_flags[other] = FLOW_DIR_KNOWN;
}

/* The same SYN or SYN-ACK again: a retransmission, unless it is a copy. */
static inline void tcp_note_syn_again(struct machine *m,
				      const struct flow_ref *ref,
				      const struct packet *p)
{
	__u32 own = ref->direction & 1;

	if (!tcp_has_hand(ref->flow, own, FLOW_SYN_WAITS))
		return;
	if (tcp_is_seq(ref->flow) ? tcp_seq_is_copy(m, ref, p->seq + 1) :
				    p->tsval == ref->flow->dir[own].newest)
		return;
	tcp_set_hand(ref->flow, own, FLOW_SYN_REPEATED);
}

/* Whether a SYN is the one that this direction began with: the same copy, or
 * sent again with a newer TSval while it was not answered. */
static inline bool tcp_is_syn_again(const struct flow *flow, __u32 own,
				    const struct packet *p)
{
	const struct flow_dir *dir = &flow->dir[own & 1];
	__u8 flags = flow->dir_flags[own & 1];

	if (!(flags & FLOW_DIR_KNOWN) || flags & FLOW_DIR_CLOSED ||
	    tcp_is_seq(flow) == p->has_timestamps)
		return false;
	if (tcp_is_seq(flow))
		return dir->newest == p->seq + 1;
	return p->tsval == dir->newest ||
	       (tcp_has_hand(flow, own, FLOW_SYN_WAITS) &&
		!(flags & FLOW_DIR_ECR_KNOWN) && dir->ecr == p->seq + 1);
}

/* Both sides open at once (RFC 9293 3.5): each answers by a SYN-ACK that sends
 * its SYN again, so the SYN that waits must be remembered as the first. */
static inline bool tcp_is_crossing_syn(const struct flow *flow, __u32 own,
				       const struct packet *p)
{
	return !(flow->dir_flags[own & 1] & FLOW_DIR_KNOWN) &&
	       tcp_has_hand(flow, ~own & 1, FLOW_SYN_WAITS) &&
	       tcp_is_seq(flow) != p->has_timestamps;
}

/*
 * A SYN without ACK. The one that is outstanding, once more: its first copy may
 * still be answered, only the other direction starts afresh. Any other one
 * begins a new connection on this port pair.
 */
static inline void tcp_open(struct machine *m, const struct flow_ref *ref,
			    const struct packet *p)
{
	__u32 own = ref->direction & 1, other = own ^ 1;
	struct flow *flow = ref->flow;

	if (tcp_is_syn_again(flow, own, p)) {
		tcp_note_syn_again(m, ref, p);
		if (!tcp_has_hand(flow, own, FLOW_SYN_WAITS))
			return;
		flow_clear_dir(flow, other);
		tcp_clear_hand(flow, other, FLOW_SYN_WAITS | FLOW_SYN_REPEATED);
		return;
	}
	if (tcp_is_crossing_syn(flow, own, p))
		return;
	if (flow->dir_flags[0] & flow->dir_flags[1] & FLOW_DIR_KNOWN)
		machine_count_event(m, EVENT_FLOW_RESTARTED);
	flow_clear_dir(flow, 0);
	flow_clear_dir(flow, 1);
	flow->hand = p->has_timestamps ? 0 : FLOW_IS_SEQ;
	flow->dir[own].ecr = p->seq + 1;
}

static inline void tcp_match(struct machine *m, const struct flow_ref *ref,
			     const struct packet *p)
{
	bool is_seq = tcp_is_seq(ref->flow);
	__u64 stamp_ns;

	if (!is_seq && !p->has_timestamps)
		return;
	stamp_ns = match_acked(m, ref, is_seq ? p->ack : p->tsecr);
	if (stamp_ns)
		match_record(m, ref, p, is_seq ? SOURCE_TCP_SEQ : SOURCE_TCP_TS,
			     stamp_ns);
	if (p->tcp_flags & TCP_RST) /* refused: whoever did that */
		return;
	if (ref->flow->dir_flags[ref->direction & 1] & FLOW_DIR_ECR_KNOWN)
		tcp_end_handshake(m, ref, p, stamp_ns);
}

static inline void tcp_stamp(struct machine *m, const struct flow_ref *ref,
			     const struct packet *p)
{
	__u32 own = ref->direction & 1;
	bool is_seq = tcp_is_seq(ref->flow), is_syn = p->tcp_flags & TCP_SYN;
	bool is_first = !(ref->flow->dir_flags[own] & FLOW_DIR_KNOWN);

	if (!is_seq && !p->has_timestamps)
		return;
	if (is_syn)
		tcp_note_syn_again(m, ref, p);
	if (is_seq ? !tcp_seq_wants_stamp(m, ref, p) :
		     !tcp_ts_wants_stamp(m, ref, p))
		return;
	if (is_syn && is_first)
		tcp_set_hand(ref->flow, own, FLOW_SYN_WAITS);
	if (!is_syn) /* an answer may be to this now, not to the SYN-ACK */
		tcp_clear_hand(ref->flow, own, FLOW_SYN_WAITS);
	stamp_add(m, ref, is_seq ? p->seq + tcp_seq_length(p) : p->tsval,
		  false);
}

/* After the packet's own sample. */
static inline void tcp_close(const struct flow_ref *ref, const struct packet *p)
{
	__u32 own = ref->direction & 1;

	if (p->tcp_flags & TCP_FIN)
		ref->flow->dir_flags[own] |= FLOW_DIR_CLOSED;
	if (p->tcp_flags & TCP_RST) {
		ref->flow->dir_flags[own] |= FLOW_DIR_CLOSED;
		ref->flow->dir_flags[own ^ 1] |= FLOW_DIR_CLOSED;
	}
}

/* All of it; returns the outcome. */
CORE_STAGE int tcp_observe(struct machine *m, const struct packet *p,
			   __u32 slot, __u32 direction)
{
	struct flow_ref ref = {};
	__u8 flags, syn_ack;

	if (!m || !p)
		return OUTCOME_TCP_REFUSED;
	flow_refer(m, slot, direction, &ref);
	if (!ref.flow)
		return OUTCOME_TCP_REFUSED;
	flags = p->tcp_flags;
	syn_ack = flags & (TCP_SYN | TCP_ACK);
	if (syn_ack == TCP_SYN)
		tcp_open(m, &ref, p);
	if (flow_is_closed(ref.flow) && !(flags & TCP_SYN)) {
		/* The last ACK of an orderly end is still a sample. */
		if (flags & TCP_ACK && !(flags & TCP_RST))
			tcp_match(m, &ref, p);
		return OUTCOME_TCP_CLOSED;
	}
	if (syn_ack == (TCP_SYN | TCP_ACK) && !p->has_timestamps &&
	    !tcp_is_seq(ref.flow) &&
	    tcp_has_hand(ref.flow, ~direction & 1, FLOW_SYN_WAITS))
		tcp_decline_timestamps(m, &ref, p);
	if (flags & TCP_ACK)
		tcp_match(m, &ref, p);
	tcp_stamp(m, &ref, p);
	tcp_close(&ref, p);
	return tcp_is_seq(ref.flow) ? OUTCOME_TCP_SEQ : OUTCOME_TCP_TIMED;
}

#endif
