// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment_build.h"
#include "segment_builder.h"
#include "huge.h"

/* An array of n values; never NULL for n = 0. */
#define NEW_COLUMN(column, n)                                                  \
	((column) = huge_calloc((n) + 1, sizeof(*(column))))

static int finish_intervals(struct segment_builder *builder,
			    struct segment_interval *to)
{
	const struct interval_row *from = builder->interval.row;
	size_t i, c;
	bool ok;

	to->n = builder->interval.n;
	ok = NEW_COLUMN(to->time_ns, to->n) &&
	     NEW_COLUMN(to->duration_ns, to->n) && NEW_COLUMN(to->seq, to->n) &&
	     NEW_COLUMN(to->last_seq, to->n) &&
	     NEW_COLUMN(to->n_intervals, to->n) &&
	     NEW_COLUMN(to->covered_ns, to->n) &&
	     NEW_COLUMN(to->flags, to->n) &&
	     NEW_COLUMN(to->clock_offset_ns, to->n);
	for (c = 0; c < N_OUTCOMES && ok; c++)
		ok = NEW_COLUMN(to->outcome[c], to->n);
	for (c = 0; c < N_EVENTS && ok; c++)
		ok = NEW_COLUMN(to->event[c], to->n);
	if (!ok)
		return -ENOMEM;
	for (i = 0; i < to->n; i++, from++) {
		to->time_ns[i] = from->start_ns;
		to->duration_ns[i] = to->covered_ns[i] = from->duration_ns;
		to->seq[i] = to->last_seq[i] = from->seq;
		to->n_intervals[i] = 1;
		to->flags[i] = from->flags;
		to->clock_offset_ns[i] = from->clock_offset_ns;
		for (c = 0; c < N_OUTCOMES; c++)
			to->outcome[c][i] = from->outcome[c];
		for (c = 0; c < N_EVENTS; c++)
			to->event[c][i] = from->event[c];
	}
	return 0;
}

/* Adds up neighbours of equal key, in place. */
static void merge_counters(struct row_array *array)
{
	struct counter_row *row = array->row, *to = row;
	size_t i, v, n = 0;

	for (i = 0; i < array->n; i++) {
		if (n && row_key_equals(&to[n - 1].key, &row[i].key)) {
			for (v = 0; v < 4; v++)
				to[n - 1].value[v] += row[i].value[v];
			continue;
		}
		to[n++] = row[i];
	}
	array->n = n;
}

static int sort_counters(struct row_array *array, const uint32_t *rank,
			 size_t n_subnets)
{
	int err = row_array_sort(array, sizeof(struct counter_row), rank,
				 n_subnets);

	if (!err)
		merge_counters(array);
	return err;
}

static int finish_traffic(const struct row_array *array,
			  struct segment_traffic *to)
{
	const struct counter_row *row = array->row;
	size_t i;

	to->n = array->n;
	if (!NEW_COLUMN(to->subnet, to->n) ||
	    !NEW_COLUMN(to->interval, to->n) || !NEW_COLUMN(to->class, to->n) ||
	    !NEW_COLUMN(to->packets_rx, to->n) ||
	    !NEW_COLUMN(to->packets_tx, to->n) ||
	    !NEW_COLUMN(to->bytes_rx, to->n) ||
	    !NEW_COLUMN(to->bytes_tx, to->n))
		return -ENOMEM;
	for (i = 0; i < to->n; i++, row++) {
		to->subnet[i] = row->key.subnet;
		to->interval[i] = row->key.interval;
		to->class[i] = row->key.code;
		to->packets_rx[i] = row->value[0];
		to->packets_tx[i] = row->value[1];
		to->bytes_rx[i] = row->value[2];
		to->bytes_tx[i] = row->value[3];
	}
	return 0;
}

static int finish_ecn(const struct row_array *array, struct segment_ecn *to)
{
	const struct counter_row *row = array->row;
	size_t i;

	to->n = array->n;
	if (!NEW_COLUMN(to->subnet, to->n) ||
	    !NEW_COLUMN(to->interval, to->n) ||
	    !NEW_COLUMN(to->codepoint, to->n) ||
	    !NEW_COLUMN(to->packets_rx, to->n) ||
	    !NEW_COLUMN(to->packets_tx, to->n))
		return -ENOMEM;
	for (i = 0; i < to->n; i++, row++) {
		to->subnet[i] = row->key.subnet;
		to->interval[i] = row->key.interval;
		to->codepoint[i] = row->key.code;
		to->packets_rx[i] = row->value[0];
		to->packets_tx[i] = row->value[1];
	}
	return 0;
}

static int finish_spin(const struct row_array *array, struct segment_spin *to)
{
	const struct counter_row *row = array->row;
	size_t i;

	to->n = array->n;
	if (!NEW_COLUMN(to->subnet, to->n) ||
	    !NEW_COLUMN(to->interval, to->n) || !NEW_COLUMN(to->class, to->n) ||
	    !NEW_COLUMN(to->version, to->n) || !NEW_COLUMN(to->flows, to->n) ||
	    !NEW_COLUMN(to->packets, to->n))
		return -ENOMEM;
	for (i = 0; i < to->n; i++, row++) {
		to->subnet[i] = row->key.subnet;
		to->interval[i] = row->key.interval;
		to->class[i] = row->key.code;
		to->version[i] = row->key.extra;
		to->flows[i] = row->value[0];
		to->packets[i] = row->value[1];
	}
	return 0;
}

