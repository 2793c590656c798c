/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What core needs of the machine it runs on. Two implementations exist: BPF
 * maps (bpf/machine.bpf.h) and memory (collector/memory_tables.h). Both have
 * the same capacities and no rules of their own, so the same packets, times and
 * hash key leave the same tables.
 *
 * struct machine is the implementation's and opaque here. Indices are in range
 * by construction; NULL is returned for one that is not (BPF's verifier wants
 * the test) and core then gives up on what it was about to do.
 */
#ifndef CORE_CONTRACT_H
#define CORE_CONTRACT_H

#include "tables.h"

struct machine;

/*
 * A stage is a global function in BPF: its arguments are scalars and plain
 * memory, and it is verified once, not for every path that leads to it. Pointer
 * arguments must be tested, the verifier assumes that they may be NULL.
 */
#ifdef __bpf__
#define CORE_STAGE __attribute__((noinline))
#else
#define CORE_STAGE static inline
#endif

/* Read only when a packet is stamped or matched. Never below 2 (STAMP_BUSY). */
static inline __u64 machine_now_ns(struct machine *m);
static inline __u32 machine_epoch(struct machine *m);
/* The value, of which BPF's verifier then knows nothing: it need not follow what
 * comes for each that it could be. */
static inline __u32 machine_forget(struct machine *m, __u32 value);
/* Of the flow entry that the packet at hand found or opened, at that time. */
static inline __u32 *machine_flow_id(struct machine *m);
static inline const volatile struct settings *
machine_settings(struct machine *m);

static inline struct flow_set *machine_flow_set(struct machine *m, __u32 idx);
static inline struct stamp_set *machine_stamp_set(struct machine *m, __u32 idx);
static inline struct server_set *machine_server_set(struct machine *m,
						    __u32 idx);
/* Word idx, 0 .. 1023, of a bit for each UDP port. */
static inline __u64 *machine_port_word(struct machine *m, __u32 idx);
/* The following are of the active buffer. */
static inline struct subnet_bucket *machine_subnet_bucket(struct machine *m,
							  __u32 idx);
static inline struct subnet_row *machine_subnet(struct machine *m, __u32 slot);
static inline struct hist *machine_hist(struct machine *m, __u32 slot);
static inline struct version_row *machine_version_row(struct machine *m,
						      __u32 slot);
static inline struct dealt *machine_dealt(struct machine *m);
static inline struct counters *machine_counters(struct machine *m);

/* Of this CPU, in the active buffer. NULL where rows are added to directly. */
static inline struct tallies *machine_tallies(struct machine *m);
/* Of this CPU; idx < N_MEMOS. NULL where every address is looked up. */
static inline struct memo *machine_memo(struct machine *m, __u32 idx);

/* Counters are of one CPU, and no second packet interrupts one on its CPU. */
static inline void machine_count_events(struct machine *m, enum event event,
					__u64 n)
{
	struct counters *counters = machine_counters(m);

	if (counters)
		counters->event[event] += n;
}

static inline void machine_count_event(struct machine *m, enum event event)
{
	machine_count_events(m, event, 1);
}

#endif
