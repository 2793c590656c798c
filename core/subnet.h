/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address -> subnet slot of the active buffer, and traffic by slot.
 *
 * The key is (masked address, side). A subnet that finds no room is credited to
 * the overflow row of its family and side, slots 0 .. 3, which is counted. With
 * is_lan_collapsed every LAN subnet is credited there, by choice and not counted,
 * so that no address of a LAN ever enters a row.
 * Lookups and insertions are safe on any number of CPUs: a slot is dealt and
 * filled first, then its cell is claimed; who loses the cell looks at it again,
 * so a key is in the index once, and a slot that lost stays without traffic.
 */
#ifndef CORE_SUBNET_H
#define CORE_SUBNET_H

#include "atomic.h"
#include "contract.h"
#include "hash.h"
#include "packet.h"
#include "tally.h"

enum {
	SUBNET_TAG_SHIFT = 20,
	SUBNET_MAX_BUCKETS = 2, /* a key's own and the next one */
	SUBNET_MAX_TRIES = SUBNET_MAX_BUCKETS * SUBNET_BUCKET_CELLS,
};

struct subnet_key {
	__u64 address[2];
	__u8 family;
	__u8 side;
	__u8 pad[6];
};

/* Membership in any LAN prefix equals longest match: there is no "not LAN". */
static inline __u8 subnet_side(struct machine *m, const __u64 address[2],
			       __u8 family)
{
	const volatile struct settings *settings = machine_settings(m);
	const volatile struct lan_prefix *lan;

	for (__u32 i = 0; i < MAX_LAN_PREFIXES; i++) {
		if (i >= settings->n_lan)
			break;
		lan = &settings->lan[i];
		if (lan->family == family &&
		    !((address[0] ^ lan->address[0]) & lan->mask[0]) &&
		    !((address[1] ^ lan->address[1]) & lan->mask[1]))
			return SIDE_LAN;
	}
	return SIDE_WAN;
}

static inline __u32 subnet_overflow_slot(__u8 family, __u8 side)
{
	return (family == 6 ? 2 : 0) + (side & 1);
}

static inline void subnet_make_key(struct machine *m, const __u64 address[2],
				   __u8 family, struct subnet_key *key)
{
	const volatile struct settings *settings = machine_settings(m);

	key->side = subnet_side(m, address, family);
	key->family = family;
	if (family == 4) {
		key->address[0] = 0;
		key->address[1] = address[1] & settings->v4_mask;
	} else {
		key->address[0] = address[0] & settings->v6_mask[0];
		key->address[1] = address[1] & settings->v6_mask[1];
	}
}

static inline __u64 subnet_hash(struct machine *m, const struct subnet_key *key)
{
	const volatile struct settings *settings = machine_settings(m);
	__u64 odd_key = settings->hash_key[1];
	__u64 hash = settings->hash_key[0] ^ key->side;

	if (key->family == 6)
		hash = hash_word(hash, key->address[0], odd_key);
	hash = hash_word(hash, key->address[1], odd_key);
	return hash_finish(hash, odd_key);
}

static inline bool subnet_is_key(const struct subnet_row *row,
				 const struct subnet_key *key)
{
	return row->address[0] == key->address[0] &&
	       row->address[1] == key->address[1] && row->side == key->side &&
	       row->family == key->family;
}

/* Deals a slot and writes the key into it; 0 when all are dealt. */
static inline __u32 subnet_deal(struct machine *m, const struct subnet_key *key)
{
	const volatile struct settings *settings = machine_settings(m);
	struct dealt *dealt = machine_dealt(m);
	struct subnet_row *row;
	__u32 slot;

	if (!dealt ||
	    *(volatile __u32 *)&dealt->n_subnets >= settings->max_subnets)
		return 0;
	slot = atomic_deal(&dealt->n_subnets);
	if (slot >= settings->max_subnets)
		return 0;
	slot += N_OVERFLOW_ROWS;
	row = machine_subnet(m, slot);
	if (!row)
		return 0;
	row->address[0] = key->address[0];
	row->address[1] = key->address[1];
	row->prefix_len = key->family == 4 ? settings->v4_prefix_len :
					     settings->v6_prefix_len;
	row->family = key->family;
	row->side = key->side;
	row->kind = SUBNET_PREFIX;
	return slot;
}

