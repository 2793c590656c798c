/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loaded BPF object: its programs, and its tables as user space sees them.
 * Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN. One thread.
 *
 * An interval ends with live_maps_swap(): programs write the other buffer from
 * then on, and when it returns none of them still writes the one left behind.
 * Nothing is read and deleted while it is written, so no sample is lost:
 * samples counted by the programs = samples in the record.
 */
#ifndef COLLECTOR_LIVE_MAPS_H
#define COLLECTOR_LIVE_MAPS_H

#include <stdbool.h>

#include "../core/settings.h"
#include "drain.h"

struct live_maps;

enum live_program {
	LIVE_INGRESS,
	LIVE_EGRESS,
	LIVE_IP_INGRESS, /* devices without a link header */
	LIVE_IP_EGRESS,
	LIVE_XDP,
	LIVE_TAP,
	N_LIVE_PROGRAMS,
};

/* Maps that outlive a process, by name; looked for when the next one begins. */
struct live_maps_kept {
	int (*take)(void *context, const char *name); /* -1: not there */
	void *context;
};

/*
 * Loads the programs and creates the maps, sized by the settings. With
 * with_xdp false the XDP programs are left out. A refusal prints one line;
 * is_verbose lets libbpf and the verifier speak too. -EPERM, -ENOMEM, or what
 * the kernel said.
 */
int live_maps_open(const struct settings *settings, bool with_xdp,
		   bool is_verbose, struct live_maps **ret_maps);
/* The same with the maps of an earlier process; -ESTALE, without a line, when
 * one is missing or of another shape. */
int live_maps_adopt(const struct settings *settings, bool with_xdp,
		    bool is_verbose, const struct live_maps_kept *kept,
		    struct live_maps **ret_maps);
void live_maps_close(struct live_maps *maps);

/* Calls `keep` for each map that has to outlive this process. */
void live_maps_each(const struct live_maps *maps,
		    void (*keep)(void *context, const char *name, int fd),
		    void *context);

int live_maps_program_fd(const struct live_maps *maps,
			 enum live_program program);
/* Instructions that the verifier walked for it; 0 where the kernel is silent. */
unsigned int live_maps_verified_insns(const struct live_maps *maps,
				      enum live_program program);

/* Bytes of kernel memory that the maps hold. */
unsigned long long live_maps_memory_bytes(const struct live_maps *maps);

/* 0, or what the system call said; the buffers are then as before. */
int live_maps_swap(struct live_maps *maps);
__u32 live_maps_epoch(const struct live_maps *maps);
/* Waits until no program writes the idle buffer, as the swap does. */
int live_maps_wait(struct live_maps *maps);
/* Of the buffer left behind; borrowed until live_maps_clear(). */
int live_maps_view(struct live_maps *maps, struct drain_view *ret_view);
/* Must follow each drain, before the next swap. */
int live_maps_clear(struct live_maps *maps);

/* Which interfaces are measured, so that what is forwarded between them counts
 * once; n <= MAX_INTERFACES. */
void live_maps_measure(struct live_maps *maps, const __u32 *ifindex, int n);

/* For test runs of the XDP program. */
void live_maps_inject_xdp_ns(struct live_maps *maps, __u64 time_ns);

#endif
