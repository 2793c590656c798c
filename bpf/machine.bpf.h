/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of core/contract.h as BPF maps. Every map is a plain array:
 * lookups are inlined, nothing is allocated while packets pass, and user space
 * maps what it drains. Both buffers of an interval's tables share one map, the
 * second half being the odd epochs'.
 *
 * Swap protocol (collector/live_maps.c): user space writes epoch + 1, then
 * updates `grace`; a system call on a map of maps returns only after all
 * programs that ran before have finished (kernel/bpf/syscall.c,
 * maybe_wait_bpf_programs), so the buffer left behind is still.
 */
#ifndef BPF_MACHINE_BPF_H
#define BPF_MACHINE_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../core/contract.h"
#include "../core/packet.h"

const volatile struct settings settings = SETTINGS_DEFAULT;

/* Of the interval being written; 0 marks an unused subnet cache. */
volatile __u32 epoch = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_MAX_FLOWS / FLOW_WAYS);
	__type(key, __u32);
	__type(value, struct flow_set);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_MAX_STAMPS / STAMP_WAYS);
	__type(key, __u32);
	__type(value, struct stamp_set);
} stamps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * DEFAULT_MAX_SUBNETS * SUBNET_CELLS_PER_SLOT /
				    SUBNET_BUCKET_CELLS);
	__type(key, __u32);
	__type(value, struct subnet_bucket);
} subnet_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * (DEFAULT_MAX_SUBNETS + N_OVERFLOW_ROWS));
	__type(key, __u32);
	__type(value, struct subnet_row);
} subnets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * (DEFAULT_MAX_HISTS + N_OVERFLOW_HISTS));
	__type(key, __u32);
	__type(value, struct hist);
} hists SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_MAX_SERVERS / SERVER_WAYS);
	__type(key, __u32);
	__type(value, struct server_set);
} servers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * (DEFAULT_MAX_VERSION_ROWS + N_OVERFLOW_ROWS));
	__type(key, __u32);
	__type(value, struct version_row);
} version_rows SEC(".maps");

/* A bit for each UDP port: see core/quic_server.h. */
static __u64 server_ports[1024];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct dealt);
} dealt SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

/* Two buffers of each CPU's tallies, and its memos: see core/tables.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct tallies);
} tallies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memos);
} memos SEC(".maps");

/* The packet at hand: programs do not nest on a CPU, and the stack is short. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet);
} scratch SEC(".maps");

struct grace_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} grace_inner SEC(".maps");

/* Holds nothing of use: updating it waits for running programs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct grace_inner);
} grace SEC(".maps") = {
	.values = { &grace_inner },
};

/* State of one packet's way through the tables; on the stack. */
struct machine {
	__u64 now_ns; /* 0 until the clock is read */
	__u32 epoch;
	__u32 buffer;
	__u32 flow_id;
};

static __always_inline void machine_init(struct machine *m, __u64 injected_ns)
{
	m->epoch = epoch;
	m->buffer = m->epoch & 1;
	m->now_ns = 0;
	m->flow_id = 0;
	if (settings.is_time_injected)
		m->now_ns = injected_ns > STAMP_BUSY ? injected_ns :
						       STAMP_BUSY + 1;
}

static inline __u64 machine_now_ns(struct machine *m)
{
	if (!m->now_ns)
		m->now_ns = bpf_ktime_get_ns();
	return m->now_ns;
}

static inline __u32 machine_epoch(struct machine *m)
{
	return m->epoch;
}

static inline __u32 machine_forget(struct machine *m, __u32 value)
{
	__u32 unknown = epoch;

	value ^= unknown;
	__asm__ volatile("" : "+r"(value));
	return value ^ unknown;
}

static inline __u32 *machine_flow_id(struct machine *m)
{
	return &m->flow_id;
}

static inline const volatile struct settings *
machine_settings(struct machine *m)
{
	return &settings;
}

static inline struct flow_set *machine_flow_set(struct machine *m, __u32 idx)
{
	return bpf_map_lookup_elem(&flows, &idx);
}

static inline struct stamp_set *machine_stamp_set(struct machine *m, __u32 idx)
{
	return bpf_map_lookup_elem(&stamps, &idx);
}

static inline struct server_set *machine_server_set(struct machine *m,
						    __u32 idx)
{
	return bpf_map_lookup_elem(&servers, &idx);
}

static inline __u64 *machine_port_word(struct machine *m, __u32 idx)
{
	/* keeps the verifier's bound and the value in one register */
	__asm__ volatile("" : "+r"(idx));
	return idx < 1024 ? &server_ports[idx] : NULL;
}

static inline struct subnet_bucket *machine_subnet_bucket(struct machine *m,
							  __u32 idx)
{
	idx += m->buffer ? settings.n_subnet_buckets : 0;
	return bpf_map_lookup_elem(&subnet_index, &idx);
}

static inline struct subnet_row *machine_subnet(struct machine *m, __u32 slot)
{
	slot += m->buffer ? settings.max_subnets + N_OVERFLOW_ROWS : 0;
	return bpf_map_lookup_elem(&subnets, &slot);
}

static inline struct hist *machine_hist(struct machine *m, __u32 slot)
{
	slot += m->buffer ? settings.max_hists + N_OVERFLOW_HISTS : 0;
	return bpf_map_lookup_elem(&hists, &slot);
}

static inline struct version_row *machine_version_row(struct machine *m,
						      __u32 slot)
{
	slot += m->buffer ? settings.max_version_rows + N_OVERFLOW_ROWS : 0;
	return bpf_map_lookup_elem(&version_rows, &slot);
}

static inline struct dealt *machine_dealt(struct machine *m)
{
	__u32 key = m->buffer; /* Linux 6.1 takes keys from the stack only */

	return bpf_map_lookup_elem(&dealt, &key);
}

static inline struct tallies *machine_tallies(struct machine *m)
{
	__u32 key = m->buffer;

	return bpf_map_lookup_elem(&tallies, &key);
}

static inline struct memo *machine_memo(struct machine *m, __u32 idx)
{
	__u32 key = 0;
	struct memos *all = bpf_map_lookup_elem(&memos, &key);

	if (!all)
		return NULL;
	/* Keeps the bound and the value in one register, and the addition
	 * behind the test for NULL: Linux 6.1 wants both. */
	__asm__ volatile("" : "+r"(idx));
	return idx < N_MEMOS ? &all->pair[idx] : NULL;
}

static inline struct counters *machine_counters(struct machine *m)
{
	__u32 key = m->buffer;

	return bpf_map_lookup_elem(&counters, &key);
}

#endif