/* Slot of the key, inserted if need be; 0 when there is no room. */
CORE_STAGE __u32 subnet_find_slot(struct machine *m,
				  const struct subnet_key *key)
{
	__u32 mine = 0, n_passed = 0, n_buckets, tag;
	__u64 hash;

	if (!m || !key)
		return 0;
	hash = subnet_hash(m, key);
	n_buckets = machine_settings(m)->n_subnet_buckets;
	tag = (__u32)hash & 0xfff;

	for (int i = 0; i < SUBNET_MAX_TRIES; i++) {
		__u32 at =
			((__u32)(hash >> 32) + n_passed / SUBNET_BUCKET_CELLS) &
			(n_buckets - 1);
		struct subnet_bucket *bucket = machine_subnet_bucket(m, at);
		struct subnet_row *row;
		__u32 *word, cell;

		if (!bucket)
			return 0;
		word = &bucket->cell[n_passed & (SUBNET_BUCKET_CELLS - 1)];
		cell = *(volatile __u32 *)word;
		if (!cell) {
			if (!mine)
				mine = subnet_deal(m, key);
			if (!mine)
				return 0;
			if (atomic_claim_u32(
				    word, 0,
				    tag << SUBNET_TAG_SHIFT |
					    (mine - N_OVERFLOW_ROWS + 1)))
				return mine;
			cell = *(volatile __u32 *)word;
		}
		n_passed++;
		if (cell >> SUBNET_TAG_SHIFT != tag)
			continue;
		cell = (cell & SUBNET_SLOTS_LIMIT) - 1 + N_OVERFLOW_ROWS;
		row = machine_subnet(m, cell);
		if (row && subnet_is_key(row, key))
			return cell;
	}
	return 0;
}

CORE_STAGE __u32 subnet_slot_of_words(struct machine *m, __u64 address_0,
				      __u64 address_1, __u32 family)
{
	const __u64 address[2] = { address_0, address_1 };
	struct subnet_key key = {};
	__u32 slot;

	if (!m)
		return 0;
	subnet_make_key(m, address, family, &key);
	if (key.side == SIDE_LAN && machine_settings(m)->is_lan_collapsed)
		return subnet_overflow_slot(family, SIDE_LAN);
	slot = subnet_find_slot(m, &key);
	return slot ? slot : subnet_overflow_slot(family, key.side);
}

/* Slot that an address's traffic and samples are credited to. */
static inline __u32 subnet_slot(struct machine *m, const __u64 address[2],
				__u8 family)
{
	return subnet_slot_of_words(m, address[0], address[1], family);
}

/* What the memo of an address goes by; false when it has none. */
static inline bool subnet_memo_key(struct machine *m, const __u64 address[2],
				   __u8 family, __u64 *ret_key)
{
	const volatile struct settings *settings = machine_settings(m);

	if (family == 4) {
		*ret_key = address[1] & settings->v4_memo_mask;
		return true;
	}
	*ret_key = address[0] & settings->v6_memo_mask[0];
	return !settings->v6_memo_mask[1];
}

/* As subnet_slot(), for packets without a flow that remembers it. */
static inline __u32 subnet_slot_noted(struct machine *m, const __u64 address[2],
				      __u8 family)
{
	__u64 note = ((__u64)machine_epoch(m) << (32 - MEMO_FAMILY_SHIFT)) |
		     family;
	struct memo *memo;
	__u64 key;
	__u32 slot;

	if (!subnet_memo_key(m, address, family, &key))
		return subnet_slot(m, address, family);
	memo = machine_memo(m, (key * SETTINGS_HASH_KEY_1) >> (64 - MEMO_BITS));
	if (!memo)
		return subnet_slot(m, address, family);
	for (int i = 0; i < 2; i++)
		if (memo->key[i] == key &&
		    memo->note[i] >> MEMO_FAMILY_SHIFT == note)
			return memo->note[i] & ((1U << MEMO_FAMILY_SHIFT) - 1);
	slot = subnet_slot(m, address, family);
	memo->key[1] = memo->key[0];
	memo->note[1] = memo->note[0];
	memo->key[0] = key;
	memo->note[0] = note << MEMO_FAMILY_SHIFT | slot;
	return slot;
}

