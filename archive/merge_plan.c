// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "merge_plan.h"
#include "../lib/cli.h"
#include "../lib/clock.h"
#include "../lib/record.h"

void merge_plan_fini(struct merge_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		free(plan->file[i].drop);
	free(plan->file);
	*plan = (struct merge_plan){ 0 };
}

static int add_candidates(const struct merge_input *input,
			  struct merge_plan *plan)
{
	const struct manifest_entry *entry = input->manifest.entry;
	const struct merge_part *part;
	struct merge_file *file;
	enum segment_level level;
	size_t i;

	for (i = 0; i < input->manifest.n; i++, entry++) {
		if (entry->is_removed ||
		    segment_level_of_path(entry->path, &level))
			continue;
		part = merge_input_part(input, entry->campaign_uuid);
		if (!part) {
			cli_error("%s/%s: cannot be merged: belongs to another "
				  "campaign",
				  input->path, entry->path);
			return -EINVAL;
		}
		file = record_grow((void **)&plan->file, &plan->n, &plan->max,
				   sizeof(*file));
		if (!file)
			return -ENOMEM;
		*file = (struct merge_file){
			input, entry, part, level, NULL, 0
		};
	}
	return 0;
}

/* One uuid is one vantage point, whoever has a copy. */
static int check_parts(const struct merge_input *input, size_t n)
{
	const struct merge_part *part, *other;
	size_t i, j, p;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			for (p = 0; p < input[i].n_parts; p++) {
				part = &input[i].part[p];
				other = merge_input_part(&input[j], part->uuid);
				if (!other || !strcmp(other->vantage_point,
						      part->vantage_point))
					continue;
				cli_error("%s: cannot be merged: another "
					  "vantage point than the same "
					  "campaign in %s",
					  input[i].path, input[j].path);
				return -EINVAL;
			}
	return 0;
}

static bool is_same_place(const struct merge_file *a,
			  const struct merge_file *b, bool is_distinct)
{
	if (is_distinct && !*a->part->vantage_point)
		return false;
	return !strcmp(a->part->vantage_point, b->part->vantage_point);
}

/* Two campaigns of one vantage point that measured the same time counted the
 * same packets. */
static int check_times(const struct merge_plan *plan, bool is_distinct)
{
	const struct merge_file *a, *b;
	char time[CLOCK_TEXT_MAX];
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < i; j++) {
			a = &plan->file[i];
			b = &plan->file[j];
			if (!strcmp(a->part->uuid, b->part->uuid) ||
			    a->entry->time_start_ns >= b->entry->time_end_ns ||
			    a->entry->time_end_ns <= b->entry->time_start_ns ||
			    !is_same_place(a, b, is_distinct))
				continue;
			clock_format_ns(
				a->entry->time_start_ns >
						b->entry->time_start_ns ?
					a->entry->time_start_ns :
					b->entry->time_start_ns,
				time);
			cli_error("%s: cannot be merged: it and %s both "
				  "measured %s at vantage point '%s'",
				  a->input->path, b->input->path, time,
				  a->part->vantage_point);
			return -EINVAL;
		}
	return 0;
}

/* By level and campaign; the longest first, so that what it holds is seen to be
 * held; then by content, so that the order of the operands does not show. */
static int compare_files(const void *a, const void *b)
{
	const struct merge_file *x = a, *y = b;
	uint64_t n_x = x->entry->last_seq - x->entry->first_seq;
	uint64_t n_y = y->entry->last_seq - y->entry->first_seq;
	int order;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	order = strcmp(x->part->uuid, y->part->uuid);
	if (order)
		return order;
	if (n_x != n_y)
		return n_x > n_y ? -1 : 1;
	if (x->entry->first_seq != y->entry->first_seq)
		return x->entry->first_seq < y->entry->first_seq ? -1 : 1;
	return strcmp(x->entry->sha256, y->entry->sha256);
}

static int drop(struct merge_file *file, uint64_t first_seq, uint64_t last_seq)
{
	struct rewrite_range *grown =
		realloc(file->drop, (file->n_drop + 1) * sizeof(*file->drop));

	if (!grown)
		return -ENOMEM;
	file->drop = grown;
	grown[file->n_drop++] = (struct rewrite_range){ first_seq, last_seq };
	return 0;
}

/* Numbers that files before it have; 1: all of them. */
static int find_duplicates(const struct merge_file *taken, size_t n,
			   struct merge_file *file)
{
	uint64_t n_dropped = 0, first, last;
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		if (taken[i].level != file->level ||
		    strcmp(taken[i].part->uuid, file->part->uuid) != 0)
			continue;
		first = taken[i].entry->first_seq > file->entry->first_seq ?
				taken[i].entry->first_seq :
				file->entry->first_seq;
		last = taken[i].entry->last_seq < file->entry->last_seq ?
			       taken[i].entry->last_seq :
			       file->entry->last_seq;
		if (first > last)
			continue;
		err = drop(file, first, last);
		n_dropped += last - first + 1;
	}
	if (err)
		return err;
	return n_dropped > file->entry->last_seq - file->entry->first_seq;
}

/* Keeps what is new of each file, in place. A row of a rollup cannot be cut. */
static int remove_duplicates(struct merge_plan *plan)
{
	struct merge_file *file;
	size_t i, n = 0;
	int found;

	for (i = 0; i < plan->n; i++) {
		file = &plan->file[i];
		found = find_duplicates(plan->file, n, file);
		if (found < 0)
			return found;
		if (found || (file->n_drop && file->level != LEVEL_RAW)) {
			free(file->drop);
			file->drop = NULL;
			plan->n_duplicates++;
			continue;
		}
		plan->file[n++] = *file;
	}
	plan->n = n;
	return 0;
}

int merge_plan_make(const struct merge_input *input, size_t n_inputs,
		    bool is_distinct, struct merge_plan *ret_plan)
{
	struct merge_plan plan = { 0 };
	const char *difference;
	size_t i;
	int err = check_parts(input, n_inputs);

	for (i = 0; i < n_inputs && !err; i++) {
		difference = merge_input_difference(&input[0], &input[i]);
		if (difference) {
			cli_error("%s: cannot be merged: other %s than %s",
				  input[i].path, difference, input[0].path);
			err = -EINVAL;
		} else {
			err = add_candidates(&input[i], &plan);
		}
	}
	if (!err)
		err = check_times(&plan, is_distinct);
	if (!err && plan.n)
		qsort(plan.file, plan.n, sizeof(*plan.file), compare_files);
	if (!err)
		err = remove_duplicates(&plan);
	if (err)
		merge_plan_fini(&plan);
	else
		*ret_plan = plan;
	return err;
}
