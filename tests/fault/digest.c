// SPDX-License-Identifier: GPL-2.0-or-later
#include "digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../lib/segment_build.h"

/* FNV-1a, value by value: what it must tell apart is damage, not an attack. */
static void add(uint64_t *digest, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		*digest = (*digest ^ (value & 0xff)) * 0x100000001b3u;
}

static void add_subnet(uint64_t *digest, const struct record_subnet *subnet)
{
	for (int i = 0; i < 16; i++)
		add(digest, subnet->address[i]);
	add(digest, subnet->prefix_len);
	add(digest, subnet->family);
	add(digest, subnet->side);
	add(digest, subnet->kind);
}

static void add_intervals(const struct segment_interval *interval,
			  uint64_t *digest)
{
	for (size_t i = 0; i < interval->n; i++) {
		digest[i] = 0xcbf29ce484222325u;
		add(&digest[i], interval->seq[i]);
		add(&digest[i], (uint64_t)interval->time_ns[i]);
		add(&digest[i], interval->duration_ns[i]);
		/* Its neighbour may be damaged later: a gap lies before it. */
		add(&digest[i], interval->flags[i] & ~INTERVAL_GAP);
		add(&digest[i], (uint64_t)interval->clock_offset_ns[i]);
		for (int j = 0; j < N_OUTCOMES; j++)
			add(&digest[i], interval->outcome[j][i]);
		for (int j = 0; j < N_EVENTS; j++)
			add(&digest[i], interval->event[j][i]);
	}
}

/* Rows are sorted by subnet and then interval, so that those of one interval
 * come in the order of subnets, with whatever else between them. */
static void add_rtt(const struct segment *segment, uint64_t *digest)
{
	const struct segment_rtt *rtt = &segment->rtt;

	for (size_t i = 0; i < rtt->n; i++) {
		uint64_t *to = &digest[rtt->interval[i]];

		add_subnet(to, &segment->subnet.key[rtt->subnet[i]]);
		add(to, rtt->source[i]);
		add(to, rtt->count[i]);
		add(to, rtt->min_ns[i]);
		add(to, rtt->max_ns[i]);
		add(to, rtt->sum_ns[i]);
		add(to, rtt->overflow[i]);
		for (uint64_t b = rtt->hist_ptr[i]; b < rtt->hist_ptr[i + 1];
		     b++) {
			add(to, rtt->bin[b]);
			add(to, rtt->bin_count[b]);
		}
	}
}

static void add_traffic(const struct segment *segment, uint64_t *digest)
{
	const struct segment_traffic *traffic = &segment->traffic;
	const struct segment_ecn *ecn = &segment->ecn;

	for (size_t i = 0; i < traffic->n; i++) {
		uint64_t *to = &digest[traffic->interval[i]];

		add_subnet(to, &segment->subnet.key[traffic->subnet[i]]);
		add(to, traffic->class[i]);
		add(to, traffic->packets_rx[i]);
		add(to, traffic->packets_tx[i]);
		add(to, traffic->bytes_rx[i]);
		add(to, traffic->bytes_tx[i]);
	}
	for (size_t i = 0; i < ecn->n; i++) {
		uint64_t *to = &digest[ecn->interval[i]];

		add_subnet(to, &segment->subnet.key[ecn->subnet[i]]);
		add(to, ecn->codepoint[i]);
		add(to, ecn->packets_rx[i]);
		add(to, ecn->packets_tx[i]);
	}
}

static void add_protocols(const struct segment *segment, uint64_t *digest)
{
	const struct segment_spin *spin = &segment->spin;
	const struct segment_protocol *protocol = &segment->protocol;

	for (size_t i = 0; i < spin->n; i++) {
		uint64_t *to = &digest[spin->interval[i]];

		add_subnet(to, &segment->subnet.key[spin->subnet[i]]);
		add(to, spin->class[i]);
		add(to, spin->version[i]);
		add(to, spin->flows[i]);
		add(to, spin->packets[i]);
	}
	for (size_t i = 0; i < protocol->n; i++) {
		uint64_t *to = &digest[protocol->interval[i]];

		add(to, protocol->ip_protocol[i]);
		add(to, protocol->packets[i]);
		add(to, protocol->bytes[i]);
	}
}

int digest_segment(const struct segment *segment,
		   int (*print)(const char *line))
{
	const struct segment_interval *interval = &segment->interval;
	uint64_t *digest = calloc(interval->n + 1, sizeof(*digest));
	char line[DIGEST_LINE_MAX];
	int err = 0;

	if (!digest)
		return -ENOMEM;
	add_intervals(interval, digest);
	add_rtt(segment, digest);
	add_traffic(segment, digest);
	add_protocols(segment, digest);
	for (size_t i = 0; i < interval->n && !err; i++) {
		snprintf(line, sizeof(line), "%llu %lld %016llx\n",
			 (unsigned long long)interval->seq[i],
			 (long long)(interval->time_ns[i] / 1000000000),
			 (unsigned long long)digest[i]);
		err = print(line);
	}
	free(digest);
	return err;
}

int digest_record(const struct record *record, int (*print)(const char *line))
{
	struct segment_builder *builder = segment_builder_new(1);
	struct segment_layout layout;
	struct segment segment;
	int err = builder ? segment_builder_add(builder, record) : -ENOMEM;

	if (!err)
		err = segment_layout_init(&layout);
	if (!err)
		err = segment_builder_finish(builder, &layout, &segment);
	segment_builder_free(builder);
	if (err)
		return err;
	err = digest_segment(&segment, print);
	segment_fini(&segment);
	return err;
}