/* Gives the tally a new owner, or the same again when a sum runs full. */
static inline void subnet_turn_over(struct machine *m, struct tally *tally,
				    __u32 owner)
{
	struct subnet_row *row;

	if (tally->owner) {
		row = machine_subnet(m, tally_slot(tally));
		if (row)
			tally_add_to_row(tally, row);
	}
	tally->owner = owner;
	tally->packets_rx = 0;
	tally->packets_tx = 0;
	tally->bytes_rx = 0;
	tally->bytes_tx = 0;
}

/* Where this CPU adds up the traffic of (slot, cell). */
static inline struct tally *
subnet_tally(struct machine *m, struct tallies *tallies, __u32 slot, __u32 cell)
{
	struct tally *tally = &tallies->way[tally_idx(slot, cell)];
	__u32 owner = tally_owner(slot, cell);

	if (tally->owner != owner ||
	    (tally->packets_rx | tally->packets_tx) >> 31)
		subnet_turn_over(m, tally, owner);
	return tally;
}

static inline void subnet_add_to_row(struct subnet_row *row, __u32 cell,
				     __u32 packets, __u64 bytes, bool is_tx)
{
	struct subnet_counters *counters;

	/* keeps the verifier's bound and the value in one register */
	__asm__ volatile("" : "+r"(cell));
	if (cell >= N_TRAFFIC_CELLS)
		return;
	counters = &row->traffic[cell];
	if (is_tx) {
		atomic_add(&counters->packets_tx, packets);
		atomic_add(&counters->bytes_tx, bytes);
	} else {
		atomic_add(&counters->packets_rx, packets);
		atomic_add(&counters->bytes_rx, bytes);
	}
}

static inline void subnet_add_to_tally(struct tally *tally, __u32 packets,
				       __u64 bytes, bool is_tx)
{
	if (is_tx) {
		tally->packets_tx += packets;
		tally->bytes_tx += bytes;
	} else {
		tally->packets_rx += packets;
		tally->bytes_rx += bytes;
	}
}

/* A packet, or what an aggregated one stands for. */
struct subnet_load {
	__u64 bytes;
	__u32 packets;
	__u8 ecn;
};

/* One end of it. tallies: NULL for additions to the row itself. Not-ECT is what
 * remains of the row's packets. */
static inline void subnet_credit_end(struct machine *m, struct tallies *tallies,
				     const struct subnet_load *load, __u32 cell,
				     __u32 slot, bool is_tx)
{
	__u32 codepoint_idx = load->ecn - 1;
	struct subnet_row *row;

	if (tallies)
		subnet_add_to_tally(subnet_tally(m, tallies, slot, cell),
				    load->packets, load->bytes, is_tx);
	if (tallies && !load->ecn)
		return;
	row = machine_subnet(m, slot);
	if (!row)
		return;
	if (!tallies)
		subnet_add_to_row(row, cell, load->packets, load->bytes, is_tx);
	/* keeps the verifier's bound and the value in one register */
	__asm__ volatile("" : "+r"(codepoint_idx));
	if (codepoint_idx < N_ECN - 1)
		atomic_add(&row->ecn[codepoint_idx][is_tx], load->packets);
}

/* Where a packet is credited: to its source's subnet (rx) and to its
 * destination's (tx). */
struct subnet_ends {
	__u32 slot[2], cell[2];
};

/* Whether the slot is an overflow row for want of room. */
static inline bool subnet_is_refused(struct machine *m, __u32 slot)
{
	if (slot >= N_OVERFLOW_ROWS)
		return false;
	return (slot & 1) != SIDE_LAN || !machine_settings(m)->is_lan_collapsed;
}

/* Ends in an overflow row are counted here: flows keep its slot for an
 * interval. */
static inline void subnet_credit(struct machine *m, const struct packet *p,
				 const struct subnet_ends *ends)
{
	const struct subnet_load load = {
		.bytes = p->ip_bytes +
			 (__u64)(p->n_segments - 1) * p->header_bytes,
		.packets = p->n_segments,
		.ecn = p->ecn,
	};
	struct tallies *tallies = machine_tallies(m);

	if (subnet_is_refused(m, ends->slot[0]))
		machine_count_event(m, EVENT_SUBNET_OVERFLOW);
	if (subnet_is_refused(m, ends->slot[1]))
		machine_count_event(m, EVENT_SUBNET_OVERFLOW);
	subnet_credit_end(m, tallies, &load, ends->cell[0], ends->slot[0],
			  false);
	subnet_credit_end(m, tallies, &load, ends->cell[1], ends->slot[1],
			  true);
}

#endif
