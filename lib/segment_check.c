// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "segment_columns.h"
#include "segment_read.h"
#include "subnet_set.h"
#include "../core/source.h"
#include "../core/traffic.h"

/* Far enough from the ends of int64_t that sums of times cannot overflow. */
#define FAR_NS (INT64_MAX / 4)

static int check_layout(const struct segment_layout *layout,
			struct segment_fault *fault)
{
	uint32_t i;

	for (i = 0; i < layout->n_bins; i++)
		if (layout->edge_ns[i] >= layout->edge_ns[i + 1])
			return segment_fault_set_row(fault, "hist",
						     "bin_edge_ns", i + 1,
						     "does not ascend");
	return 0;
}

static int check_intervals(const struct segment *segment,
			   struct segment_fault *fault)
{
	const struct segment_interval *in = &segment->interval;
	int64_t end_ns = -FAR_NS;
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->time_ns[i] < end_ns || in->time_ns[i] > FAR_NS)
			return segment_fault_set_row(fault, "interval", "time",
						     i,
						     "overlaps the one "
						     "before");
		if (!in->duration_ns[i] || in->duration_ns[i] > FAR_NS)
			return segment_fault_set_row(fault, "interval",
						     "duration_ns", i,
						     "out of range");
		if (i && in->seq[i] <= in->last_seq[i - 1])
			return segment_fault_set_row(fault, "interval", "seq",
						     i, "does not ascend");
		if (in->last_seq[i] < in->seq[i] || !in->n_intervals[i] ||
		    in->n_intervals[i] - 1 > in->last_seq[i] - in->seq[i])
			return segment_fault_set_row(fault, "interval",
						     "n_intervals", i,
						     "not as many sequence "
						     "numbers");
		if (in->covered_ns[i] > in->duration_ns[i])
			return segment_fault_set_row(fault, "interval",
						     "covered_ns", i,
						     "longer than the "
						     "interval");
		end_ns = in->time_ns[i] + (int64_t)in->duration_ns[i];
	}
	if (!in->n)
		return segment_fault_set(fault, "interval", "time", "empty");
	if (in->seq[0] != segment->meta.first_seq ||
	    in->last_seq[in->n - 1] != segment->meta.last_seq)
		return segment_fault_set(fault, "@first_seq", "",
					 "differs from the intervals");
	if (in->time_ns[0] != segment->meta.time_start_ns ||
	    end_ns != segment->meta.time_end_ns)
		return segment_fault_set(fault, "@time_start_ns", "",
					 "differs from the intervals");
	return 0;
}

static int check_notes(const struct segment *segment,
		       struct segment_fault *fault)
{
	const struct record_gap *gap = segment->gap.row;
	size_t i;

	for (i = 0; i < segment->gap.n; i++, gap++) {
		if (gap->start_ns >= gap->end_ns || gap->start_ns < -FAR_NS ||
		    gap->end_ns > FAR_NS)
			return segment_fault_set_row(fault, "gap", "end_ns", i,
						     "out of range");
		if (gap->cause >= N_GAP_CAUSES)
			return segment_fault_set_row(fault, "gap", "cause", i,
						     "unknown code");
	}
	for (i = 0; i < segment->event.n; i++)
		if (segment->event.row[i].kind >= N_EVENT_KINDS)
			return segment_fault_set_row(fault, "event", "kind", i,
						     "unknown code");
	return 0;
}

/* ptr[0] = 0, ascending, ptr[n] = n_rows; the last only if is_loaded. */
static int check_pointers(const uint64_t *ptr, size_t n, size_t n_rows,
			  bool is_loaded, const char *group, const char *name,
			  struct segment_fault *fault)
{
	size_t i;

	if (ptr[0])
		return segment_fault_set_row(fault, group, name, 0, "not 0");
	for (i = 0; i < n; i++)
		if (ptr[i] > ptr[i + 1])
			return segment_fault_set_row(fault, group, name, i + 1,
						     "descends");
	if (is_loaded && ptr[n] != n_rows)
		return segment_fault_set_row(fault, group, name, n,
					     "not the number of rows");
	return 0;
}

static int check_subnet_order(const struct segment_subnet *subnet,
			      struct segment_fault *fault)
{
	size_t i;

	for (i = 0; i < subnet->n; i++) {
		if (!record_subnet_is_valid(&subnet->key[i]))
			return segment_fault_set_row(fault, "subnet", "address",
						     i, "not a prefix");
		if (i &&
		    subnet_compare(&subnet->key[i - 1], &subnet->key[i]) >= 0)
			return segment_fault_set_row(fault, "subnet", "address",
						     i, "not in order");
	}
	return 0;
}

