/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for tests of the store: deterministic in (seed, interval), with
 * duplicate keys and rows out of order, as the tables may deliver them.
 */
#ifndef TESTS_UNIT_RECORD_FIXTURE_H
#define TESTS_UNIT_RECORD_FIXTURE_H

#include <string.h>

#include "../../lib/record.h"
#include "../../core/hist.h"
#include "../../core/source.h"
#include "../../core/traffic.h"

#define FIXTURE_INTERVAL_NS 10000000000ull
/* 2026-11-22T20:00:00Z */
#define FIXTURE_START_NS 1795377600000000000ll

static inline uint64_t fixture_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	uint64_t z = *state;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline uint32_t fixture_add_subnet(struct record *record, unsigned int i)
{
	struct record_subnet *subnet = record_add(&record->subnet);

	if (i % 5 == 4) {
		subnet->family = 6;
		subnet->prefix_len = 48;
		memcpy(subnet->address, "\x20\x01\x0d\xb8", 4);
		subnet->address[5] = (uint8_t)i;
	} else {
		subnet->family = 4;
		subnet->prefix_len = 24;
		subnet->address[10] = subnet->address[11] = 0xff;
		subnet->address[12] = (uint8_t)(200 - i * 7);
		subnet->address[14] = (uint8_t)i;
	}
	if (i == 3) {
		memset(subnet->address + 12, 0, 4);
		subnet->prefix_len = 0;
		subnet->kind = SUBNET_OVERFLOW;
	}
	subnet->side = i % 3 == 0 ? SIDE_LAN : SIDE_WAN;
	return (uint32_t)record->subnet.n - 1;
}

/* Samples of one (subnet, source): the row of their histogram. */
static inline void fixture_add_rtt(struct record *record, uint32_t subnet,
				   uint8_t source, const uint64_t *rtt_ns,
				   size_t n)
{
	uint64_t bins[N_HIST_BINS] = { 0 };
	struct record_rtt *row = record_add(&record->rtt);
	struct record_bin *bin;
	size_t i;

	row->subnet = subnet;
	row->source = source;
	row->min_ns = UINT64_MAX;
	row->first_bin = record->bin.n;
	for (i = 0; i < n; i++) {
		row->count++;
		row->sum_ns += rtt_ns[i];
		if (rtt_ns[i] < row->min_ns)
			row->min_ns = rtt_ns[i];
		if (rtt_ns[i] > row->max_ns)
			row->max_ns = rtt_ns[i];
		if (hist_is_overflow(rtt_ns[i]))
			row->overflow++;
		else
			bins[hist_bin(rtt_ns[i])]++;
	}
	for (i = 0; i < N_HIST_BINS; i++) {
		if (!bins[i])
			continue;
		bin = record_add(&record->bin);
		bin->bin = (uint16_t)i;
		bin->count = bins[i];
		row->n_bins++;
	}
}

static inline void fixture_add_traffic(struct record *record, uint32_t subnet,
				       uint8_t class, uint64_t packets)
{
	struct record_traffic *row = record_add(&record->traffic);
	struct record_ecn *ecn = record_add(&record->ecn);

	row->subnet = subnet;
	row->class = class;
	row->packets_rx = packets;
	row->packets_tx = packets / 2;
	row->bytes_rx = packets * 700;
	row->bytes_tx = packets * 100;
	ecn->subnet = subnet;
	ecn->codepoint = ECN_NOT_ECT;
	ecn->packets_rx = packets;
	ecn->packets_tx = packets / 2;
}

/* n_subnets <= 250, different ones first and last in turn. */
static inline void fixture_fill(struct record *record, uint64_t interval,
				unsigned int n_subnets)
{
	uint64_t state = interval * 1000003, rtt_ns[16];
	struct record_protocol *protocol;
	struct record_spin *spin;
	unsigned int i, s, n;
	uint32_t subnet;

	record_clear(record);
	record->start_ns =
		FIXTURE_START_NS + (int64_t)(interval * FIXTURE_INTERVAL_NS);
	record->duration_ns = FIXTURE_INTERVAL_NS;
	record->clock_offset_ns = 1000 + (int64_t)interval;
	for (s = 0; s < n_subnets; s++) {
		i = interval % 2 ? n_subnets - 1 - s : s;
		subnet = fixture_add_subnet(record, i);
		n = (unsigned int)(fixture_random(&state) % 16) + 1;
		for (unsigned int k = 0; k < n; k++)
			rtt_ns[k] = fixture_random(&state) % 40000000;
		if (i == 2)
			rtt_ns[0] = HIST_LIMIT_NS + 5;
		fixture_add_rtt(record, subnet, SOURCE_ICMP_ECHO, rtt_ns, n);
		fixture_add_rtt(record, subnet, SOURCE_TCP_TS, rtt_ns,
				(n + 1) / 2);
		fixture_add_rtt(record, subnet, SOURCE_ICMP_ECHO, rtt_ns, n);
		fixture_add_traffic(record, subnet, TRAFFIC_TCP_TS, 10 + i);
		fixture_add_traffic(record, subnet, TRAFFIC_ICMP, 3);
		fixture_add_traffic(record, subnet, TRAFFIC_TCP_TS, 1);
		record->outcome[OUTCOME_TCP_TIMED] += 11 + i;
		record->outcome[OUTCOME_ICMP_ECHO] += 3;
		record->event[EVENT_SAMPLE] += 2 * n + (n + 1) / 2;
	}
	fixture_add_traffic(record, 0, TRAFFIC_QUIC, 27);
	spin = record_add(&record->spin);
	spin->class = SPIN_CLASS_SPINNING;
	spin->version = 1;
	spin->flows = 2;
	spin->packets = 40;
	protocol = record_add(&record->protocol);
	protocol->ip_protocol = 47;
	protocol->packets = 5;
	protocol->bytes = 5000;
}

#endif
