// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <json-c/json.h>

#include "rollup_build.h"
#include "rollup_inputs.h"
#include "rollup_rows.h"
#include "rollup_totals.h"
#include "../lib/campaign_journal.h"
#include "../lib/campaign_publish.h"
#include "../lib/cli.h"
#include "../lib/segment_append.h"

struct build {
	const char *campaign;
	int campaign_fd;
	const struct rollup_job *job;
	struct rollup_inputs inputs;
	/* All but the rows of subnets. Layout and intervals are borrowed. */
	struct segment whole;
	struct rollup_totals totals; /* of the inputs */
	uint64_t n_subnets, n_rtt_rows, n_traffic_rows;
	char name[CAMPAIGN_NAME_MAX], temporary[CAMPAIGN_NAME_MAX + 8];
	/* The file that an error is about, and what is wrong with it. */
	const char *blamed;
	struct segment_fault fault;
};

static char *sources_json(const struct rollup_job *job)
{
	struct json_object *list = json_object_new_array(), *row;
	char *text;
	size_t i;

	for (i = 0; i < job->n_inputs; i++) {
		row = json_object_new_object();
		json_object_object_add(
			row, "path",
			json_object_new_string(job->input[i]->path));
		json_object_object_add(
			row, "sha256",
			json_object_new_string(job->input[i]->sha256));
		json_object_array_add(list, row);
	}
	text = strdup(json_object_to_json_string_ext(
		list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(list);
	return text;
}

static int copy_text(char **to, const char *text)
{
	*to = strdup(text ? text : "");
	return *to ? 0 : -ENOMEM;
}

/* What tells of the machine and the run is that of the last input. */
static int fill_meta(struct build *build)
{
	const struct rollup_input *input = build->inputs.input;
	const struct segment_meta *first =
		&segment_file_whole(input->file)->meta;
	const struct segment_meta *last =
		&segment_file_whole(input[build->inputs.n - 1].file)->meta;
	struct segment_meta *to = &build->whole.meta;
	int err = 0;

	to->interval_ns = segment_level_ns(build->job->level);
	to->time_start_ns = first->time_start_ns;
	to->time_end_ns = last->time_end_ns;
	to->first_seq = first->first_seq;
	to->last_seq = last->last_seq;
	to->sources_json = sources_json(build->job);
	if (!to->sources_json ||
	    copy_text(&to->level, segment_level_name(build->job->level)) ||
	    copy_text(&to->campaign_uuid, last->campaign_uuid) ||
	    copy_text(&to->vantage_point, last->vantage_point) ||
	    copy_text(&to->boot_id, last->boot_id) ||
	    copy_text(&to->tool_version, last->tool_version) ||
	    copy_text(&to->host, last->host) ||
	    copy_text(&to->kernel, last->kernel) ||
	    copy_text(&to->devices, last->devices) ||
	    copy_text(&to->config_json, last->config_json) ||
	    copy_text(&to->clock_sync_json, last->clock_sync_json) ||
	    copy_text(&to->histogram_json, last->histogram_json))
		err = -ENOMEM;
	return err;
}

/* Gaps and events of all inputs, one after the other. */
static int fill_notes(struct build *build)
{
	struct segment *to = &build->whole;
	const struct segment *from;
	size_t n_gaps = 0, n_events = 0, i;

	for (i = 0; i < build->inputs.n; i++) {
		from = segment_file_whole(build->inputs.input[i].file);
		n_gaps += from->gap.n;
		n_events += from->event.n;
	}
	to->gap.row = calloc(n_gaps + 1, sizeof(*to->gap.row));
	to->event.row = calloc(n_events + 1, sizeof(*to->event.row));
	if (!to->gap.row || !to->event.row)
		return -ENOMEM;
	for (i = 0; i < build->inputs.n; i++) {
		from = segment_file_whole(build->inputs.input[i].file);
		memcpy(to->gap.row + to->gap.n, from->gap.row,
		       from->gap.n * sizeof(*from->gap.row));
		to->gap.n += from->gap.n;
		memcpy(to->event.row + to->event.n, from->event.row,
		       from->event.n * sizeof(*from->event.row));
		to->event.n += from->event.n;
	}
	return 0;
}

static int fill_protocols(struct build *build, struct segment_builder *builder)
{
	struct segment made;
	size_t i;
	int err = 0;

	for (i = 0; i < build->inputs.n && !err; i++)
		err = rollup_rows_add_protocol(
			builder,
			segment_file_whole(build->inputs.input[i].file),
			build->inputs.input[i].map);
	if (!err)
		err = segment_builder_finish_rows(
			builder, build->whole.layout.n_bins, true, &made);
	if (err)
		return err;
	build->whole.protocol = made.protocol;
	made.protocol = (struct segment_protocol){ 0 };
	segment_fini(&made);
	return 0;
}

static int fill_whole(struct build *build, struct segment_builder *builder)
{
	const struct segment *first =
		segment_file_whole(build->inputs.input[0].file);
	size_t i;
	int err = fill_meta(build);

	build->whole.layout = first->layout;
	build->whole.interval = build->inputs.interval;
	for (i = 0; i < build->inputs.n; i++)
		rollup_totals_add_whole(
			&build->totals,
			segment_file_whole(build->inputs.input[i].file));
	if (!err)
		err = fill_notes(build);
	return err ? err : fill_protocols(build, builder);
}

/* The rows of one range of subnets, of all inputs, as coarse rows. */
static int add_range(struct build *build, struct rollup_rows *rows,
		     struct segment_builder *builder, const size_t *end)
{
	struct rollup_input *input = build->inputs.input;
	struct segment range;
	size_t i;
	int err = 0;

	for (i = 0; i < build->inputs.n && !err; i++, input++) {
		if (end[i] == input->at)
			continue;
		build->blamed = input->entry->path;
		err = segment_file_range(input->file, input->at, end[i], &range,
					 &build->fault);
		if (err)
			return err;
		rollup_totals_add_range(&build->totals, &range);
		err = rollup_rows_add(rows, builder, &range, input->map);
		segment_range_fini(&range);
		input->at = end[i];
	}
	build->blamed = build->name;
	return err;
}

static int write_range(struct build *build, struct segment_append *append,
		       struct segment_slash8_sums *slash8,
		       struct segment_builder *builder)
{
	struct segment range;
	int err = segment_builder_finish_rows(
		builder, build->whole.layout.n_bins, true, &range);

	if (err)
		return err;
	build->n_subnets += range.subnet.n;
	build->n_rtt_rows += range.rtt.n;
	build->n_traffic_rows += range.traffic.n;
	err = segment_slash8_add(slash8, &range);
	if (!err)
		err = segment_append_add(append, &range);
	segment_fini(&range);
	return err;
}

static int write_ranges(struct build *build, struct segment_append *append,
			struct segment_builder *builder)
{
	size_t *end = calloc(build->inputs.n, sizeof(*end));
	struct rollup_rows *rows = rollup_rows_new(build->whole.layout.n_bins);
	struct segment_slash8_sums *slash8 =
		segment_slash8_new(build->whole.layout.n_bins);
	int err = end && rows && slash8 ? 0 : -ENOMEM;

	while (!err && rollup_inputs_next(&build->inputs, end)) {
		err = add_range(build, rows, builder, end);
		if (!err)
			err = write_range(build, append, slash8, builder);
	}
	if (!err)
		err = segment_slash8_finish(slash8, &build->whole);
	segment_slash8_free(slash8);
	rollup_rows_free(rows);
	free(end);
	return err;
}

static int write_file(struct build *build, const char *file)
{
	struct segment_builder *builder;
	struct segment_append *append;
	uint64_t seed = 0;
	int err;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = 0;
	builder = segment_builder_new(seed);
	err = builder ? fill_whole(build, builder) : -ENOMEM;
	if (!err)
		err = segment_append_open(file, &build->whole.meta, &append);
	if (!err) {
		err = write_ranges(build, append, builder);
		err = segment_append_finish(append, &build->whole, err);
	}
	segment_builder_free(builder);
	return err;
}

/* What was written is read again: as many rows, and the sums of the inputs. */
static int verify_file(struct build *build, const char *file)
{
	struct rollup_totals totals = { 0 };
	struct segment_file *opened;
	const struct segment *whole;
	int err = segment_file_open(file, SEGMENT_ALL, &opened, &build->fault);

	if (err)
		return err;
	whole = segment_file_whole(opened);
	err = rollup_totals_read(opened, &totals, &build->fault);
	if (!err) {
		build->fault.problem =
			rollup_totals_difference(&totals, &build->totals);
		if (whole->subnet.n != build->n_subnets ||
		    whole->interval.n != build->whole.interval.n ||
		    segment_file_n_rows(opened, SEGMENT_RTT) !=
			    build->n_rtt_rows ||
		    segment_file_n_rows(opened, SEGMENT_TRAFFIC) !=
			    build->n_traffic_rows)
			build->fault.problem = "reads back with other rows "
					       "than were written";
		err = build->fault.problem ? -EBADMSG : 0;
	}
	segment_file_close(opened);
	return err;
}

static int publish(struct build *build)
{
	const struct segment_meta *meta = &build->whole.meta;
	struct manifest_entry entry = {
		.path = build->name,
		.first_seq = meta->first_seq,
		.last_seq = meta->last_seq,
		.time_start_ns = meta->time_start_ns,
		.time_end_ns = meta->time_end_ns,
		.n_intervals = build->whole.interval.n,
		.n_subnets = build->n_subnets,
		.n_rtt_rows = build->n_rtt_rows,
		.n_traffic_rows = build->n_traffic_rows,
	};

	snprintf(entry.campaign_uuid, sizeof(entry.campaign_uuid), "%s",
		 meta->campaign_uuid);
	return campaign_publish(build->campaign_fd, build->temporary, &entry);
}

static int make_file(struct build *build)
{
	char *file;
	int err;

	if (asprintf(&file, "%s/%s", build->campaign, build->temporary) < 0)
		return -ENOMEM;
	err = campaign_publish_directories(build->campaign_fd, build->name);
	if (!err)
		err = write_file(build, file);
	if (!err)
		err = verify_file(build, file);
	if (!err)
		err = publish(build);
	if (err)
		unlinkat(build->campaign_fd, build->temporary, 0);
	free(file);
	return err;
}

static void complain(const struct build *build, int err)
{
	char cause[256];

	segment_fault_format(&build->fault, cause, sizeof(cause));
	cli_error("%s/%s: cannot be rolled up: %s", build->campaign,
		  build->blamed, build->fault.problem ? cause : strerror(-err));
}

int rollup_build(const char *campaign, int campaign_fd, const char *own_uuid,
		 const struct rollup_job *job)
{
	const struct manifest_entry *first = job->input[0], *blamed = first;
	bool is_own = !strcmp(first->campaign_uuid, own_uuid);
	struct build build = { .campaign = campaign,
			       .campaign_fd = campaign_fd,
			       .job = job };
	int err;

	campaign_file_name(job->level, first->time_start_ns, first->first_seq,
			   is_own ? NULL : first->campaign_uuid, build.name);
	snprintf(build.temporary, sizeof(build.temporary), "%s.tmp",
		 build.name);
	err = rollup_inputs_open(campaign, job, &build.inputs, &blamed,
				 &build.fault);
	build.blamed = blamed->path;
	if (!err) {
		build.blamed = build.name;
		err = make_file(&build);
		/* Borrowed. */
		build.whole.layout = (struct segment_layout){ 0 };
		build.whole.interval = (struct segment_interval){ 0 };
		segment_fini(&build.whole);
		rollup_inputs_close(&build.inputs);
	}
	if (err)
		complain(&build, err);
	return err;
}
