// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rollup_rows.h"
#include "../core/source.h"
#include "../core/traffic.h"
#include "../lib/segment_builder.h"

/* Samples of one (subnet, coarse interval, source); bins [low, high] are used,
 * the others zero. */
struct sum {
	uint64_t count, min_ns, max_ns, sum_ns, overflow;
	uint32_t low, high;
	uint64_t *bin_count;
};

struct rollup_rows {
	uint32_t n_bins;
	struct sum sum[N_SOURCES];
	/* By class or codepoint, of one (subnet, coarse interval). */
	struct counter_row counter[N_TRAFFIC_CLASSES];
};

_Static_assert((int)N_TRAFFIC_CLASSES >= (int)N_ECN, "counters of both fit");

struct rollup_rows *rollup_rows_new(uint32_t n_bins)
{
	struct rollup_rows *rows = calloc(1, sizeof(*rows));
	int i;

	if (!rows)
		return NULL;
	rows->n_bins = n_bins;
	for (i = 0; i < N_SOURCES; i++) {
		rows->sum[i].low = n_bins;
		rows->sum[i].bin_count = calloc(n_bins + 1, sizeof(uint64_t));
		if (!rows->sum[i].bin_count) {
			rollup_rows_free(rows);
			return NULL;
		}
	}
	return rows;
}

void rollup_rows_free(struct rollup_rows *rows)
{
	int i;

	for (i = 0; rows && i < N_SOURCES; i++)
		free(rows->sum[i].bin_count);
	free(rows);
}

static void *add_row(struct row_array *array, size_t row_bytes)
{
	return record_grow(&array->row, &array->n, &array->max, row_bytes);
}

static void add_sample_row(struct sum *sum, const struct segment_rtt *rtt,
			   uint64_t i)
{
	uint64_t b = rtt->hist_ptr[i], end = rtt->hist_ptr[i + 1];

	if (!sum->count || rtt->min_ns[i] < sum->min_ns)
		sum->min_ns = rtt->min_ns[i];
	if (rtt->max_ns[i] > sum->max_ns)
		sum->max_ns = rtt->max_ns[i];
	sum->count += rtt->count[i];
	sum->sum_ns += rtt->sum_ns[i];
	sum->overflow += rtt->overflow[i];
	if (b == end)
		return;
	if (rtt->bin[b] < sum->low)
		sum->low = rtt->bin[b];
	if (rtt->bin[end - 1] > sum->high)
		sum->high = rtt->bin[end - 1];
	for (; b < end; b++)
		sum->bin_count[rtt->bin[b]] += rtt->bin_count[b];
}

/* Into a row of the builder; the sum is zero afterwards. */
static int put_sum(struct rollup_rows *rows, struct segment_builder *builder,
		   struct sum *sum, const struct row_key *key)
{
	struct rtt_row *row;
	struct record_bin *bin;
	uint32_t b;

	row = add_row(&builder->rtt, sizeof(*row));
	if (!row)
		return -ENOMEM;
	*row = (struct rtt_row){
		.key = *key,
		.count = sum->count,
		.min_ns = sum->min_ns,
		.max_ns = sum->max_ns,
		.sum_ns = sum->sum_ns,
		.overflow = sum->overflow,
		.first_bin = builder->bin.n,
	};
	for (b = sum->low; b <= sum->high && b < rows->n_bins; b++) {
		if (!sum->bin_count[b])
			continue;
		bin = add_row(&builder->bin, sizeof(*bin));
		if (!bin)
			return -ENOMEM;
		*bin = (struct record_bin){ (uint16_t)b, sum->bin_count[b] };
		sum->bin_count[b] = 0;
		row->n_bins++;
	}
	*sum = (struct sum){ .low = rows->n_bins, .bin_count = sum->bin_count };
	return 0;
}

static int put_sums(struct rollup_rows *rows, struct segment_builder *builder,
		    struct row_key key)
{
	int i, err = 0;

	for (i = 0; i < N_SOURCES && !err; i++) {
		key.code = (uint8_t)i;
		if (rows->sum[i].count)
			err = put_sum(rows, builder, &rows->sum[i], &key);
	}
	return err;
}

/* Rows [start, end) are those of one subnet. */
static int add_rtts(struct rollup_rows *rows, struct segment_builder *builder,
		    const struct segment_rtt *rtt, uint64_t start, uint64_t end,
		    uint32_t subnet, const uint32_t *map)
{
	struct row_key key = { .subnet = subnet, .interval = ROLLUP_DROPPED };
	uint32_t interval;
	uint64_t i;
	int err = 0;

	for (i = start; i < end && !err; i++) {
		interval = map[rtt->interval[i]];
		if (interval == ROLLUP_DROPPED)
			continue;
		/* Without a sum there is nothing to put. */
		if (interval != key.interval)
			err = put_sums(rows, builder, key);
		key.interval = interval;
		add_sample_row(&rows->sum[rtt->source[i]], rtt, i);
	}
	return err ? err : put_sums(rows, builder, key);
}

