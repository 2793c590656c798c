/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quic_spin: round trips from the spin bit (RFC 9000 17.4, RFC 9312 3.8).
 *
 * The client inverts the bit that it sees, the server repeats it, so an edge
 * goes round once in a round trip. An edge of one end answers the newest edge of
 * the other: the time between them is the side of the end that answered. Three
 * things make an edge lie, and each has its rule:
 *
 * Reordering and random bits. An edge is refused when it is too soon after the
 * last one of its direction (QUIC_SOON of the period), when it is against
 * causality (a server's edge must go to the client's bit, a client's away from
 * the server's), or when its sample would be less than half of the floor. What
 * is refused does not flip the bit: a true edge comes back with the next packet.
 * The first sample after a refusal for causality or for the floor is doubtful
 * and not recorded; each refusal for the floor lowers it by a quarter, so that a
 * path that became shorter is followed.
 *
 * Idle applications. An end that has nothing to send cannot send an edge. The
 * edge may have waited since the last packet with the old bit, not longer: that
 * time is the sample's bound, and the true RTT lies in [sample - bound, sample].
 * A sample is strict when its bound is at most 1/8 of it.
 *
 * Clients that acknowledge every 10 ms have bounds near their RTT, and what is
 * strict among their samples is what is inflated. So each direction keeps its
 * floor, the least RTT that is credible: seeded by the handshake or by two
 * samples in a row whose bound is at most 1/4 of them, lowered by at most a
 * quarter for each sample below, raised likewise when two samples in a row prove,
 * by their bounds, that the RTT has risen. A sample within 1/8 of the floor is recorded too. All others waited for
 * an application: they go to quic_spin_upper.
 *
 * Where one direction alone passes, the period itself is the sample
 * (quic_spin_full), by the same rules less causality; only in flows whose
 * handshake has been seen, which gives the floor.
 *
 * Thresholds were tuned on 16 captures of picoquic, aioquic, quinn, Chromium and
 * ngtcp2 and on simulated paths: docs/method.md, experiments/02-quic-spin.
 */
#ifndef CORE_QUIC_SPIN_H
#define CORE_QUIC_SPIN_H

#include "quic_class.h"

#define QUIC_FIRST_HOLD_OFF_TICKS QUIC_TICKS(1000000ULL)

/* Fractions: each is 1 / it. */
enum {
	QUIC_SOON = 8,   /* of the period */
	QUIC_STRICT = 8, /* of the sample */
	QUIC_CLOSE = 4,  /* of the sample */
	QUIC_STEP = 4,   /* of the floor */
	QUIC_REF_RISE = 16,
};

static inline __u32 quic_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

static inline __u32 quic_max(__u32 a, __u32 b)
{
	return a > b ? a : b;
}

static inline void quic_set_dir(struct flow *flow, __u32 direction, __u8 flag,
				bool value)
{
	__u8 *flags = &flow->dir_flags[direction & 1];

	*flags = value ? *flags | flag : *flags & ~flag;
}

/* Ticks that the edge would measure; 0 when it answers none. */
static inline __u32 quic_edge_ticks(const struct flow *flow, __u32 own,
				    __u32 now)
{
	__u32 from = own & 1, newest = flow->hand & QUIC_LAST_EDGE_IS_1 ? 1 : 0;

	if (quic_has_dir(flow, ~own, FLOW_DIR_KNOWN)) {
		from ^= 1;
		if (newest != from)
			return 0;
	}
	/* Linux 6.1 loses the bound of an exclusive or: it must see the mask */
	__asm__ volatile("" : "+r"(from));
	from &= 1;
	return quic_has_dir(flow, from, QUIC_DIR_EDGE) ?
		       quic_elapsed(now, flow->quic.dir[from].edge) :
		       0;
}

/* The event of a refusal, or N_EVENTS for an edge that is accepted. */
static inline enum event quic_refusal(const struct flow *flow,
				      const struct packet *p, __u32 own,
				      __u32 ticks, __u32 now)
{
	const struct quic_dir *dir = &flow->quic.dir[own & 1];
	__u32 ref = flow->quic.ref;
	bool differs = quic_has_dir(flow, ~own, QUIC_DIR_BIT) != p->quic_spin;

	if (quic_has_dir(flow, own, QUIC_DIR_EDGE) &&
	    quic_elapsed(now, dir->edge) <
		    (ref ? ref / QUIC_SOON : QUIC_FIRST_HOLD_OFF_TICKS))
		return EVENT_SPIN_REJECTED;
	if (quic_has_dir(flow, ~own, FLOW_DIR_KNOWN) &&
	    differs != (quic_client(flow) == (own & 1)))
		return EVENT_SPIN_BAD;
	if (ticks && quic_has_dir(flow, own, QUIC_DIR_FLOOR) &&
	    ticks < dir->floor / 2)
		return EVENT_SPIN_IMPLAUSIBLE;
	return N_EVENTS;
}

/* A run of packets that are refused counts once. */
static inline void quic_refuse(struct machine *m, struct flow *flow, __u32 own,
			       enum event event)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];
	bool is_again = quic_has_dir(flow, own, QUIC_DIR_RETRY);

	if (event != EVENT_SPIN_REJECTED)
		flow->hand |= QUIC_DOUBTFUL;
	if (is_again)
		return;
	quic_set_dir(flow, own, QUIC_DIR_RETRY, true);
	if (event == EVENT_SPIN_BAD) {
		machine_count_event(m, EVENT_SPIN_BAD);
		quic_count_edge(&flow->quic, &flow->quic.n_bad);
		return;
	}
	quic_count_edge(&flow->quic, &flow->quic.n_rejected);
	if (event == EVENT_SPIN_REJECTED) {
		machine_count_event(m, EVENT_SPIN_REJECTED);
		return;
	}
	machine_count_event(m, EVENT_SPIN_IMPLAUSIBLE);
	dir->floor -= dir->floor / QUIC_STEP;
}

