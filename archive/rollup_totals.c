// SPDX-License-Identifier: GPL-2.0-or-later
#include "rollup_totals.h"

enum { RANGE_ROWS = 1 << 20, RANGE_BINS = 6 << 20 };

static uint64_t sum_of(const uint64_t *value, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += value[i];
	return sum;
}

void rollup_totals_add_range(struct rollup_totals *totals,
			     const struct segment *range)
{
	const struct segment_traffic *traffic = &range->traffic;
	const struct segment_rtt *rtt = &range->rtt;

	totals->count += sum_of(rtt->count, rtt->n);
	totals->sum_ns += sum_of(rtt->sum_ns, rtt->n);
	totals->overflow += sum_of(rtt->overflow, rtt->n);
	totals->binned += sum_of(rtt->bin_count, rtt->n_bins);
	totals->packets_rx += sum_of(traffic->packets_rx, traffic->n);
	totals->packets_tx += sum_of(traffic->packets_tx, traffic->n);
	totals->bytes_rx += sum_of(traffic->bytes_rx, traffic->n);
	totals->bytes_tx += sum_of(traffic->bytes_tx, traffic->n);
	totals->ecn_rx += sum_of(range->ecn.packets_rx, range->ecn.n);
	totals->ecn_tx += sum_of(range->ecn.packets_tx, range->ecn.n);
	totals->spin_flows += sum_of(range->spin.flows, range->spin.n);
	totals->spin_packets += sum_of(range->spin.packets, range->spin.n);
}

void rollup_totals_add_whole(struct rollup_totals *totals,
			     const struct segment *whole)
{
	const struct segment_interval *in = &whole->interval;
	size_t c;

	totals->ip_packets +=
		sum_of(whole->protocol.packets, whole->protocol.n);
	totals->ip_bytes += sum_of(whole->protocol.bytes, whole->protocol.n);
	totals->n_intervals += sum_of(in->n_intervals, in->n);
	totals->covered_ns += sum_of(in->covered_ns, in->n);
	for (c = 0; c < N_OUTCOMES; c++)
		totals->seen_packets += sum_of(in->outcome[c], in->n);
	for (c = 0; c < N_EVENTS; c++)
		totals->events += sum_of(in->event[c], in->n);
	totals->n_gaps += whole->gap.n;
	totals->n_events += whole->event.n;
}

int rollup_totals_read(struct segment_file *file, struct rollup_totals *totals,
		       struct segment_fault *ret_fault)
{
	const struct segment *whole = segment_file_whole(file);
	struct segment range;
	size_t at = 0, end;
	int err = 0;

	rollup_totals_add_whole(totals, whole);
	for (; at < whole->subnet.n && !err; at = end) {
		end = segment_file_range_end(file, at, RANGE_ROWS, RANGE_BINS);
		err = segment_file_range(file, at, end, &range, ret_fault);
		if (err)
			break;
		rollup_totals_add_range(totals, &range);
		segment_range_fini(&range);
	}
	return err;
}

const char *rollup_totals_difference(const struct rollup_totals *a,
				     const struct rollup_totals *b)
{
	if (a->count != b->count || a->sum_ns != b->sum_ns ||
	    a->binned != b->binned || a->overflow != b->overflow)
		return "samples are not those of its sources";
	if (a->packets_rx != b->packets_rx || a->packets_tx != b->packets_tx ||
	    a->bytes_rx != b->bytes_rx || a->bytes_tx != b->bytes_tx)
		return "traffic is not that of its sources";
	if (a->ecn_rx != b->ecn_rx || a->ecn_tx != b->ecn_tx ||
	    a->spin_flows != b->spin_flows ||
	    a->spin_packets != b->spin_packets ||
	    a->ip_packets != b->ip_packets || a->ip_bytes != b->ip_bytes)
		return "counters are not those of its sources";
	if (a->n_intervals != b->n_intervals ||
	    a->covered_ns != b->covered_ns ||
	    a->seen_packets != b->seen_packets || a->events != b->events)
		return "intervals are not those of its sources";
	if (a->n_gaps != b->n_gaps || a->n_events != b->n_events)
		return "gaps and events are not those of its sources";
	return NULL;
}
