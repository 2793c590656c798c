/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link stage of parsing: frame -> what kind of IP begins where. Passes over
 * up to 4 VLAN tags, a PPPoE session header, or up to 4 MPLS labels.
 *
 * Sources: IEEE 802.1Q, RFC 2516, RFC 3032.
 */
#ifndef CORE_PARSE_LINK_H
#define CORE_PARSE_LINK_H

#include <stdbool.h>

#include "outcome.h"
#include "packet.h"
#include "wire.h"

/* What every stage returns when the next one is to look at the packet; else it
 * returns the packet's outcome. */
enum { PARSE_GO_ON = -1 };

enum {
	PARSE_MAX_TAGS = 4,
	PARSE_MAX_LABELS = 4,
};

static inline bool parse_is_vlan(__u16 ethertype)
{
	return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ ||
	       ethertype == ETHERTYPE_QINQ_OLD;
}

static inline bool parse_is_mpls(__u16 ethertype)
{
	return ethertype == ETHERTYPE_MPLS ||
	       ethertype == ETHERTYPE_MPLS_MULTICAST;
}

/* No header says which IP it is: the version does. */
static inline int parse_raw_ip(const struct frame *frame, struct packet *p)
{
	const __u8 *first = frame_at(frame, p->offset, 1);

	if (!first)
		return OUTCOME_LINK_TRUNCATED;
	if (*first >> 4 == 4)
		p->ethertype = ETHERTYPE_IPV4;
	else if (*first >> 4 == 6)
		p->ethertype = ETHERTYPE_IPV6;
	else
		return OUTCOME_NOT_IP;
	return PARSE_GO_ON;
}

/* PPPoE session data, without protocol field compression (RFC 2516). */
static inline int parse_pppoe(const struct frame *frame, struct packet *p)
{
	const struct wire_pppoe *pppoe =
		frame_at(frame, p->offset, sizeof(*pppoe));

	if (!pppoe)
		return OUTCOME_LINK_TRUNCATED;
	if (pppoe->version_type != 0x11 || pppoe->code)
		return OUTCOME_NOT_IP;
	p->offset += sizeof(*pppoe);
	if (WIRE_16(pppoe->protocol) == PPP_IPV4)
		p->ethertype = ETHERTYPE_IPV4;
	else if (WIRE_16(pppoe->protocol) == PPP_IPV6)
		p->ethertype = ETHERTYPE_IPV6;
	else
		return OUTCOME_NOT_IP;
	return PARSE_GO_ON;
}

/* Label stack, then IP (RFC 3032); what else labels carry is not IP here. */
static inline int parse_mpls(const struct frame *frame, struct packet *p)
{
	const struct wire_mpls *mpls;

	for (int i = 0; i < PARSE_MAX_LABELS; i++) {
		mpls = frame_at(frame, p->offset, sizeof(*mpls));
		if (!mpls)
			return OUTCOME_LINK_TRUNCATED;
		p->offset += sizeof(*mpls);
		if (WIRE_32(mpls->label) >> 8 & 1)
			return parse_raw_ip(frame, p);
	}
	return OUTCOME_LINK_TOO_MANY_TAGS;
}

/* Sets ethertype and offset of what the link layer carries, from p->offset
 * on: 0, or the Ethernet header inside a tunnel. */
static inline int parse_link(const struct frame *frame, struct packet *p)
{
	const struct wire_ethernet *ethernet;
	const struct wire_vlan *vlan;
	__u32 offset = p->offset;
	__u16 ethertype;

	if (p->link == LINK_RAW_IP)
		return parse_raw_ip(frame, p);
	ethernet = frame_at(frame, offset, sizeof(*ethernet));
	if (!ethernet)
		return OUTCOME_LINK_TRUNCATED;
	offset += sizeof(*ethernet);
	ethertype = WIRE_16(ethernet->ethertype);
	for (int i = 0; i < PARSE_MAX_TAGS && parse_is_vlan(ethertype); i++) {
		vlan = frame_at(frame, offset, sizeof(*vlan));
		if (!vlan)
			return OUTCOME_LINK_TRUNCATED;
		ethertype = WIRE_16(vlan->ethertype);
		offset += sizeof(*vlan);
	}
	p->ethertype = ethertype;
	p->offset = offset;
	if (parse_is_vlan(ethertype))
		return OUTCOME_LINK_TOO_MANY_TAGS;
	if (ethertype == ETHERTYPE_PPPOE_SESSION)
		return parse_pppoe(frame, p);
	if (parse_is_mpls(ethertype))
		return parse_mpls(frame, p);
	if (ethertype != ETHERTYPE_IPV4 && ethertype != ETHERTYPE_IPV6)
		return OUTCOME_NOT_IP;
	return PARSE_GO_ON;
}

#endif