static inline void quic_lower_floor(struct flow *flow, __u32 own, __u32 ticks)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];

	if (quic_has_dir(flow, own, QUIC_DIR_FLOOR) && ticks < dir->floor)
		dir->floor =
			quic_max(ticks, dir->floor - dir->floor / QUIC_STEP);
}

/* A first guess of the floor, from two close samples in a row. */
static inline void quic_guess_floor(struct flow *flow, __u32 own, __u32 ticks,
				    __u32 bound)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];
	bool was_close = quic_has_dir(flow, own, QUIC_DIR_CLOSE);
	bool is_close = bound <= ticks / QUIC_CLOSE;

	quic_set_dir(flow, own, QUIC_DIR_CLOSE, is_close);
	if (is_close && was_close) {
		quic_set_dir(flow, own, QUIC_DIR_FLOOR, true);
		ticks = quic_min(ticks, dir->floor);
	}
	dir->floor = ticks;
}

/* What a sample and its lower bound tell of the floor. */
static inline void quic_move_floor(struct flow *flow, __u32 own, __u32 ticks,
				   __u32 bound)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];
	__u16 *lower_bound = &flow->quic.lower_bound[own & 1];
	__u32 proven = quic_min(ticks - bound, quic_unpack_ticks(*lower_bound));

	if (!quic_has_dir(flow, own, QUIC_DIR_FLOOR))
		quic_guess_floor(flow, own, ticks, bound);
	else if (ticks < dir->floor)
		quic_lower_floor(flow, own, ticks);
	else if (proven > dir->floor)
		dir->floor =
			quic_min(proven, dir->floor + dir->floor / QUIC_STEP);
	*lower_bound = quic_pack_ticks(ticks - bound);
}

