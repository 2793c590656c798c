// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan_lane.h"
#include "scan_span.h"

/* STEP_NONE: an interval that is not in the period. A part spans an hour, or a
 * month of coarse intervals; more steps than MAX_STEPS only a damaged one. */
#define STEP_NONE UINT32_MAX
enum { MAX_STEPS = 1 << 20 };

struct scan_part {
	struct scan_result *result;
	const struct scan_query *query;
	const struct segment *segment; /* whose rows are added */
	uint32_t *step;                /* per interval */
	struct scan_lane lane;
};

bool scan_part_is_coarse(const struct campaign_part *part,
			 const struct scan_query *query)
{
	if (!group_spec_is_coarse(&query->by) || query->has_subnet ||
	    query->has_participation || query->phases || query->has_ecn)
		return false;
	if (part->time_start_ns < query->from_ns ||
	    part->time_end_ns > query->to_ns)
		return false;
	return !query->step_ns ||
	       scan_step_start_ns(part->time_start_ns, query->step_ns) ==
		       scan_step_start_ns(part->time_end_ns - 1,
					  query->step_ns);
}

unsigned scan_part_load(const struct campaign_part *part,
			const struct scan_query *query)
{
	unsigned load = SEGMENT_SUBNET;

	if (query->has_protocols)
		load |= SEGMENT_PROTOCOL;
	if (scan_part_is_coarse(part, query))
		return (load & ~(unsigned)SEGMENT_SUBNET) | SEGMENT_SLASH8;
	if (!query->skips_traffic)
		load |= SEGMENT_TRAFFIC;
	if (query->sources)
		load |= SEGMENT_RTT | SEGMENT_HIST;
	if (query->has_participation)
		load |= SEGMENT_SPIN;
	if (query->has_ecn)
		load |= SEGMENT_ECN;
	return load;
}

int scan_part_check_layout(struct segment_layout *layout,
			   const struct segment_layout *other)
{
	size_t n_bytes = ((size_t)other->n_bins + 1) * sizeof(*other->edge_ns);

	if (!other->n_bins)
		return 0;
	if (!layout->n_bins) {
		layout->edge_ns = malloc(n_bytes);
		if (!layout->edge_ns)
			return -ENOMEM;
		memcpy(layout->edge_ns, other->edge_ns, n_bytes);
		layout->n_bins = other->n_bins;
		return 0;
	}
	if (layout->n_bins != other->n_bins ||
	    memcmp(layout->edge_ns, other->edge_ns, n_bytes) != 0)
		return -EINVAL;
	return 0;
}

static uint8_t phase_at(const struct scan_phases *phases, int64_t time_ns)
{
	uint64_t step;

	if (!phases)
		return 0;
	if (time_ns < phases->first_ns)
		return SCAN_NO_PHASE;
	step = (uint64_t)(time_ns - phases->first_ns) / phases->step_ns;
	return step < phases->n ? phases->phase[step] : SCAN_NO_PHASE;
}

/* Which intervals count, and to which step each belongs. */
static int choose_intervals(struct scan_part *part)
{
	const struct segment_interval *interval = &part->segment->interval;
	const struct scan_query *query = part->query;
	uint32_t n_phases = scan_lane_n_phases(query);
	int err = 0;

	part->lane.n_steps = n_phases;
	part->step = malloc((interval->n + 1) * sizeof(*part->step));
	if (!part->step)
		return -ENOMEM;
	if (query->step_ns && interval->n)
		part->lane.first_step_ns = scan_step_start_ns(
			interval->time_ns[0], query->step_ns);
	for (size_t i = 0; i < interval->n && !err; i++) {
		int64_t start_ns = interval->time_ns[i];
		int64_t end_ns = start_ns + (int64_t)interval->duration_ns[i];
		uint8_t phase = phase_at(query->phases, start_ns);
		uint64_t step = 0;

		part->step[i] = STEP_NONE;
		if (start_ns < query->from_ns || end_ns > query->to_ns ||
		    phase == SCAN_NO_PHASE)
			continue;
		if (query->step_ns)
			step = (uint64_t)(start_ns - part->lane.first_step_ns) /
			       query->step_ns;
		if (step >= MAX_STEPS)
			return -EBADMSG;
		part->step[i] = (uint32_t)step * n_phases + phase;
		if (step >= part->lane.n_steps / n_phases)
			part->lane.n_steps = ((uint32_t)step + 1) * n_phases;
		part->result->n_intervals += interval->n_intervals[i];
		err = scan_span_add_row(part->result, part->segment, i);
	}
	return err;
}

