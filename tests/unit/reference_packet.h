/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A parser for well-formed frames, independent of core/. */
#ifndef TESTS_REFERENCE_PACKET_H
#define TESTS_REFERENCE_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reference_packet {
	uint8_t address[2][16]; /* source, destination; IPv4 in the first 4 */
	uint16_t port[2];       /* of ICMP: the identifier, twice */
	uint8_t protocol, flags;
	bool has_timestamps, is_request, is_reply;
	uint32_t payload_bytes, tsval, tsecr, sequence, seq, ack;
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
	p->seq = reference_32(tcp + 4);
	p->ack = reference_32(tcp + 8);
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

static inline void reference_parse_udp(const uint8_t *udp, uint32_t n_bytes,
				       struct reference_packet *p)
{
	p->port[0] = reference_16(udp);
	p->port[1] = reference_16(udp + 2);
	if (n_bytes < 12)
		return;
	p->sequence = reference_16(udp + 8);
	p->is_reply = p->port[0] == 53 && udp[10] & 0x80;
	p->is_request = p->port[1] == 53 && !(udp[10] & 0x80);
}

/* Well-formed untagged Ethernet only; false for another protocol. */
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
	else if (p->protocol == 17)
		reference_parse_udp(transport, n_bytes, p);
	else if (p->protocol == 1 || p->protocol == 58)
		reference_parse_icmp(transport, p);
	else
		return false;
	return true;
}

#endif
