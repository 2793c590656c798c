/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frame -> packet, in three stages: link (parse_link.h), network, transport.
 * Each returns PARSE_GO_ON or the packet's outcome. Every loop is bounded,
 * nothing is read beyond the captured bytes, and lengths come from the IP
 * header, so padding and frame check sequences are never payload.
 *
 * Sources: RFC 791, RFC 8200, RFC 9293, RFC 7323, RFC 792, RFC 4443.
 */
#ifndef CORE_PARSE_H
#define CORE_PARSE_H

#include <stdbool.h>

#include "outcome.h"
#include "packet.h"
#include "parse_link.h"
#include "quic_parse.h"
#include "settings.h"
#include "wire.h"

enum {
	PARSE_MAX_EXTENSIONS = 6,
	PARSE_MAX_OPTION_BYTES = 40,
	PARSE_JUMBO_BYTES = 8,
	PARSE_JUMBO_HEADERS_BYTES =
		sizeof(struct wire_ipv6) + PARSE_JUMBO_BYTES,
};

/* True for outcomes that more captured bytes could change. */
static inline bool parse_is_truncated(int outcome)
{
	return outcome == OUTCOME_LINK_TRUNCATED ||
	       outcome == OUTCOME_IPV4_TRUNCATED ||
	       outcome == OUTCOME_IPV6_TRUNCATED ||
	       outcome == OUTCOME_TCP_TRUNCATED ||
	       outcome == OUTCOME_UDP_TRUNCATED ||
	       outcome == OUTCOME_QUIC_TRUNCATED ||
	       outcome == OUTCOME_ICMP_TRUNCATED;
}

/* A v4-mapped address's second word. */
static inline __u64 parse_v4_word(__u32 address)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__u64)address << 32 | SETTINGS_V4_MAPPED;
#else
	return address | SETTINGS_V4_MAPPED;
#endif
}

/* An IP length of 0 stands for "too long for the field" (BIG TCP, some
 * captures of segmentation offload): the packet's own length counts. */
static inline int parse_ipv4(const struct frame *frame, struct packet *p)
{
	const struct wire_ipv4 *ip = frame_at(frame, p->offset, sizeof(*ip));
	__u32 header_bytes, room;

	if (!ip)
		return OUTCOME_IPV4_TRUNCATED;
	header_bytes = (ip->version_ihl & 0xf) * 4;
	room = p->wire_bytes - p->offset;
	p->ip_bytes = ip->total_bytes ? WIRE_16(ip->total_bytes) : room;
	if (ip->version_ihl >> 4 != 4 || header_bytes < sizeof(*ip) ||
	    p->ip_bytes < header_bytes || p->ip_bytes > room)
		return OUTCOME_IPV4_MALFORMED;
	p->source[1] = parse_v4_word(ip->source);
	p->destination[1] = parse_v4_word(ip->destination);
	p->ecn = ip->tos & 3;
	p->ip_protocol = ip->protocol;
	p->ip_end = p->offset + p->ip_bytes;
	p->header_bytes = header_bytes;
	p->family = 4;
	p->is_fragment = (WIRE_16(ip->fragment) & 0x3fff) != 0;
	if (WIRE_16(ip->fragment) & 0x1fff)
		return OUTCOME_FRAGMENT;
	p->offset += header_bytes;
	return PARSE_GO_ON;
}

