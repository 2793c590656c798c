// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry points: tc (TCX and clsact alike) on ingress and egress, XDP on
 * ingress, each for devices with an Ethernet header and without.
 *
 * Stages that read the packet are global functions, verified once each and not
 * once for every path that leads to them; between them the packet is described
 * by struct packet alone. No program changes or redirects a packet: tc returns
 * TC_ACT_UNSPEC (TCX_NEXT), XDP returns XDP_PASS; only the one for mirror ports
 * drops what it has measured.
 */
#include "machine.bpf.h"

#include "../core/observe.h"
#include "../core/tunnel.h"

char LICENSE[] SEC("license") = "GPL";

enum {
	ENTRY_NEXT = -1, /* TC_ACT_UNSPEC, TCX_NEXT */
	/* Headers in page fragments are pulled up to here. */
	ENTRY_PULL_BYTES = 1024,
};

/* Interfaces that are measured; 0 ends the list. They come and go, so it is no
 * part of the settings. */
volatile __u32 measured_ifindex[MAX_INTERFACES];

/* XDP has no time in its context; test runs put it here. */
volatile __u64 injected_xdp_ns;

/* Tables, traffic and outcome of a parsed packet. */
__attribute__((noinline)) int entry_observe(struct packet *p, int parsed,
					    __u64 injected_ns)
{
	struct machine m;
	enum outcome outcome;

	if (!p)
		return 0;
	machine_init(&m, injected_ns);
	outcome = observe_packet(&m, p, parsed);
	observe_count(&m, p, outcome);
	return 0;
}

#define ENTRY_FRAME(context)                                                   \
	{                                                                      \
		.data = (void *)(long)(context)->data,                         \
		.data_end = (void *)(long)(context)->data_end,                 \
	}

/* What one stage found reaches the next through struct packet only, so that the
 * verifier need not follow every path of one through the other. */
#define ENTRY_FORGET() __asm__ volatile("" ::: "memory")

__attribute__((noinline)) int entry_skb_tunnel(struct __sk_buff *skb,
					       struct packet *p)
{
	struct frame frame = ENTRY_FRAME(skb);

	return p ? tunnel_enter(&frame, p) : OUTCOME_NOT_IP;
}

/* All stages of parsing; a tunnel is one of its own. */
__attribute__((noinline)) int entry_skb_parse(struct __sk_buff *skb,
					      struct packet *p)
{
	struct frame frame = ENTRY_FRAME(skb);
	int parsed;

	if (!p)
		return OUTCOME_NOT_IP;
	parsed = parse_link(&frame, p);
	ENTRY_FORGET();
	if (parsed == PARSE_GO_ON)
		parsed = parse_network(&frame, p);
	ENTRY_FORGET();
	if (parsed == PARSE_GO_ON && !settings.is_tunnel_outer &&
	    tunnel_may_be(&frame, p))
		parsed = entry_skb_tunnel(skb, p);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(&frame, p);
	return parsed;
}

__attribute__((noinline)) int entry_xdp_tunnel(struct xdp_md *xdp,
					       struct packet *p)
{
	struct frame frame = ENTRY_FRAME(xdp);

	return p ? tunnel_enter(&frame, p) : OUTCOME_NOT_IP;
}

/* All stages of parsing; a tunnel is one of its own. */
__attribute__((noinline)) int entry_xdp_parse(struct xdp_md *xdp,
					      struct packet *p)
{
	struct frame frame = ENTRY_FRAME(xdp);
	int parsed;

	if (!p)
		return OUTCOME_NOT_IP;
	parsed = parse_link(&frame, p);
	ENTRY_FORGET();
	if (parsed == PARSE_GO_ON)
		parsed = parse_network(&frame, p);
	ENTRY_FORGET();
	if (parsed == PARSE_GO_ON && !settings.is_tunnel_outer &&
	    tunnel_may_be(&frame, p))
		parsed = entry_xdp_tunnel(xdp, p);
	if (parsed == PARSE_GO_ON)
		parsed = parse_transport(&frame, p);
	return parsed;
}

