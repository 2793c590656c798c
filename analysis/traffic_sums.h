/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic of a group in detail: by class, and by ECN codepoint; and of all
 * traffic by IP protocol number. Sums of integers.
 *
 * Classes and codepoints are of what subnets send (rx) and of what is sent to
 * them (tx): a packet counts in both its subnets. Protocols count each packet
 * once, and do not tell subnets apart.
 */
#ifndef ANALYSIS_TRAFFIC_SUMS_H
#define ANALYSIS_TRAFFIC_SUMS_H

#include <stdint.h>

#include "../core/traffic.h"

struct traffic_count {
	uint64_t packets_rx, bytes_rx, packets_tx, bytes_tx;
};

struct traffic_sums {
	struct traffic_count class[N_TRAFFIC_CLASSES];
	struct traffic_count ecn[N_ECN]; /* bytes are not kept: 0 */
};

enum { N_IP_PROTOCOLS = 256 };

struct protocol_count {
	uint64_t packets, bytes;
};

static inline void traffic_count_add(struct traffic_count *sum,
				     const struct traffic_count *other)
{
	sum->packets_rx += other->packets_rx;
	sum->bytes_rx += other->bytes_rx;
	sum->packets_tx += other->packets_tx;
	sum->bytes_tx += other->bytes_tx;
}

static inline void traffic_sums_add(struct traffic_sums *sum,
				    const struct traffic_sums *other)
{
	for (int i = 0; i < N_TRAFFIC_CLASSES; i++)
		traffic_count_add(&sum->class[i], &other -> class[i]);
	for (int i = 0; i < N_ECN; i++)
		traffic_count_add(&sum->ecn[i], &other->ecn[i]);
}

#endif
