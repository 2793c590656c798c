/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of all sources once more: slow, without limits, in plain arrays
 * searched from the start, and with a parser of their own, to be compared with
 * core/ packet by packet.
 *
 * tcp_ts: a packet with payload or SYN whose TSval is newer than any that its
 * direction has stamped is stamped; in a flow joined midway not the first TSval
 * seen. The first ACK whose TSecr equals an outstanding TSval is the sample. A
 * TSecr frees all that is older, unless it is newer than any TSval seen.
 * tcp_seq: the same with ends of segments, in connections whose SYN and SYN-ACK
 * do not both have timestamps, or whose first packet seen has none.
 * icmp_echo, dns: first request to first reply of a sequence number or id.
 * All: no sample after more than 60 s, or before its stamp.
 */
#ifndef TESTS_MATCH_REFERENCE_H
#define TESTS_MATCH_REFERENCE_H

#include "reference_flow.h"

static inline int64_t reference_echo(struct reference_way *acked, uint32_t val,
				     uint64_t now_ns)
{
	int64_t rtt_ns;

	if (!acked->is_known || reference_is_newer(val, acked->newest_seen))
		return -1;
	rtt_ns = reference_take(acked, val, now_ns);
	for (size_t i = 0; i < acked->n_stamps; i++)
		if (reference_is_newer(val, acked->stamp[i].val))
			acked->stamp[i].is_gone = true;
	return rtt_ns;
}

static inline void reference_tsval(struct reference_way *way,
				   const struct reference_packet *p,
				   uint64_t now_ns)
{
	bool has_data = p->payload_bytes || p->flags & 2;

	if (!way->is_known) {
		way->is_known = true;
		way->newest_seen = way->newest_stamped = p->tsval;
		if (p->flags & 2)
			reference_stamp(way, p->tsval, now_ns);
		return;
	}
	if (reference_is_newer(p->tsval, way->newest_seen))
		way->newest_seen = p->tsval;
	if (!has_data || !reference_is_newer(p->tsval, way->newest_stamped))
		return;
	way->newest_stamped = p->tsval;
	reference_stamp(way, p->tsval, now_ns);
}

/* tcp_seq: the end of new data that continues where its direction stands. What
 * is sent again makes all from there on ambiguous. */
static inline void reference_segment(struct reference_way *way,
				     const struct reference_packet *p,
				     uint64_t now_ns)
{
	uint32_t end =
		p->seq + p->payload_bytes + !!(p->flags & 2) + (p->flags & 1);

	if (!way->is_known) {
		way->is_known = true;
		way->newest_seen = end;
		if (p->flags & 2)
			reference_stamp(way, end, now_ns);
		return;
	}
	if (end != p->seq && reference_is_newer(way->newest_seen, p->seq)) {
		for (size_t i = 0; i < way->n_stamps; i++)
			if (way->stamp[i].val == end &&
			    now_ns - way->stamp[i].time_ns < 2000000)
				return; /* seen twice */
		for (size_t i = 0; i < way->n_stamps; i++)
			if (reference_is_newer(way->stamp[i].val, p->seq))
				way->stamp[i].is_gone = true;
	} else if (end != p->seq) {
		reference_stamp(way, end, now_ns);
		way->stamp[way->n_stamps - 1].is_gone =
			way->newest_seen != p->seq; /* behind a hole */
	}
	if (reference_is_newer(end, way->newest_seen))
		way->newest_seen = end;
}

/* tcp_handshake: a SYN or SYN-ACK until it is answered. */
static inline void reference_send_hand(struct reference_hand *hand,
				       const struct reference_packet *p,
				       uint64_t now_ns)
{
	if (hand->is_known && hand->seq == p->seq) {
		hand->is_repeated |= now_ns - hand->time_ns >= 2000000;
		return;
	}
	*hand = (struct reference_hand){ .is_known = true,
					 .waits = true,
					 .seq = p->seq,
					 .time_ns = now_ns };
}

static inline int64_t reference_take_hand(struct reference_hand *hand,
					  const struct reference_packet *p,
					  uint64_t now_ns)
{
	uint64_t rtt_ns = now_ns - hand->time_ns;

	if (!hand->waits || p->flags & 4 ||
	    reference_is_newer(hand->seq + 1, p->ack))
		return -1;
	hand->waits = false;
	if (p->ack != hand->seq + 1 || hand->is_repeated ||
	    rtt_ns > 60000000000)
		return -1;
	return rtt_ns;
}

/* Whether the SYN is the one that its direction began with. */
static inline bool reference_is_same_syn(const struct reference_flow *flow,
					 int way,
					 const struct reference_packet *p)
{
	if (flow->is_closed[way] || flow->is_seq == p->has_timestamps)
		return false;
	if (flow->is_seq)
		return flow->seq[way].is_known &&
		       flow->seq[way].newest_seen == p->seq + 1;
	return flow->way[way].is_known &&
	       flow->way[way].newest_seen == p->tsval;
}

