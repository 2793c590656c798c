/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of core/contract.h in memory: what replay, tests and fuzzers run
 * packets through. One thread. Capacities come from the settings and never
 * grow, so memory does not depend on the length of a capture.
 *
 * Use: memory_tables_new(), then memory_tables_observe() for each packet; at the
 * end of an interval memory_tables_swap(), drain_tables() of the view that
 * memory_tables_view() gives, memory_tables_clear().
 */
#ifndef COLLECTOR_MEMORY_TABLES_H
#define COLLECTOR_MEMORY_TABLES_H

#include "../core/contract.h"
#include "../core/packet.h"
#include "drain.h"

struct memory_buffer {
	struct subnet_bucket *bucket;
	struct subnet_row *row;
	struct hist *hist;
	struct version_row *version_row;
	struct dealt dealt;
	struct counters counters;
};

struct machine {
	struct settings settings;
	struct flow_set *flow_set;
	struct stamp_set *stamp_set;
	struct server_set *server_set;
	__u64 port_word[1024];
	struct memory_buffer buffer[2];
	struct memos memos;
	__u64 now_ns;
	__u32 epoch;
	__u32 flow_id;
};

static inline __u64 machine_now_ns(struct machine *m)
{
	return m->now_ns;
}

static inline __u32 machine_epoch(struct machine *m)
{
	return m->epoch;
}

static inline __u32 machine_forget(struct machine *m, __u32 value)
{
	return value;
}

static inline __u32 *machine_flow_id(struct machine *m)
{
	return &m->flow_id;
}

static inline const volatile struct settings *
machine_settings(struct machine *m)
{
	return &m->settings;
}

static inline struct flow_set *machine_flow_set(struct machine *m, __u32 idx)
{
	return idx < m->settings.n_flow_sets ? &m->flow_set[idx] : NULL;
}

static inline struct stamp_set *machine_stamp_set(struct machine *m, __u32 idx)
{
	return idx < m->settings.n_stamp_sets ? &m->stamp_set[idx] : NULL;
}

static inline struct server_set *machine_server_set(struct machine *m,
						    __u32 idx)
{
	return idx < m->settings.n_server_sets ? &m->server_set[idx] : NULL;
}

static inline __u64 *machine_port_word(struct machine *m, __u32 idx)
{
	return idx < 1024 ? &m->port_word[idx] : NULL;
}

static inline struct subnet_bucket *machine_subnet_bucket(struct machine *m,
							  __u32 idx)
{
	if (idx >= m->settings.n_subnet_buckets)
		return NULL;
	return &m->buffer[m->epoch & 1].bucket[idx];
}

static inline struct subnet_row *machine_subnet(struct machine *m, __u32 slot)
{
	if (slot >= m->settings.max_subnets + N_OVERFLOW_ROWS)
		return NULL;
	return &m->buffer[m->epoch & 1].row[slot];
}

static inline struct hist *machine_hist(struct machine *m, __u32 slot)
{
	if (slot >= m->settings.max_hists + N_OVERFLOW_HISTS)
		return NULL;
	return &m->buffer[m->epoch & 1].hist[slot];
}

static inline struct version_row *machine_version_row(struct machine *m,
						      __u32 slot)
{
	if (slot >= m->settings.max_version_rows + N_OVERFLOW_ROWS)
		return NULL;
	return &m->buffer[m->epoch & 1].version_row[slot];
}

static inline struct dealt *machine_dealt(struct machine *m)
{
	return &m->buffer[m->epoch & 1].dealt;
}

static inline struct tallies *machine_tallies(struct machine *m)
{
	return NULL; /* one thread: additions to rows need no lock */
}

static inline struct memo *machine_memo(struct machine *m, __u32 idx)
{
	return idx < N_MEMOS ? &m->memos.pair[idx] : NULL;
}

static inline struct counters *machine_counters(struct machine *m)
{
	return &m->buffer[m->epoch & 1].counters;
}

/* NULL when memory is short. Settings are copied. */
struct machine *memory_tables_new(const struct settings *settings);
void memory_tables_free(struct machine *m);

/* A parsed packet on its way into the tables. */
struct memory_packet {
	struct packet packet;
	int parsed; /* PARSE_GO_ON or its outcome */
	__u64 now_ns;
};

/*
 * Parses one frame of n_captured bytes that was n_wire bytes long (taken as at
 * least n_captured), at now_ns of any clock, and has the memory of its flow
 * fetched. The bytes are not needed afterwards. The tables stay as they are.
 */
void memory_tables_parse(struct machine *m, const void *bytes,
			 size_t n_captured, size_t n_wire, enum link link,
			 __u64 now_ns, struct memory_packet *ret_packet);

/* Takes a parsed packet into the tables. Returns its outcome, already counted.
 * Fastest some packets after memory_tables_parse(), in the same order. */
enum outcome memory_tables_take(struct machine *m,
				const struct memory_packet *packet);

/* Both at once. */
enum outcome memory_tables_observe(struct machine *m, const void *bytes,
				   size_t n_captured, size_t n_wire,
				   enum link link, __u64 now_ns);

/* Packets go to the other buffer from here on; it must have been cleared. */
void memory_tables_swap(struct machine *m);
/* What memory_tables_swap() left behind; borrowed until the clear. */
void memory_tables_view(const struct machine *m, struct drain_view *ret_view);
void memory_tables_clear(struct machine *m);

#endif
