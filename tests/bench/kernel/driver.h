/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench driver (BPF) and its user share.
 */
#ifndef TESTS_BENCH_DRIVER_H
#define TESTS_BENCH_DRIVER_H

#include <linux/types.h>

enum { DRIVER_MAX_ORDER = 1 << 20 };

/* Offsets in the template frame that each iteration rewrites; 0: left alone. */
struct driver_settings {
	__u32 order_mask; /* entries of `order` in use, less one */
	__u32 source_at;  /* 4 bytes, network order */
	__u32 destination_at;
	__u32 ports_at;    /* two ports */
	__u32 stamps_at;   /* TSval, TSecr */
	__u32 sequence_at; /* ICMP: type byte is reply_at */
	__u32 type_at;
	__u8 request_type, reply_type;
	__u8 is_two_way;   /* odd packets answer the even ones before */
	__u8 is_tick_held; /* TSval stays: the hot path without samples */
};

#endif