/* A new connection; a repeated SYN leaves its own first copy answerable. */
static inline void reference_open_connection(struct reference_flow *flow,
					     int way,
					     const struct reference_packet *p)
{
	struct reference_way *own = &flow->way[way];
	bool goes_on = own->is_known && !flow->is_closed[way] &&
		       !flow->is_seq && p->has_timestamps;

	if (reference_is_same_syn(flow, way, p))
		return;
	reference_forget(&flow->way[!way]);
	reference_forget(&flow->seq[!way]);
	flow->hand[!way] = (struct reference_hand){ 0 };
	flow->is_closed[!way] = false;
	if (goes_on && reference_is_newer(p->tsval, own->newest_seen))
		return;
	reference_forget(own);
	reference_forget(&flow->seq[way]);
	flow->hand[way] = (struct reference_hand){ 0 };
	flow->is_closed[way] = false;
	flow->is_seq = !p->has_timestamps;
}

static inline void reference_tcp_answers(struct reference_flow *flow, int way,
					 const struct reference_packet *p,
					 uint64_t now_ns, int64_t *ret_rtt_ns)
{
	ret_rtt_ns[SOURCE_TCP_HANDSHAKE] =
		reference_take_hand(&flow->hand[!way], p, now_ns);
	if (flow->is_seq)
		ret_rtt_ns[SOURCE_TCP_SEQ] =
			reference_echo(&flow->seq[!way], p->ack, now_ns);
	else if (p->has_timestamps)
		ret_rtt_ns[SOURCE_TCP_TS] =
			reference_echo(&flow->way[!way], p->tsecr, now_ns);
}

static inline void reference_tcp(struct reference_flow *flow, int way,
				 const struct reference_packet *p,
				 uint64_t now_ns, int64_t *ret_rtt_ns)
{
	bool is_closed;

	if ((p->flags & 0x12) == 2)
		reference_open_connection(flow, way, p);
	is_closed = flow->is_closed[0] && flow->is_closed[1];
	if ((p->flags & 0x12) == 0x12 && !p->has_timestamps)
		flow->is_seq = true;
	if (p->flags & 0x10 && !(is_closed && p->flags & 4))
		reference_tcp_answers(flow, way, p, now_ns, ret_rtt_ns);
	if (is_closed && !(p->flags & 2))
		return;
	if (p->flags & 2)
		reference_send_hand(&flow->hand[way], p, now_ns);
	if (p->flags & 2 || flow->is_seq)
		reference_segment(&flow->seq[way], p, now_ns);
	if (!flow->is_seq && p->has_timestamps)
		reference_tsval(&flow->way[way], p, now_ns);
	flow->is_closed[way] |= p->flags & 5;
	flow->is_closed[!way] |= p->flags & 4;
}

static inline int64_t reference_exchange(struct reference_flow *flow, int way,
					 const struct reference_packet *p,
					 uint64_t now_ns)
{
	struct reference_way *own = &flow->way[way];

	if (p->is_reply)
		return reference_take(&flow->way[!way], p->sequence, now_ns);
	for (size_t i = 0; i < own->n_stamps; i++)
		if (own->stamp[i].val == p->sequence)
			return -1;
	reference_stamp(own, p->sequence, now_ns);
	return -1;
}

/* The packet's flow, or NULL; its RTT in ns by each source, or -1. */
static inline struct reference_flow *
reference_observe(struct reference *reference, const uint8_t *bytes,
		  uint64_t now_ns, int64_t ret_rtt_ns[N_SOURCES])
{
	struct reference_flow *flow;
	struct reference_packet p;
	int way = 0;

	for (int source = 0; source < N_SOURCES; source++)
		ret_rtt_ns[source] = -1;
	if (!reference_parse(bytes, &p))
		return NULL;
	if (p.protocol != 6 && !p.is_request && !p.is_reply)
		return NULL;
	flow = reference_find(reference, &p, &way);
	if (!flow && p.protocol == 6 &&
	    (p.flags & 5 || (!p.payload_bytes && !(p.flags & 2))))
		return NULL;
	if (!flow && p.is_reply)
		return NULL;
	if (!flow) {
		flow = reference_open(reference, &p);
		flow->is_seq = p.protocol == 6 && !p.has_timestamps;
	}
	if (p.protocol == 6)
		reference_tcp(flow, way, &p, now_ns, ret_rtt_ns);
	else
		ret_rtt_ns[p.protocol == 17 ? SOURCE_DNS : SOURCE_ICMP_ECHO] =
			reference_exchange(flow, way, &p, now_ns);
	for (int source = 0; source < N_SOURCES; source++)
		flow->n_samples[source] += ret_rtt_ns[source] >= 0;
	return flow;
}

#endif
