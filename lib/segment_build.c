// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment_build.h"
#include "segment_builder.h"

struct segment_builder *segment_builder_new(uint64_t seed)
{
	struct segment_builder *builder = calloc(1, sizeof(*builder));

	if (builder)
		builder->subnet.seed = seed;
	return builder;
}

/* Keeps the seed. */
void segment_builder_clear(struct segment_builder *builder)
{
	uint64_t seed = builder->subnet.seed;

	subnet_set_fini(&builder->subnet);
	free(builder->id);
	free(builder->traffic.row);
	free(builder->ecn.row);
	free(builder->spin.row);
	free(builder->protocol.row);
	free(builder->rtt.row);
	free(builder->bin.row);
	free(builder->interval.row);
	free(builder->gap.row);
	free(builder->event.row);
	*builder = (struct segment_builder){ .subnet.seed = seed };
}

void segment_builder_free(struct segment_builder *builder)
{
	if (!builder)
		return;
	segment_builder_clear(builder);
	free(builder);
}

static void *add_row(struct row_array *array, size_t row_bytes)
{
	return record_grow(&array->row, &array->n, &array->max, row_bytes);
}

static int add_interval(struct segment_builder *builder,
			const struct record *record)
{
	struct interval_row *last, *row;

	if (builder->interval.n) {
		last = builder->interval.row;
		last += builder->interval.n - 1;
		if (record->seq <= last->seq ||
		    record->start_ns <
			    last->start_ns + (int64_t)last->duration_ns)
			return -EINVAL;
	}
	row = add_row(&builder->interval, sizeof(*row));
	if (!row)
		return -ENOMEM;
	row->start_ns = record->start_ns;
	row->duration_ns = record->duration_ns;
	row->seq = record->seq;
	row->clock_offset_ns = record->clock_offset_ns;
	row->flags = record->flags;
	memcpy(row->outcome, record->outcome, sizeof(row->outcome));
	memcpy(row->event, record->event, sizeof(row->event));
	return 0;
}

static int add_subnets(struct segment_builder *builder,
		       const struct record *record)
{
	uint32_t *id;
	size_t i;
	int err = 0;

	if (record->subnet.n > builder->max_ids) {
		id = realloc(builder->id, record->subnet.n * sizeof(*id));
		if (!id)
			return -ENOMEM;
		builder->id = id;
		builder->max_ids = record->subnet.n;
	}
	for (i = 0; i < record->subnet.n && !err; i++)
		err = subnet_set_add(&builder->subnet, &record->subnet.row[i],
				     &builder->id[i]);
	return err;
}

static int add_counter(struct row_array *array, struct row_key key, uint64_t a,
		       uint64_t b, uint64_t c, uint64_t d)
{
	struct counter_row *row;

	if (!(a | b | c | d))
		return 0;
	row = add_row(array, sizeof(*row));
	if (!row)
		return -ENOMEM;
	row->key = key;
	row->value[0] = a;
	row->value[1] = b;
	row->value[2] = c;
	row->value[3] = d;
	return 0;
}

static int add_traffic(struct segment_builder *builder,
		       const struct record *record, uint32_t interval)
{
	const struct record_traffic *row = record->traffic.row;
	size_t i;
	int err = 0;

	for (i = 0; i < record->traffic.n && !err; i++, row++)
		err = add_counter(&builder->traffic,
				  (struct row_key){ builder->id[row->subnet],
						    interval, 0, row->class },
				  row->packets_rx, row->packets_tx,
				  row->bytes_rx, row->bytes_tx);
	return err;
}

static int add_ecn(struct segment_builder *builder, const struct record *record,
		   uint32_t interval)
{
	const struct record_ecn *row = record->ecn.row;
	size_t i;
	int err = 0;

	for (i = 0; i < record->ecn.n && !err; i++, row++)
		err = add_counter(&builder->ecn,
				  (struct row_key){ builder->id[row->subnet],
						    interval, 0,
						    row->codepoint },
				  row->packets_rx, row->packets_tx, 0, 0);
	return err;
}

static int add_spin(struct segment_builder *builder,
		    const struct record *record, uint32_t interval)
{
	const struct record_spin *row = record->spin.row;
	size_t i;
	int err = 0;

	for (i = 0; i < record->spin.n && !err; i++, row++)
		err = add_counter(&builder->spin,
				  (struct row_key){ builder->id[row->subnet],
						    interval, row->version,
						    row->class },
				  row->flows, row->packets, 0, 0);
	return err;
}

static int add_protocol(struct segment_builder *builder,
			const struct record *record, uint32_t interval)
{
	const struct record_protocol *row = record->protocol.row;
	size_t i;
	int err = 0;

	for (i = 0; i < record->protocol.n && !err; i++, row++)
		err = add_counter(&builder->protocol,
				  (struct row_key){ 0, interval, 0,
						    row->ip_protocol },
				  row->packets, row->bytes, 0, 0);
	return err;
}

static int add_rtt(struct segment_builder *builder, const struct record *record,
		   uint32_t interval)
{
	const struct record_rtt *from = record->rtt.row;
	struct record_bin *bin;
	struct rtt_row *row;
	size_t i;
	uint32_t b;

	for (i = 0; i < record->rtt.n; i++, from++) {
		row = add_row(&builder->rtt, sizeof(*row));
		if (!row)
			return -ENOMEM;
		row->key = (struct row_key){ builder->id[from->subnet],
					     interval, 0, from->source };
		row->count = from->count;
		row->min_ns = from->min_ns;
		row->max_ns = from->max_ns;
		row->sum_ns = from->sum_ns;
		row->overflow = from->overflow;
		row->first_bin = builder->bin.n;
		row->n_bins = from->n_bins;
		for (b = 0; b < from->n_bins; b++) {
			bin = add_row(&builder->bin, sizeof(*bin));
			if (!bin)
				return -ENOMEM;
			*bin = record->bin.row[from->first_bin + b];
		}
	}
	return 0;
}

static int add_notes(struct segment_builder *builder,
		     const struct record *record)
{
	struct record_event *event;
	struct record_gap *gap;
	size_t i;

	for (i = 0; i < record->gap.n; i++) {
		gap = add_row(&builder->gap, sizeof(*gap));
		if (!gap)
			return -ENOMEM;
		*gap = record->gap.row[i];
	}
	for (i = 0; i < record->events.n; i++) {
		event = add_row(&builder->event, sizeof(*event));
		if (!event)
			return -ENOMEM;
		*event = record->events.row[i];
	}
	return 0;
}

int segment_builder_add(struct segment_builder *builder,
			const struct record *record)
{
	uint32_t interval = (uint32_t)builder->interval.n;
	int err = add_interval(builder, record);

	if (!err)
		err = add_subnets(builder, record);
	if (!err)
		err = add_traffic(builder, record, interval);
	if (!err)
		err = add_ecn(builder, record, interval);
	if (!err)
		err = add_spin(builder, record, interval);
	if (!err)
		err = add_protocol(builder, record, interval);
	if (!err)
		err = add_rtt(builder, record, interval);
	if (!err)
		err = add_notes(builder, record);
	return err;
}