static int add_rtt_row(struct scan_part *part, uint64_t i)
{
	const struct segment_rtt *rtt = &part->segment->rtt;
	uint32_t step = part->step[rtt->interval[i]];
	const struct tally_row row = {
		.count = rtt->count[i],
		.min_ns = rtt->min_ns[i],
		.max_ns = rtt->max_ns[i],
		.sum_ns = rtt->sum_ns[i],
		.overflow = rtt->overflow[i],
		.bin = rtt->bin + rtt->hist_ptr[i],
		.bin_count = rtt->bin_count + rtt->hist_ptr[i],
		.n_bins = rtt->hist_ptr[i + 1] - rtt->hist_ptr[i],
	};

	if (step == STEP_NONE)
		return 0;
	return scan_lane_add_samples(&part->lane, step, rtt->source[i], &row);
}

static int add_traffic_row(struct scan_part *part, uint64_t i)
{
	const struct segment_traffic *traffic = &part->segment->traffic;
	uint32_t step = part->step[traffic->interval[i]];
	const struct scan_traffic row = {
		.class = traffic->class[i],
		.count = { .packets_rx = traffic->packets_rx[i],
			   .bytes_rx = traffic->bytes_rx[i],
			   .packets_tx = traffic->packets_tx[i],
			   .bytes_tx = traffic->bytes_tx[i] },
	};

	return step == STEP_NONE ?
		       0 :
		       scan_lane_add_traffic(&part->lane, step, &row);
}

static int add_spin_row(struct scan_part *part, size_t i)
{
	const struct segment_spin *spin = &part->segment->spin;
	unsigned version = participation_version(spin->version[i]);
	uint32_t step = part->step[spin->interval[i]];
	const struct spin_count count = {
		.flow_intervals = spin->flows[i],
		.packets = spin->packets[i],
	};

	if (step == STEP_NONE)
		return 0;
	return scan_lane_add_spin(&part->lane, step, spin->class[i], version,
				  &count);
}

/* Rows of the subnet at hand; *at is where those of an earlier one ended. */
static int add_spin(struct scan_part *part, size_t subnet, size_t *at)
{
	const struct segment_spin *spin = &part->segment->spin;
	int err = 0;

	while (*at < spin->n && spin->subnet[*at] < subnet)
		++*at;
	for (; *at < spin->n && spin->subnet[*at] == subnet && !err; ++*at)
		err = add_spin_row(part, *at);
	return err;
}

/* Likewise. */
static int add_ecn(struct scan_part *part, size_t subnet, size_t *at)
{
	const struct segment_ecn *ecn = &part->segment->ecn;
	int err = 0;

	while (*at < ecn->n && ecn->subnet[*at] < subnet)
		++*at;
	for (; *at < ecn->n && ecn->subnet[*at] == subnet && !err; ++*at) {
		uint32_t step = part->step[ecn->interval[*at]];
		const struct traffic_count count = {
			.packets_rx = ecn->packets_rx[*at],
			.packets_tx = ecn->packets_tx[*at],
		};

		if (step != STEP_NONE)
			err = scan_lane_add_ecn(&part->lane, step,
						ecn->codepoint[*at], &count);
	}
	return err;
}

/* Where the rows of the last subnet ended, in tables without pointers. */
struct row_position {
	size_t spin, ecn;
};

/* A journal comes with tables that were not asked for. */
static int add_subnet(struct scan_part *part, size_t i, struct row_position *at)
{
	const struct segment_subnet *subnet = &part->segment->subnet;
	const struct scan_query *query = part->query;
	int err = 0;

	for (uint64_t row = subnet->traffic_ptr[i];
	     row < subnet->traffic_ptr[i + 1] && !query->skips_traffic && !err;
	     row++)
		err = add_traffic_row(part, row);
	for (uint64_t row = subnet->rtt_ptr[i];
	     row < subnet->rtt_ptr[i + 1] && query->sources && !err; row++)
		err = add_rtt_row(part, row);
	if (!err && query->has_participation)
		err = add_spin(part, i, &at->spin);
	if (!err && query->has_ecn)
		err = add_ecn(part, i, &at->ecn);
	return err;
}

static int add_rows(struct scan_part *part, struct record_subnet *ret_subnet)
{
	const struct segment_subnet *subnet = &part->segment->subnet;
	struct row_position at = { 0 };
	int err = 0;

	for (size_t i = 0; i < subnet->n && !err; i++) {
		err = scan_lane_turn(&part->lane, &subnet->key[i]);
		if (err == -EDOM)
			*ret_subnet = subnet->key[i];
		if (err > 0)
			err = add_subnet(part, i, &at);
	}
	return err;
}

