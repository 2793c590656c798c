/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench driver (BPF) and its user share.
 */
#ifndef TESTS_BENCH_DRIVER_H
#define TESTS_BENCH_DRIVER_H

#include <linux/types.h>

enum {
	DRIVER_MAX_ORDER = 1 << 20,
	DRIVER_MAX_FLOWS = 1 << 20,
	DRIVER_MAX_TARGETS = 4, /* power of two */
};

/* Offsets in the template frame that each iteration rewrites; 0: left alone.
 * Turn t sends a packet of flow order[t], and answers that of turn t - lag. */
struct driver_settings {
	__u32 source_at; /* 4 bytes, network order */
	__u32 destination_at;
	__u32 ports_at;  /* two ports */
	__u32 length_at; /* first word of IPv4, with the IP length */
	__u32 stamps_at; /* TSval, TSecr */
	__u32 echo_at;   /* identifier and sequence number */
	__u32 seq_at;    /* TCP's sequence and acknowledgement number */
	__u32 type_at;   /* type of ICMP, or first byte of QUIC */
	__u32 lag;
	__u32 client_shift; /* 0: 256 clients in a /24; 8: one */
	__u16 request_ip_bytes, reply_ip_bytes;
	__u8 request_type, reply_type;
	__u8 is_two_way;   /* there are answers */
	__u8 is_tick_held; /* TSval stays: the hot path without samples */
	__u8 is_flood;     /* every turn is another flow, order is not used */
	__u8 is_spinning;  /* bit 0x20 of the type changes every 16 packets */
};

/* What a flow has sent, so that its next packet follows on. */
struct driver_flow {
	__u32 answered; /* tick of the last answer */
	__u32 n_sent;
};

#endif
