/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table: set-associative, FLOW_WAYS entries a set, full key compare.
 *
 * Both directions of a flow share an entry: endpoint 0 is the one with the
 * lower (address, port). A new flow takes a free way; else the victim is a
 * closed flow, then one that was never answered, then one idle for more than
 * FLOW_IDLE_TICKS, the oldest of its kind; else it is refused. All is counted,
 * and nothing walks the table.
 *
 * Between CPUs: a way is claimed by compare-and-swap on id and published last,
 * so no one finds half a key. A CPU that found an entry just before another
 * replaced it may still write one stamp or flag into the new owner; such a
 * stamp yields a sample only if the new flow echoes the same 32-bit value. The
 * subnets that an entry remembers tell whose they are: flow_subnet_mark(). Two
 * CPUs that open one flow at once may take two ways; the second is never found
 * again and goes as "unanswered".
 */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include "atomic.h"
#include "contract.h"
#include "hash.h"
#include "packet.h"
#include "subnet.h"

enum {
	FLOW_FREE = 0,
	FLOW_BUSY = 1,
	FLOW_TICK_BITS = 20, /* a tick is 2^20 ns = 1.05 ms; wraps in 52 days */
	FLOW_IDLE_TICKS = 28610, /* 30 s */
};

/* Who is replaced first. */
enum flow_victim {
	FLOW_VICTIM_NONE = 0,
	FLOW_VICTIM_IDLE,
	FLOW_VICTIM_UNANSWERED,
	FLOW_VICTIM_CLOSED,
	FLOW_VICTIM_FREE,
};

struct flow_key {
	__u64 address[4];
	__u32 ports;
	__u8 ip_protocol;
	__u8 direction; /* of this packet: the endpoint that sent it */
	__u8 family;
	__u8 pad;
};

/* The entry of a packet's flow, and where it is. */
struct flow_ref {
	struct flow *flow;
	__u32 slot;
	__u32 direction;
	bool is_refused; /* there was no room for it */
};

/* a < b as network-order numbers would need a byte swap; any total order does,
 * as long as kernel and memory use the same. */
static inline bool flow_is_above(const struct packet *p, __u16 source_port,
				 __u16 destination_port)
{
	if (p->source[1] != p->destination[1])
		return p->source[1] > p->destination[1];
	if (p->source[0] != p->destination[0])
		return p->source[0] > p->destination[0];
	return source_port > destination_port;
}

static inline void flow_make_key(const struct packet *p, __u16 source_port,
				 __u16 destination_port, struct flow_key *key)
{
	bool is_above = flow_is_above(p, source_port, destination_port);
	const __u64 *lower = is_above ? p->destination : p->source;
	const __u64 *upper = is_above ? p->source : p->destination;

	key->address[0] = lower[0];
	key->address[1] = lower[1];
	key->address[2] = upper[0];
	key->address[3] = upper[1];
	key->ports = is_above ? (__u32)destination_port << 16 | source_port :
				(__u32)source_port << 16 | destination_port;
	key->ip_protocol = p->ip_protocol;
	key->direction = is_above;
	key->family = p->family;
}

/* Both addresses in one word; v4-mapped ones differ in four bytes. */
static inline __u64 flow_v4_pair(const struct flow_key *key)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return key->address[1] >> 32 | (key->address[3] >> 32 << 32);
#else
	return (key->address[1] << 32 >> 32) | key->address[3] << 32;
#endif
}

static inline __u64 flow_hash(struct machine *m, const struct flow_key *key)
{
	const volatile struct settings *settings = machine_settings(m);
	__u64 odd_key = settings->hash_key[1];
	__u64 hash = settings->hash_key[0];

	if (key->family == 4) {
		hash = hash_word(hash, flow_v4_pair(key), odd_key);
	} else {
		hash = hash_word(hash, key->address[0], odd_key);
		hash = hash_word(hash, key->address[1], odd_key);
		hash = hash_word(hash, key->address[2], odd_key);
		hash = hash_word(hash, key->address[3], odd_key);
	}
	/* a product of its own: the flow's memory waits for the sum */
	hash += ((__u64)key->ip_protocol << 32 | key->ports) * odd_key;
	return hash_finish(hash, odd_key);
}

static inline __u32 flow_set_idx(struct machine *m, __u64 hash)
{
	return (__u32)(hash >> 32) & (machine_settings(m)->n_flow_sets - 1);
}

/* Never 0, so an id with a tag is neither free nor busy. */
static inline __u32 flow_tag(__u64 hash)
{
	return ((__u32)hash & 0xffff) | 1;
}

