// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/traffic.h"

int scan_lane_init(struct scan_lane *lane)
{
	lane->group = calloc(lane->n_steps, sizeof(struct group *));
	return lane->group ? 0 : -ENOMEM;
}

void scan_lane_fini(struct scan_lane *lane)
{
	free(lane->group);
	lane->group = NULL;
}

uint32_t scan_lane_n_phases(const struct scan_query *query)
{
	return query->phases ? query->phases->n_phases : 1;
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

int scan_lane_turn(struct scan_lane *lane, const struct record_subnet *subnet)
{
	int found;

	if (!(lane->query->sides >> subnet->side & 1) ||
	    !is_within(lane->query, subnet))
		return 0;
	found = group_key_of(&lane->query->by, subnet, &lane->key);
	if (found < 0)
		return found;
	lane->is_left_out = !found;
	memset(lane->group, 0, lane->n_steps * sizeof(struct group *));
	return 1;
}

static struct group *group_at(struct scan_lane *lane, uint32_t step)
{
	if (!lane->group[step]) {
		uint32_t n_phases = scan_lane_n_phases(lane->query);

		lane->key.phase = (uint8_t)(step % n_phases);
		lane->key.step_ns =
			lane->first_step_ns +
			(int64_t)(step / n_phases * lane->query->step_ns);
		lane->group[step] = group_table_get(lane->table, &lane->key);
	}
	return lane->group[step];
}

int scan_lane_add_samples(struct scan_lane *lane, uint32_t step, uint8_t source,
			  const struct tally_row *row)
{
	struct group *group;
	struct tally *tally;

	if (!(lane->query->sources >> source & 1))
		return 0;
	if (lane->is_left_out) {
		lane->table->left_out_samples += row->count;
		return 0;
	}
	group = group_at(lane, step);
	tally = group ? group_tally(group, source) : NULL;
	return tally ? tally_add_row(tally, row) : -ENOMEM;
}

static int add_class_packets(struct group *group, uint8_t class,
			     uint64_t n_packets)
{
	struct participation *sum = group_participation(group);

	if (!sum)
		return -ENOMEM;
	if (class == TRAFFIC_QUIC)
		sum->quic_packets += n_packets;
	if (class == TRAFFIC_TCP_TS)
		sum->tcp_ts_packets += n_packets;
	if (class == TRAFFIC_TCP_TS || class == TRAFFIC_TCP_OTHER)
		sum->tcp_packets += n_packets;
	return 0;
}

static int add_class(struct group *group, const struct scan_traffic *row)
{
	struct traffic_sums *sum = group_traffic(group);

	if (!sum)
		return -ENOMEM;
	traffic_count_add(&sum->class[row->class], &row -> count);
	return 0;
}

int scan_lane_add_traffic(struct scan_lane *lane, uint32_t step,
			  const struct scan_traffic *row)
{
	const struct traffic_count *count = &row->count;
	uint64_t n_packets = count->packets_rx + count->packets_tx;
	struct group *group;
	int err = 0;

	if (lane->is_left_out) {
		lane->table->left_out_packets += n_packets;
		return 0;
	}
	group = group_at(lane, step);
	if (!group)
		return -ENOMEM;
	group->packets_rx += count->packets_rx;
	group->bytes_rx += count->bytes_rx;
	group->packets_tx += count->packets_tx;
	group->bytes_tx += count->bytes_tx;
	if (lane->query->has_classes)
		err = add_class(group, row);
	if (!err && lane->query->has_participation)
		err = add_class_packets(group, row->class, n_packets);
	return err;
}

int scan_lane_add_ecn(struct scan_lane *lane, uint32_t step, uint8_t codepoint,
		      const struct traffic_count *count)
{
	struct traffic_sums *sum;
	struct group *group;

	if (lane->is_left_out)
		return 0;
	group = group_at(lane, step);
	sum = group ? group_traffic(group) : NULL;
	if (!sum)
		return -ENOMEM;
	traffic_count_add(&sum->ecn[codepoint], count);
	return 0;
}

int scan_lane_add_spin(struct scan_lane *lane, uint32_t step, uint8_t class,
		       unsigned version, const struct spin_count *count)
{
	struct participation *sum;
	struct group *group;

	if (lane->is_left_out)
		return 0;
	group = group_at(lane, step);
	sum = group ? group_participation(group) : NULL;
	if (!sum)
		return -ENOMEM;
	sum->spin[class][version].flow_intervals += count->flow_intervals;
	sum->spin[class][version].packets += count->packets;
	return 0;
}
