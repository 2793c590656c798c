// SPDX-License-Identifier: GPL-2.0-or-later
#include "correlate_join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deviation.h"
#include "quantile.h"

#define DAY_NS 86400000000000ull

const char *correlate_variable_name(enum correlate_variable variable)
{
	static const char *const name[N_CORRELATE_VARIABLES] = {
		[CORRELATE_DOWN_BYTES] = "down_bytes",
		[CORRELATE_UP_BYTES] = "up_bytes",
		[CORRELATE_DOWN_PACKETS] = "down_packets",
		[CORRELATE_UP_PACKETS] = "up_packets",
		[CORRELATE_MIN] = "min",
		[CORRELATE_P50] = "p50",
		[CORRELATE_MEAN] = "mean",
		[CORRELATE_P95] = "p95",
		[CORRELATE_P99] = "p99",
		[CORRELATE_MAX] = "max",
		[CORRELATE_STD] = "std",
	};

	return name[variable];
}

/* What a WAN subnet sends comes down; what is sent to a LAN subnet too. */
static void set_loads(struct correlate_row *row, const struct group *group,
		      double covered_s)
{
	bool is_lan = group->key.side == SIDE_LAN;
	double rx_bytes = (double)group->bytes_rx / covered_s;
	double tx_bytes = (double)group->bytes_tx / covered_s;
	double rx_packets = (double)group->packets_rx / covered_s;
	double tx_packets = (double)group->packets_tx / covered_s;

	row->value[CORRELATE_DOWN_BYTES] = is_lan ? tx_bytes : rx_bytes;
	row->value[CORRELATE_UP_BYTES] = is_lan ? rx_bytes : tx_bytes;
	row->value[CORRELATE_DOWN_PACKETS] = is_lan ? tx_packets : rx_packets;
	row->value[CORRELATE_UP_PACKETS] = is_lan ? rx_packets : tx_packets;
}

/* false: one of them is no number. */
static bool set_statistics(struct correlate_row *row, const struct tally *tally,
			   const struct segment_layout *layout)
{
	static const struct {
		enum correlate_variable variable;
		unsigned permille;
	} quantiles[] = {
		{ CORRELATE_P50, 500 },
		{ CORRELATE_P95, 950 },
		{ CORRELATE_P99, 990 },
	};

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		struct quantile_value quantile = quantile_get(
			tally, layout, quantiles[i].permille, QUANTILE_LINEAR);

		if (quantile.is_overflow)
			return false;
		row->value[quantiles[i].variable] = (double)quantile.ns;
	}
	row->value[CORRELATE_MIN] = (double)tally->min_ns;
	row->value[CORRELATE_MAX] = (double)tally->max_ns;
	row->value[CORRELATE_MEAN] = (double)tally_mean_ns(tally);
	row->value[CORRELATE_STD] = deviation_ns(tally, layout);
	return true;
}

int correlate_join_take(void *opaque, const struct steps_moment *moment,
			const struct group *group,
			const struct segment_layout *layout)
{
	struct correlate_join *join = opaque;
	struct correlate_row row = { 0 };

	/* Without traffic in it a step has no load to go with. */
	if (group->key.side >= N_SIDES || !(moment->covered_s > 0) ||
	    (!group->packets_rx && !group->packets_tx))
		return 0;
	row.day =
		scan_step_start_ns(moment->start_ns, DAY_NS) / (int64_t)DAY_NS;
	set_loads(&row, group, moment->covered_s);
	for (unsigned source = 0; source < N_SOURCES; source++) {
		const struct tally *tally = group->tally[source];
		struct correlate_rows *rows =
			&join->rows[group->key.side][source];
		struct correlate_row *own;

		if (!tally || !tally->count || tally->count < join->min_samples)
			continue;
		if (!set_statistics(&row, tally, layout)) {
			join->n_overflows++;
			continue;
		}
		own = record_grow((void **)&rows->row, &rows->n, &rows->max,
				  sizeof(*own));
		if (!own)
			return -ENOMEM;
		*own = row;
	}
	return 0;
}

void correlate_join_fini(struct correlate_join *join)
{
	for (int side = 0; side < N_SIDES; side++)
		for (int source = 0; source < N_SOURCES; source++)
			free(join->rows[side][source].row);
	memset(join->rows, 0, sizeof(join->rows));
}