static void name_slash8(uint8_t family, uint8_t kind, uint8_t octet,
			uint8_t side, struct record_subnet *ret_subnet)
{
	*ret_subnet = (struct record_subnet){
		.prefix_len = 8, .family = family, .side = side, .kind = kind
	};
	if (family == 4)
		memset(ret_subnet->address + 10, 0xff, 2);
	ret_subnet->address[family == 4 ? 12 : 0] = octet;
}

static int add_slash8_samples(struct scan_part *part,
			      struct record_subnet *ret_subnet)
{
	const struct segment_slash8 *table = &part->segment->slash8;
	int err = 0;

	for (size_t i = 0; i < table->n && !err; i++) {
		const struct tally_row row = {
			.count = table->count[i],
			.min_ns = table->min_ns[i],
			.max_ns = table->max_ns[i],
			.sum_ns = table->sum_ns[i],
			.overflow = table->overflow[i],
			.bin = table->bin + table->hist_ptr[i],
			.bin_count = table->bin_count + table->hist_ptr[i],
			.n_bins = table->hist_ptr[i + 1] - table->hist_ptr[i],
		};

		name_slash8(table->family[i], table->kind[i], table->octet[i],
			    table->side[i], ret_subnet);
		err = scan_lane_turn(&part->lane, ret_subnet);
		if (err > 0)
			err = scan_lane_add_samples(&part->lane, 0,
						    table->source[i], &row);
	}
	return err;
}

static int add_slash8_traffic(struct scan_part *part,
			      struct record_subnet *ret_subnet)
{
	const struct segment_slash8_traffic *table =
		&part->segment->slash8_traffic;
	int err = 0;

	for (size_t i = 0; i < table->n && !err; i++) {
		const struct scan_traffic row = {
			.class = table->class[i],
			.count = { .packets_rx = table->packets_rx[i],
				   .bytes_rx = table->bytes_rx[i],
				   .packets_tx = table->packets_tx[i],
				   .bytes_tx = table->bytes_tx[i] },
		};

		name_slash8(table->family[i], table->kind[i], table->octet[i],
			    table->side[i], ret_subnet);
		err = scan_lane_turn(&part->lane, ret_subnet);
		if (err > 0)
			err = scan_lane_add_traffic(&part->lane, 0, &row);
	}
	return err;
}

static void add_protocols(struct scan_part *part)
{
	const struct segment_protocol *table = &part->segment->protocol;

	for (size_t i = 0; i < table->n; i++) {
		struct protocol_count *sum =
			&part->result->protocol[table->ip_protocol[i]];

		if (part->step[table->interval[i]] == STEP_NONE)
			continue;
		sum->packets += table->packets[i];
		sum->bytes += table->bytes[i];
	}
}

int scan_part_begin(struct scan_result *result, const struct scan_query *query,
		    const struct segment *whole, struct scan_part **ret_part)
{
	struct scan_part *part = calloc(1, sizeof(*part));
	int err;

	if (!part)
		return -ENOMEM;
	*part = (struct scan_part){
		.result = result,
		.query = query,
		.segment = whole,
		.lane = { .table = &result->table, .query = query },
	};
	err = scan_part_check_layout(&result->layout, &whole->layout);
	if (!err)
		err = choose_intervals(part);
	if (!err && query->has_protocols)
		add_protocols(part);
	if (!err)
		err = scan_lane_init(&part->lane);
	if (err)
		scan_part_free(part);
	else
		*ret_part = part;
	return err;
}

void scan_part_free(struct scan_part *part)
{
	if (!part)
		return;
	scan_lane_fini(&part->lane);
	free(part->step);
	free(part);
}

int scan_part_add_range(struct scan_part *part, const struct segment *range,
			struct record_subnet *ret_subnet)
{
	part->segment = range;
	return add_rows(part, ret_subnet);
}

int scan_part_add(struct scan_result *result, const struct scan_query *query,
		  const struct segment *segment, bool is_coarse,
		  struct record_subnet *ret_subnet)
{
	struct scan_part *part;
	int err = scan_part_begin(result, query, segment, &part);

	if (err)
		return err;
	if (is_coarse) {
		err = add_slash8_samples(part, ret_subnet);
		if (!err)
			err = add_slash8_traffic(part, ret_subnet);
	} else {
		err = add_rows(part, ret_subnet);
	}
	scan_part_free(part);
	return err;
}
