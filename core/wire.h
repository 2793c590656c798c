/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers as they are on the wire. Fields wider than a byte are in network
 * order and converted where they are read.
 */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include <linux/types.h>

/* Headers stand at any offset. Every struct here has its natural layout, so
 * "packed" only tells the compiler not to assume alignment; BPF loads may be
 * unaligned, and clang would assemble packed fields byte by byte. */
#ifdef __bpf__
#define WIRE_PACKED
#else
#define WIRE_PACKED __attribute__((packed))
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WIRE_16(x) __builtin_bswap16(x)
#define WIRE_32(x) __builtin_bswap32(x)
#else
#define WIRE_16(x) (x)
#define WIRE_32(x) (x)
#endif

/* Well-known UDP ports, IANA registry */
enum wire_port {
	PORT_DNS = 53,
	PORT_GTP_USER = 2152,
	PORT_VXLAN = 4789,
};

/* IEEE 802 numbers, IANA registry */
enum wire_ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_TEB = 0x6558, /* Ethernet inside GRE */
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
};

/* Protocol numbers, IANA registry */
enum wire_protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPV4 = 4, /* IPIP */
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41, /* 6in4, 6in6 */
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

/* PPP protocol numbers, IANA registry */
enum wire_ppp {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
};

/* RFC 2784, RFC 2890 */
enum wire_gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_VERSION = 0x0007,
};

/* 3GPP TS 29.281 5.1 */
enum wire_gtp_field {
	GTP_VERSION_MASK = 0xf0, /* version and protocol type */
	GTP_VERSION_1 = 0x30,
	GTP_OPTIONAL = 0x07, /* any of E, S, PN: four more bytes */
	GTP_EXTENSION = 0x04,
	GTP_USER_DATA = 0xff,
};

enum wire_tcp_flag {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

/* RFC 9293 3.1, RFC 7323 3.2 */
enum wire_tcp_option {
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_TIMESTAMPS = 8,
	TCP_OPTION_TIMESTAMPS_BYTES = 10,
};

/* RFC 792, RFC 4443 */
enum wire_icmp_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO_REQUEST = 8,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
};

struct wire_ethernet {
	__u8 destination[6];
	__u8 source[6];
	__u16 ethertype;
} WIRE_PACKED;

struct wire_vlan {
	__u16 tag;
	__u16 ethertype;
} WIRE_PACKED;

struct wire_pppoe {
	__u8 version_type;
	__u8 code;
	__u16 session;
	__u16 bytes;
	__u16 protocol; /* of PPP */
} WIRE_PACKED;

struct wire_mpls {
	__u32 label; /* label 20, class 3, bottom 1, TTL 8 */
} WIRE_PACKED;

struct wire_gre {
	__u16 flags;
	__u16 ethertype;
} WIRE_PACKED;

/* RFC 7348 */
struct wire_vxlan {
	__u8 flags;
	__u8 reserved[3];
	__u32 vni;
} WIRE_PACKED;

struct wire_gtp {
	__u8 flags;
	__u8 type;
	__u16 bytes;
	__u32 tunnel;
} WIRE_PACKED;

struct wire_ipv4 {
	__u8 version_ihl;
	__u8 tos;
	__u16 total_bytes;
	__u16 id;
	__u16 fragment; /* 3 flags, 13 bits of offset */
	__u8 ttl;
	__u8 protocol;
	__u16 checksum;
	__u32 source;
	__u32 destination;
} WIRE_PACKED;

struct wire_ipv6 {
	__u32 version_class_label;
	__u16 payload_bytes;
	__u8 next_header;
	__u8 hop_limit;
	__u64 source[2];
	__u64 destination[2];
} WIRE_PACKED;

/* Common start of all extension headers but ESP */
struct wire_ipv6_extension {
	__u8 next_header;
	__u8 length; /* 8 bytes each beyond the first 8; AH: 4 each, plus 2 */
	__u16 fragment; /* fragment header: 13 bits of offset, 3 of flags */
	__u32 rest;
} WIRE_PACKED;

struct wire_tcp {
	__u16 source;
	__u16 destination;
	__u32 seq;
	__u32 ack;
	__u8 offset; /* upper 4 bits: header in words of 4 bytes */
	__u8 flags;
	__u16 window;
	__u16 checksum;
	__u16 urgent;
} WIRE_PACKED;

/* NOP NOP Timestamps, as nearly all stacks write it (RFC 7323 A) */
struct wire_tcp_timestamps {
	__u32 nop_nop_kind_length; /* 01 01 08 0a */
	__u32 tsval;
	__u32 tsecr;
} WIRE_PACKED;

/* The two values of the option, wherever it stands */
struct wire_tcp_timestamp_values {
	__u32 tsval;
	__u32 tsecr;
} WIRE_PACKED;

struct wire_udp {
	__u16 source;
	__u16 destination;
	__u16 bytes;
	__u16 checksum;
} WIRE_PACKED;

/* Four bytes at any offset */
struct wire_word {
	__u32 value;
} WIRE_PACKED;

/* RFC 1035 4.1.1, as far as it is read */
struct wire_dns {
	__u16 id;
	__u16 flags; /* highest bit: response */
} WIRE_PACKED;

struct wire_icmp_echo {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__u16 identifier;
	__u16 sequence;
} WIRE_PACKED;

#endif
