/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of tcp_ts and icmp_echo once more: slow, without limits, in plain
 * arrays searched from the start, and with a parser of their own, to be
 * compared with core/ packet by packet.
 *
 * tcp_ts: a packet with payload or SYN whose TSval is newer than any that its
 * direction has stamped is stamped; in a flow joined midway not the first TSval
 * seen. The first ACK whose TSecr equals an outstanding TSval is the sample. A
 * TSecr frees all that is older, unless it is newer than any TSval seen.
 * icmp_echo: first request to first reply of a sequence number.
 * Both: no sample after more than 60 s, or before its stamp.
 */
#ifndef TESTS_MATCH_REFERENCE_H
#define TESTS_MATCH_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct reference_packet {
	uint8_t address[2][16]; /* source, destination; IPv4 in the first 4 */
	uint16_t port[2];       /* of ICMP: the identifier, twice */
	uint8_t protocol, flags;
	bool has_timestamps, is_request, is_reply;
	uint32_t payload_bytes, tsval, tsecr, sequence;
};

struct reference_stamp {
	uint32_t val;
	uint64_t time_ns;
	bool is_gone;
};

struct reference_way {
	bool is_known, is_closed;
	uint32_t newest_seen, newest_stamped;
	struct reference_stamp *stamp;
	size_t n_stamps, max_stamps;
};

struct reference_flow {
	struct reference_packet first; /* way 0 is that of this packet */
	struct reference_way way[2];
	uint64_t n_samples, n_matched; /* by the reference, and also by core */
};

struct reference {
	struct reference_flow *flow;
	size_t n_flows;
};

static inline uint32_t reference_16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static inline uint32_t reference_32(const uint8_t *at)
{
	return reference_16(at) << 16 | reference_16(at + 2);
}

static inline bool reference_is_newer(uint32_t a, uint32_t b)
{
	return a != b && a - b < 0x80000000;
}

static inline void reference_parse_tcp(const uint8_t *tcp, uint32_t n_bytes,
				       struct reference_packet *p)
{
	uint32_t header_bytes = tcp[12] / 16 * 4, at = 20;

	p->port[0] = reference_16(tcp);
	p->port[1] = reference_16(tcp + 2);
	p->flags = tcp[13];
	p->payload_bytes = n_bytes - header_bytes;
	while (at + 10 <= header_bytes && tcp[at] != 0) {
		if (tcp[at] == 8 && tcp[at + 1] == 10) {
			p->has_timestamps = true;
			p->tsval = reference_32(tcp + at + 2);
			p->tsecr = reference_32(tcp + at + 6);
			return;
		}
		at += tcp[at] == 1 ? 1 : tcp[at + 1];
	}
}

static inline void reference_parse_icmp(const uint8_t *icmp,
					struct reference_packet *p)
{
	p->is_request = icmp[0] == (p->protocol == 1 ? 8 : 128);
	p->is_reply = icmp[0] == (p->protocol == 1 ? 0 : 129);
	p->port[0] = p->port[1] = reference_16(icmp + 4);
	p->sequence = reference_16(icmp + 6);
}

/* Well-formed untagged Ethernet only; false for what is neither TCP nor ICMP.
 */
static inline bool reference_parse(const uint8_t *bytes,
				   struct reference_packet *p)
{
	const uint8_t *ip = bytes + 14, *transport;
	uint32_t n_bytes;

	memset(p, 0, sizeof(*p));
	if (reference_16(bytes + 12) == 0x0800) {
		p->protocol = ip[9];
		memcpy(p->address[0], ip + 12, 4);
		memcpy(p->address[1], ip + 16, 4);
		transport = ip + ip[0] % 16 * 4;
		n_bytes = reference_16(ip + 2) - ip[0] % 16 * 4;
	} else if (reference_16(bytes + 12) == 0x86dd) {
		p->protocol = ip[6];
		memcpy(p->address, ip + 8, 32);
		transport = ip + 40;
		n_bytes = reference_16(ip + 4);
	} else {
		return false;
	}
	if (p->protocol == 6)
		reference_parse_tcp(transport, n_bytes, p);
	else if (p->protocol == 1 || p->protocol == 58)
		reference_parse_icmp(transport, p);
	else
		return false;
	return true;
}

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

/* A new connection; a repeated SYN leaves its own first copy answerable. */
static inline void reference_syn(struct reference_way *own,
				 struct reference_way *other,
				 const struct reference_packet *p)
{
	bool goes_on = own->is_known && !own->is_closed;

	if (goes_on && p->tsval == own->newest_seen)
		return;
	reference_forget(other);
	if (!goes_on || !reference_is_newer(p->tsval, own->newest_seen))
		reference_forget(own);
}

static inline int64_t reference_tcp(struct reference_flow *flow, int way,
				    const struct reference_packet *p,
				    uint64_t now_ns)
{
	struct reference_way *own = &flow->way[way], *other = &flow->way[!way];
	bool is_closed;
	int64_t rtt_ns = -1;

	if ((p->flags & 0x12) == 2)
		reference_syn(own, other, p);
	is_closed = own->is_closed && other->is_closed;
	if (p->flags & 0x10 && !(is_closed && p->flags & 4))
		rtt_ns = reference_echo(other, p->tsecr, now_ns);
	if (is_closed && !(p->flags & 2))
		return rtt_ns;
	reference_tsval(own, p, now_ns);
	own->is_closed |= p->flags & 5;
	other->is_closed |= p->flags & 4;
	return rtt_ns;
}

static inline int64_t reference_icmp(struct reference_flow *flow, int way,
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

/* The packet's flow, or NULL; its RTT in ns, or -1. */
static inline struct reference_flow *
reference_observe(struct reference *reference, const uint8_t *bytes,
		  uint64_t now_ns, int64_t *ret_rtt_ns)
{
	struct reference_flow *flow;
	struct reference_packet p;
	int way = 0;

	*ret_rtt_ns = -1;
	if (!reference_parse(bytes, &p))
		return NULL;
	if (p.protocol == 6 && !p.has_timestamps)
		return NULL;
	if (p.protocol != 6 && !p.is_request && !p.is_reply)
		return NULL;
	flow = reference_find(reference, &p, &way);
	if (!flow && p.protocol == 6 &&
	    (p.flags & 5 || (!p.payload_bytes && !(p.flags & 2))))
		return NULL;
	if (!flow && p.is_reply)
		return NULL;
	if (!flow)
		flow = reference_open(reference, &p);
	if (p.protocol == 6)
		*ret_rtt_ns = reference_tcp(flow, way, &p, now_ns);
	else
		*ret_rtt_ns = reference_icmp(flow, way, &p, now_ns);
	flow->n_samples += *ret_rtt_ns >= 0;
	return flow;
}

static inline void reference_fini(struct reference *reference)
{
	for (size_t i = 0; i < reference->n_flows; i++)
		for (int way = 0; way < 2; way++)
			free(reference->flow[i].way[way].stamp);
	free(reference->flow);
	*reference = (struct reference){ 0 };
}

#endif