/* Of the packet's direction, with the time that its edge may have waited. */
static inline void quic_take_sample(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 sample,
				    __u32 bound)
{
	__u32 own = sample & QUIC_SAMPLE_OF_1 ? 1 : 0;
	__u32 ticks = sample & QUIC_SAMPLE_TICKS;
	bool is_alone = !quic_has_dir(flow, ~own, FLOW_DIR_KNOWN);

	bound = quic_min(bound, ticks);
	if (is_alone && !quic_has_dir(flow, own, QUIC_DIR_FLOOR))
		return;
	if (is_alone) /* a period is both sides: the server's subnet has it */
		sample = quic_sample(ticks, ~quic_client(flow)) |
			 QUIC_SAMPLE_FULL;
	if (flow->hand & QUIC_DOUBTFUL) {
		quic_lower_floor(flow, own, ticks);
		sample |= QUIC_SAMPLE_UPPER;
	} else {
		quic_move_floor(flow, own, ticks, bound);
		if (bound <= ticks / QUIC_STRICT)
			sample |= QUIC_SAMPLE_STRICT;
		else if (quic_has_dir(flow, own, QUIC_DIR_RETRY))
			sample |= QUIC_SAMPLE_UPPER;
	}
	if (flow->quic.class == SPIN_CLASS_SPINNING)
		quic_record_spin(m, flow, p, sample, bound);
	else if (flow->quic.class != SPIN_CLASS_GREASED)
		quic_hold(m, &flow->quic, sample, bound);
}

static inline void quic_accept_edge(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 own,
				    __u32 now)
{
	struct quic_dir *dir = &flow->quic.dir[own & 1];
	__u32 period = quic_elapsed(now, dir->edge), ref = flow->quic.ref;

	machine_count_event(m, EVENT_SPIN_EDGE);
	quic_count_edge(&flow->quic, &flow->quic.n_good);
	if (quic_has_dir(flow, own, QUIC_DIR_EDGE))
		flow->quic.ref =
			ref ? quic_min(period, ref + ref / QUIC_REF_RISE) :
			      period;
	dir->edge = now;
	dir->same = now;
	quic_set_dir(flow, own, QUIC_DIR_BIT, p->quic_spin);
	quic_set_dir(flow, own, QUIC_DIR_EDGE, true);
	quic_set_dir(flow, own, QUIC_DIR_RETRY, false);
	flow->hand &= ~(QUIC_LAST_EDGE_IS_1 | QUIC_DOUBTFUL);
	if (own & 1)
		flow->hand |= QUIC_LAST_EDGE_IS_1;
}

static inline void quic_observe_flip(struct machine *m, struct flow *flow,
				     const struct packet *p, __u32 own,
				     __u32 now)
{
	__u32 ticks, bound;
	enum event refusal;

	if (flow->hand & (QUIC_ASKED | QUIC_ANSWERED))
		quic_end_handshake(flow); /* its times make room for edges */
	ticks = quic_edge_ticks(flow, own, now);
	refusal = quic_refusal(flow, p, own, ticks, now);
	if (refusal != N_EVENTS) {
		quic_refuse(m, flow, own, refusal);
		return;
	}
	bound = quic_elapsed(now, flow->quic.dir[own & 1].same);
	if (ticks)
		quic_take_sample(m, flow, p, quic_sample(ticks, own), bound);
	quic_accept_edge(m, flow, p, own, now);
}

/* A short header of a confirmed flow. */
static inline void quic_observe_spin(struct machine *m, struct flow *flow,
				     const struct packet *p, __u32 own)
{
	__u8 *n_packets = &flow->quic.n_packets[own & 1];
	__u32 now = quic_now(m);

	if (*n_packets < 255)
		++*n_packets;
	if (!quic_has_dir(flow, own, QUIC_DIR_SHORT)) {
		quic_set_dir(flow, own, QUIC_DIR_BIT, p->quic_spin);
		quic_set_dir(flow, own, QUIC_DIR_SHORT, true);
	}
	if (quic_has_dir(flow, own, QUIC_DIR_BIT) == p->quic_spin) {
		flow->quic.dir[own & 1].same = now;
		quic_set_dir(flow, own, QUIC_DIR_RETRY, false);
	} else {
		quic_observe_flip(m, flow, p, own, now);
	}
	quic_set_class(m, flow, p);
}

#endif
