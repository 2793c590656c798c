// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rewrite_file.h"
#include "rollup_rows.h"
#include "../lib/campaign_journal.h"
#include "../lib/campaign_publish.h"
#include "../lib/segment_append.h"

enum { RANGE_ROWS = 1 << 18, RANGE_BINS = 1 << 20 };

/* Groups that a segment can do without, should it come to that. */
static const struct {
	unsigned int load;
	const char *name;
} groups[] = {
	{ SEGMENT_PROTOCOL, "/protocol" }, { SEGMENT_SPIN, "/spin" },
	{ SEGMENT_ECN, "/ecn" },           { SEGMENT_TRAFFIC, "/traffic" },
	{ SEGMENT_HIST, "/rtt" },
};

enum { N_GROUPS = sizeof(groups) / sizeof(groups[0]) };

static void note_problem(struct rewrite_result *result, int err,
			 const struct segment_fault *fault)
{
	if (*result->problem)
		return;
	if (fault->problem)
		segment_fault_format(fault, result->problem,
				     sizeof(result->problem));
	else
		snprintf(result->problem, sizeof(result->problem), "%s",
			 strerror(-err));
}

static void note_lost_group(struct rewrite_result *result, const char *name)
{
	size_t n = strlen(result->lost_groups);

	snprintf(result->lost_groups + n, sizeof(result->lost_groups) - n,
		 " %s", name);
}

int rewrite_open(const struct rewrite *rewrite, struct segment_file **ret_file,
		 struct rewrite_result *result)
{
	unsigned int load = SEGMENT_SUBNET, i;
	struct segment_fault fault;
	struct segment_file *file;
	int err = segment_file_open(rewrite->source,
				    SEGMENT_ALL & ~SEGMENT_SLASH8, ret_file,
				    &fault);

	if (err != -EBADMSG)
		return err;
	note_problem(result, err, &fault);
	for (i = 0; i < N_GROUPS; i++) {
		err = segment_file_open(rewrite->source, groups[i].load, &file,
					&fault);
		if (err) {
			note_lost_group(result, groups[i].name);
			continue;
		}
		segment_file_close(file);
		load |= groups[i].load;
	}
	return segment_file_open(rewrite->source, load, ret_file, &fault);
}

static bool is_dropped(const struct rewrite *rewrite, uint64_t first_seq,
		       uint64_t last_seq)
{
	size_t i;

	for (i = 0; i < rewrite->n_drop; i++)
		if (rewrite->drop[i].first_seq <= last_seq &&
		    rewrite->drop[i].last_seq >= first_seq)
			return true;
	return false;
}

/* One file that is being written: intervals [first, end) of the source. */
struct output {
	const struct rewrite *rewrite;
	struct segment_file *file;
	struct rewrite_result *result;
	size_t first, end;
	uint32_t *map;
	struct segment whole; /* columns are borrowed, but for gaps, events */
	struct segment_append *append;
	struct segment_slash8_sums *slash8;
	struct segment_builder *builder;
	struct rollup_rows *rows;
	uint64_t n_subnets, n_rtt_rows, n_traffic_rows, n_lost;
};

/* The columns of intervals [first, end). */
static struct segment_interval
slice_intervals(const struct segment_interval *from, size_t first, size_t end)
{
	struct segment_interval to = { .n = end - first };
	size_t c;

	to.time_ns = from->time_ns + first;
	to.duration_ns = from->duration_ns + first;
	to.seq = from->seq + first;
	to.last_seq = from->last_seq + first;
	to.n_intervals = from->n_intervals + first;
	to.covered_ns = from->covered_ns + first;
	to.flags = from->flags + first;
	to.clock_offset_ns = from->clock_offset_ns + first;
	for (c = 0; c < N_OUTCOMES; c++)
		to.outcome[c] = from->outcome[c] + first;
	for (c = 0; c < N_EVENTS; c++)
		to.event[c] = from->event[c] + first;
	return to;
}

static int add_gap(struct segment_gap *to, int64_t start_ns, int64_t end_ns,
		   uint8_t cause)
{
	struct record_gap *row;
	size_t n = to->n + 1;

	row = realloc(to->row, n * sizeof(*row));
	if (!row)
		return -ENOMEM;
	to->row = row;
	row[to->n] = (struct record_gap){ start_ns, end_ns, cause };
	to->n = n;
	return 0;
}

/* Gaps that begin in [lower_ns, end_ns), and, from `at_ns` to the first interval
 * at `start_ns`, what none of them covers. */
static int copy_gaps(const struct segment_gap *from, int64_t at_ns,
		     int64_t lower_ns, int64_t start_ns, int64_t end_ns,
		     struct segment_gap *to)
{
	const struct record_gap *gap = from->row;
	size_t i;
	int err = 0;

