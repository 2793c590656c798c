/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A long transfer as an observer between its ends sees it: data one way, ACKs
 * the other, by RFC 9293 and RFC 7323 (TS.Recent, delayed and duplicate ACKs),
 * with loss on both sides of the observer, retransmission, reordering and
 * duplicates. The same seed gives the same packets.
 */
#ifndef TESTS_BULK_FLOW_H
#define TESTS_BULK_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct bulk_options {
	uint64_t seed;
	uint32_t n_segments;
	uint64_t gap_ns;          /* between segments at the sender */
	uint64_t delay_ns;        /* observer to receiver, each way */
	uint64_t sender_delay_ns; /* sender to observer, each way */
	uint64_t jitter_ns;       /* up to this much more, in each part */
	uint64_t ticks_per_s;
	uint32_t first_tsval;
	uint32_t loss_ppm, duplicate_ppm;
	uint64_t late_ns; /* how late a reordered packet is */
	uint32_t late_ppm;
};

/* A packet at the observer. */
struct bulk_packet {
	uint64_t time_ns;
	uint32_t segment; /* sequence number, in segments */
	uint32_t tsval, tsecr;
	bool is_ack;
};

struct bulk {
	struct bulk_options options;
	uint64_t random;
	struct bulk_packet *packet; /* what the observer sees, by time */
	size_t n_packets, max_packets;
};

static inline uint64_t bulk_draw(struct bulk *bulk)
{
	bulk->random ^= bulk->random << 13;
	bulk->random ^= bulk->random >> 7;
	bulk->random ^= bulk->random << 17;
	return bulk->random;
}

static inline bool bulk_happens(struct bulk *bulk, uint32_t ppm)
{
	return bulk_draw(bulk) % 1000000 < ppm;
}

static inline uint32_t bulk_ticks(const struct bulk *bulk, uint64_t time_ns)
{
	return time_ns / 1000 * bulk->options.ticks_per_s / 1000000;
}

/* One of the two parts of the path. */
static inline uint64_t bulk_pass(struct bulk *bulk, uint64_t delay_ns)
{
	uint64_t jitter_ns = bulk->options.jitter_ns;

	if (jitter_ns)
		delay_ns += bulk_draw(bulk) % jitter_ns;
	if (bulk_happens(bulk, bulk->options.late_ppm))
		delay_ns += bulk->options.late_ns;
	return delay_ns;
}

static inline void bulk_see(struct bulk *bulk, struct bulk_packet packet)
{
	int n = 1 + bulk_happens(bulk, bulk->options.duplicate_ppm);

	while (n--) {
		if (bulk->n_packets == bulk->max_packets) {
			bulk->max_packets = 2 * bulk->max_packets + 1024;
			bulk->packet = realloc(bulk->packet,
					       bulk->max_packets *
						       sizeof(*bulk->packet));
			if (!bulk->packet)
				abort();
		}
		bulk->packet[bulk->n_packets++] = packet;
		packet.time_ns += bulk_draw(bulk) % 100000;
	}
}

static inline int bulk_compare(const void *a, const void *b)
{
	const struct bulk_packet *left = a, *right = b;

	return left->time_ns < right->time_ns ? -1 :
						left->time_ns > right->time_ns;
}

/* Sends a segment; true and its arrival, when it is not lost. */
static inline bool bulk_send(struct bulk *bulk, uint32_t segment,
			     uint64_t sent_ns, struct bulk_packet *ret_arrival)
{
	const struct bulk_options *options = &bulk->options;
	struct bulk_packet packet = {
		.segment = segment,
		.tsval = options->first_tsval + bulk_ticks(bulk, sent_ns),
		.tsecr = bulk_ticks(bulk, sent_ns) - 1,
		.time_ns = sent_ns + bulk_pass(bulk, options->sender_delay_ns),
	};

	if (bulk_happens(bulk, options->loss_ppm))
		return false;
	bulk_see(bulk, packet);
	if (bulk_happens(bulk, options->loss_ppm))
		return false;
	packet.time_ns += bulk_pass(bulk, options->delay_ns);
	*ret_arrival = packet;
	return true;
}

/* Sends all, lost ones again until they arrive; n_segments arrivals. */
static inline struct bulk_packet *bulk_send_all(struct bulk *bulk)
{
	const struct bulk_options *options = &bulk->options;
	struct bulk_packet *arrival =
		calloc(options->n_segments, sizeof(*arrival));
	uint64_t timeout_ns =
		3 * (options->delay_ns + options->sender_delay_ns +
		     options->jitter_ns);

	if (!arrival)
		abort();
	for (uint32_t i = 0; i < options->n_segments; i++) {
		/* bursts of ten, as a window allows */
		uint64_t sent_ns = 1000000000 + i / 10 * 10 * options->gap_ns +
				   i % 10 * 8000;

		while (!bulk_send(bulk, i, sent_ns, &arrival[i]))
			sent_ns += timeout_ns;
	}
	qsort(arrival, options->n_segments, sizeof(*arrival), bulk_compare);
	return arrival;
}

/* The receiver: TS.Recent is of what moved the left edge first since the last
 * ACK (RFC 7323 4.3); every second segment, and every gap, is acknowledged. */
static inline void bulk_acknowledge(struct bulk *bulk,
				    const struct bulk_packet *arrival)
{
	const struct bulk_options *options = &bulk->options;
	bool *has_arrived = calloc(options->n_segments + 1, 1);
	uint32_t next = 0, acked = 0, recent = 0;

	if (!has_arrived)
		abort();
	for (uint32_t i = 0; i < options->n_segments; i++) {
		const struct bulk_packet *segment = &arrival[i];
		bool is_next = segment->segment == next;
		struct bulk_packet ack = { .is_ack = true };

		if (segment->segment <= acked &&
		    (int32_t)(segment->tsval - recent) >= 0)
			recent = segment->tsval;
		if (!i)
			recent = segment->tsval;
		has_arrived[segment->segment] = true;
		while (has_arrived[next])
			next++;
		if (is_next && next - acked < 2)
			continue;
		acked = next;
		ack.segment = next;
		ack.tsval = bulk_ticks(bulk, segment->time_ns) + 7;
		ack.tsecr = recent;
		ack.time_ns =
			segment->time_ns + bulk_pass(bulk, options->delay_ns);
		if (!bulk_happens(bulk, options->loss_ppm))
			bulk_see(bulk, ack);
	}
	free(has_arrived);
}

static inline void bulk_init(struct bulk *bulk,
			     const struct bulk_options *options)
{
	struct bulk_packet *arrival;

	*bulk = (struct bulk){ .options = *options,
			       .random =
				       options->seed * 0x9e3779b97f4a7c15ULL };
	arrival = bulk_send_all(bulk);
	bulk_acknowledge(bulk, arrival);
	free(arrival);
	qsort(bulk->packet, bulk->n_packets, sizeof(*bulk->packet),
	      bulk_compare);
}

static inline void bulk_fini(struct bulk *bulk)
{
	free(bulk->packet);
}

#endif