static inline __u32 flow_tick(__u64 time_ns)
{
	return (__u32)(time_ns >> FLOW_TICK_BITS);
}

static inline bool flow_is_key(const struct flow *flow,
			       const struct flow_key *key)
{
	return flow->address[3] == key->address[3] &&
	       flow->address[1] == key->address[1] &&
	       flow->ports == key->ports &&
	       flow->address[2] == key->address[2] &&
	       flow->address[0] == key->address[0] &&
	       flow->ip_protocol == key->ip_protocol;
}

/* The entry at a slot; NULL only for the verifier. */
static inline struct flow *flow_at(struct machine *m, __u32 slot)
{
	struct flow_set *set = machine_flow_set(m, slot / FLOW_WAYS);

	return set ? &set->way[slot % FLOW_WAYS] : NULL;
}

/* Between stages a flow is named by its slot: pointers do not pass. */
static inline void flow_refer(struct machine *m, __u32 slot, __u32 direction,
			      struct flow_ref *ref)
{
	ref->slot = slot;
	ref->direction = direction & 1;
	ref->flow = flow_at(m, slot);
}

/* Way of the entry in its set, FLOW_WAYS when there is none, and its id. */
static inline __u32 flow_find_way(const struct flow_set *set,
				  const struct flow_key *key, __u32 tag,
				  __u32 *ret_id)
{
	for (__u32 i = 0; i < FLOW_WAYS; i++) {
		*ret_id = *(const volatile __u32 *)&set->way[i].id;
		if (*ret_id >> 16 == tag && flow_is_key(&set->way[i], key))
			return i;
	}
	return FLOW_WAYS;
}

/* Finds the entry; ref->flow is NULL when there is none. */
static inline void flow_find(struct machine *m, const struct flow_key *key,
			     __u64 hash, struct flow_ref *ref)
{
	__u32 set_idx = flow_set_idx(m, hash), way, id;
	struct flow_set *set = machine_flow_set(m, set_idx);

	ref->flow = NULL;
	ref->direction = key->direction;
	if (!set)
		return;
	way = flow_find_way(set, key, flow_tag(hash), &id);
	if (way == FLOW_WAYS)
		return;
	*machine_flow_id(m) = id;
	/* From here on all ways are one path. */
	ref->slot = machine_forget(m, set_idx * FLOW_WAYS + way);
	ref->flow = flow_at(m, ref->slot);
}

static inline bool flow_is_answered(const struct flow *flow)
{
	return flow->dir_flags[0] & flow->dir_flags[1] & FLOW_DIR_KNOWN;
}

static inline bool flow_is_closed(const struct flow *flow)
{
	return flow->dir_flags[0] & flow->dir_flags[1] & FLOW_DIR_CLOSED;
}

static inline enum flow_victim flow_judge(const struct flow *flow, __u32 tick)
{
	if (flow->id == FLOW_FREE)
		return FLOW_VICTIM_FREE;
	if (flow->id == FLOW_BUSY)
		return FLOW_VICTIM_NONE;
	if (flow_is_closed(flow))
		return FLOW_VICTIM_CLOSED;
	if (!flow_is_answered(flow))
		return FLOW_VICTIM_UNANSWERED;
	if ((__s32)(tick - flow->active) > FLOW_IDLE_TICKS)
		return FLOW_VICTIM_IDLE;
	return FLOW_VICTIM_NONE;
}

static inline void flow_count_victim(struct machine *m, enum flow_victim victim)
{
	machine_count_event(m, EVENT_FLOW_CREATED);
	if (victim == FLOW_VICTIM_CLOSED)
		machine_count_event(m, EVENT_FLOW_EVICTED_CLOSED);
	else if (victim == FLOW_VICTIM_UNANSWERED)
		machine_count_event(m, EVENT_FLOW_EVICTED_UNANSWERED);
	else if (victim == FLOW_VICTIM_IDLE)
		machine_count_event(m, EVENT_FLOW_EVICTED_IDLE);
}

static inline void flow_clear_dir(struct flow *flow, __u32 direction)
{
	struct flow_dir *dir = &flow->dir[direction & 1];

	dir->stamp_ns[0] = STAMP_FREE;
	dir->stamp_ns[1] = STAMP_FREE;
	dir->stamp_val[0] = 0;
	dir->stamp_val[1] = 0;
	dir->newest = 0;
	dir->ecr = 0;
	flow->dir_flags[direction & 1] = 0;
}

