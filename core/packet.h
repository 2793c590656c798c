/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame's bytes, and what parsing found in it.
 */
#ifndef CORE_PACKET_H
#define CORE_PACKET_H

#include <stddef.h>
#include <linux/types.h>

/* Bytes as captured: borrowed, valid while the packet is observed. In BPF these
 * are packet pointers, and every access must be guarded by frame_at(). */
struct frame {
	const void *data;
	const void *data_end;
};

/* Where the frame begins. */
enum link {
	LINK_ETHERNET = 0,
	LINK_RAW_IP = 1, /* tun, ppp, wireguard: no link header */
};

/*
 * The caller sets link, wire_bytes, n_segments and, of an aggregated packet,
 * segment_bytes, zeroes the rest, and parsing fills it from the outside in; what
 * was not reached stays 0.
 */
struct packet {
	__u64 source[2]; /* network order, IPv4 v4-mapped */
	__u64 destination[2];
	__u32 wire_bytes; /* frame as it was on the wire, from data on */
	__u32 n_segments; /* 1, or what an aggregated packet stands for */
	__u32 offset;     /* of the header that is parsed next */
	__u32 ip_bytes;   /* IP length of the whole packet */
	__u32 ip_end;     /* offset where the IP packet ends */
	__u32 payload_bytes;
	__u32 tsval, tsecr;
	__u32 seq, ack;
	__u16 source_port, destination_port;  /* host order */
	__u16 echo_identifier, echo_sequence; /* the latter: DNS id too */
	__u16 ethertype;
	__u8 link;
	__u8 family; /* 4, 6, or 0 before the IP header is known */
	__u8 ip_protocol;
	__u8 ecn;
	__u8 tcp_flags;
	__u8 has_timestamps;
	__u8 is_echo_request, is_echo_reply;
	__u8 is_fragment;           /* the first one too */
	__u8 is_tunnelled;          /* all of this is the inner packet's */
	__u8 is_cut;                /* more captured bytes could tell more */
	__u16 header_bytes;         /* IP and transport headers */
	__u16 segment_bytes;        /* payload of each segment, or 0 */
	__u16 quic_dcid, quic_scid; /* digests of connection IDs */
	__u8 quic_kind;             /* enum quic_kind */
	__u8 quic_version;          /* enum quic_version, of a long header */
	__u8 quic_dcid_bytes;
	__u8 quic_is_fixed, quic_spin; /* bits of the first byte */
};

/* No header that is read begins beyond this. 6 extension headers of 2048 bytes
 * end below it. */
enum { FRAME_MAX_OFFSET = 0x3fff };

/* len bytes at offset, or NULL where the frame ends before. The barrier keeps
 * the compiler from merging bounds in ways that the BPF verifier loses. */
static inline __attribute__((always_inline)) const void *
frame_at(const struct frame *frame, __u32 offset, __u32 len)
{
	const __u8 *p = frame->data;

	__asm__ volatile("" : "+r"(offset));
	if (offset > FRAME_MAX_OFFSET)
		return NULL;
	p += offset;
	if ((const void *)(p + len) > frame->data_end)
		return NULL;
	return p;
}

#endif
