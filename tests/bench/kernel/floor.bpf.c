// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a packet cannot cost less than, whoever measures it: single operations on
 * tables of a size that 100,000 flows need, each beyond an empty program.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "floor.h"

char LICENSE[] SEC("license") = "GPL";

struct key {
	__u32 word[11]; /* as long as two IPv6 addresses, ports, protocol */
};

struct line {
	__u64 word[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLOOR_N);
	__type(key, struct key);
	__type(value, struct line);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOOR_N);
	__type(key, __u32);
	__type(value, struct line);
} lines SEC(".maps");

__u64 state = 1, n_found;

static __always_inline __u32 draw(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 40 & (FLOOR_N - 1);
}

SEC("tc") int floor_null(struct __sk_buff *skb)
{
	n_found += draw() & 1;
	return -1;
}

SEC("tc") int floor_fill(struct __sk_buff *skb)
{
	struct key key = { .word[3] = n_found++ & (FLOOR_N - 1) };
	struct line line = {};

	bpf_map_update_elem(&hash, &key, &line, BPF_ANY);
	return -1;
}

SEC("tc") int floor_hash(struct __sk_buff *skb)
{
	struct key key = { .word[3] = draw() };
	struct line *line = bpf_map_lookup_elem(&hash, &key);

	if (line)
		line->word[0]++;
	return -1;
}

SEC("tc") int floor_array(struct __sk_buff *skb)
{
	__u32 key = draw();
	struct line *line = bpf_map_lookup_elem(&lines, &key);

	if (line)
		line->word[0]++;
	return -1;
}

/* Each index is read from the last line: no two accesses overlap. */
SEC("tc") int floor_dependent(struct __sk_buff *skb)
{
	__u32 key = (draw() + (n_found & 1)) & (FLOOR_N - 1);
	struct line *line = bpf_map_lookup_elem(&lines, &key);

	if (line)
		n_found = line->word[1];
	return -1;
}

SEC("tc") int floor_clock(struct __sk_buff *skb)
{
	n_found += bpf_ktime_get_ns() & 1;
	return -1;
}
