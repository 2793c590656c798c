/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all methods share: values that one direction sends and the other
 * acknowledges, and the sample that an acknowledgement is.
 */
#ifndef CORE_MATCH_H
#define CORE_MATCH_H

#include "flow.h"
#include "sample.h"
#include "stamp.h"
#include "wire.h"

/* Serial number arithmetic (RFC 1982). */
static inline bool match_is_newer(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* The reply p took a stamp of stamp_ns: record the sample for p's sender. */
static inline void match_record(struct machine *m, const struct flow_ref *ref,
				const struct packet *p, enum source source,
				__u64 stamp_ns)
{
	__u64 now_ns = machine_now_ns(m);
	__u32 slot;

	ref->flow->active = flow_tick(now_ns);
	if (now_ns < stamp_ns) {
		machine_count_event(m, EVENT_STAMP_BACKWARD);
		return;
	}
	if (now_ns - stamp_ns > STAMP_LIFETIME_NS) {
		machine_count_event(m, EVENT_STAMP_EXPIRED);
		return;
	}
	if (!(machine_settings(m)->sources >> source & 1))
		return;
	slot = flow_subnet_slot(m, ref->flow, ref->direction, p->source,
				p->family);
	sample_record(m, slot, source, now_ns - stamp_ns);
}

/*
 * The packet acknowledges val (TSecr, or the TCP acknowledgement number): takes
 * the stamp of that value of the other direction and frees older ones. Returns
 * its time, or 0. Only a val above all before is looked at, so the first match
 * wins; one beyond anything sent is forged or garbage.
 */
static inline __u64 match_acked(struct machine *m, const struct flow_ref *ref,
				__u32 val)
{
	__u32 own = ref->direction & 1, other = own ^ 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	struct flow_dir *acked = &ref->flow->dir[other];
	__u8 flags = ref->flow->dir_flags[own];
	__u64 stamp_ns;

	if (!(ref->flow->dir_flags[other] & FLOW_DIR_KNOWN))
		return 0;
	if (flags & FLOW_DIR_ECR_KNOWN && !match_is_newer(val, dir->ecr))
		return 0;
	if (match_is_newer(val, acked->newest)) {
		machine_count_event(m, EVENT_TSECR_FORGED);
		return 0;
	}
	dir->ecr = val;
	ref->flow->dir_flags[own] = flags | FLOW_DIR_ECR_KNOWN;
	stamp_ns = stamp_match(m, ref, other, val);
	stamp_free_older(acked, val);
	if (val == acked->newest) /* nothing older is wanted any more */
		ref->flow->hand &= ~(FLOW_SPILLED << other);
	if (!stamp_ns)
		machine_count_event(m, EVENT_TSECR_UNMATCHED);
	return stamp_ns;
}

#endif
