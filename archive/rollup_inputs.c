// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rollup_inputs.h"
#include "../lib/subnet_set.h"

/* Of one range, over all files: some 200 MB of rows. */
enum { RANGE_ROWS = 1 << 20, RANGE_BINS = 6 << 20 };

static void free_intervals(struct segment_interval *interval)
{
	struct segment segment = { .interval = *interval };

	segment_fini(&segment);
	*interval = (struct segment_interval){ 0 };
}

#define NEW_COLUMN(column, n) ((column) = calloc((n) + 1, sizeof(*(column))))

static int new_intervals(struct segment_interval *to, size_t n)
{
	bool ok = NEW_COLUMN(to->time_ns, n) &&
		  NEW_COLUMN(to->duration_ns, n) && NEW_COLUMN(to->seq, n) &&
		  NEW_COLUMN(to->last_seq, n) &&
		  NEW_COLUMN(to->n_intervals, n) &&
		  NEW_COLUMN(to->covered_ns, n) && NEW_COLUMN(to->flags, n) &&
		  NEW_COLUMN(to->clock_offset_ns, n);
	size_t c;

	for (c = 0; c < N_OUTCOMES && ok; c++)
		ok = NEW_COLUMN(to->outcome[c], n);
	for (c = 0; c < N_EVENTS && ok; c++)
		ok = NEW_COLUMN(to->event[c], n);
	return ok ? 0 : -ENOMEM;
}

static void begin_row(struct segment_interval *to,
		      const struct segment_interval *from, size_t i)
{
	size_t n = to->n++;

	to->time_ns[n] = from->time_ns[i];
	to->seq[n] = from->seq[i];
	to->clock_offset_ns[n] = from->clock_offset_ns[i];
}

/* The row ends where this interval ends. */
static void add_to_row(struct segment_interval *to,
		       const struct segment_interval *from, size_t i)
{
	size_t n = to->n - 1, c;

	to->duration_ns[n] = (uint64_t)(from->time_ns[i] - to->time_ns[n]) +
			     from->duration_ns[i];
	to->last_seq[n] = from->last_seq[i];
	to->n_intervals[n] += from->n_intervals[i];
	to->covered_ns[n] += from->covered_ns[i];
	to->flags[n] |= from->flags[i];
	for (c = 0; c < N_OUTCOMES; c++)
		to->outcome[c][n] += from->outcome[c][i];
	for (c = 0; c < N_EVENTS; c++)
		to->event[c][n] += from->event[c][i];
}

static int64_t bucket_of(int64_t time_ns, uint64_t level_ns)
{
	int64_t length_ns = (int64_t)level_ns;

	return time_ns / length_ns - (time_ns % length_ns < 0);
}

/* An interval belongs to the 5 minutes, or the hour, in which it starts. */
static int add_intervals(struct segment_interval *to, uint64_t level_ns,
			 struct rollup_input *input)
{
	const struct segment_interval *from =
		&segment_file_whole(input->file)->interval;
	size_t i;

	input->map = calloc(from->n + 1, sizeof(*input->map));
	if (!input->map)
		return -ENOMEM;
	for (i = 0; i < from->n; i++) {
		if (!to->n ||
		    bucket_of(from->time_ns[i], level_ns) !=
			    bucket_of(to->time_ns[to->n - 1], level_ns))
			begin_row(to, from, i);
		add_to_row(to, from, i);
		input->map[i] = (uint32_t)to->n - 1;
	}
	return 0;
}

static bool is_same_layout(const struct segment_layout *a,
			   const struct segment_layout *b)
{
	return a->n_bins == b->n_bins &&
	       !memcmp(a->edge_ns, b->edge_ns,
		       (a->n_bins + 1) * sizeof(*a->edge_ns));
}

/* What the manifest says of a file, and what goes before it. */
static const char *check_input(const struct rollup_inputs *inputs, size_t i,
			       enum segment_level level)
{
	const struct rollup_input *input = &inputs->input[i];
	const struct segment *whole = segment_file_whole(input->file), *before;
	const struct segment_meta *meta = &whole->meta;
	const struct manifest_entry *entry = input->entry;

