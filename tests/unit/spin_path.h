/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two QUIC endpoints and the path between them, with the observer in the middle:
 * an end sends a short header every period, sets its spin bit by RFC 9000 17.4
 * from the newest packet that it got, and the packet passes the observer on its
 * way. Time moves in steps of PATH_STEP_NS; the same seed gives the same packets.
 */
#ifndef TESTS_SPIN_PATH_H
#define TESTS_SPIN_PATH_H

#include "quic_peers.h"

enum { PATH_STEP_NS = 100000, PATH_MAX_PACKETS = 256 };

enum path_bit { PATH_SPINS, PATH_KEEPS, PATH_DRAWS };

struct path_end {
	uint64_t period_ns; /* between packets; 0: sends none */
	uint64_t jitter_ns; /* at most so much more */
	uint64_t way_ns;    /* to the observer, one way */
	enum path_bit how;
	bool bit;       /* what it sends (or keeps) */
	bool is_unseen; /* its packets do not pass the observer */
	uint64_t next_ns;
	uint32_t sent, newest;
};

struct path_packet {
	uint64_t seen_ns, arrives_ns; /* 0: done */
	uint32_t number;
	uint8_t from;
	bool bit, is_lost;
};

struct path {
	struct world world;
	struct path_end end[2]; /* enum world_host */
	struct path_packet packet[PATH_MAX_PACKETS];
	uint32_t late_in_1000; /* packets that come late_ns later */
	uint64_t late_ns;
	uint32_t lost_in_1000;
	uint64_t random;
};

/* 10 ms on the near side, 30 ms on the far one, a packet every millisecond. */
static inline void path_open(struct path *path, uint64_t seed)
{
	*path = (struct path){
		.end = { { .period_ns = MS, .way_ns = 5 * MS },
			 { .period_ns = MS, .way_ns = 15 * MS } },
		.random = seed,
	};
	peers_open(&path->world);
}

static inline uint32_t path_draw(struct path *path)
{
	path->random =
		path->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return path->random >> 33;
}

static inline void path_send(struct path *path, int from)
{
	struct path_end *end = &path->end[from];
	uint64_t now_ns = path->world.now_ns;
	struct path_packet *packet = path->packet;

	while (packet->arrives_ns)
		if (++packet == path->packet + PATH_MAX_PACKETS)
			abort();
	if (end->how == PATH_DRAWS)
		end->bit = path_draw(path) & 1;
	*packet = (struct path_packet){
		.seen_ns = now_ns + end->way_ns,
		.number = ++end->sent,
		.from = from,
		.bit = end->bit,
		.is_lost = path_draw(path) % 1000 < path->lost_in_1000,
	};
	if (path_draw(path) % 1000 < path->late_in_1000)
		packet->seen_ns += path->late_ns;
	packet->arrives_ns = packet->seen_ns + path->end[!from].way_ns;
	end->next_ns = now_ns + end->period_ns;
	if (end->jitter_ns)
		end->next_ns += path_draw(path) % end->jitter_ns;
}

static inline void path_arrive(struct path *path, struct path_packet *packet)
{
	struct path_end *end = &path->end[!packet->from];

	packet->arrives_ns = 0;
	if (packet->is_lost || packet->number <= end->newest)
		return;
	end->newest = packet->number;
	if (end->how == PATH_SPINS)
		end->bit = packet->from == NEAR ? packet->bit : !packet->bit;
}

static inline void path_step(struct path *path)
{
	uint64_t now_ns = path->world.now_ns += PATH_STEP_NS;

	for (int i = 0; i < PATH_MAX_PACKETS; i++) {
		struct path_packet *packet = &path->packet[i];

		if (packet->seen_ns && packet->seen_ns <= now_ns) {
			packet->seen_ns = 0;
			if (!path->end[packet->from].is_unseen)
				peers_short(&path->world,
					    (enum world_host)packet->from,
					    packet->bit);
		}
		if (packet->arrives_ns && packet->arrives_ns <= now_ns)
			path_arrive(path, packet);
	}
	for (int i = 0; i < 2; i++)
		if (path->end[i].period_ns && path->end[i].next_ns <= now_ns)
			path_send(path, i);
}

static inline void path_run(struct path *path, uint64_t ns)
{
	for (uint64_t end_ns = path->world.now_ns + ns;
	     path->world.now_ns < end_ns;)
		path_step(path);
}

#endif
