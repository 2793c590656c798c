/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Codes of the traffic tables: part of the file format.
 *
 * rx = sent by the subnet, tx = sent to it; bytes are IP lengths.
 * TRAFFIC_TABLE(X): X(code, NAME, name, meaning)
 */
#ifndef CORE_TRAFFIC_H
#define CORE_TRAFFIC_H

#define TRAFFIC_TABLE(X)                                                       \
	X(0, TCP_TS, tcp_ts, "TCP with timestamps")                            \
	X(1, TCP_OTHER, tcp_other, "TCP without timestamps")                   \
	X(2, QUIC, quic, "QUIC")                                               \
	X(3, UDP_OTHER, udp_other, "UDP that is not QUIC")                     \
	X(4, ICMP, icmp, "ICMP and ICMPv6")                                    \
	X(5, OTHER, other, "everything else, and fragments")

enum traffic_class {
#define X(code, upper, name, text) TRAFFIC_##upper = code,
	TRAFFIC_TABLE(X)
#undef X
		N_TRAFFIC_CLASSES = 6,
};

/* ECN codepoints of the IP header (RFC 3168). */
enum ecn {
	ECN_NOT_ECT = 0,
	ECN_ECT1 = 1,
	ECN_ECT0 = 2,
	ECN_CE = 3,
	N_ECN = 4,
};

enum side {
	SIDE_WAN = 0,
	SIDE_LAN = 1,
	N_SIDES = 2,
};

/* A row of the subnet tables is a prefix, or takes what had no room. */
enum subnet_kind {
	SUBNET_PREFIX = 0,
	SUBNET_OVERFLOW = 1,
};

#endif
