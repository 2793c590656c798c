/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests and replies that name each other: icmp_echo (identifier and
 * sequence number), dns (port and transaction id). A request is stamped with
 * its number, the first reply takes it. Replies may come in any order.
 */
#ifndef CORE_ECHO_H
#define CORE_ECHO_H

#include "match.h"

static inline bool echo_is_outstanding(struct machine *m,
				       const struct flow_ref *ref, __u32 val)
{
	struct flow_dir *dir = &ref->flow->dir[ref->direction & 1];

	for (int i = 0; i < 2; i++)
		if (dir->stamp_ns[i] > STAMP_BUSY && dir->stamp_val[i] == val &&
		    !stamp_is_expired(dir->stamp_ns[i], machine_now_ns(m)))
			return true;
	return stamp_has_spilled(ref->flow, ref->direction) &&
	       stamp_find_spilled(m, stamp_owner(ref, ref->direction), val,
				  false);
}

/*
 * A sequence number above all before is a new request, whatever is outstanding
 * under it: a fast ping comes round in less than a stamp lives, and a lost
 * request of the last round would make its sample too long by that round.
 */
static inline void echo_request(struct machine *m, const struct flow_ref *ref,
				const struct packet *p)
{
	__u32 own = ref->direction & 1, val = p->echo_sequence;
	struct flow_dir *dir = &ref->flow->dir[own];
	__u8 flags = ref->flow->dir_flags[own];

	ref->flow->dir_flags[own] = flags | FLOW_DIR_KNOWN | FLOW_DIR_STAMPED;
	if (!(flags & FLOW_DIR_STAMPED) || (__s16)(val - dir->newest) > 0) {
		dir->newest = val;
		stamp_match(m, ref, own, val);
	} else if (echo_is_outstanding(m, ref, val)) {
		machine_count_event(m, EVENT_ECHO_REPEATED);
		return;
	}
	stamp_add(m, ref, val, true);
}

static inline void echo_reply(struct machine *m, const struct flow_ref *ref,
			      const struct packet *p, enum source source)
{
	__u64 stamp_ns =
		stamp_match(m, ref, ref->direction ^ 1, p->echo_sequence);

	ref->flow->dir_flags[ref->direction & 1] |= FLOW_DIR_KNOWN;
	if (stamp_ns)
		match_record(m, ref, p, source, stamp_ns);
	else
		machine_count_event(m, EVENT_ECHO_UNMATCHED);
}

/* Transaction ids are drawn at random: only an outstanding one is a repeat. */
static inline void echo_query(struct machine *m, const struct flow_ref *ref,
			      const struct packet *p)
{
	__u32 own = ref->direction & 1, val = p->echo_sequence;

	ref->flow->dir_flags[own] |= FLOW_DIR_KNOWN;
	if (echo_is_outstanding(m, ref, val))
		machine_count_event(m, EVENT_ECHO_REPEATED);
	else
		stamp_add(m, ref, val, true);
}

#endif