/* Writes an entry whose id is FLOW_BUSY by our claim, and publishes it. */
static inline void flow_fill(struct flow *flow, const struct flow_key *key,
			     __u32 id, __u32 tick)
{
	flow->active = tick;
	flow->address[0] = key->address[0];
	flow->address[1] = key->address[1];
	flow->address[2] = key->address[2];
	flow->address[3] = key->address[3];
	flow->ports = key->ports;
	flow->ip_protocol = key->ip_protocol;
	flow->hand = 0;
	flow->subnet[0] = 0;
	flow->subnet[1] = 0;
	flow_clear_dir(flow, 0);
	flow_clear_dir(flow, 1);
	atomic_publish_u32(&flow->id, id);
}

/* Way that a new flow would take, and why; the oldest of the first kind. */
static inline enum flow_victim flow_choose(const struct flow_set *set,
					   __u32 tick, __u32 *ret_way)
{
	enum flow_victim best = FLOW_VICTIM_NONE;
	__u32 best_age = 0, age;

	for (__u32 i = 0; i < FLOW_WAYS; i++) {
		enum flow_victim victim = flow_judge(&set->way[i], tick);

		age = tick - set->way[i].active;
		if (victim < best || victim == FLOW_VICTIM_NONE ||
		    (victim == best &&
		     (age <= best_age || victim == FLOW_VICTIM_FREE)))
			continue;
		best = victim;
		best_age = age;
		*ret_way = i;
	}
	return best;
}

/* Opens an entry for a key that flow_find() did not find: its slot + 1, or 0
 * when there is no room, or no luck against another CPU. */
CORE_STAGE __u32 flow_open_slot(struct machine *m, const struct flow_key *key,
				__u64 hash)
{
	enum flow_victim victim;
	struct flow_set *set;
	struct flow *flow;
	__u32 tick, id, way = 0;

	if (!m || !key)
		return 0;
	tick = flow_tick(machine_now_ns(m));
	set = machine_flow_set(m, flow_set_idx(m, hash));
	if (!set)
		return 0;
	victim = flow_choose(set, tick, &way);
	if (victim == FLOW_VICTIM_NONE) {
		machine_count_event(m, EVENT_FLOW_REFUSED);
		return 0;
	}
	way &= FLOW_WAYS - 1;
	flow = &set->way[way];
	id = *(volatile __u32 *)&flow->id;
	if (id == FLOW_BUSY || !atomic_claim_u32(&flow->id, id, FLOW_BUSY)) {
		machine_count_event(m, EVENT_FLOW_RACE);
		return 0;
	}
	id = flow_tag(hash) << 16 | ((id + 1) & 0xffff);
	flow_fill(flow, key, id, tick);
	*machine_flow_id(m) = id;
	flow_count_victim(m, victim);
	return flow_set_idx(m, hash) * FLOW_WAYS + way + 1;
}

static inline void flow_open(struct machine *m, const struct flow_key *key,
			     __u64 hash, struct flow_ref *ref)
{
	__u32 slot = flow_open_slot(m, key, hash);

	ref->is_refused = !slot;
	if (slot)
		flow_refer(m, slot - 1, key->direction, ref);
}

/* What a cached slot must bear: the interval, and of which of the entry's owners
 * it is: 11 bits of the generation in the id that this packet found. */
static inline __u64 flow_subnet_mark(struct machine *m)
{
	return (__u64)machine_epoch(m) << (32 - FLOW_SUBNET_BITS) |
	       (*machine_flow_id(m) & ((1 << (32 - FLOW_SUBNET_BITS)) - 1));
}

/*
 * Subnet slot of one endpoint in the active buffer: cached with its mark in one
 * word, so one of an earlier interval is never used. Nor is one of another owner,
 * whom the entry may have got since this CPU found it, nor by that owner what
 * this CPU writes too late.
 */
static inline __u32 flow_subnet_slot(struct machine *m, struct flow *flow,
				     __u32 endpoint, const __u64 address[2],
				     __u8 family)
{
	__u64 *word = &flow->subnet[endpoint & 1];
	__u64 cached = *(volatile __u64 *)word, mark = flow_subnet_mark(m);
	__u32 slot;

	if (cached >> FLOW_SUBNET_BITS == mark)
		return cached & ((1 << FLOW_SUBNET_BITS) - 1);
	slot = subnet_slot(m, address, family);
	*(volatile __u64 *)word = mark << FLOW_SUBNET_BITS | slot;
	return slot;
}

#endif
