/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic of many kinds in the made-up ISP, whose own is TCP with timestamps
 * over IPv4 only: what figures of shares need.
 *
 * Every third WAN subnet gets a twin of IPv6, which takes a share of its packets
 * and has round-trip times of its own, a tenth shorter. Of what is left a share,
 * fixed for each subnet, becomes TCP without timestamps, QUIC, other UDP and
 * ICMP, and a share of the packets is ECN-capable, of these few are marked. QUIC
 * of every other AS spins, and gives round-trip times a tenth above those of
 * TCP; that of the others is always 0 or greased. The LAN has the same packets
 * from the other end. Sums of packets and bytes stay what they were.
 */
#ifndef TESTS_SYNTHETIC_ISP_MIX_H
#define TESTS_SYNTHETIC_ISP_MIX_H

#include "isp.h"

/* The twin of WAN subnet i, if that is a multiple of this, is 2a00:i::/48. */
enum { ISP_TWIN_EVERY = 3 };

/* Changes an interval of isp_fill(). -ENOMEM. */
int isp_mix(const struct isp *isp, struct record *record);

#endif
