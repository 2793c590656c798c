/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of the spin bit, held back until their flow is known to spin.
 *
 * Up to QUIC_MAX_HELD are held; older ones are dropped and counted. They are
 * recorded in the interval in which they are released.
 */
#ifndef CORE_QUIC_HELD_H
#define CORE_QUIC_HELD_H

#include "quic_handshake.h"

/* A sample in one word: its ticks, and what they are. */
enum quic_sample_bit {
	QUIC_SAMPLE_TICKS = (1 << 28) - 1, /* 68 s: more than a sample lives */
	QUIC_SAMPLE_OF_1 = 1 << 28,        /* endpoint 1 answered */
	QUIC_SAMPLE_STRICT = 1 << 29,      /* tight by its own bound */
	QUIC_SAMPLE_UPPER = 1 << 30, /* an upper bound, whatever floor says */
};

#define QUIC_SAMPLE_FULL (1U << 31) /* both sides, credited to the server */

enum { QUIC_NEAR = 8 }; /* a fraction of the floor: 1 / it */

static inline __u32 quic_sample(__u32 ticks, __u32 endpoint)
{
	if (ticks > QUIC_SAMPLE_TICKS)
		ticks = QUIC_SAMPLE_TICKS;
	return ticks | (endpoint & 1 ? QUIC_SAMPLE_OF_1 : 0);
}

/* A floating-point number of 5 + 11 bits, too small by less than 1/1024. */
static inline __u16 quic_pack_ticks(__u32 ticks)
{
	__u32 log2 = ticks ? hist_log2(ticks) : 0;
	__u32 shift = log2 > 10 ? log2 - 10 : 0;

	return shift << 11 | (ticks >> shift & 0x7ff);
}

static inline __u32 quic_unpack_ticks(__u16 packed)
{
	return (__u32)(packed & 0x7ff) << (packed >> 11 & 31);
}

/* Of the direction whose floor the sample is judged by. */
static inline bool quic_is_near_floor(const struct flow *flow, __u32 sample)
{
	__u32 direction = sample & QUIC_SAMPLE_OF_1 ? 1 : 0;
	__u32 floor;

	if (sample & QUIC_SAMPLE_FULL)
		direction ^= 1;
	/* Linux 6.1 loses the bound of an exclusive or: it must see the mask */
	__asm__ volatile("" : "+r"(direction));
	direction &= 1;
	floor = flow->quic.dir[direction].floor;
	return quic_has_dir(flow, direction, QUIC_DIR_FLOOR) &&
	       (sample & QUIC_SAMPLE_TICKS) <= floor + floor / QUIC_NEAR;
}

/* Of a spinning flow: an RTT and its bound, or what waited for an application,
 * which is an RTT's upper bound. */
static inline void quic_record_spin(struct machine *m, struct flow *flow,
				    const struct packet *p, __u32 sample,
				    __u32 bound)
{
	__u32 endpoint = sample & QUIC_SAMPLE_OF_1 ? 1 : 0;
	__u32 ticks = sample & QUIC_SAMPLE_TICKS;

	if (!(sample & QUIC_SAMPLE_STRICT) &&
	    (sample & QUIC_SAMPLE_UPPER || !quic_is_near_floor(flow, sample))) {
		machine_count_event(m, EVENT_SPIN_UPPER);
		if (!(sample & QUIC_SAMPLE_FULL))
			quic_record(m, flow, p,
				    quic_of(endpoint, SOURCE_QUIC_SPIN_UPPER),
				    ticks);
		return;
	}
	quic_record(m, flow, p,
		    quic_of(endpoint, sample & QUIC_SAMPLE_FULL ?
					      SOURCE_QUIC_SPIN_FULL :
					      SOURCE_QUIC_SPIN),
		    ticks);
	quic_record(m, flow, p, quic_of(endpoint, SOURCE_QUIC_SPIN_BOUND),
		    bound);
	if (flow->quic.n_released < 255)
		flow->quic.n_released++;
}

static inline void quic_hold(struct machine *m, struct flow_quic *quic,
			     __u32 sample, __u32 bound)
{
	machine_count_event(m, EVENT_SPIN_HELD);
	if (quic->held[0])
		machine_count_event(m, EVENT_SPIN_HELD_DROPPED);
	for (int i = 1; i < QUIC_MAX_HELD; i++) {
		quic->held[i - 1] = quic->held[i];
		quic->held_bound[i - 1] = quic->held_bound[i];
	}
	quic->held[QUIC_MAX_HELD - 1] = sample;
	quic->held_bound[QUIC_MAX_HELD - 1] = quic_pack_ticks(bound);
}

/* They are judged again, by what the floor is now. */
static inline void quic_release(struct machine *m, struct flow *flow,
				const struct packet *p)
{
	struct flow_quic *quic = &flow->quic;
	__u32 sample;

	for (int i = 0; i < QUIC_MAX_HELD; i++) {
		sample = quic->held[i];
		quic->held[i] = 0;
		if (!sample)
			continue;
		machine_count_event(m, EVENT_SPIN_HELD_RELEASED);
		quic_record_spin(m, flow, p, sample,
				 quic_unpack_ticks(quic->held_bound[i]));
	}
}

static inline void quic_drop_held(struct machine *m, struct flow_quic *quic)
{
	for (int i = 0; i < QUIC_MAX_HELD; i++) {
		if (quic->held[i])
			machine_count_event(m, EVENT_SPIN_HELD_DROPPED);
		quic->held[i] = 0;
	}
}

#endif
