/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_ts: which packets are stamped by their TSval (RFC 7323).
 *
 * A packet with payload or SYN whose TSval is newer (serial numbers, RFC 1982)
 * than what its direction has stamped is stamped; never a pure ACK, whose echo
 * would wait for the application. In a flow joined midway the first TSval is
 * not stamped: its first packet may be past. The first ACK whose TSecr equals
 * an outstanding TSval is the sample (match_acked()); it belongs to its
 * sender's subnet.
 *
 * One bound remains: data may carry a TSval that a pure ACK carried first,
 * within the same tick of the sender's clock. If the peer happens to echo that
 * ACK after the data passed, the sample is short by less than one tick.
 */
#ifndef CORE_TCP_TS_H
#define CORE_TCP_TS_H

#include "match.h"

/*
 * A direction is relearned after TCP_TS_MAX_STALE TSvals in a row that lie
 * TCP_TS_LATE_TICKS or more below its newest: one packet with a false TSval
 * must not silence a flow for good, nor a silence of half the number space (36
 * minutes of a 1 us clock). What lies closer is late, however many they are:
 * 65 ms of a 1 us clock, 65 s of the usual 1 ms one.
 */
enum { TCP_TS_MAX_STALE = 15, TCP_TS_LATE_TICKS = 1 << 16 };

/* First TSval of a direction: true when it may be stamped. */
static inline bool tcp_ts_learn(struct machine *m, const struct flow_ref *ref,
				const struct packet *p)
{
	__u32 own = ref->direction & 1;
	bool is_syn = p->tcp_flags & TCP_SYN;

	ref->flow->dir[own].newest = p->tsval;
	ref->flow->dir_flags[own] |= FLOW_DIR_KNOWN | FLOW_DIR_STAMPED;
	if (!is_syn)
		machine_count_event(m, EVENT_TSVAL_FIRST);
	return is_syn;
}

/* An old TSval: a late or repeated packet, unless it is far and goes on. */
static inline void tcp_ts_note_old(struct machine *m,
				   const struct flow_ref *ref, __u32 tsval)
{
	__u32 own = ref->direction & 1;
	__u8 flags = ref->flow->dir_flags[own];

	if (ref->flow->dir[own].newest - tsval < TCP_TS_LATE_TICKS)
		return;
	if (flags / FLOW_DIR_STALE < TCP_TS_MAX_STALE) {
		ref->flow->dir_flags[own] = flags + FLOW_DIR_STALE;
		return;
	}
	machine_count_event(m, EVENT_TSVAL_RESYNC);
	flow_clear_dir(ref->flow, own);
	ref->flow->dir[own].newest = tsval;
	ref->flow->dir_flags[own] = FLOW_DIR_KNOWN | FLOW_DIR_STAMPED;
	ref->flow->dir_flags[own ^ 1] &= ~FLOW_DIR_ECR_KNOWN;
}

/* Whether this packet is the first data of its TSval; updates newest. */
static inline bool tcp_ts_wants_stamp(struct machine *m,
				      const struct flow_ref *ref,
				      const struct packet *p)
{
	__u32 own = ref->direction & 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	bool has_data = p->payload_bytes || p->tcp_flags & TCP_SYN;
	__u8 flags = ref->flow->dir_flags[own];

	if (!(flags & FLOW_DIR_KNOWN))
		return tcp_ts_learn(m, ref, p);
	if (p->tsval == dir->newest) {
		if (!has_data || flags & FLOW_DIR_STAMPED)
			return false;
		ref->flow->dir_flags[own] = flags | FLOW_DIR_STAMPED;
		return true;
	}
	if (!match_is_newer(p->tsval, dir->newest)) {
		tcp_ts_note_old(m, ref, p->tsval);
		return false;
	}
	dir->newest = p->tsval;
	flags &= FLOW_DIR_STALE - 1;
	ref->flow->dir_flags[own] = has_data ? flags | FLOW_DIR_STAMPED :
					       flags & ~FLOW_DIR_STAMPED;
	return has_data;
}

#endif
