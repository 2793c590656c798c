/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs on interfaces, so that nobody else's are disturbed.
 *
 * TCX links (Linux 6.6) are asked for a place before all others, so that what
 * an earlier program takes is still seen; they vanish with this process,
 * however it ends. Older kernels get clsact filters at priority 1; the qdisc is
 * made if it is missing and stays, for others may have come to use it; after a
 * kill -9 the filters stay too, and are replaced at the next start. XDP is a
 * link as well and is refused where another XDP program is attached.
 *
 * A tap takes every packet away from the host: both directions of the mirrored
 * link arrive as ingress, are measured and dropped. The interface is made
 * promiscuous for as long as this process lives; without CAP_NET_RAW by its
 * flag, which a kill -9 leaves set.
 */
#ifndef COLLECTOR_LIVE_ATTACH_H
#define COLLECTOR_LIVE_ATTACH_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "live_maps.h"

/* How packets are reached: a choice, or what the kernel has. */
enum live_hook {
	LIVE_HOOK_TC,     /* TCX where the kernel has it, else clsact */
	LIVE_HOOK_CLSACT, /* clsact in any case */
	LIVE_HOOK_XDP,    /* XDP on ingress, tc on egress */
	LIVE_HOOK_TAP,    /* XDP on ingress of a mirror port, and drop */
};

struct live_interface {
	char name[IF_NAMESIZE];
	unsigned int ifindex;
	bool has_link_header;
	bool is_gone;          /* its name stays */
	bool is_adopted;       /* from an earlier process */
	int64_t retry_mono_ns; /* when to try again */
	int link_fd[2];        /* ingress, egress; -1 where it is a filter */
	int promiscuous_fd;    /* -1, or the socket that asks for it */
	/* private */
	bool has_set_promiscuous; /* by the interface's flag */
	bool is_filter[2];
	__u32 filter_handle[2];
};

/* Looks the interface up: it exists, and its link type is known. Prints one
 * line and returns -ENODEV or -EPROTONOSUPPORT. */
int live_interface_find(const char *name, struct live_interface *ret_interface);

/* Whether the host uses the interface itself: it has an address or a route that
 * is not link-local, so that a tap would cut it off. */
bool live_interface_is_used(const struct live_interface *interface);

/* Takes over what an earlier process attached, of which the descriptors are
 * given (-1: none): its programs are replaced by ours while packets pass. False,
 * with the descriptors closed, when that is not possible. */
bool live_attach_adopt(struct live_interface *interface,
		       const struct live_maps *maps, enum live_hook hook,
		       const int link_fd[2], int promiscuous_fd);

/* Prints one line on failure, and leaves nothing attached. */
int live_attach(struct live_interface *interface, const struct live_maps *maps,
		enum live_hook hook);
void live_detach(struct live_interface *interface);

/* Whether something of it would outlive this process, and has to be removed. */
bool live_attach_needs_removal(const struct live_interface *interface);

/* Whether the interface that was attached to is still the one of this name. */
bool live_interface_is_there(const struct live_interface *interface);

/* "tcx", "clsact" or "xdp+tcx" ...: what live_attach() came to. */
const char *live_attach_describe(const struct live_interface *interface,
				 enum live_hook hook);

#endif
