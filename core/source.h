/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an RTT was obtained. Codes are part of the file format: they never
 * change meaning, and all of schema 1 are reserved here. N_SOURCES bounds the
 * per-subnet histogram references.
 *
 * SOURCE_TABLE(X): X(code, NAME, name, long name)
 */
#ifndef CORE_SOURCE_H
#define CORE_SOURCE_H

#define SOURCE_TABLE(X)                                                        \
	X(0, TCP_TS, tcp_ts, "TCP timestamp echo (RFC 7323)")                  \
	X(1, TCP_HANDSHAKE, tcp_handshake, "TCP three-way handshake")          \
	X(2, TCP_SEQ, tcp_seq, "TCP sequence and acknowledgement numbers")     \
	X(3, ICMP_ECHO, icmp_echo, "ICMP and ICMPv6 echo (RFC 792, RFC 4443)") \
	X(4, QUIC_SPIN, quic_spin, "QUIC spin bit, one side (RFC 9000 17.4)")  \
	X(5, QUIC_SPIN_UPPER, quic_spin_upper,                                 \
	  "QUIC spin bit, application-limited upper bound")                    \
	X(6, QUIC_SPIN_FULL, quic_spin_full, "QUIC spin bit, end to end")      \
	X(7, QUIC_SPIN_BOUND, quic_spin_bound,                                 \
	  "error bound of the recorded QUIC spin samples")                     \
	X(8, QUIC_HANDSHAKE, quic_handshake, "QUIC handshake (RFC 9000)")      \
	X(9, DNS, dns, "DNS query and response over UDP")                      \
	X(10, EPPING, epping, "ePPing aggregate (TCP timestamps and ICMP)")

enum source {
#define X(code, upper, name, text) SOURCE_##upper = code,
	SOURCE_TABLE(X)
#undef X
		N_SOURCES = 11,
};

#endif