static __always_inline int parse_skb(struct __sk_buff *skb, enum link link,
				     struct packet *p)
{
	__builtin_memset(p, 0, sizeof(*p));
	p->link = link;
	p->n_segments = skb->gso_segs > 1 ? skb->gso_segs : 1;
	p->segment_bytes = skb->gso_size;
	p->wire_bytes = skb->len;
	/* Of a test run: what the frame had before it was cut. Volatile, for a
	 * context must be read at constant offsets, not at a chosen one. */
	if (settings.is_time_injected)
		p->wire_bytes = *(volatile __u32 *)&skb->wire_len;
	return entry_skb_parse(skb, p);
}

static __always_inline struct packet *scratch_packet(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&scratch, &key);
}

/* Headers in page fragments come within reach; false when all was there. */
static __always_inline bool pull_headers(struct __sk_buff *skb)
{
	__u64 linear_bytes = (__u64)skb->data_end - (__u64)skb->data;
	__u32 wanted_bytes = skb->len < ENTRY_PULL_BYTES ? skb->len :
							   ENTRY_PULL_BYTES;

	return linear_bytes < wanted_bytes &&
	       !bpf_skb_pull_data(skb, wanted_bytes);
}

static __always_inline int observe_skb(struct __sk_buff *skb, enum link link)
{
	struct packet *p = scratch_packet();
	int parsed;

	if (!p)
		return ENTRY_NEXT;
	parsed = parse_skb(skb, link, p);
	if ((parse_is_truncated(parsed) || p->is_cut) && pull_headers(skb))
		parsed = parse_skb(skb, link, p);
	parse_count_segments(p);
	entry_observe(p, parsed, skb->tstamp);
	return ENTRY_NEXT;
}

/* Whether the packet came in by an interface that is measured too: it has been
 * through these tables then, and a forwarded packet counts once. */
static __always_inline bool is_forwarded(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ingress_ifindex;

	for (int i = 0; i < MAX_INTERFACES; i++) {
		if (!measured_ifindex[i])
			return false;
		if (measured_ifindex[i] == ifindex)
			return true;
	}
	return false;
}

static __always_inline int observe_leaving(struct __sk_buff *skb,
					   enum link link)
{
	struct counters *counting;
	__u32 key = epoch & 1;

	if (!is_forwarded(skb))
		return observe_skb(skb, link);
	counting = bpf_map_lookup_elem(&counters, &key);
	if (counting)
		counting->outcome[OUTCOME_FORWARDED]++;
	return ENTRY_NEXT;
}

static __always_inline int observe_xdp(struct xdp_md *xdp, enum link link)
{
	struct packet *p = scratch_packet();
	int parsed;

	if (!p)
		return XDP_PASS;
	__builtin_memset(p, 0, sizeof(*p));
	p->link = link;
	p->n_segments = 1;
	p->wire_bytes = bpf_xdp_get_buff_len(xdp);
	parsed = entry_xdp_parse(xdp, p);
	entry_observe(p, parsed, injected_xdp_ns);
	return XDP_PASS;
}

SEC("tc") int spindrift_ingress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_ETHERNET);
}

SEC("tc") int spindrift_egress(struct __sk_buff *skb)
{
	return observe_leaving(skb, LINK_ETHERNET);
}

SEC("tc") int spindrift_ip_ingress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_RAW_IP);
}

SEC("tc") int spindrift_ip_egress(struct __sk_buff *skb)
{
	return observe_leaving(skb, LINK_RAW_IP);
}

SEC("xdp.frags") int spindrift_xdp(struct xdp_md *xdp)
{
	return observe_xdp(xdp, LINK_ETHERNET);
}

/* A mirror port: both directions arrive here, and nobody else wants them. */
SEC("xdp.frags") int spindrift_tap(struct xdp_md *xdp)
{
	observe_xdp(xdp, LINK_ETHERNET);
	return XDP_DROP;
}