/* Rows of /traffic and /ecn have one form: a key and up to four counters. */
struct counters {
	size_t n;
	const uint32_t *subnet, *interval;
	const uint8_t *code;
	const uint64_t *value[4]; /* NULL: none */
};

static int put_counters(struct rollup_rows *rows, struct row_array *array,
			uint32_t subnet, uint32_t interval)
{
	struct counter_row *row, *from;
	int c;

	for (c = 0; c < N_TRAFFIC_CLASSES; c++) {
		from = &rows->counter[c];
		if (!(from->value[0] | from->value[1] | from->value[2] |
		      from->value[3]))
			continue;
		row = add_row(array, sizeof(*row));
		if (!row)
			return -ENOMEM;
		*row = *from;
		row->key = (struct row_key){ .subnet = subnet,
					     .interval = interval,
					     .code = (uint8_t)c };
		*from = (struct counter_row){ 0 };
	}
	return 0;
}

static int add_counters(struct rollup_rows *rows, struct row_array *array,
			const struct counters *from, const uint32_t *id,
			const uint32_t *map)
{
	uint32_t subnet = 0, interval = 0;
	size_t i, v;
	int err = 0;

	for (i = 0; i < from->n && !err; i++) {
		if (map[from->interval[i]] == ROLLUP_DROPPED)
			continue;
		if (id[from->subnet[i]] != subnet ||
		    map[from->interval[i]] != interval)
			err = put_counters(rows, array, subnet, interval);
		subnet = id[from->subnet[i]];
		interval = map[from->interval[i]];
		for (v = 0; v < 4; v++)
			if (from->value[v])
				rows->counter[from->code[i]].value[v] +=
					from->value[v][i];
	}
	return err ? err : put_counters(rows, array, subnet, interval);
}

/* Few rows, and too many versions for a table of sums: the builder adds up. */
static int add_spins(struct segment_builder *builder,
		     const struct segment_spin *from, const uint32_t *map)
{
	struct counter_row *row;
	size_t i;

	for (i = 0; i < from->n; i++) {
		if (map[from->interval[i]] == ROLLUP_DROPPED)
			continue;
		row = add_row(&builder->spin, sizeof(*row));
		if (!row)
			return -ENOMEM;
		row->key = (struct row_key){
			.subnet = builder->id[from->subnet[i]],
			.interval = map[from->interval[i]],
			.extra = from->version[i],
			.code = from->class[i],
		};
		row->value[0] = from->flows[i];
		row->value[1] = from->packets[i];
	}
	return 0;
}

static int number_subnets(struct segment_builder *builder,
			  const struct segment_subnet *subnet)
{
	uint32_t *id;
	size_t i;
	int err = 0;

	if (subnet->n > builder->max_ids) {
		id = realloc(builder->id, subnet->n * sizeof(*id));
		if (!id)
			return -ENOMEM;
		builder->id = id;
		builder->max_ids = subnet->n;
	}
	for (i = 0; i < subnet->n && !err; i++)
		err = subnet_set_add(&builder->subnet, &subnet->key[i],
				     &builder->id[i]);
	return err;
}

int rollup_rows_add(struct rollup_rows *rows, struct segment_builder *builder,
		    const struct segment *range, const uint32_t *map)
{
	const struct segment_subnet *subnet = &range->subnet;
	const struct counters traffic = {
		range->traffic.n,
		range->traffic.subnet,
		range->traffic.interval,
		range->traffic.class,
		{ range->traffic.packets_rx, range->traffic.packets_tx,
		  range->traffic.bytes_rx, range->traffic.bytes_tx },
	};
	const struct counters ecn = {
		range->ecn.n,
		range->ecn.subnet,
		range->ecn.interval,
		range->ecn.codepoint,
		{ range->ecn.packets_rx, range->ecn.packets_tx },
	};
	size_t i;
	int err = number_subnets(builder, subnet);

	for (i = 0; i < subnet->n && !err; i++)
		err = add_rtts(rows, builder, &range->rtt, subnet->rtt_ptr[i],
			       subnet->rtt_ptr[i + 1], builder->id[i], map);
	if (!err)
		err = add_counters(rows, &builder->traffic, &traffic,
				   builder->id, map);
	if (!err)
		err = add_counters(rows, &builder->ecn, &ecn, builder->id, map);
	return err ? err : add_spins(builder, &range->spin, map);
}

int rollup_rows_add_protocol(struct segment_builder *builder,
			     const struct segment *whole, const uint32_t *map)
{
	const struct segment_protocol *from = &whole->protocol;
	struct counter_row *row;
	size_t i;

	for (i = 0; i < from->n; i++) {
		if (map[from->interval[i]] == ROLLUP_DROPPED)
			continue;
		row = add_row(&builder->protocol, sizeof(*row));
		if (!row)
			return -ENOMEM;
		row->key = (struct row_key){ .interval = map[from->interval[i]],
					     .code = from->ip_protocol[i] };
		row->value[0] = from->packets[i];
		row->value[1] = from->bytes[i];
	}
	return 0;
}
