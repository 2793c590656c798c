/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One parsed packet through the tables: flow, match, traffic, outcome. The
 * entry points (BPF programs, replay) parse, call observe_packet(), and count
 * the outcome with observe_count().
 */
#ifndef CORE_OBSERVE_H
#define CORE_OBSERVE_H

#include "echo.h"
#include "parse.h"
#include "quic.h"
#include "tcp.h"

/* Opening rules: FIN and RST never open a flow, nor does a pure ACK. */
static inline bool observe_may_open(const struct packet *p)
{
	if (p->ip_protocol != PROTOCOL_TCP)
		return p->is_echo_request;
	if (p->tcp_flags & (TCP_FIN | TCP_RST))
		return false;
	return p->payload_bytes || p->tcp_flags & TCP_SYN;
}

/* The identifier of an echo is the requester's "port", so that a host that
 * pings itself has two directions too. */
static inline void observe_make_key(const struct packet *p,
				    struct flow_key *key)
{
	__u16 source_port = p->source_port;
	__u16 destination_port = p->destination_port;

	if (p->ip_protocol != PROTOCOL_TCP && p->ip_protocol != PROTOCOL_UDP) {
		source_port = p->is_echo_request ? p->echo_identifier : 0;
		destination_port = p->is_echo_request ? 0 : p->echo_identifier;
	}
	flow_make_key(p, source_port, destination_port, key);
}

/* Sets ref->flow, or leaves it NULL: then nothing was there and the packet
 * opens none, or there was no room (ref->is_refused). */
static inline void observe_find_flow(struct machine *m, const struct packet *p,
				     struct flow_ref *ref)
{
	struct flow_key key = {};
	__u64 hash;

	observe_make_key(p, &key);
	hash = flow_hash(m, &key);
	flow_find(m, &key, hash, ref);
	if (ref->flow || !observe_may_open(p))
		return;
	flow_open(m, &key, hash, ref);
	/* What a flow is timed by follows from the packet that opens it. */
	if (ref->flow && p->ip_protocol == PROTOCOL_TCP && !p->has_timestamps)
		ref->flow->hand = FLOW_IS_SEQ;
}

static inline enum outcome
observe_tcp(struct machine *m, const struct packet *p, struct flow_ref *ref)
{
	observe_find_flow(m, p, ref);
	if (!ref->flow)
		return ref->is_refused ? OUTCOME_TCP_REFUSED :
					 OUTCOME_TCP_UNTRACKED;
	return (enum outcome)tcp_observe(m, p, ref->slot, ref->direction);
}

static inline enum outcome
observe_echo(struct machine *m, const struct packet *p, struct flow_ref *ref)
{
	observe_find_flow(m, p, ref);
	if (ref->is_refused)
		return OUTCOME_ICMP_REFUSED;
	if (!ref->flow) {
		machine_count_event(m, EVENT_ECHO_UNMATCHED);
		return OUTCOME_ICMP_UNTRACKED;
	}
	if (p->is_echo_request)
		echo_request(m, ref, p);
	else
		echo_reply(m, ref, p, SOURCE_ICMP_ECHO);
	return OUTCOME_ICMP_ECHO;
}

static inline enum outcome
observe_dns(struct machine *m, const struct packet *p, struct flow_ref *ref)
{
	if (!(machine_settings(m)->sources >> SOURCE_DNS & 1))
		return OUTCOME_UDP;
	observe_find_flow(m, p, ref);
	if (ref->is_refused)
		return OUTCOME_DNS_REFUSED;
	if (!ref->flow)
		return OUTCOME_DNS_UNTRACKED;
	if (p->is_echo_request)
		echo_query(m, ref, p);
	else
		echo_reply(m, ref, p, SOURCE_DNS);
	return OUTCOME_DNS;
}

/* Finds the flow, or opens it where the packet may: see quic.h. */
static inline void observe_find_quic(struct machine *m, const struct packet *p,
				     struct flow_ref *ref)
{
	struct flow_key key = {};
	__u32 server_version = 0;
	bool is_from_server = false;
	__u64 hash;

	/* Every packet of QUIC needs the time, and reading the clock waits for
	 * all loads before it: not for that of the flow entry, which then
	 * overlaps with what follows. */
	machine_now_ns(m);
	observe_make_key(p, &key);
	hash = flow_hash(m, &key);
	flow_find(m, &key, hash, ref);
	if (ref->flow)
		return;
	if (!quic_is_client_initial(p)) {
		server_version = quic_find_server(m, p, &is_from_server);
		if (!server_version)
			return;
	}
	flow_open(m, &key, hash, ref);
	if (ref->flow)
		quic_open(m, ref->flow, p, ref->direction, server_version,
			  is_from_server);
}