	if (strcmp(meta->level, segment_level_name(level)) ||
	    strcmp(meta->campaign_uuid, entry->campaign_uuid) ||
	    meta->first_seq != entry->first_seq ||
	    meta->last_seq != entry->last_seq ||
	    whole->subnet.n != entry->n_subnets ||
	    segment_file_n_rows(input->file, SEGMENT_RTT) !=
		    entry->n_rtt_rows ||
	    segment_file_n_rows(input->file, SEGMENT_TRAFFIC) !=
		    entry->n_traffic_rows)
		return "not the file that the manifest tells of";
	if (!i)
		return NULL;
	before = segment_file_whole(inputs->input[i - 1].file);
	if (meta->time_start_ns < before->meta.time_end_ns)
		return "overlaps the file before";
	if (!is_same_layout(&whole->layout, &before->layout))
		return "another histogram layout than the file before";
	return NULL;
}

static int open_input(const char *campaign, struct rollup_input *input,
		      struct segment_fault *fault)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", campaign, input->entry->path) < 0)
		return -ENOMEM;
	err = segment_file_open(path, SEGMENT_ALL & ~SEGMENT_SLASH8,
				&input->file, fault);
	free(path);
	return err;
}

static int open_inputs(const char *campaign, const struct rollup_job *job,
		       struct rollup_inputs *inputs,
		       const struct manifest_entry **ret_entry,
		       struct segment_fault *fault)
{
	size_t n_intervals = 0, i;
	int err = 0;

	for (i = 0; i < job->n_inputs && !err; i++) {
		*ret_entry = job->input[i];
		inputs->input[i].entry = job->input[i];
		err = open_input(campaign, &inputs->input[i], fault);
		if (err)
			break;
		fault->problem = check_input(inputs, i, job->input_level);
		err = fault->problem ? -EBADMSG : 0;
		n_intervals +=
			segment_file_whole(inputs->input[i].file)->interval.n;
	}
	if (!err)
		err = new_intervals(&inputs->interval, n_intervals);
	for (i = 0; i < inputs->n && !err; i++)
		err = add_intervals(&inputs->interval,
				    segment_level_ns(job->level),
				    &inputs->input[i]);
	return err;
}

int rollup_inputs_open(const char *campaign, const struct rollup_job *job,
		       struct rollup_inputs *ret_inputs,
		       const struct manifest_entry **ret_entry,
		       struct segment_fault *ret_fault)
{
	struct rollup_inputs inputs = { .n = job->n_inputs };
	int err;

	*ret_entry = job->input[0];
	*ret_fault = (struct segment_fault){ 0 };
	inputs.input = calloc(job->n_inputs, sizeof(*inputs.input));
	if (!inputs.input)
		return -ENOMEM;
	err = open_inputs(campaign, job, &inputs, ret_entry, ret_fault);
	if (err)
		rollup_inputs_close(&inputs);
	else
		*ret_inputs = inputs;
	return err;
}

void rollup_inputs_close(struct rollup_inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->n; i++) {
		segment_file_close(inputs->input[i].file);
		free(inputs->input[i].map);
	}
	free(inputs->input);
	free_intervals(&inputs->interval);
	*inputs = (struct rollup_inputs){ 0 };
}

static const struct record_subnet *key_at(const struct rollup_input *input,
					  size_t i)
{
	return &segment_file_whole(input->file)->subnet.key[i];
}

static size_t n_subnets(const struct rollup_input *input)
{
	return segment_file_whole(input->file)->subnet.n;
}

bool rollup_inputs_next(const struct rollup_inputs *inputs, size_t *ret_end)
{
	const struct record_subnet *limit = NULL;
	const struct rollup_input *input = inputs->input;
	bool is_any = false;
	size_t i, end;

	/* The nearest end of what each file may give. */
	for (i = 0; i < inputs->n; i++, input++) {
		if (input->at == n_subnets(input))
			continue;
		end = segment_file_range_end(input->file, input->at,
					     RANGE_ROWS / inputs->n,
					     RANGE_BINS / inputs->n);
		if (end < n_subnets(input) &&
		    (!limit || subnet_compare(key_at(input, end), limit) < 0))
			limit = key_at(input, end);
	}
	for (i = 0, input = inputs->input; i < inputs->n; i++, input++) {
		for (end = input->at; end < n_subnets(input); end++)
			if (limit &&
			    subnet_compare(key_at(input, end), limit) >= 0)
				break;
		is_any |= end > input->at;
		ret_end[i] = end;
	}
	return is_any;
}
