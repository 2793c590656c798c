/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outstanding (value, time) pairs: two inline in each direction of a flow, more
 * in the shared stamp table.
 *
 * A stamp's time word is its lock. Who takes a stamp changes its time into
 * STAMP_FREE by compare-and-swap, after the value was compared: a stamp is taken
 * once, first match wins. Who replaces one changes its time into STAMP_BUSY
 * first, so a taker never pairs a value with the time of another. A free inline
 * stamp is filled without a claim, for only the packets of its direction do so:
 * should two CPUs have packets of one direction at once, one of the two stamps
 * remains, perhaps with the time of the other, which was read in between.
 *
 * The stamp table is bounded and shared by all flows. What makes room in a full
 * set: a stamp older than STAMP_LIFETIME_NS, one whose flow entry has a new
 * owner, one that a newer TSecr has made useless. Otherwise the new stamp is
 * skipped and counted. A flow uses the table only while its older inline stamp
 * is younger than STAMP_SPILL_NS, and TCP only once it has been answered, so
 * that flows seen in one direction only cannot fill it.
 */
#ifndef CORE_STAMP_H
#define CORE_STAMP_H

#include "atomic.h"
#include "contract.h"
#include "flow.h"
#include "hash.h"

#define STAMP_LIFETIME_NS 60000000000ULL
#define STAMP_SPILL_NS 4000000000ULL

/* Takes the stamp's time if it still has that value; 0 otherwise. */
static inline __u64 stamp_take(__u64 *stamp_ns, const __u32 *stamp_val,
			       __u32 val)
{
	__u64 time_ns = *(volatile __u64 *)stamp_ns;

	if (time_ns <= STAMP_BUSY || *(volatile __u32 *)stamp_val != val)
		return 0;
	return atomic_claim(stamp_ns, time_ns, STAMP_FREE) ? time_ns : 0;
}

/* Puts a stamp in place of old_ns, which the caller read there. */
static inline bool stamp_put(__u64 *stamp_ns, __u32 *stamp_val, __u64 old_ns,
			     __u32 val, __u64 now_ns)
{
	if (old_ns == STAMP_BUSY ||
	    (old_ns != STAMP_FREE &&
	     !atomic_claim(stamp_ns, old_ns, STAMP_BUSY)))
		return false;
	*(volatile __u32 *)stamp_val = val;
	*(volatile __u64 *)stamp_ns = now_ns;
	return true;
}

/* A clock that stepped back makes a stamp look young; it expires later. */
static inline bool stamp_is_expired(__u64 stamp_ns, __u64 now_ns)
{
	return now_ns > stamp_ns && now_ns - stamp_ns > STAMP_LIFETIME_NS;
}

static inline __u64 stamp_owner(const struct flow_ref *ref, __u32 direction)
{
	return (__u64)ref->slot << 17 | (direction & 1) << 16 |
	       (ref->flow->id & 0xffff);
}

static inline struct stamp_set *stamp_find_set(struct machine *m, __u64 owner,
					       __u32 val)
{
	const volatile struct settings *settings = machine_settings(m);
	__u64 odd_key = settings->hash_key[1];
	__u64 hash = hash_word(settings->hash_key[0], owner, odd_key);

	hash = hash_finish(hash_word(hash, val, odd_key), odd_key);
	return machine_stamp_set(m, (__u32)(hash >> 32) &
					    (settings->n_stamp_sets - 1));
}

/* Whether the flow entry that left this stamp no longer wants it. */
static inline bool stamp_is_orphan(struct machine *m, const struct stamp *stamp)
{
	__u64 owner = stamp->owner;
	__u32 slot = owner >> 17, direction = owner >> 16 & 1;
	struct flow_set *set = machine_flow_set(m, slot / FLOW_WAYS);
	struct flow *flow;

	if (!set)
		return true;
	flow = &set->way[slot % FLOW_WAYS];
	if ((flow->id & 0xffff) != (owner & 0xffff))
		return true;
	return flow->dir_flags[!direction] & FLOW_DIR_ECR_KNOWN &&
	       (__s32)(stamp->val - flow->dir[!direction].ecr) <= 0;
}

/* First way of the set where the new stamp may go; STAMP_WAYS when none. */
static inline __u32 stamp_choose(struct machine *m, const struct stamp_set *set,
				 __u64 now_ns)
{
	const struct stamp *stamp;

	for (__u32 i = 0; i < STAMP_WAYS; i++)
		if (set->way[i].stamp_ns == STAMP_FREE)
			return i;
	for (__u32 i = 0; i < STAMP_WAYS; i++) {
		stamp = &set->way[i];
		if (stamp->stamp_ns != STAMP_BUSY &&
		    (stamp_is_expired(stamp->stamp_ns, now_ns) ||
		     stamp_is_orphan(m, stamp)))
			return i;
	}
	return STAMP_WAYS;
}

/* Keeps the pair in the stamp table; 0, or -1 when its set is full. */
CORE_STAGE int stamp_spill(struct machine *m, __u64 owner, __u32 val,
			   __u64 now_ns)
{
	struct stamp_set *set;
	struct stamp *stamp;
	__u64 old_ns;
	__u32 way;

	if (!m)
		return -1;
	set = stamp_find_set(m, owner, val);
	if (!set)
		return -1;
	way = stamp_choose(m, set, now_ns);
	if (way >= STAMP_WAYS)
		return -1;
	stamp = &set->way[way];
	old_ns = *(volatile __u64 *)&stamp->stamp_ns;
	if (old_ns == STAMP_BUSY ||
	    !atomic_claim(&stamp->stamp_ns, old_ns, STAMP_BUSY))
		return -1;
	stamp->owner = owner;
	stamp->val = val;
	atomic_publish(&stamp->stamp_ns, now_ns);
	return 0;
}

