/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Participation: how many QUIC flows, and packets of theirs, of each spin class
 * and version a subnet had in an interval.
 *
 * A flow counts once in each of its two subnets and in each interval in which
 * it has packets, in the class that it has at the last of them; a packet counts
 * in the class that its flow has then. Only confirmed flows count.
 *
 * Packets are the row's traffic cells of their class. What is not version 1 is
 * counted again in the row's version_row, so that version 1 is the rest and
 * costs nothing.
 */
#ifndef CORE_QUIC_PARTICIPATION_H
#define CORE_QUIC_PARTICIPATION_H

#include "quic_flow.h"

/* A flow as it was before the packet at hand. */
struct quic_before {
	__u32 class[2];  /* of each endpoint */
	bool is_counted; /* in the running interval */
};

static inline void quic_remember_before(struct machine *m,
					const struct flow *flow,
					struct quic_before *ret_before)
{
	ret_before->class[0] = quic_class(flow, 0);
	ret_before->class[1] = quic_class(flow, 1);
	ret_before->is_counted = flow->hand & QUIC_CONFIRMED &&
				 flow->subnet[0] >> 32 == machine_epoch(m);
}

/* The row's version_row, dealt if need be; NULL without room. */
static inline struct version_row *
quic_version_row(struct machine *m, struct subnet_row *row, __u32 slot)
{
	struct dealt *dealt = machine_dealt(m);
	struct version_row *versions;
	__u32 max = machine_settings(m)->max_version_rows, mine;

	if (slot < N_OVERFLOW_ROWS)
		return machine_version_row(m, slot);
	mine = *(volatile __u32 *)&row->versions;
	if (mine)
		return machine_version_row(m, mine - 1);
	if (!dealt || *(volatile __u32 *)&dealt->n_versions >= max)
		return NULL;
	mine = atomic_deal(&dealt->n_versions);
	if (mine >= max)
		return NULL;
	mine += N_OVERFLOW_ROWS;
	versions = machine_version_row(m, mine);
	if (!versions)
		return NULL;
	versions->subnet = slot;
	if (!atomic_claim_u32(&row->versions, 0, mine + 1))
		mine = *(volatile __u32 *)&row->versions - 1;
	return machine_version_row(m, mine);
}

static inline struct version_row *quic_versions_of(struct machine *m,
						   __u32 slot)
{
	struct subnet_row *row = machine_subnet(m, slot);

	return row ? quic_version_row(m, row, slot) : NULL;
}

/* One end of packets of a flow whose version is not 1. */
CORE_STAGE int quic_count_version_packets(struct machine *m, __u32 slot,
					  __u32 class, __u32 version,
					  __u32 n_packets)
{
	struct version_row *versions;

	if (!m)
		return 0;
	versions = quic_versions_of(m, slot);
	version--;
	/* keeps the verifier's bound and the value in one register */
	__asm__ volatile("" : "+r"(class), "+r"(version));
	if (!versions || class >= N_SPIN_CLASSES ||
	    version >= N_QUIC_VERSIONS - 1) {
		machine_count_events(m, EVENT_VERSION_OVERFLOW, n_packets);
		return 0;
	}
	atomic_add(&versions->packets[class][version], n_packets);
	return 0;
}

/* A packet that is credited to these ends. */
static inline void quic_count_packet(struct machine *m, const struct flow *flow,
				     const struct subnet_ends *ends,
				     __u32 n_packets)
{
	if (!flow->quic.version)
		return;
	for (int i = 0; i < 2; i++)
		if (ends->cell[i] >= TRAFFIC_CELL_SPIN)
			quic_count_version_packets(
				m, ends->slot[i],
				ends->cell[i] - TRAFFIC_CELL_SPIN,
				flow->quic.version, n_packets);
}

/* A flow comes to a class (n_flows = 1), or goes (-1). */
CORE_STAGE int quic_count_flow(struct machine *m, __u32 slot, __u32 class,
			       __u32 version, __u32 n_flows)
{
	struct version_row *versions;
	struct subnet_row *row;

	if (!m)
		return 0;
	row = machine_subnet(m, slot);
	__asm__ volatile("" : "+r"(class));
	if (!row || class >= N_SPIN_CLASSES)
		return 0;
	atomic_add_u32(&row->quic_flows[class], n_flows);
	if (!version)
		return 0;
	versions = quic_version_row(m, row, slot);
	version--;
	__asm__ volatile("" : "+r"(version));
	if (versions && version < N_QUIC_VERSIONS - 1)
		atomic_add_u32(&versions->flows[class][version], n_flows);
	return 0;
}

/* Counts the flow, or moves it from one class to the other. */
static inline void quic_participate(struct machine *m, struct flow *flow,
				    const struct packet *p,
				    const struct quic_before *before)
{
	__u32 slot, class;

	if (!(flow->hand & QUIC_CONFIRMED))
		return;
	for (__u32 endpoint = 0; endpoint < 2; endpoint++) {
		class = quic_class(flow, endpoint);
		if (before->is_counted && class == before->class[endpoint])
			continue;
		slot = quic_endpoint_slot(m, flow, endpoint, p->family);
		quic_count_flow(m, slot, class, flow->quic.version, 1);
		if (before->is_counted)
			quic_count_flow(m, slot, before->class[endpoint],
					flow -> quic.version, -1);
	}
}

#endif
