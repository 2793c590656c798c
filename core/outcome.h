/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of each packet, and what happened on the way.
 *
 * Every packet ends in exactly one outcome, so packets seen = sum of outcomes.
 * Events are counted apart; a packet may cause none or several. Names are
 * columns of the file format (/interval/outcome_NAME, /interval/event_NAME).
 *
 * OUTCOME_TABLE(X), EVENT_TABLE(X): X(NAME, name, meaning)
 */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#define OUTCOME_TABLE(X)                                                       \
	X(FORWARDED, forwarded,                                                \
	  "on its way out, measured on its way in at another interface")       \
	X(NOT_IP, not_ip, "no IP packet inside the frame")                     \
	X(LINK_TRUNCATED, link_truncated, "frame ends in its link header")     \
	X(LINK_TOO_MANY_TAGS, link_too_many_tags, "more than 4 VLAN tags")     \
	X(IPV4_TRUNCATED, ipv4_truncated, "frame ends in the IPv4 header")     \
	X(IPV4_MALFORMED, ipv4_malformed, "IPv4 version or length wrong")      \
	X(IPV6_TRUNCATED, ipv6_truncated, "frame ends in an IPv6 header")      \
	X(IPV6_MALFORMED, ipv6_malformed, "IPv6 version or length wrong")      \
	X(IPV6_TOO_MANY_EXTENSIONS, ipv6_too_many_extensions,                  \
	  "more than 6 IPv6 extension headers")                                \
	X(FRAGMENT, fragment, "fragment other than the first")                 \
	X(TCP_TRUNCATED, tcp_truncated, "frame ends in the TCP header")        \
	X(TCP_MALFORMED, tcp_malformed, "TCP data offset or option wrong")     \
	X(TCP_TIMED, tcp_timed, "TCP with timestamps, flow followed")          \
	X(TCP_UNTRACKED, tcp_untracked,                                        \
	  "TCP that opens no flow (FIN, RST, pure ACK)")                       \
	X(TCP_REFUSED, tcp_refused, "TCP, flow table full")                    \
	X(TCP_CLOSED, tcp_closed, "TCP after RST, or FIN both ways")           \
	X(TCP_SEQ, tcp_seq, "TCP without timestamps, flow followed")           \
	X(ICMP_TRUNCATED, icmp_truncated, "frame ends in the ICMP header")     \
	X(ICMP_ECHO, icmp_echo, "ICMP echo request or reply, flow followed")   \
	X(ICMP_UNTRACKED, icmp_untracked, "ICMP echo reply without request")   \
	X(ICMP_REFUSED, icmp_refused, "ICMP echo, flow table full")            \
	X(ICMP_OTHER, icmp_other, "ICMP that is not echo")                     \
	X(UDP_TRUNCATED, udp_truncated, "frame ends in the UDP header")        \
	X(UDP, udp, "UDP")                                                     \
	X(QUIC_TRUNCATED, quic_truncated,                                      \
	  "frame ends in the long header of QUIC")                             \
	X(QUIC_MALFORMED, quic_malformed,                                      \
	  "connection ID of QUIC too long, or beyond the packet")              \
	X(QUIC_LONG, quic_long, "QUIC long header, flow followed")             \
	X(QUIC_SHORT, quic_short, "QUIC short header, flow followed")          \
	X(QUIC_UNTRACKED, quic_untracked,                                      \
	  "QUIC long header that opens no flow")                               \
	X(QUIC_REFUSED, quic_refused, "QUIC, flow table full")                 \
	X(DNS, dns, "DNS over UDP, flow followed")                             \
	X(DNS_UNTRACKED, dns_untracked, "DNS response without query")          \
	X(DNS_REFUSED, dns_refused, "DNS, flow table full")                    \
	X(OTHER_PROTOCOL, other_protocol, "another IP protocol")

