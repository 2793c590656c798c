/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of a group's traffic can be timed passively: packets of TCP by
 * whether they carry timestamps, and QUIC by what its flows make of the spin
 * bit (core/spin_class.h).
 *
 * Packets are those sent by the group and to it. A flow counts once in each of
 * its two subnets and in each interval in which it has packets, so a sum over
 * intervals or over both sides counts flow-intervals, not flows. Only flows
 * that are known to speak QUIC have a class; the packets of the others are in
 * quic_packets alone.
 *
 * Sums are of integers, and ratios whole millionths of them: neither depends on
 * the order in which parts were added.
 */
#ifndef ANALYSIS_PARTICIPATION_H
#define ANALYSIS_PARTICIPATION_H

#include <stdbool.h>
#include <stdint.h>

#include "../core/quic_version.h"
#include "../core/spin_class.h"

/* enum quic_version, and this for numbers that it does not name. */
enum {
	QUIC_VERSION_OTHER = N_QUIC_VERSIONS,
	N_VERSION_NAMES,
	ALL_VERSIONS = (1 << N_VERSION_NAMES) - 1,
};

struct spin_count {
	uint64_t flow_intervals, packets;
};

struct participation {
	uint64_t tcp_packets, tcp_ts_packets, quic_packets;
	struct spin_count spin[N_SPIN_CLASSES][N_VERSION_NAMES];
};

/* What is asked of one. */
struct participation_choice {
	uint32_t versions;  /* bit i: QUIC flows of version i */
	uint64_t min_count; /* no ratio of fewer; > 0 */
};

enum participation_ratio {
	RATIO_TCP_TS,      /* of TCP packets */
	RATIO_SPIN_FLOW,   /* of flow-intervals whose class is decided */
	RATIO_SPIN_PACKET, /* of packets of such flows */
	N_PARTICIPATION_RATIOS,
};

enum { RATIO_ONE = 1000000 };

void participation_add(struct participation *sum,
		       const struct participation *other);

/* Of the chosen versions: of one class, and of all. */
struct spin_count
participation_count(const struct participation *sum, enum spin_class class,
		    const struct participation_choice *choice);
struct spin_count
participation_count_all(const struct participation *sum,
			const struct participation_choice *choice);

/* Whole millionths, rounded; whole > 0. */
uint32_t participation_millionths(uint64_t share, uint64_t whole);
/* In millionths; false, and nothing written, when it would be of fewer
 * than min_count. */
bool participation_ratio_get(const struct participation *sum,
			     enum participation_ratio ratio,
			     const struct participation_choice *choice,
			     uint32_t *ret_millionths);
/* The name of its column: `tcp_ts_ratio`, ... */
const char *participation_ratio_name(enum participation_ratio ratio);

const char *participation_class_name(unsigned class);

/* Of a number in a packet or a file: 0 .. QUIC_VERSION_OTHER. */
unsigned participation_version(uint32_t number);
/* `v1`, `v2`, `v2_draft`, `draft`, `other` */
const char *participation_version_name(unsigned version);
/* "v1,draft": bit i for version i; false for what is not a list of names. */
bool participation_versions_parse(const char *text, uint32_t *ret_versions);

#endif
