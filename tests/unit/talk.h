/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection between the two hosts of a world: it counts the sequence
 * numbers and runs the timestamp clocks (1 ms), and acknowledges what the
 * observer has seen. What is lost before or behind the observer, comes late or
 * lies, is written out by the test: talk_make(), change, talk_send().
 */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "world.h"

enum {
	TALK_NEAR_MS = 4, /* observer to NEAR and back */
	TALK_FAR_MS = 40,
};

struct talk {
	struct world world;
	bool has_timestamps[2];
	uint32_t seq[2];      /* next of each host */
	uint32_t tsecr[2];    /* what each would echo */
	uint32_t clock_ms[2]; /* what each host's clock is ahead */
};

static inline void talk_open(struct talk *talk, bool has_timestamps)
{
	struct settings settings = world_settings();

	settings.sources = SETTINGS_DEFAULT_SOURCES;
	*talk = (struct talk){
		.has_timestamps = { has_timestamps, has_timestamps },
		.seq = { 0x10000000, 0xa0000000 },
		.clock_ms = { 5000, 0x90000000 },
	};
	world_open_with(&talk->world, &settings);
}

static inline void talk_close(struct talk *talk)
{
	world_close(&talk->world);
}

static inline void talk_wait(struct talk *talk, uint64_t ms)
{
	talk->world.now_ns += ms * MS;
}

/* The packet that the host would send now. */
static inline struct build talk_make(const struct talk *talk,
				     enum world_host from, uint8_t flags,
				     uint32_t payload_bytes)
{
	struct build build = world_build(&talk->world, from);

	build.tcp_flags = flags;
	build.payload_bytes = payload_bytes;
	build.seq = talk->seq[from];
	build.ack = flags & BUILD_ACK ? talk->seq[!from] : 0;
	build.tcp_has_no_timestamps = !talk->has_timestamps[from];
	build.tsval = talk->clock_ms[from] + talk->world.now_ns / MS;
	build.tsecr = flags & BUILD_ACK ? talk->tsecr[from] : 0;
	return build;
}

/* Sends it, and both hosts go on from there. */
static inline enum outcome talk_send(struct talk *talk, enum world_host from,
				     const struct build *build)
{
	uint8_t flags = build->tcp_flags;

	talk->seq[from] = build->seq + build->payload_bytes +
			  (flags & BUILD_SYN ? 1 : 0) +
			  (flags & BUILD_FIN ? 1 : 0);
	talk->tsecr[!from] = build->tsval;
	return world_observe(&talk->world, build);
}

static inline enum outcome talk_say(struct talk *talk, enum world_host from,
				    uint8_t flags, uint32_t payload_bytes)
{
	struct build build = talk_make(talk, from, flags, payload_bytes);

	return talk_send(talk, from, &build);
}

/* Sends it again: the host's state, as it stood when it sent `first`. */
static inline enum outcome talk_repeat(struct talk *talk, enum world_host from,
				       const struct build *first)
{
	struct build build = *first;

	build.tsval = talk->clock_ms[from] + talk->world.now_ns / MS;
	return talk_send(talk, from, &build);
}

/* Three packets: one sample of each side. */
static inline void talk_shake(struct talk *talk)
{
	talk_say(talk, NEAR, BUILD_SYN, 0);
	talk_wait(talk, TALK_FAR_MS);
	talk_say(talk, FAR, BUILD_SYN | BUILD_ACK, 0);
	talk_wait(talk, TALK_NEAR_MS);
	talk_say(talk, NEAR, BUILD_ACK, 0);
}

static inline uint64_t talk_n(const struct talk *talk, enum source source,
			      enum world_host host)
{
	return world_rtts(&talk->world, source,
			  host == NEAR ? SIDE_LAN : SIDE_WAN)
		.n;
}

/* What data is timed by. */
static inline enum source talk_source(const struct talk *talk)
{
	return talk->has_timestamps[NEAR] && talk->has_timestamps[FAR] ?
		       SOURCE_TCP_TS :
		       SOURCE_TCP_SEQ;
}

#endif