#define EVENT_TABLE(X)                                                         \
	X(TUNNEL_ENTERED, tunnel_entered,                                      \
	  "packets measured by what a tunnel carries")                         \
	X(FLOW_CREATED, flow_created, "flow entries opened")                   \
	X(FLOW_REFUSED, flow_refused, "flows refused by a full set")           \
	X(FLOW_EVICTED_CLOSED, flow_evicted_closed,                            \
	  "closed flows replaced by a new one")                                \
	X(FLOW_EVICTED_UNANSWERED, flow_evicted_unanswered,                    \
	  "flows seen in one direction replaced by a new one")                 \
	X(FLOW_EVICTED_IDLE, flow_evicted_idle,                                \
	  "flows idle > 30 s replaced by a new one")                           \
	X(FLOW_RESTARTED, flow_restarted, "port pairs used again by a SYN")    \
	X(FLOW_RACE, flow_race, "entries lost to another CPU while opening")   \
	X(STAMP_INLINE, stamp_inline, "timestamps kept in the flow entry")     \
	X(STAMP_SPILLED, stamp_spilled, "timestamps kept in the stamp table")  \
	X(STAMP_SKIPPED, stamp_skipped, "timestamps without room, not timed")  \
	X(STAMP_REPLACED, stamp_replaced,                                      \
	  "timestamps that replaced an older one of an unanswered flow")       \
	X(STAMP_EXPIRED, stamp_expired, "replies later than 60 s")             \
	X(STAMP_BACKWARD, stamp_backward, "replies earlier than their stamp")  \
	X(TSVAL_FIRST, tsval_first, "first TSval of a flow joined midway")     \
	X(TSVAL_RESYNC, tsval_resync, "directions relearned after a jump")     \
	X(TSECR_FORGED, tsecr_forged, "TSecr newer than any TSval sent")       \
	X(TSECR_UNMATCHED, tsecr_unmatched,                                    \
	  "new TSecr without an outstanding TSval")                            \
	X(SEQ_VOIDED, seq_voided,                                              \
	  "retransmissions that made outstanding segments ambiguous")          \
	X(SEQ_HOLE, seq_hole, "segments behind a hole, not timed")             \
	X(HANDSHAKE_AMBIGUOUS, handshake_ambiguous,                            \
	  "handshakes with a repeated SYN or SYN-ACK, not recorded")           \
	X(QUIC_OPENED, quic_opened, "QUIC flows opened by a client's Initial") \
	X(QUIC_ADOPTED, quic_adopted,                                          \
	  "QUIC flows adopted by the address of their server")                 \
	X(QUIC_CONFIRMED, quic_confirmed,                                      \
	  "QUIC flows confirmed by the other end")                             \
	X(QUIC_UNRELATED, quic_unrelated,                                      \
	  "long headers from a server that answer no Initial")                 \
	X(QUIC_AMBIGUOUS, quic_ambiguous,                                      \
	  "QUIC handshakes whose flight was sent again, not recorded")         \
	X(SPIN_EDGE, spin_edge, "spin edges accepted")                         \
	X(SPIN_REJECTED, spin_rejected,                                        \
	  "runs of spin edges too soon after the last one")                    \
	X(SPIN_BAD, spin_bad, "runs of spin edges against causality")          \
	X(SPIN_IMPLAUSIBLE, spin_implausible,                                  \
	  "runs of spin edges sooner than half the least RTT")                 \
	X(SPIN_UPPER, spin_upper,                                              \
	  "spin samples that may have waited for an application")              \
	X(SPIN_HELD, spin_held,                                                \
	  "spin samples held until their flow is known to spin")               \
	X(SPIN_HELD_RELEASED, spin_held_released,                              \
	  "held samples of flows that came to spin")                           \
	X(SPIN_HELD_DROPPED, spin_held_dropped,                                \
	  "held samples that made room, or whose flow was greased")            \
	X(SPIN_RELEASED_BEFORE_GREASED, spin_released_before_greased,          \
	  "spin samples recorded of flows that turned out greased")            \
	X(VERSION_OVERFLOW, version_overflow,                                  \
	  "QUIC packets counted as version 1 for want of room")                \
	X(ECHO_UNMATCHED, echo_unmatched, "replies without a request")         \
	X(ECHO_REPEATED, echo_repeated, "requests repeated while outstanding") \
	X(SUBNET_OVERFLOW, subnet_overflow,                                    \
	  "packet ends credited to an overflow row: subnet table full")        \
	X(HIST_OVERFLOW, hist_overflow,                                        \
	  "samples credited to an overflow row: histogram table full")         \
	X(SAMPLE, sample, "RTT samples recorded")                              \
	X(SAMPLE_LOST, sample_lost, "RTT samples that no table could take")    \
	X(EXTREME_LOST, extreme_lost,                                          \
	  "samples that could not update min or max for contention")

enum outcome {
#define X(upper, name, text) OUTCOME_##upper,
	OUTCOME_TABLE(X)
#undef X
		N_OUTCOMES,
};

enum event {
#define X(upper, name, text) EVENT_##upper,
	EVENT_TABLE(X)
#undef X
		N_EVENTS,
};

#endif