/* The pair's time from the stamp table, or 0; is_taken frees it. */
CORE_STAGE __u64 stamp_find_spilled(struct machine *m, __u64 owner, __u32 val,
				    int is_taken)
{
	struct stamp_set *set;
	struct stamp *stamp;
	__u64 time_ns;

	if (!m)
		return 0;
	set = stamp_find_set(m, owner, val);
	if (!set)
		return 0;
	for (__u32 i = 0; i < STAMP_WAYS; i++) {
		stamp = &set->way[i];
		time_ns = *(volatile __u64 *)&stamp->stamp_ns;
		if (time_ns <= STAMP_BUSY || stamp->owner != owner ||
		    stamp->val != val)
			continue;
		if (is_taken)
			time_ns =
				stamp_take(&stamp->stamp_ns, &stamp->val, val);
		return stamp->owner == owner ? time_ns : 0;
	}
	return 0;
}

/* Whether a direction has pairs in the stamp table; a look there costs a cache
 * miss, and most flows never have any. The bit may stay longer than they do. */
static inline bool stamp_has_spilled(const struct flow *flow, __u32 direction)
{
	return flow->hand & FLOW_SPILLED << (direction & 1);
}

/* Takes the pair wherever it is; 0 when it is not outstanding. */
static inline __u64 stamp_match(struct machine *m, const struct flow_ref *ref,
				__u32 direction, __u32 val)
{
	struct flow_dir *dir = &ref->flow->dir[direction & 1];
	__u64 time_ns;

	time_ns = stamp_take(&dir->stamp_ns[0], &dir->stamp_val[0], val);
	if (!time_ns)
		time_ns =
			stamp_take(&dir->stamp_ns[1], &dir->stamp_val[1], val);
	if (!time_ns && stamp_has_spilled(ref->flow, direction))
		time_ns = stamp_find_spilled(m, stamp_owner(ref, direction),
					     val, true);
	return time_ns;
}

/* Frees the inline pairs that are older than val (serial arithmetic). */
static inline void stamp_free_older(struct flow_dir *dir, __u32 val)
{
	__u64 time_ns;

	for (int i = 0; i < 2; i++) {
		time_ns = *(volatile __u64 *)&dir->stamp_ns[i];
		if (time_ns > STAMP_BUSY &&
		    (__s32)(dir->stamp_val[i] - val) < 0)
			atomic_claim(&dir->stamp_ns[i], time_ns, STAMP_FREE);
	}
}

/* Frees the inline pairs that are newer than val. */
static inline void stamp_free_newer(struct flow_dir *dir, __u32 val)
{
	__u64 time_ns;

	for (int i = 0; i < 2; i++) {
		time_ns = *(volatile __u64 *)&dir->stamp_ns[i];
		if (time_ns > STAMP_BUSY &&
		    (__s32)(dir->stamp_val[i] - val) > 0)
			atomic_claim(&dir->stamp_ns[i], time_ns, STAMP_FREE);
	}
}

/* A free or expired inline place, or 2. */
static inline __u32 stamp_choose_inline(const struct flow_dir *dir,
					__u64 now_ns)
{
	for (__u32 i = 0; i < 2; i++)
		if (dir->stamp_ns[i] == STAMP_FREE ||
		    (dir->stamp_ns[i] != STAMP_BUSY &&
		     stamp_is_expired(dir->stamp_ns[i], now_ns)))
			return i;
	return 2;
}

/* Where a stamp without a free inline place goes: the table, if the flow may
 * use it. */
static inline enum event stamp_add_beyond(struct machine *m,
					  const struct flow_ref *ref, __u32 val,
					  bool may_wait, __u64 older_ns)
{
	__u64 now_ns = machine_now_ns(m);

	if (!may_wait && now_ns - older_ns > STAMP_SPILL_NS)
		return EVENT_STAMP_SKIPPED;
	if (stamp_spill(m, stamp_owner(ref, ref->direction), val, now_ns))
		return EVENT_STAMP_SKIPPED;
	ref->flow->hand |= FLOW_SPILLED << (ref->direction & 1);
	return EVENT_STAMP_SPILLED;
}

/* Puts the stamp somewhere; returns the event that it came to. */
static inline enum event stamp_place(struct machine *m,
				     const struct flow_ref *ref, __u32 val,
				     bool may_wait)
{
	struct flow_dir *dir = &ref->flow->dir[ref->direction & 1];
	__u64 now_ns = machine_now_ns(m);
	__u32 place = stamp_choose_inline(dir, now_ns);
	__u32 older = dir->stamp_ns[1] < dir->stamp_ns[0];
	bool replaces;

	ref->flow->active = flow_tick(now_ns);
	if (place == 2 &&
	    (flow_is_answered(ref->flow) ||
	     (may_wait && now_ns - dir->stamp_ns[older] <= STAMP_SPILL_NS)))
		return stamp_add_beyond(m, ref, val, may_wait,
					dir->stamp_ns[older]);
	replaces = place == 2; /* no answer so far: the newest two are kept */
	place = (replaces ? older : place) & 1;
	if (!stamp_put(&dir->stamp_ns[place], &dir->stamp_val[place],
		       *(volatile __u64 *)&dir->stamp_ns[place], val, now_ns))
		return EVENT_STAMP_SKIPPED;
	return replaces ? EVENT_STAMP_REPLACED : EVENT_STAMP_INLINE;
}

/* Remembers that ref's direction sent val now. may_wait: replies to older
 * values stay wanted for longer than STAMP_SPILL_NS (echo). */
static inline void stamp_add(struct machine *m, const struct flow_ref *ref,
			     __u32 val, bool may_wait)
{
	machine_count_event(m, stamp_place(m, ref, val, may_wait));
}

#endif
