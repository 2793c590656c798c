/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for the tests of core/, byte by byte or from a description. Written
 * against the RFCs and not with core/wire.h, so that a wrong structure there
 * does not cancel itself out.
 */
#ifndef TESTS_FRAME_BUILD_H
#define TESTS_FRAME_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	BUILD_MAX_BYTES = 16384,
	BUILD_TCP = 6,
	BUILD_UDP = 17,
	BUILD_FIN = 1,
	BUILD_SYN = 2,
	BUILD_RST = 4,
	BUILD_ACK = 16,
};

struct built {
	uint8_t bytes[BUILD_MAX_BYTES];
	uint32_t n_bytes;
};

/*
 * One IP packet. Zero is the usual: IPv4, TCP, with timestamps, no payload. An
 * address of IPv6 is made of an IPv4 one: a.b.c.d is 2001:db8:aabb::ccdd.
 */
struct build {
	uint32_t source, destination;
	uint32_t tsval, tsecr;
	uint32_t seq, ack;
	uint32_t payload_bytes;
	uint16_t source_port, destination_port;
	uint16_t echo_identifier, echo_sequence;
	uint16_t dns_id, dns_flags;
	uint8_t is_v6, protocol, tcp_flags, tcp_has_no_timestamps;
	uint8_t icmp_type, ecn, has_dns;
};

static inline void build_put8(struct built *frame, uint8_t value)
{
	frame->bytes[frame->n_bytes++] = value;
}

static inline void build_put16(struct built *frame, uint16_t value)
{
	build_put8(frame, value >> 8);
	build_put8(frame, value);
}

static inline void build_put32(struct built *frame, uint32_t value)
{
	build_put16(frame, value >> 16);
	build_put16(frame, value);
}

static inline void build_put_fill(struct built *frame, uint8_t value,
				  uint32_t n)
{
	memset(frame->bytes + frame->n_bytes, value, n);
	frame->n_bytes += n;
}

static inline void build_put_bytes(struct built *frame, const void *bytes,
				   uint32_t n)
{
	memcpy(frame->bytes + frame->n_bytes, bytes, n);
	frame->n_bytes += n;
}

static inline void build_set16(struct built *frame, uint32_t at, uint16_t value)
{
	frame->bytes[at] = value >> 8;
	frame->bytes[at + 1] = value;
}

/* The addresses alone: what stands before the first tag or the type. */
static inline void build_put_macs(struct built *frame)
{
	frame->n_bytes = 0;
	build_put_fill(frame, 0x02, 12);
}

/* IPv4 header with option bytes (a multiple of 4); returns where it stands. */
static inline uint32_t build_put_ipv4(struct built *frame,
				      const struct build *build,
				      uint32_t option_bytes)
{
	uint32_t at = frame->n_bytes;

	build_put8(frame, 0x45 + option_bytes / 4);
	build_put8(frame, 0xb8 | build->ecn); /* a DSCP that must not matter */
	build_put16(frame, 0);
	build_put16(frame, 0x1234);
	build_put16(frame, 0x4000); /* do not fragment */
	build_put8(frame, 64);
	build_put8(frame, build->protocol ? build->protocol : BUILD_TCP);
	build_put16(frame, 0);
	build_put32(frame, build->source);
	build_put32(frame, build->destination);
	build_put_fill(frame, 1, option_bytes);
	return at;
}

static inline void build_put_v6_address(struct built *frame, uint32_t address)
{
	build_put32(frame, 0x20010db8);
	build_put16(frame, address >> 16);
	build_put_fill(frame, 0, 8);
	build_put16(frame, address);
}

static inline uint32_t build_put_ipv6(struct built *frame,
				      const struct build *build,
				      uint8_t next_header)
{
	uint32_t at = frame->n_bytes;

	build_put32(frame, 0x6b812345 | (uint32_t)build->ecn << 20);
	build_put16(frame, 0);
	build_put8(frame, next_header);
	build_put8(frame, 64);
	build_put_v6_address(frame, build->source);
	build_put_v6_address(frame, build->destination);
	return at;
}

/* Sets the IP length so that the packet ends where the frame ends now. */
static inline void build_end_ip(struct built *frame, uint32_t ip_at)
{
	uint32_t bytes = frame->n_bytes - ip_at;

	if (frame->bytes[ip_at] >> 4 == 4)
		build_set16(frame, ip_at + 2, bytes);
	else
		build_set16(frame, ip_at + 4, bytes - 40);
}

/* TCP header with these options (a multiple of 4 bytes). */
static inline void build_put_tcp(struct built *frame, const struct build *build,
				 const void *options, uint32_t option_bytes)
{
	build_put16(frame, build->source_port);
	build_put16(frame, build->destination_port);
	build_put32(frame, build->seq);
	build_put32(frame, build->ack);
	build_put8(frame, (5 + option_bytes / 4) << 4);
	build_put8(frame, build->tcp_flags);
	build_put16(frame, 1024);
	build_put32(frame, 0);
	build_put_bytes(frame, options, option_bytes);
}

/* The usual 12 bytes: NOP NOP Timestamps. */
static inline void build_make_timestamps(const struct build *build,
					 uint8_t ret_option[12])
{
	struct built option = { .n_bytes = 0 };

	build_put32(&option, 0x0101080a);
	build_put32(&option, build->tsval);
	build_put32(&option, build->tsecr);
	memcpy(ret_option, option.bytes, 12);
}

static inline void build_put_icmp(struct built *frame,
				  const struct build *build)
{
	build_put8(frame, build->icmp_type);
	build_put8(frame, 0);
	build_put16(frame, 0);
	build_put16(frame, build->echo_identifier);
	build_put16(frame, build->echo_sequence);
}

/* With has_dns, the 12 bytes that every DNS message begins with. */
static inline void build_put_udp(struct built *frame, const struct build *build)
{
	uint32_t dns_bytes = build->has_dns ? 12 : 0;

	build_put16(frame, build->source_port);
	build_put16(frame, build->destination_port);
	build_put16(frame, 8 + dns_bytes + build->payload_bytes);
	build_put16(frame, 0);
	if (!dns_bytes)
		return;
	build_put16(frame, build->dns_id);
	build_put16(frame, build->dns_flags);
	build_put16(frame, 1);
	build_put_fill(frame, 0, 6);
}

static inline void build_put_transport(struct built *frame,
				       const struct build *build)
{
	uint8_t option[12];

	if (!build->protocol || build->protocol == BUILD_TCP) {
		build_make_timestamps(build, option);
		build_put_tcp(frame, build, option,
			      build->tcp_has_no_timestamps ? 0 : 12);
	} else if (build->protocol == BUILD_UDP) {
		build_put_udp(frame, build);
	} else {
		build_put_icmp(frame, build);
	}
	build_put_fill(frame, 0xee, build->payload_bytes);
}

/* The whole frame, untagged Ethernet; returns where its IP header stands. */
static inline uint32_t build_frame(const struct build *build,
				   struct built *ret_frame)
{
	uint32_t ip_at;

	build_put_macs(ret_frame);
	build_put16(ret_frame, build->is_v6 ? 0x86dd : 0x0800);
	if (build->is_v6)
		ip_at = build_put_ipv6(ret_frame, build,
				       build->protocol ? build->protocol :
							 BUILD_TCP);
	else
		ip_at = build_put_ipv4(ret_frame, build, 0);
	build_put_transport(ret_frame, build);
	build_end_ip(ret_frame, ip_at);
	return ip_at;
}

#endif
