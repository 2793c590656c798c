// SPDX-License-Identifier: GPL-2.0-or-later
#include "merge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../lib/cli.h"

/* So few captures are not closed after the first look. */
enum { KEEP_OPEN = 8 };

struct input {
	const char *path;
	struct capture *capture; /* NULL while it is closed */
	struct capture_packet packet;
	uint64_t n_packets;
	/* Largest time so far: the order between captures. INT64_MIN before
	 * the first packet that has a time. */
	int64_t due_ns;
	bool is_done; /* empty, or damaged before the first packet */
};

struct merge {
	struct input *inputs; /* in order of their first packets */
	size_t n_inputs, next_input;
	struct input **active; /* ascending by due_ns */
	size_t n_active;
	bool must_advance; /* active[0] was given out */
	bool has_failed;
	bool must_stop; /* an input could not be opened again */
	struct progress *progress;
	uint64_t n_unsupported, n_done_bytes, n_total_bytes;
};

static void report_damage(struct merge *merge, const struct input *input)
{
	const struct capture *capture = input->capture;

	progress_hide(merge->progress);
	cli_error("%s: damaged, %" PRIu64 " packets were read: %s, at byte "
		  "%" PRIu64 "%s",
		  input->path, input->n_packets, capture_problem(capture),
		  capture_problem_position(capture),
		  capture_is_compressed(capture) ? " of the decompressed data" :
						   "");
	merge->has_failed = true;
}

static void report_unsupported(struct merge *merge, const struct input *input)
{
	uint32_t link_type;
	uint64_t n = capture_n_unsupported(input->capture, &link_type);

	if (n == 0)
		return;
	merge->n_unsupported += n;
	progress_hide(merge->progress);
	cli_error("%s: %" PRIu64
		  " packets counted as not_ip: link type %" PRIu32
		  " is not supported",
		  input->path, n, link_type);
}

/* Reads the input's next packet; false when there is none, and says why. */
static bool advance(struct merge *merge, struct input *input)
{
	int got = capture_next(input->capture, &input->packet);

	if (got > 0) {
		input->n_packets++;
		if (input->packet.has_time &&
		    input->packet.time_ns > input->due_ns)
			input->due_ns = input->packet.time_ns;
		return true;
	}
	report_unsupported(merge, input);
	if (got < 0)
		report_damage(merge, input);
	return false;
}

static void close_input(struct merge *merge, struct input *input)
{
	merge->n_done_bytes += capture_input_bytes(input->capture);
	capture_close(input->capture);
	input->capture = NULL;
}

/* Looks at the first packet. What can be opened again is closed. */
static int probe(struct merge *merge, struct input *input, bool *all_known)
{
	uint64_t n_bytes;
	int err = capture_open(input->path, &input->capture);

	if (err < 0)
		return err;
	n_bytes = capture_file_bytes(input->capture);
	*all_known = *all_known && n_bytes > 0;
	merge->n_total_bytes += n_bytes;
	input->is_done = !advance(merge, input);
	if (input->is_done) {
		close_input(merge, input);
	} else if (n_bytes > 0 && merge->n_inputs > KEEP_OPEN) {
		capture_close(input->capture);
		input->capture = NULL;
	}
	return 0;
}

/* Inputs that were closed start again; the others hold their first packet. */
static bool start_input(struct merge *merge, struct input *input)
{
	if (input->is_done)
		return false;
	if (input->capture)
		return true;
	input->n_packets = 0;
	input->due_ns = INT64_MIN;
	if (capture_open(input->path, &input->capture) < 0) {
		merge->has_failed = merge->must_stop = true;
		return false;
	}
	if (advance(merge, input))
		return true;
	close_input(merge, input);
	return false;
}

static int compare_due(const void *a, const void *b)
{
	const struct input *first = a, *second = b;

	if (first->due_ns != second->due_ns)
		return first->due_ns < second->due_ns ? -1 : 1;
	return 0;
}

int merge_open(char *const *paths, size_t n_paths, struct progress *progress,
	       struct merge **ret_merge)
{
	struct merge *merge = calloc(1, sizeof(*merge));
	bool all_known = true;
	int err = -ENOMEM;

	if (!merge)
		return err;
	merge->progress = progress;
	merge->inputs = calloc(n_paths, sizeof(*merge->inputs));
	merge->active = calloc(n_paths, sizeof(struct input *));
	if (!merge->inputs || !merge->active)
		goto out;
	merge->n_inputs = n_paths;
	for (size_t i = 0; i < n_paths; i++) {
		merge->inputs[i].path = paths[i];
		merge->inputs[i].due_ns = INT64_MIN;
		err = probe(merge, &merge->inputs[i], &all_known);
		if (err < 0)
			goto out;
	}
	if (!all_known)
		merge->n_total_bytes = 0;
	qsort(merge->inputs, n_paths, sizeof(*merge->inputs), compare_due);
	*ret_merge = merge;
	merge = NULL;
	err = 0;
out:
	merge_close(merge);
	return err;
}

void merge_close(struct merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; merge->inputs && i < merge->n_inputs; i++)
		capture_close(merge->inputs[i].capture);
	free(merge->inputs);
	free(merge->active);
	free(merge);
}

/* Moves active[idx] up to its place; the others are in order. */
static void settle(struct merge *merge, size_t idx)
{
	struct input **active = merge->active, *input = active[idx];

	for (; idx > 0 && active[idx - 1]->due_ns > input->due_ns; idx--)
		active[idx] = active[idx - 1];
	for (; idx + 1 < merge->n_active &&
	       active[idx + 1]->due_ns < input->due_ns;
	     idx++)
		active[idx] = active[idx + 1];
	active[idx] = input;
}

static void advance_first(struct merge *merge)
{
	struct input *input = merge->active[0];

	if (advance(merge, input)) {
		settle(merge, 0);
		return;
	}
	close_input(merge, input);
	merge->n_active--;
	for (size_t i = 0; i < merge->n_active; i++)
		merge->active[i] = merge->active[i + 1];
}

/* Starts the inputs that are due; true when none was active before. */
static bool start_due(struct merge *merge)
{
	bool was_empty = merge->n_active == 0;

	while (merge->next_input < merge->n_inputs && !merge->must_stop) {
		struct input *input = &merge->inputs[merge->next_input];

		if (merge->n_active > 0 &&
		    input->due_ns > merge->active[0]->due_ns)
			break;
		merge->next_input++;
		if (!start_input(merge, input))
			continue;
		merge->active[merge->n_active++] = input;
		settle(merge, merge->n_active - 1);
	}
	return was_empty;
}

int merge_next(struct merge *merge, struct merge_packet *ret_packet)
{
	if (merge->must_advance)
		advance_first(merge);
	ret_packet->starts_coverage = start_due(merge);
	merge->must_advance = merge->n_active > 0 && !merge->must_stop;
	if (!merge->must_advance)
		return 0;
	ret_packet->packet = merge->active[0]->packet;
	return 1;
}

bool merge_has_failed(const struct merge *merge)
{
	return merge->has_failed;
}

uint64_t merge_n_unsupported(const struct merge *merge)
{
	return merge->n_unsupported;
}

uint64_t merge_input_bytes(const struct merge *merge)
{
	uint64_t n_bytes = merge->n_done_bytes;

	for (size_t i = 0; i < merge->n_active; i++)
		n_bytes += capture_input_bytes(merge->active[i]->capture);
	return n_bytes;
}

uint64_t merge_total_bytes(const struct merge *merge)
{
	return merge->n_total_bytes;
}
