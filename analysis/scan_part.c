// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"
#include "scan_span.h"

/* STEP_NONE: an interval that is not in the period. A part spans an hour, or a
 * month of coarse intervals; more steps than MAX_STEPS only a damaged one. */
#define STEP_NONE UINT32_MAX
enum { MAX_STEPS = 1 << 20 };

/* What the rows of one part go into. `lane` has the groups of the subnet at
 * hand, one per step, looked up when first needed. */
struct scan_part {
	struct scan_result *result;
	const struct scan_query *query;
	const struct segment *segment; /* whose rows are added */
	uint32_t *step;                /* per interval */
	int64_t first_step_ns;
	uint32_t n_steps;
	struct group **lane;
	struct group_key key;
	bool is_left_out;
};

bool scan_part_is_coarse(const struct campaign_part *part,
			 const struct scan_query *query)
{
	if (!group_spec_is_coarse(&query->by) || query->has_subnet)
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
	if (scan_part_is_coarse(part, query))
		return SEGMENT_SLASH8;
	return SEGMENT_SUBNET | SEGMENT_TRAFFIC | SEGMENT_RTT | SEGMENT_HIST;
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

/* Which intervals count, and to which step each belongs. */
static int choose_intervals(struct scan_part *part)
{
	const struct segment_interval *interval = &part->segment->interval;
	const struct scan_query *query = part->query;
	int err = 0;

	part->n_steps = 1;
	part->step = malloc((interval->n + 1) * sizeof(*part->step));
	if (!part->step)
		return -ENOMEM;
	if (query->step_ns && interval->n)
		part->first_step_ns = scan_step_start_ns(interval->time_ns[0],
							 query->step_ns);
	for (size_t i = 0; i < interval->n && !err; i++) {
		int64_t start_ns = interval->time_ns[i];
		int64_t end_ns = start_ns + (int64_t)interval->duration_ns[i];
		uint64_t step = 0;

		part->step[i] = STEP_NONE;
		if (start_ns < query->from_ns || end_ns > query->to_ns)
			continue;
		if (query->step_ns)
			step = (uint64_t)(start_ns - part->first_step_ns) /
			       query->step_ns;
		if (step >= MAX_STEPS)
			return -EBADMSG;
		part->step[i] = (uint32_t)step;
		if (step >= part->n_steps)
			part->n_steps = (uint32_t)step + 1;
		part->result->n_intervals += interval->n_intervals[i];
		err = scan_span_add_row(part->result, part->segment, i);
	}
	return err;
}

static bool is_within(const struct scan_query *query,
		      const struct record_subnet *subnet)
{
	struct prefix prefix = { .prefix_len = subnet->prefix_len,
				 .family = subnet->family };

	if (!query->has_subnet)
		return true;
	memcpy(prefix.address, subnet->address, sizeof(prefix.address));
	return subnet->kind != SUBNET_OVERFLOW &&
	       prefix_contains(&query->subnet, &prefix);
}

/* Turns to the next subnet: 1 when its rows count, 0 when they do not. */
static int turn_to(struct scan_part *part, const struct record_subnet *subnet)
{
	int found;

	if (!(part->query->sides >> subnet->side & 1) ||
	    !is_within(part->query, subnet))
		return 0;
	found = group_key_of(&part->query->by, subnet, &part->key);
	if (found < 0)
		return found;
	part->is_left_out = !found;
	memset(part->lane, 0, part->n_steps * sizeof(struct group *));
	return 1;
}

static struct group *group_at(struct scan_part *part, uint32_t step)
{
	if (!part->lane[step]) {
		part->key.step_ns = part->first_step_ns +
				    (int64_t)(step * part->query->step_ns);
		part->lane[step] =
			group_table_get(&part->result->table, &part->key);
	}
	return part->lane[step];
}

static int add_samples(struct scan_part *part, uint32_t step, uint8_t source,
		       const struct tally_row *row)
{
	struct group *group;
	struct tally *tally;

	if (!(part->query->sources >> source & 1))
		return 0;
	if (part->is_left_out) {
		part->result->table.left_out_samples += row->count;
		return 0;
	}
	group = group_at(part, step);
	tally = group ? group_tally(group, source) : NULL;
	return tally ? tally_add_row(tally, row) : -ENOMEM;
}

static int add_traffic(struct scan_part *part, uint32_t step,
		       uint64_t packets_rx, uint64_t bytes_rx,
		       uint64_t packets_tx, uint64_t bytes_tx)
{
	struct group *group;

	if (part->is_left_out)
		return 0;
	group = group_at(part, step);
	if (!group)
		return -ENOMEM;
	group->packets_rx += packets_rx;
	group->bytes_rx += bytes_rx;
	group->packets_tx += packets_tx;
	group->bytes_tx += bytes_tx;
	return 0;
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
	return add_samples(part, step, rtt->source[i], &row);
}

static int add_traffic_row(struct scan_part *part, uint64_t i)
{
	const struct segment_traffic *traffic = &part->segment->traffic;
	uint32_t step = part->step[traffic->interval[i]];

	if (step == STEP_NONE)
		return 0;
	return add_traffic(part, step, traffic->packets_rx[i],
			   traffic->bytes_rx[i], traffic->packets_tx[i],
			   traffic->bytes_tx[i]);
}

static int add_rows(struct scan_part *part, struct record_subnet *ret_subnet)
{
	const struct segment_subnet *subnet = &part->segment->subnet;
	int err = 0;

	for (size_t i = 0; i < subnet->n && !err; i++) {
		err = turn_to(part, &subnet->key[i]);
		if (err == -EDOM)
			*ret_subnet = subnet->key[i];
		if (err <= 0)
			continue;
		err = 0;
		for (uint64_t row = subnet->traffic_ptr[i];
		     row < subnet->traffic_ptr[i + 1] && !err; row++)
			err = add_traffic_row(part, row);
		for (uint64_t row = subnet->rtt_ptr[i];
		     row < subnet->rtt_ptr[i + 1] && !err; row++)
			err = add_rtt_row(part, row);
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
		err = turn_to(part, ret_subnet);
		if (err > 0)
			err = add_samples(part, 0, table->source[i], &row);
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
		name_slash8(table->family[i], table->kind[i], table->octet[i],
			    table->side[i], ret_subnet);
		err = turn_to(part, ret_subnet);
		if (err > 0)
			err = add_traffic(part, 0, table->packets_rx[i],
					  table->bytes_rx[i],
					  table->packets_tx[i],
					  table->bytes_tx[i]);
	}
	return err;
}

int scan_part_begin(struct scan_result *result, const struct scan_query *query,
		    const struct segment *whole, struct scan_part **ret_part)
{
	struct scan_part *part = calloc(1, sizeof(*part));
	int err;

	if (!part)
		return -ENOMEM;
	*part = (struct scan_part){ .result = result,
				    .query = query,
				    .segment = whole };
	err = scan_part_check_layout(&result->layout, &whole->layout);
	if (!err)
		err = choose_intervals(part);
	if (!err) {
		part->lane = calloc(part->n_steps, sizeof(struct group *));
		err = part->lane ? 0 : -ENOMEM;
	}
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
	free(part->lane);
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
