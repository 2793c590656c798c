// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A yardstick: the map operations that ePPing (xdp-project/bpf-examples, pping)
 * makes for a TCP packet with timestamps, in tables of the same kinds, and
 * nothing else of it. Its own figures depend on the machine and its state; this
 * program is measured in the same run as ours.
 *
 * A packet costs a flow lookup (44-byte key), an insertion or a lookup and a
 * deletion in the timestamp table (48-byte key), the lookups of both subnets'
 * counters, on a sample of a third subnet, and one reading of the clock.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include <stddef.h>

char LICENSE[] SEC("license") = "GPL";

enum {
	MAX_FLOWS = 1 << 20,
	MAX_SUBNETS = 1 << 14,
	N_BINS = 250,
	SOURCE_AT = 26, /* Ethernet, IPv4 without options, TCP */
	STAMPS_AT = 58,
	FRAME_BYTES = 66,
};

struct flow_key {
	__u32 address[8];
	__u32 ports[2];
	__u32 protocol;
};

struct stamp_key {
	struct flow_key flow;
	__u32 tsval;
};

struct flow_state {
	__u64 last_ns, packets, bytes, min_rtt_ns;
	__u32 tsval[2], flags, pad[9];
};

struct subnet_stats {
	__u64 packets[2], bytes[2], last_ns;
	__u32 bin[N_BINS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FLOWS);
	__type(key, struct flow_key);
	__type(value, struct flow_state);
} flow_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FLOWS);
	__type(key, struct stamp_key);
	__type(value, __u64);
} packet_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_SUBNETS);
	__type(key, __u32);
	__type(value, struct subnet_stats);
} subnet_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct subnet_stats);
} no_stats SEC(".maps");

static __always_inline struct subnet_stats *find_subnet(__u32 address)
{
	__u32 prefix = address & 0xffffff, zero = 0;
	struct subnet_stats *stats, *none;

	stats = bpf_map_lookup_elem(&subnet_stats, &prefix);
	if (stats)
		return stats;
	none = bpf_map_lookup_elem(&no_stats, &zero);
	if (!none)
		return NULL;
	bpf_map_update_elem(&subnet_stats, &prefix, none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&subnet_stats, &prefix);
}

static __always_inline void count(__u32 address, __u32 way, __u32 n_bytes)
{
	struct subnet_stats *stats = find_subnet(address);

	if (!stats)
		return;
	stats->packets[way]++;
	stats->bytes[way] += n_bytes;
}

static __always_inline void sample(__u32 address, __u64 rtt_ns)
{
	struct subnet_stats *stats = find_subnet(address);
	__u32 bin = rtt_ns / 4000000;

	__asm__ volatile("" : "+r"(bin));
	if (stats && bin < N_BINS)
		stats->bin[bin]++;
}

static __always_inline struct flow_state *find_flow(const struct flow_key *key,
						    __u64 now_ns)
{
	struct flow_state *state = bpf_map_lookup_elem(&flow_states, key);
	struct flow_state fresh = { .last_ns = now_ns };

	if (state)
		return state;
	bpf_map_update_elem(&flow_states, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flow_states, key);
}

SEC("tc") int seven_maps(struct __sk_buff *skb)
{
	const __u8 *data = (void *)(long)skb->data;
	struct stamp_key key = { .flow.protocol = 6 };
	const __u32 *ends, *stamps;
	struct flow_state *state;
	__u64 now_ns, *sent_ns;
	bool is_reply;

	if ((void *)(data + FRAME_BYTES) > (void *)(long)skb->data_end)
		return -1;
	ends = (void *)(data + SOURCE_AT);
	stamps = (void *)(data + STAMPS_AT);
	/* one entry for both directions: the client is in 10.0.0.0/8 */
	is_reply = (ends[0] & 0xff) != 10;
	key.flow.address[3] = ends[is_reply];
	key.flow.address[7] = ends[!is_reply];
	key.flow.ports[0] = is_reply ? ends[2] >> 16 | ends[2] << 16 : ends[2];
	now_ns = bpf_ktime_get_ns();
	count(ends[0], 0, skb->len);
	count(ends[1], 1, skb->len);
	state = find_flow(&key.flow, now_ns);
	if (!state)
		return -1;
	state->packets++;
	state->bytes += skb->len;
	state->last_ns = now_ns;
	key.tsval = stamps[is_reply];
	if (!is_reply) {
		bpf_map_update_elem(&packet_times, &key, &now_ns, BPF_NOEXIST);
		return -1;
	}
	sent_ns = bpf_map_lookup_elem(&packet_times, &key);
	if (!sent_ns)
		return -1;
	sample(ends[0], now_ns - *sent_ns);
	bpf_map_delete_elem(&packet_times, &key);
	return -1;
}
