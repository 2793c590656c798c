/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that have confirmed a connection: a packet of an unknown port pair to
 * or from one of them is a connection that migrated or was rebound (RFC 9000 9),
 * and its direction is known.
 *
 * The table is set-associative and small; a new server takes the place of the
 * one that was confirmed longest ago. Before it is asked, and before a short
 * header is looked up at all, one bit for each port says whether any server of
 * that port was ever confirmed: UDP that is not QUIC costs two bits.
 */
#ifndef CORE_QUIC_SERVER_H
#define CORE_QUIC_SERVER_H

#include "atomic.h"
#include "contract.h"
#include "flow.h"
#include "hash.h"

static inline bool quic_server_has_port(struct machine *m, __u16 port)
{
	const __u64 *word = machine_port_word(m, port >> 6);

	return word && *(const volatile __u64 *)word >> (port & 63) & 1;
}

static inline void quic_server_note_port(struct machine *m, __u16 port)
{
	__u64 *word = machine_port_word(m, port >> 6);

	if (word && !(*(volatile __u64 *)word >> (port & 63) & 1))
		atomic_set_bits(word, 1ULL << (port & 63));
}

static inline __u64 quic_server_hash(struct machine *m, const __u64 address[2],
				     __u16 port)
{
	const volatile struct settings *settings = machine_settings(m);
	__u64 odd_key = settings->hash_key[1];
	__u64 hash = settings->hash_key[0];

	hash = hash_word(hash, address[0], odd_key);
	hash = hash_word(hash, address[1], odd_key);
	return hash_finish(hash_word(hash, port, odd_key), odd_key);
}

static inline struct server_set *quic_server_set(struct machine *m, __u64 hash)
{
	return machine_server_set(
		m,
		(__u32)(hash >> 32) & (machine_settings(m)->n_server_sets - 1));
}

static inline bool quic_server_is(const struct server *server, __u32 tag,
				  const __u64 address[2], __u16 port)
{
	return *(const volatile __u32 *)&server->id == tag << 16 &&
	       server->address[1] == address[1] &&
	       server->address[0] == address[0] && server->port == port;
}

/* Version of its last connection + 1, or 0 when it is not a known server. */
static inline __u32 quic_server_find(struct machine *m, const __u64 address[2],
				     __u16 port)
{
	__u64 hash = quic_server_hash(m, address, port);
	struct server_set *set = quic_server_set(m, hash);

	if (!set)
		return 0;
	for (__u32 i = 0; i < SERVER_WAYS; i++)
		if (quic_server_is(&set->way[i], flow_tag(hash), address, port))
			return set->way[i].version + 1;
	return 0;
}

/* Its own place, a free one, or that of the longest silent. */
static inline __u32 quic_server_choose(const struct server_set *set, __u32 tag,
				       const __u64 address[2], __u16 port,
				       __u32 tick)
{
	__u32 oldest = 0, greatest_age = 0, age;

	for (__u32 i = 0; i < SERVER_WAYS; i++)
		if (quic_server_is(&set->way[i], tag, address, port))
			return i;
	for (__u32 i = 0; i < SERVER_WAYS; i++) {
		if (set->way[i].id == FLOW_FREE)
			return i;
		age = tick - set->way[i].active;
		if (age > greatest_age) {
			greatest_age = age;
			oldest = i;
		}
	}
	return oldest;
}

static inline void quic_server_remember(struct machine *m,
					const __u64 address[2], __u16 port,
					__u8 version)
{
	__u64 hash = quic_server_hash(m, address, port);
	struct server_set *set = quic_server_set(m, hash);
	__u32 tick = flow_tick(machine_now_ns(m)), id, way;
	struct server *server;

	if (!set)
		return;
	way = quic_server_choose(set, flow_tag(hash), address, port, tick);
	server = &set->way[way & (SERVER_WAYS - 1)];
	id = *(volatile __u32 *)&server->id;
	if (id == FLOW_BUSY || !atomic_claim_u32(&server->id, id, FLOW_BUSY))
		return; /* another CPU is at it: the next connection will do */
	server->active = tick;
	server->address[0] = address[0];
	server->address[1] = address[1];
	server->port = port;
	server->version = version;
	atomic_publish_u32(&server->id, flow_tag(hash) << 16);
	quic_server_note_port(m, port);
}

#endif