	for (i = 0; i < from->n && !err; i++, gap++) {
		if (gap->start_ns >= end_ns || gap->start_ns < lower_ns)
			continue;
		if (at_ns != INT64_MIN && gap->start_ns > at_ns &&
		    at_ns < start_ns)
			err = add_gap(to, at_ns,
				      gap->start_ns < start_ns ? gap->start_ns :
								 start_ns,
				      GAP_TORN);
		if (!err)
			err = add_gap(to, gap->start_ns, gap->end_ns,
				      gap->cause);
		if (gap->end_ns > at_ns)
			at_ns = gap->end_ns;
	}
	if (!err && at_ns != INT64_MIN && at_ns < start_ns)
		err = add_gap(to, at_ns, start_ns, GAP_TORN);
	return err;
}

/* Events since the interval before, or, of the first file, all before it; and
 * likewise to the end. */
static int copy_events(const struct output *output,
		       const struct segment_event *from,
		       struct segment_event *to)
{
	const struct segment_interval *in =
		&segment_file_whole(output->file)->interval;
	int64_t start_ns = output->first ? in->time_ns[output->first] :
					   INT64_MIN;
	int64_t end_ns = output->end < in->n ? in->time_ns[output->end] :
					       INT64_MAX;
	size_t i;

	to->row = calloc(from->n + 1, sizeof(*to->row));
	if (!to->row)
		return -ENOMEM;
	for (i = 0; i < from->n; i++)
		if (from->row[i].time_ns >= start_ns &&
		    from->row[i].time_ns < end_ns)
			to->row[to->n++] = from->row[i];
	return 0;
}

static int64_t end_of(const struct segment_interval *in, size_t i)
{
	return in->time_ns[i] + (int64_t)in->duration_ns[i];
}

static int fill_whole(struct output *output, int64_t prev_end_ns)
{
	const struct segment *from = segment_file_whole(output->file);
	const struct segment_interval *in;
	struct segment *to = &output->whole;
	struct segment made;
	size_t last;
	int err;

	to->layout = from->layout;
	to->meta = from->meta;
	to->interval =
		slice_intervals(&from->interval, output->first, output->end);
	in = &to->interval;
	last = in->n - 1;
	to->meta.first_seq = in->seq[0];
	to->meta.last_seq = in->last_seq[last];
	to->meta.time_start_ns = in->time_ns[0];
	to->meta.time_end_ns = end_of(in, last);
	err = copy_gaps(&from->gap, prev_end_ns,
			output->first ?
				end_of(&from->interval, output->first - 1) :
				INT64_MIN,
			in->time_ns[0],
			output->end < from->interval.n ? to->meta.time_end_ns :
							 INT64_MAX,
			&to->gap);
	if (!err)
		err = copy_events(output, &from->event, &to->event);
	if (!err)
		err = rollup_rows_add_protocol(output->builder, from,
					       output->map);
	if (!err)
		err = segment_builder_finish_rows(
			output->builder, from->layout.n_bins,
			output->rewrite->level != LEVEL_RAW, &made);
	if (err)
		return err;
	to->protocol = made.protocol;
	made.protocol = (struct segment_protocol){ 0 };
	segment_fini(&made);
	return 0;
}

static int write_range(struct output *output, const struct segment *range)
{
	struct segment made;
	int err = rollup_rows_add(output->rows, output->builder, range,
				  output->map);

	if (!err)
		err = segment_builder_finish_rows(
			output->builder, output->whole.layout.n_bins,
			output->rewrite->level != LEVEL_RAW, &made);
	if (err)
		return err;
	output->n_subnets += made.subnet.n;
	output->n_rtt_rows += made.rtt.n;
	output->n_traffic_rows += made.traffic.n;
	err = segment_slash8_add(output->slash8, &made);
	if (!err)
		err = segment_append_add(output->append, &made);
	segment_fini(&made);
	return err;
}

/* What cannot be read at once is halved until a single subnet is to blame. */
static int copy_subnets(struct output *output, size_t first, size_t end)
{
	struct segment_fault fault;
	struct segment range;
	size_t middle;
	int err = segment_file_range(output->file, first, end, &range, &fault);

	if (!err) {
		err = write_range(output, &range);
		segment_range_fini(&range);
		return err;
	}
	if (err != -EBADMSG)
		return err;
	note_problem(output->result, err, &fault);
	if (end - first == 1) {
		output->n_lost++;
		return 0;
	}
	middle = first + (end - first) / 2;
	err = copy_subnets(output, first, middle);
	return err ? err : copy_subnets(output, middle, end);
}

static int copy_all_subnets(struct output *output)
{
	size_t n = segment_file_whole(output->file)->subnet.n, at = 0, end, i;
	int err = 0;

	for (; at < n && !err; at = end) {
		end = segment_file_range_end(output->file, at, RANGE_ROWS,
					     RANGE_BINS);
		err = copy_subnets(output, at, end);
	}
	if (!err)
		err = segment_slash8_finish(output->slash8, &output->whole);
	/* Which intervals the lost rows were of cannot be known. */
	if (output->n_lost || *output->result->lost_groups)
		for (i = 0; i < output->whole.interval.n; i++)
			output->whole.interval.flags[i] |= INTERVAL_DAMAGED;
	return err;
}

