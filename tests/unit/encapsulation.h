/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encapsulations as the RFCs and 3GPP TS 29.281 write them, byte by byte:
 * what stands between the outer IP header and the inner one.
 */
#ifndef TESTS_ENCAPSULATION_H
#define TESTS_ENCAPSULATION_H

#include "frame_build.h"

enum {
	OUTER_SOURCE = 0xc0a80001,      /* 192.168.0.1 */
	OUTER_DESTINATION = 0xac100002, /* 172.16.0.2 */
	NO_FAMILY_FIELD = 0,
};

struct shell {
	const char *name;
	uint8_t protocol;  /* 0: IP in IP, the inner family's own */
	uint8_t family_at; /* offset of an ethertype to fill in, or 0 */
	uint16_t udp_port; /* destination, or 0 */
	bool has_ethernet;
	uint8_t n_tags; /* of the inner Ethernet header */
	uint8_t n_bytes;
	uint8_t bytes[40];
};

static const struct shell shells[] = {
	{ .name = "IP in IP" },
	{ .name = "GRE", .protocol = 47, .family_at = 2, .n_bytes = 4 },
	{ .name = "GRE, checksum",
	  .protocol = 47,
	  .family_at = 2,
	  .n_bytes = 8,
	  .bytes = { 0x80 } },
	{ .name = "GRE, key",
	  .protocol = 47,
	  .family_at = 2,
	  .n_bytes = 8,
	  .bytes = { 0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff } },
	{ .name = "GRE, sequence number",
	  .protocol = 47,
	  .family_at = 2,
	  .n_bytes = 8,
	  .bytes = { 0x10, 0, 0, 0, 0x45, 0, 0, 1 } },
	{ .name = "GRE, checksum, key and sequence number",
	  .protocol = 47,
	  .family_at = 2,
	  .n_bytes = 16,
	  .bytes = { 0xb0 } },
	{ .name = "Ethernet in GRE",
	  .protocol = 47,
	  .has_ethernet = true,
	  .n_bytes = 4,
	  .bytes = { 0, 0, 0x65, 0x58 } },
	{ .name = "Ethernet in GRE, key, two tags",
	  .protocol = 47,
	  .has_ethernet = true,
	  .n_tags = 2,
	  .n_bytes = 8,
	  .bytes = { 0x20, 0, 0x65, 0x58, 0, 0, 0, 9 } },
	{ .name = "VXLAN",
	  .protocol = 17,
	  .udp_port = 4789,
	  .has_ethernet = true,
	  .n_bytes = 8,
	  .bytes = { 0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0 } },
	{ .name = "VXLAN, inner tag",
	  .protocol = 17,
	  .udp_port = 4789,
	  .has_ethernet = true,
	  .n_tags = 1,
	  .n_bytes = 8,
	  .bytes = { 0x08 } },
	{ .name = "GTP-U",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 8,
	  .bytes = { 0x30, 0xff, 0, 100, 1, 2, 3, 4 } },
	{ .name = "GTP-U, sequence number",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 12,
	  .bytes = { 0x32, 0xff, 0, 100, 1, 2, 3, 4, 0x12, 0x34 } },
	{ .name = "GTP-U, N-PDU number; the next type counts for nothing",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 12,
	  .bytes = { 0x31, 0xff, 0, 100, 1, 2, 3, 4, 0, 0, 7, 0x85 } },
	{ .name = "GTP-U, no extension header although announced",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 12,
	  .bytes = { 0x34, 0xff, 0, 100, 1, 2, 3, 4, 0, 0, 0, 0 } },
	{ .name = "GTP-U, PDU session container",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 16,
	  .bytes = { 0x34, 0xff, 0, 100, 1, 2, 3, 4, 0, 0, 0, 0x85, 1, 0, 9,
		     0 } },
	{ .name = "GTP-U, three extension headers",
	  .protocol = 17,
	  .udp_port = 2152,
	  .n_bytes = 28,
	  .bytes = { 0x36, 0xff, 0, 100, 1, 2, 3, 4, 0, 0,    0, 0x20, 1, 0,
		     0,    0x85, 2, 0,   9, 0, 0, 0, 0, 0x40, 1, 0,    0, 0 } },
};

enum { N_SHELLS = sizeof(shells) / sizeof(*shells) };

static inline uint16_t shell_ethertype(bool is_v6)
{
	return is_v6 ? 0x86dd : 0x0800;
}

/* Up to the end of the outer IP header; returns where that begins. */
static inline uint32_t shell_put_outer(struct built *frame, uint8_t protocol,
				       bool is_v6)
{
	struct build outer = {
		.source = OUTER_SOURCE,
		.destination = OUTER_DESTINATION,
		.protocol = protocol,
	};

	build_put_macs(frame);
	build_put16(frame, shell_ethertype(is_v6));
	return is_v6 ? build_put_ipv6(frame, &outer, protocol) :
		       build_put_ipv4(frame, &outer, 0);
}

/* The shell's own bytes, its UDP header and its Ethernet header. */
static inline void shell_put(struct built *frame, const struct shell *shell,
			     bool is_inner_v6)
{
	uint32_t at;

	if (shell->udp_port) {
		build_put16(frame, 54321);
		build_put16(frame, shell->udp_port);
		build_put32(frame, 0);
	}
	at = frame->n_bytes;
	build_put_bytes(frame, shell->bytes, shell->n_bytes);
	if (shell->family_at)
		build_set16(frame, at + shell->family_at,
			    shell_ethertype(is_inner_v6));
	if (!shell->has_ethernet)
		return;
	build_put_fill(frame, 0x04, 12);
	for (int i = 0; i < shell->n_tags; i++)
		build_put32(frame, 0x81000007);
	build_put16(frame, shell_ethertype(is_inner_v6));
}

static inline uint8_t shell_protocol(const struct shell *shell,
				     bool is_inner_v6)
{
	return shell->protocol ? shell->protocol : is_inner_v6 ? 41 : 4;
}

/* The inner packet in the shell in an outer packet; returns where the inner IP
 * header stands. */
static inline uint32_t shell_wrap(const struct shell *shell, bool is_outer_v6,
				  const struct build *inner,
				  struct built *ret_frame)
{
	uint32_t outer_at, inner_at;
	struct built bare;

	build_frame(inner, &bare);
	outer_at = shell_put_outer(
		ret_frame, shell_protocol(shell, inner->is_v6), is_outer_v6);
	shell_put(ret_frame, shell, inner->is_v6);
	inner_at = ret_frame->n_bytes;
	build_put_bytes(ret_frame, bare.bytes + 14, bare.n_bytes - 14);
	build_end_ip(ret_frame, outer_at);
	return inner_at;
}

#endif
