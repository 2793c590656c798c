/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two hosts and the tables in memory between them: packets are sent at now_ns,
 * and what they left is read from the buffer of the running interval.
 *
 * NEAR is 10.0.0.1:40000 (LAN), FAR is 198.51.100.7:443 (WAN); pings go between
 * the same addresses. Sending never moves the clock.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <stdlib.h>

#include "../../collector/memory_tables.h"
#include "../../core/observe.h"
#include "frame_build.h"

#define MS 1000000ULL
#define SECOND 1000000000ULL

enum world_host { NEAR = 0, FAR = 1 };

enum {
	WORLD_NEAR = 0x0a000001,
	WORLD_FAR = 0xc6336407,
	WORLD_LAN_V4 = 0x0a000000, /* /8 */
	WORLD_LAN_V6 = 0x0a00,     /* third word of 2001:db8:0a00::/40 */
};

struct world {
	struct machine *m;
	uint64_t now_ns;
	uint32_t near, far;
	uint16_t near_port, far_port, identifier;
	bool is_v6;
	int n_copies; /* each packet is seen this often */
};

/* Room for all that a test does, and the two sources that most are about; LAN is 10.0.0.0/8 and 2001:db8:a00::/40. */
static inline struct settings world_settings(void)
{
	struct settings settings = SETTINGS_DEFAULT;
	uint8_t *v4 = (uint8_t *)settings.lan[0].address;
	uint8_t *v6 = (uint8_t *)settings.lan[1].address;

	settings.sources = 1U << SOURCE_TCP_TS | 1U << SOURCE_ICMP_ECHO;
	settings.n_flow_sets = 64;
	settings.n_stamp_sets = 1024;
	settings.n_subnet_buckets = 16;
	settings.max_subnets = 64;
	settings.max_hists = 64;
	settings.n_lan = 2;
	settings.lan[0].family = 4;
	settings.lan[0].mask[0] = SETTINGS_MASK(64);
	settings.lan[0].mask[1] = SETTINGS_V4_MASK(8);
	v4[10] = v4[11] = 0xff;
	v4[12] = 10;
	settings.lan[1].family = 6;
	settings.lan[1].mask[0] = SETTINGS_MASK(40);
	v6[0] = 0x20;
	v6[1] = 0x01;
	v6[2] = 0x0d;
	v6[3] = 0xb8;
	v6[4] = 0x0a;
	return settings;
}

static inline void world_open_with(struct world *world,
				   const struct settings *settings)
{
	*world = (struct world){
		.m = memory_tables_new(settings),
		.now_ns = 1000 * SECOND,
		.near = WORLD_NEAR,
		.far = WORLD_FAR,
		.near_port = 40000,
		.far_port = 443,
		.identifier = 77,
		.n_copies = 1,
	};
	if (!world->m)
		abort();
}

static inline void world_open(struct world *world)
{
	struct settings settings = world_settings();

	world_open_with(world, &settings);
}

static inline void world_close(struct world *world)
{
	memory_tables_free(world->m);
}

/* The outcome of the last copy. */
static inline enum outcome world_observe(struct world *world,
					 const struct build *build)
{
	enum outcome outcome = N_OUTCOMES;
	struct built frame;

	build_frame(build, &frame);
	for (int i = 0; i < world->n_copies; i++)
		outcome = memory_tables_observe(world->m, frame.bytes,
						frame.n_bytes, frame.n_bytes,
						LINK_ETHERNET, world->now_ns);
	return outcome;
}

static inline struct build world_build(const struct world *world,
				       enum world_host from)
{
	return (struct build){
		.is_v6 = world->is_v6,
		.source = from == NEAR ? world->near : world->far,
		.destination = from == NEAR ? world->far : world->near,
		.source_port = from == NEAR ? world->near_port :
					      world->far_port,
		.destination_port = from == NEAR ? world->far_port :
						   world->near_port,
	};
}

static inline enum outcome world_tcp(struct world *world, enum world_host from,
				     uint8_t flags, uint32_t payload_bytes,
				     uint32_t tsval, uint32_t tsecr)
{
	struct build build = world_build(world, from);

	build.tcp_flags = flags;
	build.payload_bytes = payload_bytes;
	build.tsval = tsval;
	build.tsecr = tsecr;
	return world_observe(world, &build);
}

static inline enum outcome world_data(struct world *world, enum world_host from,
				      uint32_t tsval, uint32_t tsecr)
{
	return world_tcp(world, from, BUILD_ACK, 100, tsval, tsecr);
}

static inline enum outcome world_ack(struct world *world, enum world_host from,
				     uint32_t tsval, uint32_t tsecr)
{
	return world_tcp(world, from, BUILD_ACK, 0, tsval, tsecr);
}

static inline enum outcome world_echo(struct world *world, enum world_host from,
				      bool is_reply, uint16_t sequence)
{
	struct build build = world_build(world, from);

	build.protocol = world->is_v6 ? 58 : 1;
	if (world->is_v6)
		build.icmp_type = is_reply ? 129 : 128;
	else
		build.icmp_type = is_reply ? 0 : 8;
	build.echo_identifier = world->identifier;
	build.echo_sequence = sequence;
	build.payload_bytes = 56;
	return world_observe(world, &build);
}

static inline uint64_t world_event(const struct world *world, enum event event)
{
	return machine_counters(world->m)->event[event];
}

static inline uint64_t world_samples(const struct world *world)
{
	return world_event(world, EVENT_SAMPLE);
}

/* Sum, least and greatest RTT of the running interval, by source and side, of
 * all rows, overflow rows too. least_ns is ~0 without samples. */
struct world_rtts {
	uint64_t n, sum_ns, least_ns, greatest_ns, n_overflow;
};

static inline uint8_t world_hist_side(const struct world *world, uint32_t slot)
{
	const struct hist *hist = machine_hist(world->m, slot);

	if (slot < N_OVERFLOW_HISTS)
		return slot / N_HIST_REFS & 1;
	return machine_subnet(world->m, hist->subnet)->side;
}

static inline struct world_rtts world_rtts(const struct world *world,
					   enum source source, enum side side)
{
	struct world_rtts rtts = { .least_ns = ~0ULL };
	const struct hist *hist;
	uint32_t n_hists =
		drain_n_hists(machine_dealt(world->m), &world->m->settings);

	for (uint32_t i = 0; i < n_hists; i++) {
		hist = machine_hist(world->m, i);
		if (!hist->min_ns_complement ||
		    (i < N_OVERFLOW_HISTS ? i % N_HIST_REFS : hist->source) !=
			    source ||
		    world_hist_side(world, i) != side)
			continue;
		for (int bin = 0; bin < N_HIST_BINS; bin++)
			rtts.n += hist->bin[bin];
		rtts.n += hist->overflow;
		rtts.n_overflow += hist->overflow;
		rtts.sum_ns += hist->sum_ns;
		if (~hist->min_ns_complement < rtts.least_ns)
			rtts.least_ns = ~hist->min_ns_complement;
		if (hist->max_ns > rtts.greatest_ns)
			rtts.greatest_ns = hist->max_ns;
	}
	return rtts;
}

#endif