static int publish(struct output *output, const char *name,
		   const char *temporary)
{
	const struct segment_meta *meta = &output->whole.meta;
	struct manifest_entry entry = {
		.path = (char *)name,
		.first_seq = meta->first_seq,
		.last_seq = meta->last_seq,
		.time_start_ns = meta->time_start_ns,
		.time_end_ns = meta->time_end_ns,
		.n_intervals = output->whole.interval.n,
		.n_subnets = output->n_subnets,
		.n_rtt_rows = output->n_rtt_rows,
		.n_traffic_rows = output->n_traffic_rows,
	};

	snprintf(entry.campaign_uuid, sizeof(entry.campaign_uuid), "%s",
		 meta->campaign_uuid);
	return campaign_publish(output->rewrite->target_fd, temporary, &entry);
}

static int write_output(struct output *output)
{
	const struct rewrite *rewrite = output->rewrite;
	const struct segment_meta *meta = &output->whole.meta;
	char name[CAMPAIGN_NAME_MAX], temporary[CAMPAIGN_NAME_MAX + 8];
	char *path;
	int err;

	campaign_file_name(
		rewrite->level, meta->time_start_ns, meta->first_seq,
		rewrite->has_uuid_in_name ? meta->campaign_uuid : NULL, name);
	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	if (asprintf(&path, "%s/%s", rewrite->target, temporary) < 0)
		return -ENOMEM;
	err = campaign_publish_directories(rewrite->target_fd, name);
	if (!err)
		err = segment_append_open(path, meta, &output->append);
	free(path);
	if (!err) {
		err = copy_all_subnets(output);
		err = segment_append_finish(output->append, &output->whole,
					    err);
	}
	if (!err)
		err = publish(output, name, temporary);
	if (err)
		unlinkat(rewrite->target_fd, temporary, 0);
	return err;
}

/* Layout, meta data and interval columns belong to the file. */
static void output_fini(struct output *output)
{
	struct segment *whole = &output->whole;

	whole->layout = (struct segment_layout){ 0 };
	whole->meta = (struct segment_meta){ 0 };
	whole->interval = (struct segment_interval){ 0 };
	segment_fini(whole);
	segment_slash8_free(output->slash8);
	segment_builder_free(output->builder);
	rollup_rows_free(output->rows);
	free(output->map);
}

static int rewrite_run_of(const struct rewrite *rewrite,
			  struct segment_file *file, size_t first, size_t end,
			  int64_t prev_end_ns, struct rewrite_result *result)
{
	const struct segment *whole = segment_file_whole(file);
	struct output output = { .rewrite = rewrite,
				 .file = file,
				 .result = result,
				 .first = first,
				 .end = end };
	size_t i;
	int err;

	output.map = calloc(whole->interval.n + 1, sizeof(*output.map));
	output.slash8 = segment_slash8_new(whole->layout.n_bins);
	output.builder = segment_builder_new(0);
	output.rows = rollup_rows_new(whole->layout.n_bins);
	err = output.map && output.slash8 && output.builder && output.rows ?
		      0 :
		      -ENOMEM;
	for (i = 0; !err && i < whole->interval.n; i++)
		output.map[i] = i < first || i >= end ? ROLLUP_DROPPED :
							(uint32_t)(i - first);
	if (!err)
		err = fill_whole(&output, prev_end_ns);
	if (!err)
		err = write_output(&output);
	if (!err) {
		result->n_files++;
		result->n_intervals += end - first;
		result->n_subnets = whole->subnet.n;
		result->n_lost_subnets = output.n_lost;
		result->end_ns = output.whole.meta.time_end_ns;
	}
	output_fini(&output);
	return err;
}

int rewrite_file(const struct rewrite *rewrite, struct segment_file *file,
		 struct rewrite_result *result)
{
	const struct segment_interval *in = &segment_file_whole(file)->interval;
	int64_t prev_end_ns = rewrite->prev_end_ns;
	size_t first = 0, end;
	int err = 0;

	while (first < in->n && !err) {
		if (is_dropped(rewrite, in->seq[first], in->last_seq[first])) {
			first++;
			continue;
		}
		for (end = first + 1; end < in->n; end++)
			if (in->seq[end] != in->last_seq[end - 1] + 1 ||
			    is_dropped(rewrite, in->seq[end],
				       in->last_seq[end]))
				break;
		err = rewrite_run_of(rewrite, file, first, end, prev_end_ns,
				     result);
		prev_end_ns = INT64_MIN;
		first = end;
	}
	return err;
}
