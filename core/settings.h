/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a measurement is configured with; constant while it runs. In BPF it is
 * read-only data, set between open and load; settings_default() is what a plain
 * load of the object measures with.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <linux/types.h>

#include "source.h"

enum {
	MAX_LAN_PREFIXES = 64,
	MAX_INTERFACES = 16,
	DEFAULT_V4_PREFIX_LEN = 24,
	DEFAULT_V6_PREFIX_LEN = 48,
	DEFAULT_MAX_FLOWS = 1 << 20,
	DEFAULT_MAX_STAMPS = 1 << 18,
	DEFAULT_MAX_SUBNETS = 1 << 16,
	DEFAULT_MAX_HISTS = 1 << 14,
	FLOW_WAYS = 4,
	STAMP_WAYS = 4,
	SERVER_WAYS = 4,
	/* Servers that are remembered, and subnets with QUIC other than version
	 * 1, are few among flows and subnets. */
	FLOWS_PER_SERVER = 256,
	SUBNETS_PER_VERSION_ROW = 16,
	DEFAULT_MAX_SERVERS = DEFAULT_MAX_FLOWS / FLOWS_PER_SERVER,
	DEFAULT_MAX_VERSION_ROWS =
		DEFAULT_MAX_SUBNETS / SUBNETS_PER_VERSION_ROW,
	SUBNET_BUCKET_CELLS = 16,
	/* Index cells for each subnet slot: a load of 1/4 keeps the chance that
	 * two buckets of 16 are full below one in 10^9. */
	SUBNET_CELLS_PER_SLOT = 4,
	/* 20 bits of an index cell hold a slot. */
	SUBNET_SLOTS_LIMIT = (1 << 20) - 1,
};

/* Words are in network byte order in memory; IPv4 is v4-mapped. */
struct lan_prefix {
	__u64 address[2];
	__u64 mask[2];
	__u8 family; /* 4 or 6 */
	__u8 pad[7];
};

struct settings {
	__u64 hash_key[2]; /* secret live, fixed in replay; [1] is odd */
	__u64 v4_mask;     /* over word[1] of a v4-mapped address */
	__u64 v6_mask[2];
	/* Bits of an address that decide its subnet and side, or more of them:
	 * see settings_derive(). */
	__u64 v4_memo_mask; /* over word[1] */
	__u64 v6_memo_mask[2];
	__u32 n_flow_sets;      /* power of two */
	__u32 n_stamp_sets;     /* power of two */
	__u32 n_server_sets;    /* power of two */
	__u32 n_subnet_buckets; /* power of two, for each buffer */
	__u32 max_subnets;      /* without the overflow rows */
	__u32 max_hists;        /* without the overflow rows' */
	__u32 max_version_rows; /* without the overflow rows' */
	__u32 sources;          /* bit i: source i is recorded */
	__u32 n_lan;
	__u8 v4_prefix_len;
	__u8 v6_prefix_len;
	__u8 is_time_injected; /* BPF test runs only: time is skb->tstamp */
	__u8 is_tunnel_outer;  /* tunnels are not entered */
	__u8 is_lan_collapsed; /* LAN has no subnets but its overflow rows */
	__u8 pad[7];
	struct lan_prefix lan[MAX_LAN_PREFIXES];
};

/* The sources that this version measures. */
#define SETTINGS_SOURCES                                                       \
	(1U << SOURCE_TCP_TS | 1U << SOURCE_TCP_HANDSHAKE |                    \
	 1U << SOURCE_TCP_SEQ | 1U << SOURCE_ICMP_ECHO |                       \
	 1U << SOURCE_QUIC_SPIN | 1U << SOURCE_QUIC_SPIN_UPPER |               \
	 1U << SOURCE_QUIC_SPIN_FULL | 1U << SOURCE_QUIC_SPIN_BOUND |          \
	 1U << SOURCE_QUIC_HANDSHAKE | 1U << SOURCE_DNS)

/* Those that are recorded unless told otherwise: dns contains servers' work. */
#define SETTINGS_DEFAULT_SOURCES (SETTINGS_SOURCES & ~(1U << SOURCE_DNS))

/* Fixed key of replay and tests: digits of pi, the second odd. */
#define SETTINGS_HASH_KEY_0 0x243f6a8885a308d3ULL
#define SETTINGS_HASH_KEY_1 0x13198a2e03707345ULL

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SETTINGS_V4_MAPPED 0xffff0000ULL
#define SETTINGS_BE64(x) __builtin_bswap64(x)
#else
#define SETTINGS_V4_MAPPED 0xffff00000000ULL
#define SETTINGS_BE64(x) (x)
#endif

/* The first n bits of a 64-bit word in network order; 0 <= n <= 64. */
#define SETTINGS_MASK(n)                                                       \
	((n) == 0 ? 0ULL : SETTINGS_BE64(~0ULL << ((64 - (n)) & 63)))

#define SETTINGS_V4_MASK(len) SETTINGS_MASK(32 + (len))
#define SETTINGS_V6_MASK_0(len) SETTINGS_MASK((len) > 64 ? 64 : (len))
#define SETTINGS_V6_MASK_1(len) SETTINGS_MASK((len) > 64 ? (len)-64 : 0)

/* An initializer, for it is static data in BPF. */
#define SETTINGS_DEFAULT                                                       \
	{                                                                      \
		.hash_key = { SETTINGS_HASH_KEY_0, SETTINGS_HASH_KEY_1 },      \
		.v4_mask = SETTINGS_V4_MASK(DEFAULT_V4_PREFIX_LEN),            \
		.v6_mask = { SETTINGS_V6_MASK_0(DEFAULT_V6_PREFIX_LEN),        \
			     SETTINGS_V6_MASK_1(DEFAULT_V6_PREFIX_LEN) },      \
		.v4_memo_mask = ~0ULL, .v6_memo_mask = { ~0ULL, ~0ULL },       \
		.n_flow_sets = DEFAULT_MAX_FLOWS / FLOW_WAYS,                  \
		.n_stamp_sets = DEFAULT_MAX_STAMPS / STAMP_WAYS,               \
		.n_subnet_buckets = DEFAULT_MAX_SUBNETS *                      \
				    SUBNET_CELLS_PER_SLOT /                    \
				    SUBNET_BUCKET_CELLS,                       \
		.max_subnets = DEFAULT_MAX_SUBNETS,                            \
		.max_hists = DEFAULT_MAX_HISTS,                                \
		.n_server_sets = DEFAULT_MAX_SERVERS / SERVER_WAYS,            \
		.max_version_rows = DEFAULT_MAX_VERSION_ROWS,                  \
		.sources = SETTINGS_DEFAULT_SOURCES,                           \
		.v4_prefix_len = DEFAULT_V4_PREFIX_LEN,                        \
		.v6_prefix_len = DEFAULT_V6_PREFIX_LEN,                        \
	}

/* Sets what follows from the rest; for a machine that takes settings over. A
 * LAN prefix may be longer than a subnet's. */
static inline void settings_derive(struct settings *settings)
{
	settings->v4_memo_mask = settings->v4_mask;
	settings->v6_memo_mask[0] = settings->v6_mask[0];
	settings->v6_memo_mask[1] = settings->v6_mask[1];
	for (__u32 i = 0; i < settings->n_lan; i++) {
		const struct lan_prefix *lan = &settings->lan[i];

		if (lan->family == 4) {
			settings->v4_memo_mask |= lan->mask[1];
		} else {
			settings->v6_memo_mask[0] |= lan->mask[0];
			settings->v6_memo_mask[1] |= lan->mask[1];
		}
	}
}

#endif