static inline enum outcome
observe_quic(struct machine *m, const struct packet *p, struct flow_ref *ref)
{
	if (!quic_may_have_flow(m, p))
		return OUTCOME_UDP;
	observe_find_quic(m, p, ref);
	if (ref->is_refused)
		return OUTCOME_QUIC_REFUSED;
	if (!ref->flow)
		return quic_is_plain_udp(p) ? OUTCOME_UDP :
					      OUTCOME_QUIC_UNTRACKED;
	return (enum outcome)quic_observe(m, p, ref->slot, ref->direction);
}

static inline enum outcome
observe_udp(struct machine *m, const struct packet *p, struct flow_ref *ref)
{
	if (p->quic_kind)
		return observe_quic(m, p, ref);
	return observe_dns(m, p, ref);
}

/* Class of a packet without a QUIC flow. */
static inline enum traffic_class observe_class(const struct packet *p,
					       enum outcome outcome)
{
	if (outcome == OUTCOME_FRAGMENT)
		return TRAFFIC_OTHER;
	if (p->ip_protocol == PROTOCOL_TCP)
		return p->has_timestamps ? TRAFFIC_TCP_TS : TRAFFIC_TCP_OTHER;
	if (p->ip_protocol == PROTOCOL_UDP)
		return TRAFFIC_UDP_OTHER;
	if (p->ip_protocol ==
	    (p->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
		return TRAFFIC_ICMP;
	return TRAFFIC_OTHER;
}

/* Both subnets, from the flow entry where there is one. */
static inline void observe_find_ends(struct machine *m, const struct packet *p,
				     const struct flow_ref *ref,
				     struct subnet_ends *ret_ends)
{
	__u32 own = ref->direction & 1, other = own ^ 1;

	if (!ref->flow) {
		ret_ends->slot[0] = subnet_slot_noted(m, p->source, p->family);
		ret_ends->slot[1] =
			subnet_slot_noted(m, p->destination, p->family);
		return;
	}
	ret_ends->slot[0] =
		flow_subnet_slot(m, ref->flow, own, p->source, p->family);
	ret_ends->slot[1] = flow_subnet_slot(m, ref->flow, other,
					     p->destination, p->family);
}

/* Both ends' traffic; outcome says what class it is where there is no flow. */
static inline void observe_credit(struct machine *m, const struct packet *p,
				  const struct flow_ref *ref,
				  enum outcome outcome)
{
	struct subnet_ends ends;

	observe_find_ends(m, p, ref, &ends);
	if (ref->flow && p->quic_kind) {
		ends.cell[0] = quic_traffic_cell(ref->flow, ref->direction);
		ends.cell[1] = quic_traffic_cell(ref->flow, ref->direction ^ 1);
		quic_count_packet(m, ref->flow, &ends, p->n_segments);
	} else {
		ends.cell[0] = machine_forget(m, observe_class(p, outcome));
		ends.cell[1] = ends.cell[0];
	}
	subnet_credit(m, p, &ends);
}

/*
 * Everything after parsing. parsed is what the stages returned: PARSE_GO_ON or
 * an outcome. Returns the packet's outcome.
 */
static inline enum outcome observe_packet(struct machine *m,
					  const struct packet *p, int parsed)
{
	enum outcome outcome = (enum outcome)parsed;
	struct flow_ref ref = {};

	if (!p->family)
		return outcome;
	if (p->is_tunnelled)
		machine_count_event(m, EVENT_TUNNEL_ENTERED);
	if (parsed == PARSE_GO_ON) {
		if (p->ip_protocol == PROTOCOL_TCP)
			outcome = observe_tcp(m, p, &ref);
		else if (p->ip_protocol == PROTOCOL_UDP)
			outcome = observe_udp(m, p, &ref);
		else
			outcome = observe_echo(m, p, &ref);
	}
	outcome = (enum outcome)machine_forget(m, outcome);
	observe_credit(m, p, &ref, outcome);
	return outcome;
}

/* Outcome and IP protocol, per packet on the hook (segments count as one). */
static inline void observe_count(struct machine *m, const struct packet *p,
				 enum outcome outcome)
{
	struct counters *counters = machine_counters(m);
	struct protocol_counters *protocol;

	if (!counters)
		return;
	if ((__u32)outcome < N_OUTCOMES)
		counters->outcome[outcome]++;
	if (!p->family)
		return;
	protocol = &counters->protocol[p->ip_protocol];
	protocol->packets += p->n_segments;
	protocol->bytes +=
		p->ip_bytes + (__u64)(p->n_segments - 1) * p->header_bytes;
}

#endif