static inline bool parse_is_extension(__u8 protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AUTHENTICATION:
	case PROTOCOL_DESTINATION:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

/* Walks to the upper-layer header. ip_protocol becomes what was reached. */
static inline int parse_ipv6_extensions(const struct frame *frame,
					struct packet *p)
{
	const struct wire_ipv6_extension *extension;
	__u32 offset = p->offset;
	__u8 protocol = p->ip_protocol;
	__u32 bytes;

	for (int i = 0; i < PARSE_MAX_EXTENSIONS; i++) {
		if (!parse_is_extension(protocol))
			break;
		extension = frame_at(frame, offset, sizeof(*extension));
		if (!extension)
			return OUTCOME_IPV6_TRUNCATED;
		if (protocol == PROTOCOL_FRAGMENT) {
			bytes = sizeof(*extension);
			p->is_fragment = 1;
			if (WIRE_16(extension->fragment) & 0xfff8) {
				p->ip_protocol = extension->next_header;
				return OUTCOME_FRAGMENT;
			}
		} else if (protocol == PROTOCOL_AUTHENTICATION) {
			bytes = (extension->length + 2) * 4;
		} else {
			bytes = (extension->length + 1) * 8;
		}
		protocol = extension->next_header;
		offset += bytes;
	}
	p->ip_protocol = protocol;
	if (parse_is_extension(protocol))
		return OUTCOME_IPV6_TOO_MANY_EXTENSIONS;
	if (offset > p->ip_end)
		return OUTCOME_IPV6_MALFORMED;
	p->header_bytes += offset - p->offset;
	p->offset = offset;
	return PARSE_GO_ON;
}

/* Linux marks an aggregated packet that is too long for its length field with
 * a hop-by-hop header, which no segment has on the wire (BIG TCP). */
static inline void parse_forget_jumbo(struct packet *p)
{
	if (p->segment_bytes && p->header_bytes >= PARSE_JUMBO_HEADERS_BYTES) {
		p->header_bytes -= PARSE_JUMBO_BYTES;
		p->ip_bytes -= PARSE_JUMBO_BYTES;
	}
}

static inline int parse_ipv6(const struct frame *frame, struct packet *p)
{
	const struct wire_ipv6 *ip = frame_at(frame, p->offset, sizeof(*ip));
	__u32 first, room;
	int parsed;

	if (!ip)
		return OUTCOME_IPV6_TRUNCATED;
	first = WIRE_32(ip->version_class_label);
	room = p->wire_bytes - p->offset;
	p->ip_bytes = ip->payload_bytes ?
			      sizeof(*ip) + WIRE_16(ip->payload_bytes) :
			      room;
	if (first >> 28 != 6 || p->ip_bytes < sizeof(*ip) || p->ip_bytes > room)
		return OUTCOME_IPV6_MALFORMED;
	p->source[0] = ip->source[0];
	p->source[1] = ip->source[1];
	p->destination[0] = ip->destination[0];
	p->destination[1] = ip->destination[1];
	p->ecn = first >> 20 & 3;
	p->ip_protocol = ip->next_header;
	p->ip_end = p->offset + p->ip_bytes;
	p->header_bytes = sizeof(*ip);
	p->family = 6;
	p->offset += sizeof(*ip);
	parsed = parse_ipv6_extensions(frame, p);
	if (!ip->payload_bytes)
		parse_forget_jumbo(p);
	return parsed;
}

/* From here on the packet has addresses and is credited as traffic, whatever
 * its outcome, if family is set. */
static inline int parse_network(const struct frame *frame, struct packet *p)
{
	if (p->ethertype == ETHERTYPE_IPV4)
		return parse_ipv4(frame, p);
	return parse_ipv6(frame, p);
}

/* Walks the options one by one until Timestamps or the end. */
static inline int parse_tcp_options(const struct frame *frame, struct packet *p,
				    __u32 n_bytes)
{
	const __u8 *option;
	const struct wire_tcp_timestamp_values *values;
	__u32 at = 0;

	for (int i = 0; i < PARSE_MAX_OPTION_BYTES; i++) {
		at &= 63;
		if (at >= n_bytes)
			return PARSE_GO_ON;
		option = frame_at(frame, p->offset + at, 1);
		if (!option)
			return OUTCOME_TCP_TRUNCATED;
		if (*option == TCP_OPTION_END)
			return PARSE_GO_ON;
		if (*option == TCP_OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 2 > n_bytes)
			return OUTCOME_TCP_MALFORMED;
		option = frame_at(frame, p->offset + at, 2);
		if (!option)
			return OUTCOME_TCP_TRUNCATED;
		if (option[1] < 2 || at + option[1] > n_bytes)
			return OUTCOME_TCP_MALFORMED;
		if (option[0] == TCP_OPTION_TIMESTAMPS &&
		    option[1] == TCP_OPTION_TIMESTAMPS_BYTES) {
			values = frame_at(frame, p->offset + at + 2,
					  sizeof(*values));
			if (!values)
				return OUTCOME_TCP_TRUNCATED;
			p->tsval = WIRE_32(values->tsval);
			p->tsecr = WIRE_32(values->tsecr);
			p->has_timestamps = 1;
			return PARSE_GO_ON;
		}
		at += option[1];
	}
	return PARSE_GO_ON;
}

static inline int parse_tcp(const struct frame *frame, struct packet *p)
{
	const struct wire_tcp *tcp = frame_at(frame, p->offset, sizeof(*tcp));
	const struct wire_tcp_timestamps *stamps;
	__u32 header_bytes;

	if (!tcp)
		return OUTCOME_TCP_TRUNCATED;
	header_bytes = (tcp->offset >> 4) * 4;
	if (header_bytes < sizeof(*tcp) || p->offset + header_bytes > p->ip_end)
		return OUTCOME_TCP_MALFORMED;
	p->source_port = WIRE_16(tcp->source);
	p->destination_port = WIRE_16(tcp->destination);
	p->tcp_flags = tcp->flags;
	p->seq = WIRE_32(tcp->seq);
	p->ack = WIRE_32(tcp->ack);
	p->payload_bytes = p->ip_end - p->offset - header_bytes;
	p->header_bytes += header_bytes;
	p->offset += sizeof(*tcp);
	header_bytes -= sizeof(*tcp);
	if (header_bytes < sizeof(*stamps))
		return parse_tcp_options(frame, p, header_bytes);
	stamps = frame_at(frame, p->offset, sizeof(*stamps));
	if (!stamps || stamps->nop_nop_kind_length != WIRE_32(0x0101080a))
		return parse_tcp_options(frame, p, header_bytes);
	p->tsval = WIRE_32(stamps->tsval);
	p->tsecr = WIRE_32(stamps->tsecr);
	p->has_timestamps = 1;
	return PARSE_GO_ON;
}

static inline int parse_icmp(const struct frame *frame, struct packet *p)
{
	const struct wire_icmp_echo *echo;
	bool is_v6 = p->ip_protocol == PROTOCOL_ICMPV6;

	if (p->offset + sizeof(*echo) > p->ip_end)
		return OUTCOME_ICMP_TRUNCATED;
	echo = frame_at(frame, p->offset, sizeof(*echo));
	if (!echo)
		return OUTCOME_ICMP_TRUNCATED;
	p->is_echo_request = echo->type ==
			     (is_v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST);
	p->is_echo_reply = echo->type ==
			   (is_v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY);
	if (!p->is_echo_request && !p->is_echo_reply)
		return OUTCOME_ICMP_OTHER;
	p->header_bytes += sizeof(*echo);
	p->echo_identifier = WIRE_16(echo->identifier);
	p->echo_sequence = WIRE_16(echo->sequence);
	return PARSE_GO_ON;
}

/* Goes on for a query or response. */
static inline int parse_dns(const struct frame *frame, struct packet *p)
{
	const struct wire_dns *dns = frame_at(frame, p->offset, sizeof(*dns));

	if (!dns || p->offset + sizeof(*dns) > p->ip_end) {
		p->is_cut = p->offset + sizeof(*dns) <= p->ip_end;
		return OUTCOME_UDP;
	}
	p->echo_sequence = WIRE_16(dns->id);
	p->is_echo_reply = WIRE_16(dns->flags) >> 15 &&
			   p->source_port == PORT_DNS;
	p->is_echo_request = !(WIRE_16(dns->flags) >> 15) &&
			     p->destination_port == PORT_DNS;
	return p->is_echo_reply || p->is_echo_request ? PARSE_GO_ON :
							OUTCOME_UDP;
}

/* Goes on for what may be timed: DNS, QUIC. */
static inline int parse_udp(const struct frame *frame, struct packet *p)
{
	const struct wire_udp *udp = frame_at(frame, p->offset, sizeof(*udp));

	if (!udp || p->offset + sizeof(*udp) > p->ip_end)
		return OUTCOME_UDP_TRUNCATED;
	p->source_port = WIRE_16(udp->source);
	p->destination_port = WIRE_16(udp->destination);
	p->header_bytes += sizeof(*udp);
	p->offset += sizeof(*udp);
	if (p->source_port == PORT_DNS || p->destination_port == PORT_DNS)
		return parse_dns(frame, p);
	if (p->offset >= p->ip_end)
		return OUTCOME_UDP;
	p->payload_bytes = p->ip_end - p->offset;
	return quic_parse(frame, p);
}

static inline int parse_transport(const struct frame *frame, struct packet *p)
{
	if (p->ip_protocol == PROTOCOL_TCP)
		return parse_tcp(frame, p);
	if (p->ip_protocol ==
	    (p->family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6))
		return parse_icmp(frame, p);
	if (p->ip_protocol == PROTOCOL_UDP)
		return parse_udp(frame, p);
	return OUTCOME_OTHER_PROTOCOL;
}

/* After all stages: what comes from a virtual machine says how long its segments
 * are, not how many. */
static inline void parse_count_segments(struct packet *p)
{
	__u32 segment_bytes = p->segment_bytes, payload_bytes;

	if (p->n_segments > 1 || !segment_bytes || !p->family)
		return;
	payload_bytes = p->ip_bytes - p->header_bytes;
	if (payload_bytes > segment_bytes)
		p->n_segments =
			(payload_bytes + segment_bytes - 1) / segment_bytes;
}

#endif
