// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rewrites the frame of a test run so that each iteration is another packet of
 * another flow, and tail-calls the program under test. The same driver in front
 * of an empty program gives the floor.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../../core/wire.h"
#include "driver.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct driver_settings driver;

/* Each program under test sees flows that go on from what it saw before. */
__u32 target_idx;
__u64 n_packets[DRIVER_MAX_TARGETS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, DRIVER_MAX_ORDER);
	__type(key, __u32);
	__type(value, __u32);
} order SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DRIVER_MAX_TARGETS *DRIVER_MAX_FLOWS);
	__type(key, __u32);
	__type(value, struct driver_flow);
} sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

static __always_inline void put_32(struct __sk_buff *skb, __u32 at, __u32 value)
{
	__u8 *data = (void *)(long)skb->data;
	__u32 *word;

	if (!at || at > 200)
		return;
	word = (void *)(data + at);
	if ((void *)(word + 1) > (void *)(long)skb->data_end)
		return;
	*word = WIRE_32(value);
}

/* A long header of QUIC stays: it is to open the flow. */
static __always_inline void put_type(struct __sk_buff *skb, __u32 at,
				     __u8 value)
{
	__u8 *data = (void *)(long)skb->data;

	if (!at || at > 200 ||
	    (void *)(data + at + 1) > (void *)(long)skb->data_end)
		return;
	if (!(data[at] & 0x80))
		data[at] = value;
}

/* Client 10.x.y.z; server one of 4096 addresses in 256 /24s of 192.0.0.0/12. */
static __always_inline void put_ends(struct __sk_buff *skb, __u32 flow,
				     bool is_reply)
{
	__u32 client = 0x0a000000 | (flow & 0xffff) << driver.client_shift;
	__u32 server = 0xc0000000 | (flow * 2654435761u >> 20 << 4 & 0xfffff);
	__u32 port = 1024 + (flow >> 16 & 0x3fff);

	put_32(skb, driver.source_at, is_reply ? server : client);
	put_32(skb, driver.destination_at, is_reply ? client : server);
	put_32(skb, driver.ports_at,
	       is_reply ? 443 << 16 | port : port << 16 | 443);
}

static __always_inline void put_packet(struct __sk_buff *skb, __u32 flow,
				       __u32 tick, bool is_reply)
{
	__u32 state_idx =
		target_idx * DRIVER_MAX_FLOWS + (flow & (DRIVER_MAX_FLOWS - 1));
	struct driver_flow *state = bpf_map_lookup_elem(&sent, &state_idx);
	__u32 n_bytes = is_reply ? driver.reply_ip_bytes :
				   driver.request_ip_bytes;
	__u32 payload = driver.request_ip_bytes - 40, n;

	if (!state)
		return;
	n = state->n_sent;
	put_ends(skb, flow, is_reply);
	put_32(skb, driver.length_at, 0x45000000 | n_bytes);
	put_32(skb, driver.stamps_at, tick);
	if (driver.stamps_at)
		put_32(skb, driver.stamps_at + 4,
		       is_reply ? tick : state->answered);
	put_32(skb, driver.echo_at, flow << 16 | (tick & 0xffff));
	if (driver.seq_at) {
		put_32(skb, driver.seq_at, is_reply ? 1 : n * payload);
		put_32(skb, driver.seq_at + 4, is_reply ? n * payload : 1);
	}
	put_type(skb, driver.type_at,
		 (is_reply ? driver.reply_type : driver.request_type) |
			 (driver.is_spinning ? n << 1 & 0x20 : 0));
	if (is_reply)
		state->answered = tick;
	else
		state->n_sent = n + 1;
}

SEC("tc") int drive(struct __sk_buff *skb)
{
	__u32 at = target_idx & (DRIVER_MAX_TARGETS - 1);
	__u64 i = n_packets[at]++;
	__u64 turn = driver.is_two_way ? i >> 1 : i;
	bool is_reply = driver.is_two_way && i & 1;
	__u32 idx, *flow;

	if (is_reply)
		turn -= driver.lag;
	idx = turn & (DRIVER_MAX_ORDER - 1);
	flow = bpf_map_lookup_elem(&order, &idx);
	if (flow)
		put_packet(skb, driver.is_flood ? (__u32)turn : *flow,
			   driver.is_tick_held ? 1 : (__u32)turn + 1, is_reply);
	bpf_tail_call(skb, &target, 0);
	return 0;
}

SEC("tc") int null(struct __sk_buff *skb)
{
	return -1;
}
