// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "../lib/segment_build.h"

/* One RTT row of /rtt or /slash8. */
struct rtt_view {
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	const uint16_t *bin;
	const uint64_t *bin_count;
	uint64_t n_bins;
};

/* The first and last samples lie in the first and last bins that are used. */
static bool extremes_fit(const struct rtt_view *v,
			 const struct segment_layout *layout)
{
	const uint64_t *edge_ns = layout->edge_ns;
	uint16_t first, last;

	if (v->overflow && v->max_ns < edge_ns[layout->n_bins])
		return false;
	if (!v->n_bins)
		return v->min_ns >= edge_ns[layout->n_bins];
	first = v->bin[0];
	last = v->bin[v->n_bins - 1];
	if (v->min_ns < edge_ns[first] || v->min_ns >= edge_ns[first + 1])
		return false;
	return v->overflow ||
	       (v->max_ns >= edge_ns[last] && v->max_ns < edge_ns[last + 1]);
}

static const char *check_rtt(const struct rtt_view *v,
			     const struct segment_layout *layout,
			     const char **ret_column)
{
	uint64_t sum = v->overflow, i;

	*ret_column = "count";
	if (!v->count)
		return "no samples";
	for (i = 0; i < v->n_bins; i++)
		sum += v->bin_count[i];
	if (sum != v->count)
		return "not the sum of its histogram and overflow";
	*ret_column = "min_ns";
	if (v->min_ns > v->max_ns)
		return "above max_ns";
	if (!extremes_fit(v, layout))
		return "min_ns and max_ns do not fit the histogram";
	*ret_column = "sum_ns";
	if (v->sum_ns < v->min_ns ||
	    (__int128)v->sum_ns > (__int128)v->max_ns * v->count ||
	    (__int128)v->sum_ns < (__int128)v->min_ns * v->count)
		return "mean not between min_ns and max_ns";
	return NULL;
}

static int audit_rtt(const struct segment *segment, struct segment_fault *fault)
{
	const struct segment_rtt *rtt = &segment->rtt;
	const char *problem, *column;
	size_t i;

	for (i = 0; i < rtt->n; i++) {
		const struct rtt_view view = {
			rtt->count[i],
			rtt->min_ns[i],
			rtt->max_ns[i],
			rtt->sum_ns[i],
			rtt->overflow[i],
			rtt->bin + rtt->hist_ptr[i],
			rtt->bin_count + rtt->hist_ptr[i],
			rtt->hist_ptr[i + 1] - rtt->hist_ptr[i],
		};

		problem = check_rtt(&view, &segment->layout, &column);
		if (problem)
			return segment_fault_set_row(fault, "rtt", column, i,
						     problem);
	}
	return 0;
}

/* Sums of one interval over all subnets. */
struct interval_sums {
	uint64_t samples;
	uint64_t packets_rx, packets_tx, bytes_rx, bytes_tx;
	uint64_t ecn_rx, ecn_tx;
	uint64_t packets, bytes; /* of /protocol */
};

static struct interval_sums *sum_intervals(const struct segment *segment)
{
	struct interval_sums *sums = calloc(segment->interval.n + 1,
					    sizeof(*sums)),
			     *sum;
	size_t i;

	for (i = 0; sums && i < segment->rtt.n; i++)
		sums[segment->rtt.interval[i]].samples += segment->rtt.count[i];
	for (i = 0; sums && i < segment->traffic.n; i++) {
		sum = &sums[segment->traffic.interval[i]];
		sum->packets_rx += segment->traffic.packets_rx[i];
		sum->packets_tx += segment->traffic.packets_tx[i];
		sum->bytes_rx += segment->traffic.bytes_rx[i];
		sum->bytes_tx += segment->traffic.bytes_tx[i];
	}
	for (i = 0; sums && i < segment->ecn.n; i++) {
		sum = &sums[segment->ecn.interval[i]];
		sum->ecn_rx += segment->ecn.packets_rx[i];
		sum->ecn_tx += segment->ecn.packets_tx[i];
	}
	for (i = 0; sums && i < segment->protocol.n; i++) {
		sum = &sums[segment->protocol.interval[i]];
		sum->packets += segment->protocol.packets[i];
		sum->bytes += segment->protocol.bytes[i];
	}
	return sums;
}

static uint64_t packets_seen(const struct segment *segment, size_t i)
{
	uint64_t n = 0;
	size_t c;

	for (c = 0; c < N_OUTCOMES; c++)
		n += segment->interval.outcome[c][i];
	return n;
}

/* Every IP packet is counted by protocol, once as sent by a subnet and once as
 * sent to one. */
static int check_interval(const struct segment *segment, size_t i,
			  const struct interval_sums *sum,
			  struct segment_fault *fault)
{
	if (segment->interval.event[EVENT_SAMPLE][i] != sum->samples)
		return segment_fault_set_row(fault, "interval", "event_sample",
					     i, "not the samples of /rtt");
	if (sum->packets_rx != sum->packets || sum->packets_tx != sum->packets)
		return segment_fault_set_row(
			fault, "interval", "time", i,
			"packets of /traffic are not those of /protocol");
	if (sum->bytes_rx != sum->bytes || sum->bytes_tx != sum->bytes)
		return segment_fault_set_row(
			fault, "interval", "time", i,
			"bytes of /traffic are not those of /protocol");
	if (sum->ecn_rx != sum->packets_rx || sum->ecn_tx != sum->packets_tx)
		return segment_fault_set_row(
			fault, "interval", "time", i,
			"packets of /ecn are not those of /traffic");
	return 0;
}

