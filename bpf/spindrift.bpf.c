// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry points: tc (TCX and clsact alike) on ingress and egress, XDP on
 * ingress, each for devices with an Ethernet header and without.
 *
 * Stages that read the packet are global functions, verified once each and not
 * once for every path that leads to them; between them the packet is described
 * by struct packet alone. No program ever changes, drops or redirects a packet:
 * tc returns TC_ACT_UNSPEC (TCX_NEXT), XDP returns XDP_PASS.
 */
#include "machine.bpf.h"

#include "../core/observe.h"

char LICENSE[] SEC("license") = "GPL";

enum {
	ENTRY_NEXT = -1, /* TC_ACT_UNSPEC, TCX_NEXT */
	/* Headers in page fragments are pulled up to here. */
	ENTRY_PULL_BYTES = 1024,
};

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

__attribute__((noinline)) int entry_skb_link(struct __sk_buff *skb,
					     struct packet *p)
{
	struct frame frame = ENTRY_FRAME(skb);

	return p ? parse_link(&frame, p) : OUTCOME_NOT_IP;
}

__attribute__((noinline)) int entry_skb_network(struct __sk_buff *skb,
						struct packet *p)
{
	struct frame frame = ENTRY_FRAME(skb);

	return p ? parse_network(&frame, p) : OUTCOME_NOT_IP;
}

__attribute__((noinline)) int entry_skb_transport(struct __sk_buff *skb,
						  struct packet *p)
{
	struct frame frame = ENTRY_FRAME(skb);

	return p ? parse_transport(&frame, p) : OUTCOME_NOT_IP;
}

__attribute__((noinline)) int entry_xdp_link(struct xdp_md *xdp,
					     struct packet *p)
{
	struct frame frame = ENTRY_FRAME(xdp);

	return p ? parse_link(&frame, p) : OUTCOME_NOT_IP;
}

__attribute__((noinline)) int entry_xdp_network(struct xdp_md *xdp,
						struct packet *p)
{
	struct frame frame = ENTRY_FRAME(xdp);

	return p ? parse_network(&frame, p) : OUTCOME_NOT_IP;
}

__attribute__((noinline)) int entry_xdp_transport(struct xdp_md *xdp,
						  struct packet *p)
{
	struct frame frame = ENTRY_FRAME(xdp);

	return p ? parse_transport(&frame, p) : OUTCOME_NOT_IP;
}

static __always_inline int parse_skb(struct __sk_buff *skb, enum link link,
				     struct packet *p)
{
	int parsed;

	__builtin_memset(p, 0, sizeof(*p));
	p->link = link;
	p->n_segments = skb->gso_segs > 1 ? skb->gso_segs : 1;
	p->wire_bytes = skb->len;
	/* Of a test run: what the frame had before it was cut. Volatile, for a
	 * context must be read at constant offsets, not at a chosen one. */
	if (settings.is_time_injected)
		p->wire_bytes = *(volatile __u32 *)&skb->wire_len;
	parsed = entry_skb_link(skb, p);
	if (parsed == PARSE_GO_ON)
		parsed = entry_skb_network(skb, p);
	if (parsed == PARSE_GO_ON)
		parsed = entry_skb_transport(skb, p);
	return parsed;
}

static __always_inline int observe_skb(struct __sk_buff *skb, enum link link)
{
	struct packet p;
	int parsed = parse_skb(skb, link, &p);
	__u32 linear_bytes = skb->data_end - skb->data;

	if (parse_is_truncated(parsed) && linear_bytes < skb->len &&
	    linear_bytes < ENTRY_PULL_BYTES &&
	    !bpf_skb_pull_data(skb, skb->len < ENTRY_PULL_BYTES ?
					    skb->len :
					    ENTRY_PULL_BYTES))
		parsed = parse_skb(skb, link, &p);
	entry_observe(&p, parsed, skb->tstamp);
	return ENTRY_NEXT;
}

static __always_inline int observe_xdp(struct xdp_md *xdp, enum link link)
{
	struct packet p = { .link = link, .n_segments = 1 };
	int parsed;

	p.wire_bytes = bpf_xdp_get_buff_len(xdp);
	parsed = entry_xdp_link(xdp, &p);
	if (parsed == PARSE_GO_ON)
		parsed = entry_xdp_network(xdp, &p);
	if (parsed == PARSE_GO_ON)
		parsed = entry_xdp_transport(xdp, &p);
	entry_observe(&p, parsed, injected_xdp_ns);
	return XDP_PASS;
}

SEC("tc") int spindrift_ingress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_ETHERNET);
}

SEC("tc") int spindrift_egress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_ETHERNET);
}

SEC("tc") int spindrift_ip_ingress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_RAW_IP);
}

SEC("tc") int spindrift_ip_egress(struct __sk_buff *skb)
{
	return observe_skb(skb, LINK_RAW_IP);
}

SEC("xdp.frags") int spindrift_xdp(struct xdp_md *xdp)
{
	return observe_xdp(xdp, LINK_ETHERNET);
}
