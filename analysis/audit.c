// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "audit_spin.h"
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

static void sum_rows(const struct segment *segment, struct interval_sums *sums)
{
	struct interval_sums *sum;
	size_t i;

	for (i = 0; i < segment->rtt.n; i++)
		sums[segment->rtt.interval[i]].samples += segment->rtt.count[i];
	for (i = 0; i < segment->traffic.n; i++) {
		sum = &sums[segment->traffic.interval[i]];
		sum->packets_rx += segment->traffic.packets_rx[i];
		sum->packets_tx += segment->traffic.packets_tx[i];
		sum->bytes_rx += segment->traffic.bytes_rx[i];
		sum->bytes_tx += segment->traffic.bytes_tx[i];
	}
	for (i = 0; i < segment->ecn.n; i++) {
		sum = &sums[segment->ecn.interval[i]];
		sum->ecn_rx += segment->ecn.packets_rx[i];
		sum->ecn_tx += segment->ecn.packets_tx[i];
	}
}

static void sum_protocols(const struct segment *segment,
			  struct interval_sums *sums)
{
	struct interval_sums *sum;
	size_t i;

	for (i = 0; i < segment->protocol.n; i++) {
		sum = &sums[segment->protocol.interval[i]];
		sum->packets += segment->protocol.packets[i];
		sum->bytes += segment->protocol.bytes[i];
	}
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
 * outcomes, and its columns need not add up; nor need those of an interval that
 * lost rows to damage. */
static int audit_intervals(const struct segment *segment,
			   const struct interval_sums *sums,
			   struct segment_fault *fault)
{
	size_t i;
	int err = 0;

	for (i = 0; i < segment->interval.n && !err; i++)
		if (packets_seen(segment, i) &&
		    !(segment->interval.flags[i] & INTERVAL_DAMAGED))
			err = check_interval(segment, i, &sums[i], fault);
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

/* Of a row of a rollup, what gaps leave; rows are sorted by start. */
static uint64_t covered_ns(const struct segment *segment, size_t i)
{
	const struct segment_interval *in = &segment->interval;
	int64_t at_ns = in->time_ns[i];
	int64_t end_ns = at_ns + (int64_t)in->duration_ns[i];
	const struct record_gap *gap = segment->gap.row;
	uint64_t covered = 0;
	size_t j;

	for (j = 0; j < segment->gap.n; j++, gap++) {
		if (gap->end_ns <= at_ns || gap->start_ns >= end_ns)
			continue;
		if (gap->start_ns > at_ns)
			covered += (uint64_t)(gap->start_ns - at_ns);
		at_ns = gap->end_ns;
	}
	return at_ns < end_ns ? covered + (uint64_t)(end_ns - at_ns) : covered;
}

static int audit_coverage(const struct segment *segment,
			  struct segment_fault *fault)
{
	const struct segment_interval *in = &segment->interval;
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->n_intervals[i] > 1 &&
		    in->covered_ns[i] != covered_ns(segment, i))
			return segment_fault_set_row(
				fault, "interval", "covered_ns", i,
				"not what the gaps leave of the interval");
	return 0;
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
			  const struct segment_slash8 *b, const char *problem,
			  struct segment_fault *fault)
{
	if (a->n != b->n || a->n_bins != b->n_bins ||
	    !SAME(a, b, family, a->n) || !SAME(a, b, kind, a->n) ||
	    !SAME(a, b, octet, a->n) || !SAME(a, b, side, a->n) ||
	    !SAME(a, b, source, a->n) || !SAME(a, b, count, a->n) ||
	    !SAME(a, b, min_ns, a->n) || !SAME(a, b, max_ns, a->n) ||
	    !SAME(a, b, sum_ns, a->n) || !SAME(a, b, overflow, a->n) ||
	    !SAME(a, b, hist_ptr, a->n + 1) || !SAME(a, b, bin, a->n_bins) ||
	    !SAME(a, b, bin_count, a->n_bins))
		return segment_fault_set(fault, "slash8", "count", problem);
	return 0;
}

static int compare_slash8_traffic(const struct segment_slash8_traffic *a,
				  const struct segment_slash8_traffic *b,
				  const char *problem,
				  struct segment_fault *fault)
{
	if (a->n != b->n || !SAME(a, b, family, a->n) ||
	    !SAME(a, b, kind, a->n) || !SAME(a, b, octet, a->n) ||
	    !SAME(a, b, side, a->n) || !SAME(a, b, class, a->n) ||
	    !SAME(a, b, packets_rx, a->n) || !SAME(a, b, packets_tx, a->n) ||
	    !SAME(a, b, bytes_rx, a->n) || !SAME(a, b, bytes_tx, a->n))
		return segment_fault_set(fault, "slash8_traffic", "packets_rx",
					 problem);
	return 0;
}

int audit_slash8_sums(const struct segment *segment,
		      const struct segment_slash8_sums *sums,
		      const char *problem, struct segment_fault *ret_fault)
{
	struct segment made = { 0 };
	int err = segment_slash8_finish(sums, &made);

	if (!err)
		err = compare_slash8(&segment->slash8, &made.slash8, problem,
				     ret_fault);
	if (!err)
		err = compare_slash8_traffic(&segment->slash8_traffic,
					     &made.slash8_traffic, problem,
					     ret_fault);
	segment_fini(&made);
	return err;
}

struct audit {
	const struct segment *whole;
	int64_t prev_end_ns;
	struct interval_sums *sums;
	struct segment_slash8_sums *slash8;
};

struct audit *audit_new(const struct segment *whole, int64_t prev_end_ns)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return NULL;
	audit->whole = whole;
	audit->prev_end_ns = prev_end_ns;
	audit->sums = calloc(whole->interval.n + 1, sizeof(*audit->sums));
	audit->slash8 = segment_slash8_new(whole->layout.n_bins);
	if (!audit->sums || !audit->slash8) {
		audit_free(audit);
		return NULL;
	}
	sum_protocols(whole, audit->sums);
	return audit;
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	segment_slash8_free(audit->slash8);
	free(audit->sums);
	free(audit);
}

int audit_add(struct audit *audit, const struct segment *range,
	      struct segment_fault *ret_fault)
{
	int err = audit_rtt(range, ret_fault);

	if (!err)
		err = audit_spin(range, ret_fault);
	if (err)
		return err;
	sum_rows(range, audit->sums);
	return segment_slash8_add(audit->slash8, range);
}

int audit_finish(struct audit *audit, struct segment_fault *ret_fault)
{
	int err = audit_intervals(audit->whole, audit->sums, ret_fault);

	if (!err)
		err = audit_gaps(audit->whole, audit->prev_end_ns, ret_fault);
	if (!err)
		err = audit_coverage(audit->whole, ret_fault);
	if (!err)
		/* The /8 tables are made again from the rows. */
		err = audit_slash8_sums(audit->whole, audit->slash8,
					"not the sums of the rows", ret_fault);
	return err;
}

int audit_segment(const struct segment *segment, int64_t prev_end_ns,
		  struct segment_fault *ret_fault)
{
	struct audit *audit = audit_new(segment, prev_end_ns);
	int err = audit ? audit_add(audit, segment, ret_fault) : -ENOMEM;

	if (!err)
		err = audit_finish(audit, ret_fault);
	audit_free(audit);
	return err;
}
