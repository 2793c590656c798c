/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of a flow -> RTT samples: tcp_ts (RFC 7323) and icmp_echo.
 *
 * tcp_ts. A packet with payload or SYN whose TSval is newer (serial numbers,
 * RFC 1982) than what its direction has stamped is stamped; never a pure ACK,
 * whose echo would wait for the application. In a flow joined midway the first
 * TSval is not stamped: its first packet may be past. The first ACK whose
 * TSecr equals an outstanding TSval is the sample; it belongs to its sender's
 * subnet. A newer TSecr frees what is older; a TSecr beyond any TSval seen is
 * forged or garbage.
 *
 * One bound remains: data may carry a TSval that a pure ACK carried first,
 * within the same tick of the sender's clock. If the peer happens to echo that
 * ACK after the data passed, the sample is short by less than one tick.
 *
 * icmp_echo. A request is stamped with its sequence number, the first reply
 * takes it. Replies may come in any order.
 */
#ifndef CORE_MATCH_H
#define CORE_MATCH_H

#include "flow.h"
#include "sample.h"
#include "stamp.h"
#include "wire.h"

/*
 * A direction is relearned after MATCH_MAX_STALE TSvals in a row that lie
 * MATCH_LATE_TICKS or more below its newest: one packet with a false TSval must
 * not silence a flow for good, nor a silence of half the number space (36
 * minutes of a 1 us clock). What lies closer is late, however many they are:
 * 65 ms of a 1 us clock, 65 s of the usual 1 ms one.
 */
enum { MATCH_MAX_STALE = 15, MATCH_LATE_TICKS = 1 << 16 };

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

/* What the packet acknowledges of the other direction. */
static inline void match_tcp_ecr(struct machine *m, const struct flow_ref *ref,
				 const struct packet *p)
{
	__u32 own = ref->direction & 1, other = own ^ 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	struct flow_dir *acked = &ref->flow->dir[other];
	__u8 flags = ref->flow->dir_flags[own];
	__u64 stamp_ns;

	if (!(ref->flow->dir_flags[other] & FLOW_DIR_KNOWN))
		return;
	if (flags & FLOW_DIR_ECR_KNOWN && !match_is_newer(p->tsecr, dir->ecr))
		return;
	if (match_is_newer(p->tsecr, acked->newest)) {
		machine_count_event(m, EVENT_TSECR_FORGED);
		return;
	}
	dir->ecr = p->tsecr;
	ref->flow->dir_flags[own] = flags | FLOW_DIR_ECR_KNOWN;
	stamp_ns = stamp_match(m, ref, other, p->tsecr);
	stamp_free_older(acked, p->tsecr);
	if (stamp_ns)
		match_record(m, ref, p, SOURCE_TCP_TS, stamp_ns);
	else
		machine_count_event(m, EVENT_TSECR_UNMATCHED);
}