static int check_subnets(const struct segment *segment, unsigned int load,
			 struct segment_fault *fault)
{
	const struct segment_subnet *subnet = &segment->subnet;
	int err = check_subnet_order(subnet, fault);

	if (err)
		return err;
	err = check_pointers(subnet->traffic_ptr, subnet->n, segment->traffic.n,
			     load & SEGMENT_TRAFFIC, "subnet", "traffic_ptr",
			     fault);
	if (err)
		return err;
	return check_pointers(subnet->rtt_ptr, subnet->n, segment->rtt.n,
			      load & SEGMENT_RTT, "subnet", "rtt_ptr", fault);
}

/* Columns that index or name: of a table of (subnet, interval, code, extra). */
struct keys {
	const char *group, *code_name;
	size_t n;
	const uint32_t *subnet, *interval;
	const uint8_t *code;
	const uint32_t *extra; /* or NULL */
	unsigned int n_codes;
	const uint64_t *ptr; /* or NULL */
};

/* Strictly ascending, and with `ptr` in the range of its subnet. */
static bool keys_are_ordered(const struct keys *keys, size_t i)
{
	if (keys->subnet[i] != keys->subnet[i - 1])
		return keys->subnet[i] > keys->subnet[i - 1];
	if (keys->interval[i] != keys->interval[i - 1])
		return keys->interval[i] > keys->interval[i - 1];
	if (keys->code[i] != keys->code[i - 1])
		return keys->code[i] > keys->code[i - 1];
	return keys->extra && keys->extra[i] > keys->extra[i - 1];
}

static int check_keys(const struct segment *segment, const struct keys *keys,
		      struct segment_fault *fault)
{
	uint32_t s;
	size_t i;

	for (i = 0; i < keys->n; i++) {
		s = keys->subnet[i];
		if (s >= segment->subnet.n ||
		    (keys->ptr && (i < keys->ptr[s] || i >= keys->ptr[s + 1])))
			return segment_fault_set_row(fault, keys->group,
						     "subnet", i,
						     "not the subnet that "
						     "points here");
		if (keys->interval[i] >= segment->interval.n)
			return segment_fault_set_row(fault, keys->group,
						     "interval", i,
						     "out of range");
		if (keys->code[i] >= keys->n_codes)
			return segment_fault_set_row(fault, keys->group,
						     keys->code_name, i,
						     "unknown code");
		if (i && !keys_are_ordered(keys, i))
			return segment_fault_set_row(fault, keys->group,
						     keys->code_name, i,
						     "not in order");
	}
	return 0;
}

static int check_protocols(const struct segment *segment,
			   struct segment_fault *fault)
{
	const struct segment_protocol *p = &segment->protocol;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->interval[i] >= segment->interval.n)
			return segment_fault_set_row(fault, "protocol",
						     "interval", i,
						     "out of range");
		if (i && (p->interval[i] < p->interval[i - 1] ||
			  (p->interval[i] == p->interval[i - 1] &&
			   p->ip_protocol[i] <= p->ip_protocol[i - 1])))
			return segment_fault_set_row(fault, "protocol",
						     "ip_protocol", i,
						     "not in order");
	}
	return 0;
}

/* Bins of each row ascend and lie in the layout. */
static int check_bins(const struct segment *segment, const char *group,
		      const uint64_t *ptr, size_t n, const uint16_t *bin,
		      struct segment_fault *fault)
{
	uint64_t b;
	size_t i;

	for (i = 0; i < n; i++)
		for (b = ptr[i]; b < ptr[i + 1]; b++)
			if (bin[b] >= segment->layout.n_bins ||
			    (b > ptr[i] && bin[b] <= bin[b - 1]))
				return segment_fault_set_row(
					fault, group, "bin", b,
					"outside the layout, or not in order");
	return 0;
}

static int check_rtt(const struct segment *segment, unsigned int load,
		     struct segment_fault *fault)
{
	const struct segment_rtt *rtt = &segment->rtt;
	int err = check_pointers(rtt->hist_ptr, rtt->n, rtt->n_bins,
				 load & SEGMENT_HIST, "rtt", "hist_ptr", fault);

	if (err || !(load & SEGMENT_HIST))
		return err;
	return check_bins(segment, "hist", rtt->hist_ptr, rtt->n, rtt->bin,
			  fault);
}

/* Name of the column that is out of range, or NULL. */
static const char *bad_slash8_key(uint8_t family, uint8_t kind, uint8_t side)
{
	if (family != 4 && family != 6)
		return "family";
	if (kind > SUBNET_OVERFLOW)
		return "kind";
	return side >= N_SIDES ? "side" : NULL;
}