/* Only intervals whose packets were seen one by one: an import knows no
 * outcomes, and its columns need not add up. */
static int audit_intervals(const struct segment *segment,
			   struct segment_fault *fault)
{
	struct interval_sums *sums = sum_intervals(segment);
	size_t i;
	int err = sums ? 0 : -ENOMEM;

	for (i = 0; i < segment->interval.n && !err; i++)
		if (packets_seen(segment, i))
			err = check_interval(segment, i, &sums[i], fault);
	free(sums);
	return err;
}

/* Gap rows cover [from, to) without a hole; rows are sorted by start. */
static bool is_covered(const struct segment_gap *gap, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i < gap->n && from < to; i++)
		if (gap->row[i].start_ns <= from && gap->row[i].end_ns > from)
			from = gap->row[i].end_ns;
	return from >= to;
}

static int audit_gaps(const struct segment *segment, int64_t end_ns,
		      struct segment_fault *fault)
{
	const struct segment_interval *in = &segment->interval;
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (end_ns != INT64_MIN && in->time_ns[i] < end_ns)
			return segment_fault_set_row(
				fault, "interval", "time", i,
				"overlaps the interval before");
		if (end_ns != INT64_MIN && in->time_ns[i] > end_ns &&
		    !is_covered(&segment->gap, end_ns, in->time_ns[i]))
			return segment_fault_set_row(
				fault, "interval", "time", i,
				"nothing in /gap tells why there is none "
				"before it");
		end_ns = in->time_ns[i] + (int64_t)in->duration_ns[i];
	}
	return 0;
}

#define SAME(a, b, column, n)                                                  \
	(!memcmp((a)->column, (b)->column, (n) * sizeof(*(a)->column)))

static int compare_slash8(const struct segment_slash8 *a,
			  const struct segment_slash8 *b,
			  struct segment_fault *fault)
{
	if (a->n != b->n || a->n_bins != b->n_bins)
		return segment_fault_set(fault, "slash8", "count",
					 "not as many rows as /rtt gives");
	if (!SAME(a, b, family, a->n) || !SAME(a, b, kind, a->n) ||
	    !SAME(a, b, octet, a->n) || !SAME(a, b, side, a->n) ||
	    !SAME(a, b, source, a->n) || !SAME(a, b, count, a->n) ||
	    !SAME(a, b, min_ns, a->n) || !SAME(a, b, max_ns, a->n) ||
	    !SAME(a, b, sum_ns, a->n) || !SAME(a, b, overflow, a->n) ||
	    !SAME(a, b, hist_ptr, a->n + 1) || !SAME(a, b, bin, a->n_bins) ||
	    !SAME(a, b, bin_count, a->n_bins))
		return segment_fault_set(fault, "slash8", "count",
					 "not the sums of /rtt");
	return 0;
}

static int compare_slash8_traffic(const struct segment_slash8_traffic *a,
				  const struct segment_slash8_traffic *b,
				  struct segment_fault *fault)
{
	if (a->n != b->n || !SAME(a, b, family, a->n) ||
	    !SAME(a, b, kind, a->n) || !SAME(a, b, octet, a->n) ||
	    !SAME(a, b, side, a->n) || !SAME(a, b, class, a->n) ||
	    !SAME(a, b, packets_rx, a->n) || !SAME(a, b, packets_tx, a->n) ||
	    !SAME(a, b, bytes_rx, a->n) || !SAME(a, b, bytes_tx, a->n))
		return segment_fault_set(fault, "slash8_traffic", "packets_rx",
					 "not the sums of /traffic");
	return 0;
}

/* Makes the /8 tables again from the rows. */
static int audit_slash8(const struct segment *segment,
			struct segment_fault *fault)
{
	struct segment made = {
		.layout = segment->layout,
		.subnet = segment->subnet,
		.traffic = segment->traffic,
		.rtt = segment->rtt,
	};
	int err = segment_slash8_build(&made);

	if (!err)
		err = compare_slash8(&segment->slash8, &made.slash8, fault);
	if (!err)
		err = compare_slash8_traffic(&segment->slash8_traffic,
					     &made.slash8_traffic, fault);
	/* The rows are borrowed. */
	made.layout = (struct segment_layout){ 0 };
	made.subnet = (struct segment_subnet){ 0 };
	made.traffic = (struct segment_traffic){ 0 };
	made.rtt = (struct segment_rtt){ 0 };
	segment_fini(&made);
	return err;
}

int audit_segment(const struct segment *segment, int64_t prev_end_ns,
		  struct segment_fault *ret_fault)
{
	int err = audit_rtt(segment, ret_fault);

	if (!err)
		err = audit_intervals(segment, ret_fault);
	if (!err)
		err = audit_gaps(segment, prev_end_ns, ret_fault);
	if (!err)
		err = audit_slash8(segment, ret_fault);
	return err;
}
