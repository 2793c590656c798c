// SPDX-License-Identifier: GPL-2.0-or-later
#include "isp_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/hist.h"

#define DAY_NS 86400000000000ull

static int set_layout(struct segment_layout *layout)
{
	layout->n_bins = N_HIST_BINS;
	layout->edge_ns = calloc(N_HIST_BINS + 1, sizeof(*layout->edge_ns));
	for (uint32_t i = 0; i <= N_HIST_BINS && layout->edge_ns; i++)
		layout->edge_ns[i] = hist_edge_ns(i);
	return layout->edge_ns ? 0 : -ENOMEM;
}

static struct group *group_of(struct scan_result *result,
			      const struct record *record, uint32_t subnet,
			      uint64_t step_ns, enum group_by by)
{
	const struct group_spec spec = { .by = by };
	struct group_key key;

	if (group_key_of(&spec, &record->subnet.row[subnet], &key) != 1)
		return NULL;
	key.step_ns = scan_step_start_ns(record->start_ns, step_ns);
	return group_table_get(&result->table, &key);
}

static int add_rtt(struct scan_result *result, const struct record *record,
		   const struct record_rtt *rtt, struct group *group)
{
	uint16_t bin[N_HIST_BINS];
	uint64_t count[N_HIST_BINS];
	struct tally_row row = {
		.count = rtt->count,
		.min_ns = rtt->min_ns,
		.max_ns = rtt->max_ns,
		.sum_ns = rtt->sum_ns,
		.bin = bin,
		.bin_count = count,
		.n_bins = rtt->n_bins,
	};
	struct tally *tally = group ? group_tally(group, rtt->source) : NULL;

	for (uint32_t i = 0; i < rtt->n_bins; i++) {
		bin[i] = record->bin.row[rtt->first_bin + i].bin;
		count[i] = record->bin.row[rtt->first_bin + i].count;
	}
	return tally ? tally_add_row(tally, &row) : -ENOMEM;
}

static int add_record(struct scan_result *result, const struct record *record,
		      uint64_t step_ns, enum group_by by)
{
	int err = 0;

	for (size_t i = 0; i < record->traffic.n; i++) {
		const struct record_traffic *row = &record->traffic.row[i];
		struct group *group =
			group_of(result, record, row->subnet, step_ns, by);

		if (!group)
			return -ENOMEM;
		group->packets_rx += row->packets_rx;
		group->packets_tx += row->packets_tx;
		group->bytes_rx += row->bytes_rx;
		group->bytes_tx += row->bytes_tx;
	}
	for (size_t i = 0; i < record->rtt.n && !err; i++) {
		const struct record_rtt *rtt = &record->rtt.row[i];

		err = add_rtt(result, record, rtt,
			      group_of(result, record, rtt->subnet, step_ns,
				       by));
	}
	return err;
}

int isp_scan(struct isp *isp, uint64_t from_day, uint64_t to_day,
	     uint64_t step_ns, enum group_by by, struct scan_result *ret)
{
	uint64_t per_day = DAY_NS / isp->options.interval_ns;
	struct record record = { 0 };
	int err;

	*ret = (struct scan_result){ 0 };
	err = set_layout(&ret->layout);
	for (uint64_t i = from_day * per_day; i < to_day * per_day && !err;
	     i++) {
		if (isp_is_gap(isp, i))
			continue;
		err = isp_fill(isp, i, &record);
		if (!err)
			err = add_record(ret, &record, step_ns, by);
		ret->n_intervals++;
	}
	record_fini(&record);
	group_table_sort(&ret->table);
	return err;
}