static int check_slash8_keys(const struct segment *segment,
			     struct segment_fault *fault)
{
	const struct segment_slash8_traffic *t = &segment->slash8_traffic;
	const struct segment_slash8 *s = &segment->slash8;
	const char *column;
	size_t i;

	for (i = 0; i < s->n; i++) {
		column = bad_slash8_key(s->family[i], s->kind[i], s->side[i]);
		if (!column && s->source[i] >= N_SOURCES)
			column = "source";
		if (column)
			return segment_fault_set_row(fault, "slash8", column, i,
						     "unknown code");
	}
	for (i = 0; i < t->n; i++) {
		column = bad_slash8_key(t->family[i], t->kind[i], t->side[i]);
		if (!column && t->class[i] >= N_TRAFFIC_CLASSES)
			column = "class";
		if (column)
			return segment_fault_set_row(fault, "slash8_traffic",
						     column, i, "unknown code");
	}
	return 0;
}

static int check_slash8(const struct segment *segment,
			struct segment_fault *fault)
{
	const struct segment_slash8 *s = &segment->slash8;
	int err = check_slash8_keys(segment, fault);

	if (!err)
		err = check_pointers(s->hist_ptr, s->n, s->n_bins, true,
				     "slash8", "hist_ptr", fault);
	if (!err)
		err = check_bins(segment, "slash8", s->hist_ptr, s->n, s->bin,
				 fault);
	return err;
}

static int check_tables(const struct segment *segment, unsigned int load,
			struct segment_fault *fault)
{
	const struct segment_traffic *traffic = &segment->traffic;
	const struct segment_spin *spin = &segment->spin;
	const struct segment_ecn *ecn = &segment->ecn;
	const struct segment_rtt *rtt = &segment->rtt;
	const struct keys keys[] = {
		{ "traffic", "class", traffic->n, traffic->subnet,
		  traffic->interval, traffic->class, NULL, N_TRAFFIC_CLASSES,
		  segment->subnet.traffic_ptr },
		{ "ecn", "codepoint", ecn->n, ecn->subnet, ecn->interval,
		  ecn->codepoint, NULL, N_ECN, NULL },
		{ "spin", "class", spin->n, spin->subnet, spin->interval,
		  spin->class, spin->version, N_SPIN_CLASSES, NULL },
		{ "rtt", "source", rtt->n, rtt->subnet, rtt->interval,
		  rtt->source, NULL, N_SOURCES, segment->subnet.rtt_ptr },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !err; i++)
		err = check_keys(segment, &keys[i], fault);
	if (!err && load & SEGMENT_PROTOCOL)
		err = check_protocols(segment, fault);
	return err;
}

int segment_check_whole(const struct segment *segment, uint64_t n_traffic,
			uint64_t n_rtt, struct segment_fault *ret_fault)
{
	const struct segment_subnet *subnet = &segment->subnet;
	int err = check_layout(&segment->layout, ret_fault);

	if (!err)
		err = check_intervals(segment, ret_fault);
	if (!err)
		err = check_notes(segment, ret_fault);
	if (!err)
		err = check_subnet_order(subnet, ret_fault);
	if (!err)
		err = check_pointers(subnet->traffic_ptr, subnet->n, n_traffic,
				     true, "subnet", "traffic_ptr", ret_fault);
	if (!err)
		err = check_pointers(subnet->rtt_ptr, subnet->n, n_rtt, true,
				     "subnet", "rtt_ptr", ret_fault);
	return err;
}

int segment_check_range(const struct segment *range, unsigned int load,
			struct segment_fault *ret_fault)
{
	int err = check_tables(range, load & ~(unsigned int)SEGMENT_PROTOCOL,
			       ret_fault);

	if (!err && load & SEGMENT_RTT)
		err = check_rtt(range, load, ret_fault);
	return err;
}

/* Tables that are not loaded have no rows and pass. */
int segment_check(const struct segment *segment, unsigned int load,
		  struct segment_fault *ret_fault)
{
	int err = check_layout(&segment->layout, ret_fault);

	if (!err)
		err = check_intervals(segment, ret_fault);
	if (!err)
		err = check_notes(segment, ret_fault);
	if (!err && load & SEGMENT_SUBNET)
		err = check_subnets(segment, load, ret_fault);
	if (!err)
		err = check_tables(segment, load, ret_fault);
	if (!err && load & SEGMENT_RTT)
		err = check_rtt(segment, load, ret_fault);
	if (!err && load & SEGMENT_SLASH8)
		err = check_slash8(segment, ret_fault);
	return err;
}