static int finish_protocol(const struct row_array *array,
			   struct segment_protocol *to)
{
	const struct counter_row *row = array->row;
	size_t i;

	to->n = array->n;
	if (!NEW_COLUMN(to->interval, to->n) ||
	    !NEW_COLUMN(to->ip_protocol, to->n) ||
	    !NEW_COLUMN(to->packets, to->n) || !NEW_COLUMN(to->bytes, to->n))
		return -ENOMEM;
	for (i = 0; i < to->n; i++, row++) {
		to->interval[i] = row->key.interval;
		to->ip_protocol[i] = row->key.code;
		to->packets[i] = row->value[0];
		to->bytes[i] = row->value[1];
	}
	return 0;
}

static int new_rtt_columns(struct segment_rtt *to, size_t n, size_t n_bins)
{
	if (!NEW_COLUMN(to->subnet, n) || !NEW_COLUMN(to->interval, n) ||
	    !NEW_COLUMN(to->source, n) || !NEW_COLUMN(to->count, n) ||
	    !NEW_COLUMN(to->min_ns, n) || !NEW_COLUMN(to->max_ns, n) ||
	    !NEW_COLUMN(to->sum_ns, n) || !NEW_COLUMN(to->overflow, n) ||
	    !NEW_COLUMN(to->hist_ptr, n) || !NEW_COLUMN(to->bin, n_bins) ||
	    !NEW_COLUMN(to->bin_count, n_bins))
		return -ENOMEM;
	return 0;
}

/* Adds bins [b, b + n) to the histogram that ends the table; both ascend. Done
 * from the back, so that it needs no second array: there is room, as every bin
 * gathered has a place of its own. */
static void merge_bins(struct segment_rtt *to, size_t start,
		       const struct record_bin *bin, size_t n)
{
	size_t have = to->n_bins - start, i = have, j = n, at, n_common = 0;

	while (i && j) {
		if (to->bin[start + i - 1] == bin[j - 1].bin) {
			n_common++;
			i--;
			j--;
		} else if (to->bin[start + i - 1] > bin[j - 1].bin) {
			i--;
		} else {
			j--;
		}
	}
	at = start + have + n - n_common;
	to->n_bins = at;
	for (i = have, j = n; j;) {
		at--;
		if (!i || to->bin[start + i - 1] < bin[j - 1].bin) {
			to->bin[at] = bin[--j].bin;
			to->bin_count[at] = bin[j].count;
			continue;
		}
		i--;
		to->bin[at] = to->bin[start + i];
		to->bin_count[at] = to->bin_count[start + i];
		if (to->bin[at] == bin[j - 1].bin)
			to->bin_count[at] += bin[--j].count;
	}
}

static void put_rtt(struct segment_rtt *to, const struct rtt_row *row)
{
	size_t i = to->n++;

	to->subnet[i] = row->key.subnet;
	to->interval[i] = row->key.interval;
	to->source[i] = row->key.code;
	to->count[i] = row->count;
	to->min_ns[i] = row->min_ns;
	to->max_ns[i] = row->max_ns;
	to->sum_ns[i] = row->sum_ns;
	to->overflow[i] = row->overflow;
	to->hist_ptr[i] = to->n_bins;
}

static void add_to_rtt(struct segment_rtt *to, const struct rtt_row *row)
{
	size_t i = to->n - 1;

	to->count[i] += row->count;
	to->sum_ns[i] += row->sum_ns;
	to->overflow[i] += row->overflow;
	if (row->min_ns < to->min_ns[i])
		to->min_ns[i] = row->min_ns;
	if (row->max_ns > to->max_ns[i])
		to->max_ns[i] = row->max_ns;
}

static int check_bins(const struct segment_rtt *rtt, uint32_t n_layout_bins,
		      bool is_rollup)
{
	size_t i;

	for (i = 0; i < rtt->n_bins; i++) {
		if (rtt->bin[i] >= n_layout_bins)
			return -EBADMSG;
		if (!is_rollup && rtt->bin_count[i] > UINT32_MAX)
			return -ERANGE;
	}
	return 0;
}

static int finish_rtt(struct segment_builder *builder, uint32_t n_layout_bins,
		      bool is_rollup, struct segment_rtt *to)
{
	const struct rtt_row *row = builder->rtt.row;
	const struct record_bin *bin = builder->bin.row;
	size_t i;

	if (new_rtt_columns(to, builder->rtt.n, builder->bin.n))
		return -ENOMEM;
	for (i = 0; i < builder->rtt.n; i++) {
		if (i && row_key_equals(&row[i - 1].key, &row[i].key))
			add_to_rtt(to, &row[i]);
		else
			put_rtt(to, &row[i]);
		if (row[i].n_bins)
			merge_bins(to, to->hist_ptr[to->n - 1],
				   bin + row[i].first_bin, row[i].n_bins);
	}
	to->hist_ptr[to->n] = to->n_bins;
	return check_bins(to, n_layout_bins, is_rollup);
}

