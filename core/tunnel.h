/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPIP, 6in4, GRE, VXLAN and GTP-U, one level deep: the packet becomes the inner
 * one, so that its flow is timed and its traffic credited once, with the inner
 * subnets and the inner length.
 *
 * What cannot be read as an inner IP packet (another payload, a fragment of the
 * outer packet, an end in the captured bytes) stays the outer packet.
 *
 * Sources: RFC 2003, RFC 4213, RFC 2784, RFC 2890, RFC 7348, 3GPP TS 29.281.
 */
#ifndef CORE_TUNNEL_H
#define CORE_TUNNEL_H

#include "parse.h"

enum { TUNNEL_MAX_GTP_EXTENSIONS = 3 };

/* Header at p->offset; an end of the captured bytes before its own is noted. */
static inline const void *tunnel_header(const struct frame *frame,
					struct packet *p, __u32 len)
{
	const void *header = frame_at(frame, p->offset, len);

	if (!header)
		p->is_cut = 1;
	return header;
}

/* Each sets link, offset and, for GRE, ethertype of what is inside; false when
 * it is not a tunnel that carries IP or Ethernet. */
static inline bool tunnel_open_gre(const struct frame *frame, struct packet *p)
{
	const struct wire_gre *gre = tunnel_header(frame, p, sizeof(*gre));
	__u16 flags;

	if (!gre)
		return false;
	flags = WIRE_16(gre->flags);
	if (flags & (GRE_ROUTING | GRE_VERSION))
		return false;
	p->offset += sizeof(*gre);
	if (flags & GRE_CHECKSUM)
		p->offset += 4;
	if (flags & GRE_KEY)
		p->offset += 4;
	if (flags & GRE_SEQUENCE)
		p->offset += 4;
	p->ethertype = WIRE_16(gre->ethertype);
	p->link = p->ethertype == ETHERTYPE_TEB ? LINK_ETHERNET : LINK_RAW_IP;
	return p->ethertype == ETHERTYPE_TEB ||
	       p->ethertype == ETHERTYPE_IPV4 || p->ethertype == ETHERTYPE_IPV6;
}

static inline bool tunnel_open_vxlan(const struct frame *frame,
				     struct packet *p)
{
	const struct wire_vxlan *vxlan =
		tunnel_header(frame, p, sizeof(*vxlan));

	if (!vxlan || vxlan->flags != 0x08)
		return false;
	p->offset += sizeof(*vxlan);
	p->link = LINK_ETHERNET;
	return true;
}

/* Extension headers: length in words of 4, last byte names the next. */
static inline bool tunnel_skip_gtp_extensions(const struct frame *frame,
					      struct packet *p, __u8 next)
{
	const __u8 *length, *last;

	for (int i = 0; i < TUNNEL_MAX_GTP_EXTENSIONS && next; i++) {
		length = tunnel_header(frame, p, 1);
		if (!length || !*length)
			return false;
		p->offset += *length * 4 - 1;
		last = tunnel_header(frame, p, 1);
		if (!last)
			return false;
		p->offset++;
		next = *last;
	}
	return !next;
}

static inline bool tunnel_open_gtp(const struct frame *frame, struct packet *p)
{
	const struct wire_gtp *gtp = tunnel_header(frame, p, sizeof(*gtp));
	const __u8 *optional;
	__u8 flags, next = 0;

	if (!gtp || (gtp->flags & GTP_VERSION_MASK) != GTP_VERSION_1 ||
	    gtp->type != GTP_USER_DATA)
		return false;
	flags = gtp->flags;
	p->offset += sizeof(*gtp);
	if (flags & GTP_OPTIONAL) {
		optional = tunnel_header(frame, p, 4);
		if (!optional)
			return false;
		if (flags & GTP_EXTENSION)
			next = optional[3];
		p->offset += 4;
	}
	p->link = LINK_RAW_IP;
	return tunnel_skip_gtp_extensions(frame, p, next);
}

static inline bool tunnel_open_udp(const struct frame *frame, struct packet *p)
{
	const struct wire_udp *udp = tunnel_header(frame, p, sizeof(*udp));
	__u16 port;

	if (!udp)
		return false;
	port = WIRE_16(udp->destination);
	p->offset += sizeof(*udp);
	if (port == PORT_VXLAN)
		return tunnel_open_vxlan(frame, p);
	return port == PORT_GTP_USER && tunnel_open_gtp(frame, p);
}

/* Whether the packet may be a tunnel at all: most UDP is not, by its port. */
static inline bool tunnel_may_be(const struct frame *frame,
				 const struct packet *p)
{
	const struct wire_udp *udp;
	__u16 port;

	if (p->ip_protocol != PROTOCOL_UDP)
		return p->ip_protocol == PROTOCOL_GRE ||
		       p->ip_protocol == PROTOCOL_IPV4 ||
		       p->ip_protocol == PROTOCOL_IPV6;
	udp = frame_at(frame, p->offset, sizeof(*udp));
	if (!udp)
		return true;
	port = WIRE_16(udp->destination);
	return port == PORT_VXLAN || port == PORT_GTP_USER;
}

static inline bool tunnel_open(const struct frame *frame, struct packet *p)
{
	switch (p->ip_protocol) {
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6:
		p->link = LINK_RAW_IP;
		return true;
	case PROTOCOL_GRE:
		return tunnel_open_gre(frame, p);
	case PROTOCOL_UDP:
		return tunnel_open_udp(frame, p);
	default:
		return false;
	}
}

/* After parse_network(), before parse_transport(): replaces *p by the packet
 * inside, if there is one. Its network header is parsed here. */
static inline int tunnel_enter(const struct frame *frame, struct packet *p)
{
	struct packet inner = {
		.wire_bytes = p->ip_end,
		.n_segments = p->n_segments,
		.segment_bytes = p->segment_bytes,
		.offset = p->offset,
		.ip_protocol = p->ip_protocol,
		.is_tunnelled = 1,
	};
	int parsed;

	if (p->is_fragment)
		return PARSE_GO_ON;
	if (!tunnel_open(frame, &inner)) {
		p->is_cut = inner.is_cut;
		return PARSE_GO_ON;
	}
	inner.ip_protocol = 0;
	parsed = parse_link(frame, &inner);
	/* captured bytes may go on behind the outer packet's end */
	if (parsed == PARSE_GO_ON && inner.offset < inner.wire_bytes)
		parsed = parse_network(frame, &inner);
	if (!inner.family) {
		p->is_cut = parse_is_truncated(parsed);
		return PARSE_GO_ON;
	}
	*p = inner;
	return parsed;
}

#endif
