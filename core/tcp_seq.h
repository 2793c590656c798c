/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_seq: which packets are stamped by the end of their segment, in flows
 * without timestamps.
 *
 * A packet that continues its direction exactly where it stands is stamped with
 * the sequence number after its last byte; the ACK that equals it is the
 * sample, an ACK beyond frees it. Karn's rule: what is sent again makes itself and
 * all that was sent behind it ambiguous: these are void.
 * Behind a hole nothing is stamped, because its ACK waits for the hole, until
 * the segment that begins there has come by (reordered, or lost before us) or
 * an ACK tells that the receiver has it.
 * Whole copies of an outstanding segment within TCP_SEQ_COPY_NS are taken for
 * what a mirror port shows twice (a retransmission timer is never that short,
 * RFC 6298 and RFC 8985).
 *
 * The receiver's delayed ACKs are part of these samples.
 */
#ifndef CORE_TCP_SEQ_H
#define CORE_TCP_SEQ_H

#include "match.h"

#define TCP_SEQ_COPY_NS 2000000ULL

/* Sequence numbers that the packet occupies: SYN and FIN take one each, and are
 * acknowledged like data. */
static inline __u32 tcp_seq_length(const struct packet *p)
{
	return p->payload_bytes + (p->tcp_flags & TCP_SYN ? 1 : 0) +
	       (p->tcp_flags & TCP_FIN ? 1 : 0);
}

/* What was sent from seq on was sent again: no ACK of it can give a sample any
 * more. Which segments of the direction are in the stamp table is not known; if
 * any are, the ACKs up to its newest are taken as seen. */
static inline void tcp_seq_void(struct machine *m, const struct flow_ref *ref,
				__u32 seq)
{
	__u32 own = ref->direction & 1, other = own ^ 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	struct flow_dir *acking = &ref->flow->dir[other];

	if (ref->flow->dir_flags[other] & FLOW_DIR_ECR_KNOWN &&
	    !match_is_newer(dir->newest, acking->ecr))
		return;
	machine_count_event(m, EVENT_SEQ_VOIDED);
	stamp_free_newer(dir, seq);
	if (!stamp_has_spilled(ref->flow, own))
		return;
	acking->ecr = dir->newest;
	ref->flow->dir_flags[other] |= FLOW_DIR_ECR_KNOWN;
}

/* An outstanding segment once more, so soon that it is the same packet. */
static inline bool tcp_seq_is_copy(struct machine *m,
				   const struct flow_ref *ref, __u32 end)
{
	struct flow_dir *dir = &ref->flow->dir[ref->direction & 1];
	__u64 stamp_ns = 0;

	for (int i = 0; i < 2; i++)
		if (dir->stamp_ns[i] > STAMP_BUSY && dir->stamp_val[i] == end)
			stamp_ns = dir->stamp_ns[i];
	if (!stamp_ns && stamp_has_spilled(ref->flow, ref->direction))
		stamp_ns = stamp_find_spilled(
			m, stamp_owner(ref, ref->direction), end, false);
	return stamp_ns && machine_now_ns(m) - stamp_ns < TCP_SEQ_COPY_NS;
}

/* Where the open hole of a direction begins: while nothing is stamped, the
 * value of a free inline stamp has room for it. */
static inline __u32 *tcp_seq_hole(struct flow_dir *dir)
{
	return &dir->stamp_val[1];
}

/* The stamp that stands there goes on to the stamp table. */
static inline void tcp_seq_open_hole(struct machine *m,
				     const struct flow_ref *ref)
{
	__u32 own = ref->direction & 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	__u32 val = dir->stamp_val[1];
	__u64 time_ns;

	if (ref->flow->dir_flags[own] & FLOW_DIR_HOLE)
		return;
	time_ns = stamp_take(&dir->stamp_ns[1], &dir->stamp_val[1], val);
	if (time_ns && stamp_spill(m, stamp_owner(ref, own), val, time_ns))
		machine_count_event(m, EVENT_STAMP_SKIPPED);
	else if (time_ns)
		ref->flow->hand |= FLOW_SPILLED << own;
	*tcp_seq_hole(dir) = dir->newest;
	ref->flow->dir_flags[own] |= FLOW_DIR_HOLE;
}

/* Whether a hole is open still. */
static inline bool tcp_seq_has_hole(struct flow *flow, __u32 own)
{
	__u32 other = ~own & 1;

	if (!(flow->dir_flags[own & 1] & FLOW_DIR_HOLE))
		return false;
	if (!(flow->dir_flags[other] & FLOW_DIR_ECR_KNOWN) ||
	    !match_is_newer(flow->dir[other].ecr,
			    *tcp_seq_hole(&flow->dir[own & 1])))
		return true;
	flow->dir_flags[own & 1] &= ~FLOW_DIR_HOLE;
	return false;
}

/* Data at or below what was sent before, in whole or in part. */
static inline void tcp_seq_note_again(struct machine *m,
				      const struct flow_ref *ref, __u32 seq,
				      __u32 end)
{
	__u32 own = ref->direction & 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	bool has_hole = tcp_seq_has_hole(ref->flow, own), is_behind;

	if (tcp_seq_is_copy(m, ref, end))
		return;
	/* nothing behind a hole is stamped, so nothing becomes ambiguous */
	is_behind = has_hole && !match_is_newer(*tcp_seq_hole(dir), seq);
	if (!is_behind || seq == *tcp_seq_hole(dir))
		ref->flow->dir_flags[own] &= ~FLOW_DIR_HOLE;
	if (!is_behind)
		tcp_seq_void(m, ref, seq);
	if (match_is_newer(end, dir->newest))
		dir->newest = end;
}

/* Whether the packet's end is to be stamped; updates newest. A direction that
 * is joined midway starts with its first packet, which is not stamped. */
static inline bool tcp_seq_wants_stamp(struct machine *m,
				       const struct flow_ref *ref,
				       const struct packet *p)
{
	__u32 own = ref->direction & 1;
	struct flow_dir *dir = &ref->flow->dir[own];
	__u32 end = p->seq + tcp_seq_length(p);

	if (!(ref->flow->dir_flags[own] & FLOW_DIR_KNOWN)) {
		ref->flow->dir_flags[own] |= FLOW_DIR_KNOWN;
		dir->newest = end;
		return p->tcp_flags & TCP_SYN;
	}
	if (end == p->seq) { /* no data: at most it tells where we are */
		if (match_is_newer(end, dir->newest))
			dir->newest = end;
		return false;
	}
	if (match_is_newer(dir->newest, p->seq)) {
		tcp_seq_note_again(m, ref, p->seq, end);
		return false;
	}
	if (p->seq != dir->newest)
		tcp_seq_open_hole(m, ref);
	dir->newest = end;
	if (!tcp_seq_has_hole(ref->flow, own))
		return true;
	machine_count_event(m, EVENT_SEQ_HOLE);
	return false;
}

#endif
