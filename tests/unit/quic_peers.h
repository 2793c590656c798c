/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QUIC datagrams between the two hosts of world.h, written from RFC 9000 17:
 * NEAR is the client, FAR the server. All sources are recorded.
 */
#ifndef TESTS_QUIC_PEERS_H
#define TESTS_QUIC_PEERS_H

#include "world.h"

/* Types as version 1 numbers them (RFC 9000 17.2) */
enum peers_type {
	PEERS_INITIAL = 0,
	PEERS_ZERO_RTT = 1,
	PEERS_HANDSHAKE = 2,
	PEERS_RETRY = 3,
};

/* Connection IDs by name: n bytes that differ from those of other names. */
struct peers_cid {
	uint8_t n_bytes, name;
};

/* Constants also where an initializer must be one. */
#define PEERS_FIRST ((struct peers_cid){ 8, 'f' }) /* the client's guess */
#define PEERS_CLIENT ((struct peers_cid){ 8, 'c' })
#define PEERS_SERVER ((struct peers_cid){ 8, 's' })

struct peers_long {
	uint32_t version; /* 0: version 1 */
	enum peers_type type;
	struct peers_cid dcid, scid;
	uint32_t payload_bytes; /* UDP payload; 0: 1200 */
	bool is_negotiation, is_unfixed;
};

static inline struct settings peers_settings(void)
{
	struct settings settings = world_settings();

	settings.sources = SETTINGS_SOURCES;
	settings.n_server_sets = 16;
	settings.max_version_rows = 16;
	return settings;
}

static inline void peers_open(struct world *world)
{
	struct settings settings = peers_settings();

	world_open_with(world, &settings);
}

/* A UDP frame whose payload begins with these bytes. */
static inline enum outcome peers_send(struct world *world, enum world_host from,
				      const struct built *head,
				      uint32_t payload_bytes)
{
	struct build build = world_build(world, from);
	enum outcome outcome = N_OUTCOMES;
	struct built frame;

	build.protocol = BUILD_UDP;
	build.payload_bytes = payload_bytes;
	build_frame(&build, &frame);
	memcpy(frame.bytes + frame.n_bytes - payload_bytes, head->bytes,
	       head->n_bytes < payload_bytes ? head->n_bytes : payload_bytes);
	for (int i = 0; i < world->n_copies; i++)
		outcome = memory_tables_observe(world->m, frame.bytes,
						frame.n_bytes, frame.n_bytes,
						LINK_ETHERNET, world->now_ns);
	return outcome;
}

static inline void peers_put_cid(struct built *head, struct peers_cid cid)
{
	build_put8(head, cid.n_bytes);
	build_put_fill(head, cid.name, cid.n_bytes);
}

/* RFC 9369 3.2: version 2 numbers its types anew. */
static inline uint8_t peers_first_byte(const struct peers_long *packet,
				       uint32_t version)
{
	bool is_v2 = version == 0x6b3343cf || version == 0x709a50c4;
	uint8_t type = is_v2 ? (packet->type + 1) & 3 : packet->type;

	return 0x80 | (packet->is_unfixed ? 0 : 0x40) | type << 4 | 3;
}

static inline void peers_make_long(const struct peers_long *packet,
				   struct built *ret_head)
{
	uint32_t version = packet->version ? packet->version : 1;

	ret_head->n_bytes = 0;
	build_put8(ret_head, peers_first_byte(packet, version));
	build_put32(ret_head, packet->is_negotiation ? 0 : version);
	peers_put_cid(ret_head, packet->dcid);
	peers_put_cid(ret_head, packet->scid);
	build_put_fill(ret_head, 0, 20);
}

static inline enum outcome peers_long(struct world *world, enum world_host from,
				      const struct peers_long *packet)
{
	struct built head;

	peers_make_long(packet, &head);
	return peers_send(world, from, &head,
			  packet->payload_bytes ? packet->payload_bytes : 1200);
}

static inline enum outcome peers_short(struct world *world,
				       enum world_host from, bool spin)
{
	struct built head = { .n_bytes = 0 };

	build_put8(&head, 0x40 | (spin ? 0x20 : 0) | 3);
	return peers_send(world, from, &head, 40);
}

static inline enum outcome peers_initial(struct world *world)
{
	const struct peers_long packet = { .dcid = PEERS_FIRST,
					   .scid = PEERS_CLIENT };

	return peers_long(world, NEAR, &packet);
}

static inline enum outcome peers_answer(struct world *world)
{
	const struct peers_long packet = { .dcid = PEERS_CLIENT,
					   .scid = PEERS_SERVER };

	return peers_long(world, FAR, &packet);
}

static inline enum outcome peers_react(struct world *world)
{
	const struct peers_long packet = { .type = PEERS_HANDSHAKE,
					   .dcid = PEERS_SERVER,
					   .scid = PEERS_CLIENT,
					   .payload_bytes = 100 };

	return peers_long(world, NEAR, &packet);
}

/* A whole handshake: 30 ms on the far side, 10 ms on the near one. */
static inline void peers_shake(struct world *world)
{
	peers_initial(world);
	world->now_ns += 30 * MS;
	peers_answer(world);
	world->now_ns += 10 * MS;
	peers_react(world);
	world->now_ns += MS;
}

static inline uint64_t peers_samples(const struct world *world,
				     enum source source)
{
	return world_rtts(world, source, SIDE_LAN).n +
	       world_rtts(world, source, SIDE_WAN).n;
}

/* The only flow, or NULL. */
static inline struct flow *peers_flow(const struct world *world)
{
	const struct settings *settings = &world->m->settings;

	for (uint32_t i = 0; i < settings->n_flow_sets * FLOW_WAYS; i++) {
		struct flow *flow = flow_at(world->m, i);

		if (flow->id != FLOW_FREE)
			return flow;
	}
	return NULL;
}

#endif