/* ptr[i] = first row of subnet i; ptr[n_subnets] = n_rows. */
static uint64_t *point_to_rows(const uint32_t *subnet, size_t n_rows,
			       size_t n_subnets)
{
	uint64_t *ptr = calloc(n_subnets + 1, sizeof(*ptr));
	size_t i, row = 0;

	for (i = 0; ptr && i <= n_subnets; i++) {
		while (row < n_rows && subnet[row] < i)
			row++;
		ptr[i] = row;
	}
	return ptr;
}

static int finish_subnets(struct segment_builder *builder,
			  struct segment *segment, uint32_t **ret_rank)
{
	segment->subnet.n = builder->subnet.n;
	segment->subnet.key =
		calloc(builder->subnet.n + 1, sizeof(*segment->subnet.key));
	if (!segment->subnet.key)
		return -ENOMEM;
	return subnet_set_rank(&builder->subnet, segment->subnet.key, ret_rank);
}

static int sort_rows(struct segment_builder *builder, const uint32_t *rank)
{
	const uint32_t no_subnet = 0;
	size_t n = builder->subnet.n;
	int err;

	err = row_array_sort(&builder->rtt, sizeof(struct rtt_row), rank, n);
	if (!err)
		err = sort_counters(&builder->traffic, rank, n);
	if (!err)
		err = sort_counters(&builder->ecn, rank, n);
	if (!err)
		err = sort_counters(&builder->spin, rank, n);
	if (!err)
		err = sort_counters(&builder->protocol, &no_subnet, 1);
	return err;
}

static int finish_tables(struct segment_builder *builder,
			 uint32_t n_layout_bins, bool is_rollup,
			 struct segment *segment)
{
	int err = finish_rtt(builder, n_layout_bins, is_rollup, &segment->rtt);

	if (!err)
		err = finish_traffic(&builder->traffic, &segment->traffic);
	if (!err)
		err = finish_ecn(&builder->ecn, &segment->ecn);
	if (!err)
		err = finish_spin(&builder->spin, &segment->spin);
	if (!err)
		err = finish_protocol(&builder->protocol, &segment->protocol);
	if (err)
		return err;
	segment->subnet.traffic_ptr = point_to_rows(
		segment->traffic.subnet, segment->traffic.n, segment->subnet.n);
	segment->subnet.rtt_ptr = point_to_rows(
		segment->rtt.subnet, segment->rtt.n, segment->subnet.n);
	if (!segment->subnet.traffic_ptr || !segment->subnet.rtt_ptr)
		return -ENOMEM;
	return 0;
}

static void finish_notes(struct segment_builder *builder,
			 struct segment *segment)
{
	segment->gap.row = builder->gap.row;
	segment->gap.n = builder->gap.n;
	segment->event.row = builder->event.row;
	segment->event.n = builder->event.n;
	builder->gap = builder->event = (struct row_array){ 0 };
}

static void finish_meta(const struct segment_interval *interval,
			struct segment_meta *meta)
{
	size_t last = interval->n - 1;

	meta->first_seq = interval->seq[0];
	meta->last_seq = interval->seq[last];
	meta->time_start_ns = interval->time_ns[0];
	meta->time_end_ns =
		interval->time_ns[last] + (int64_t)interval->duration_ns[last];
}

static int finish_rows(struct segment_builder *builder, uint32_t n_layout_bins,
		       bool is_rollup, struct segment *segment)
{
	uint32_t *rank = NULL;
	int err = finish_subnets(builder, segment, &rank);

	if (!err)
		err = sort_rows(builder, rank);
	free(rank);
	return err ? err :
		     finish_tables(builder, n_layout_bins, is_rollup, segment);
}

int segment_builder_finish_rows(struct segment_builder *builder,
				uint32_t n_layout_bins, bool is_rollup,
				struct segment *ret_segment)
{
	struct segment segment = { 0 };
	int err = finish_rows(builder, n_layout_bins, is_rollup, &segment);

	segment_builder_clear(builder);
	if (err)
		segment_fini(&segment);
	else
		*ret_segment = segment;
	return err;
}

int segment_builder_finish(struct segment_builder *builder,
			   const struct segment_layout *layout,
			   struct segment *ret_segment)
{
	struct segment segment = { .layout = *layout };
	int err = builder->interval.n ? 0 : -EINVAL;

	if (!err)
		err = finish_intervals(builder, &segment.interval);
	if (!err)
		err = finish_rows(builder, layout->n_bins, false, &segment);
	if (!err)
		err = segment_slash8_build(&segment);
	if (err) {
		segment_fini(&segment);
		return err;
	}
	finish_notes(builder, &segment);
	finish_meta(&segment.interval, &segment.meta);
	*ret_segment = segment;
	return 0;
}