/* First TSval of a direction: true when it may be stamped. */
static inline bool match_learn_tsval(struct machine *m,
				     const struct flow_ref *ref,
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
static inline void match_old_tsval(struct machine *m,
				   const struct flow_ref *ref, __u32 tsval)
{
	__u32 own = ref->direction & 1;
	__u8 flags = ref->flow->dir_flags[own];

	if (ref->flow->dir[own].newest - tsval < MATCH_LATE_TICKS)
		return;
	if (flags / FLOW_DIR_STALE < MATCH_MAX_STALE) {
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
static inline bool match_wants_stamp(struct machine *m,
				     const struct flow_ref *ref,
				     const struct packet *p)
{
	__u32 own = ref->direction & 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	bool has_data = p->payload_bytes || p->tcp_flags & TCP_SYN;
	__u8 flags = ref->flow->dir_flags[own];

	if (!(flags & FLOW_DIR_KNOWN))
		return match_learn_tsval(m, ref, p);
	if (p->tsval == dir->newest) {
		if (!has_data || flags & FLOW_DIR_STAMPED)
			return false;
		ref->flow->dir_flags[own] = flags | FLOW_DIR_STAMPED;
		return true;
	}
	if (!match_is_newer(p->tsval, dir->newest)) {
		match_old_tsval(m, ref, p->tsval);
		return false;
	}
	dir->newest = p->tsval;
	flags &= FLOW_DIR_STALE - 1;
	ref->flow->dir_flags[own] = has_data ? flags | FLOW_DIR_STAMPED :
					       flags & ~FLOW_DIR_STAMPED;
	return has_data;
}

/*
 * A SYN without ACK on a known port pair. The other direction starts afresh;
 * the own one too, unless this is the SYN again (its TSval goes on), whose
 * first copy may still be answered.
 */
static inline void match_restart(struct machine *m, const struct flow_ref *ref,
				 const struct packet *p)
{
	__u32 own = ref->direction & 1;
	struct flow *flow = ref->flow;
	__u8 flags = flow->dir_flags[own];
	bool goes_on = flags & FLOW_DIR_KNOWN && !(flags & FLOW_DIR_CLOSED);

	if (goes_on && p->tsval == flow->dir[own].newest)
		return;
	if (flow->dir_flags[own ^ 1] & FLOW_DIR_KNOWN)
		machine_count_event(m, EVENT_FLOW_RESTARTED);
	flow_clear_dir(flow, own ^ 1);
	if (!goes_on || !match_is_newer(p->tsval, flow->dir[own].newest))
		flow_clear_dir(flow, own);
	flow->dir_flags[own] &= ~FLOW_DIR_ECR_KNOWN;
}

/* After the packet's own sample. */
static inline void match_close(const struct flow_ref *ref,
			       const struct packet *p)
{
	__u32 own = ref->direction & 1;

	if (p->tcp_flags & TCP_FIN)
		ref->flow->dir_flags[own] |= FLOW_DIR_CLOSED;
	if (p->tcp_flags & TCP_RST) {
		ref->flow->dir_flags[own] |= FLOW_DIR_CLOSED;
		ref->flow->dir_flags[own ^ 1] |= FLOW_DIR_CLOSED;
	}
}

static inline enum outcome
match_tcp(struct machine *m, const struct flow_ref *ref, const struct packet *p)
{
	__u8 flags = p->tcp_flags;

	if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		match_restart(m, ref, p);
	if (flow_is_closed(ref->flow) && !(flags & TCP_SYN)) {
		/* The last ACK of an orderly end is still a sample. */
		if (flags & TCP_ACK && !(flags & TCP_RST))
			match_tcp_ecr(m, ref, p);
		return OUTCOME_TCP_CLOSED;
	}
	if (flags & TCP_ACK)
		match_tcp_ecr(m, ref, p);
	if (match_wants_stamp(m, ref, p))
		stamp_add(m, ref, ref->direction, p->tsval, false);
	match_close(ref, p);
	return OUTCOME_TCP_TIMED;
}

static inline bool match_is_echo_outstanding(struct machine *m,
					     const struct flow_ref *ref,
					     __u32 val)
{
	struct flow_dir *dir = &ref->flow->dir[ref->direction & 1];

	for (int i = 0; i < 2; i++)
		if (dir->stamp_ns[i] > STAMP_BUSY && dir->stamp_val[i] == val &&
		    !stamp_is_expired(dir->stamp_ns[i], machine_now_ns(m)))
			return true;
	return stamp_find_spilled(m, stamp_owner(ref, ref->direction), val,
				  false);
}

/*
 * A sequence number above all before is a new request, whatever is outstanding
 * under it: a fast ping comes round in less than a stamp lives, and a lost
 * request of the last round would make its sample too long by that round.
 */
static inline void match_echo_request(struct machine *m,
				      const struct flow_ref *ref,
				      const struct packet *p)
{
	__u32 own = ref->direction & 1, val = p->echo_sequence;
	struct flow_dir *dir = &ref->flow->dir[own];
	__u8 flags = ref->flow->dir_flags[own];

	ref->flow->dir_flags[own] = flags | FLOW_DIR_KNOWN | FLOW_DIR_STAMPED;
	if (!(flags & FLOW_DIR_STAMPED) || (__s16)(val - dir->newest) > 0) {
		dir->newest = val;
		stamp_match(m, ref, own, val);
	} else if (match_is_echo_outstanding(m, ref, val)) {
		machine_count_event(m, EVENT_ECHO_REPEATED);
		return;
	}
	stamp_add(m, ref, own, val, true);
}

static inline void match_echo_reply(struct machine *m,
				    const struct flow_ref *ref,
				    const struct packet *p)
{
	__u64 stamp_ns =
		stamp_match(m, ref, ref->direction ^ 1, p->echo_sequence);

	ref->flow->dir_flags[ref->direction & 1] |= FLOW_DIR_KNOWN;
	if (stamp_ns)
		match_record(m, ref, p, SOURCE_ICMP_ECHO, stamp_ns);
	else
		machine_count_event(m, EVENT_ECHO_UNMATCHED);
}

#endif
