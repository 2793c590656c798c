// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rollup_plan.h"
#include "../lib/clock.h"
#include "../lib/record.h"

/* So many files are open at once, each with a few megabytes of tables. */
enum { MAX_INPUTS = 64 };

void rollup_plan_fini(struct rollup_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		free(plan->job[i].input);
	free(plan->job);
	*plan = (struct rollup_plan){ 0 };
}

enum segment_level rollup_input_level(enum segment_level level,
				      uint64_t interval_ns)
{
	while (level-- > LEVEL_RAW)
		if (level == LEVEL_RAW ||
		    segment_level_is_possible(level, interval_ns))
			break;
	return level;
}

/* -1 when it is at no level, as it is when it was removed. */
static int level_of(const struct manifest_entry *entry)
{
	enum segment_level level;

	if (entry->is_removed || segment_level_of_path(entry->path, &level))
		return -1;
	return (int)level;
}

static bool is_same_campaign(const struct manifest_entry *a,
			     const struct manifest_entry *b)
{
	return !strcmp(a->campaign_uuid, b->campaign_uuid);
}

const struct manifest_entry *rollup_covering(const struct manifest *manifest,
					     enum segment_level level,
					     const struct manifest_entry *of)
{
	const struct manifest_entry *entry = manifest->entry;
	size_t i;

	for (i = 0; i < manifest->n; i++, entry++)
		if (level_of(entry) == (int)level &&
		    is_same_campaign(entry, of) &&
		    entry->first_seq <= of->first_seq &&
		    entry->last_seq >= of->last_seq)
			return entry;
	return NULL;
}

static bool overlaps_rollup(const struct manifest *manifest,
			    enum segment_level level,
			    const struct manifest_entry *of)
{
	const struct manifest_entry *entry = manifest->entry;
	size_t i;

	for (i = 0; i < manifest->n; i++, entry++)
		if (level_of(entry) == (int)level &&
		    is_same_campaign(entry, of) &&
		    entry->first_seq <= of->last_seq &&
		    entry->last_seq >= of->first_seq)
			return true;
	return false;
}

/* The day, or the month, that holds the time: its first moment and the next's. */
static void period_of(enum segment_level level, int64_t time_ns,
		      int64_t *ret_start_ns, int64_t *ret_end_ns)
{
	const int64_t day_ns = 86400 * CLOCK_NS_PER_S;
	int64_t day = time_ns / day_ns - (time_ns % day_ns < 0);
	time_t seconds = (time_t)(day * 86400);
	struct tm utc;

	*ret_start_ns = day * day_ns;
	*ret_end_ns = *ret_start_ns + day_ns;
	if (level != LEVEL_1H)
		return;
	gmtime_r(&seconds, &utc);
	utc.tm_mday = 1;
	*ret_start_ns = (int64_t)timegm(&utc) * CLOCK_NS_PER_S;
	utc.tm_mon++;
	*ret_end_ns = (int64_t)timegm(&utc) * CLOCK_NS_PER_S;
}

struct planning {
	const struct manifest *manifest;
	enum segment_level level, input_level;
	int64_t now_ns;
	bool is_open_too;
	const struct rollup_unsealed *unsealed;
	struct rollup_plan plan;
};

/* It is after its end, or the campaign has gone on after it. */
static bool is_over(const struct planning *planning,
		    const struct manifest_entry *of, int64_t end_ns)
{
	const struct manifest_entry *entry = planning->manifest->entry;
	size_t i;

	if (planning->now_ns >= end_ns)
		return true;
	for (i = 0; i < planning->manifest->n; i++, entry++)
		if (is_same_campaign(entry, of) && entry->time_end_ns > end_ns)
			return true;
	return false;
}

static bool is_ready(const struct planning *planning,
		     const struct manifest_entry *entry)
{
	const struct rollup_unsealed *unsealed = planning->unsealed;
	int64_t start_ns, end_ns;

	if (planning->is_open_too)
		return true;
	period_of(planning->level, entry->time_start_ns, &start_ns, &end_ns);
	if (unsealed->uuid && !strcmp(unsealed->uuid, entry->campaign_uuid) &&
	    unsealed->start_ns < end_ns)
		return false;
	return is_over(planning, entry, end_ns);
}

/* Whether the entry goes on where the job ends, in the same period. */
static bool continues(const struct planning *planning,
		      const struct rollup_job *job,
		      const struct manifest_entry *entry)
{
	const struct manifest_entry *last = job->input[job->n_inputs - 1];
	int64_t start_ns, end_ns;

	period_of(planning->level, last->time_start_ns, &start_ns, &end_ns);
	return job->n_inputs < MAX_INPUTS && is_same_campaign(last, entry) &&
	       last->last_seq + 1 == entry->first_seq &&
	       entry->time_start_ns >= start_ns &&
	       entry->time_start_ns < end_ns;
}

static int add_input(struct planning *planning,
		     const struct manifest_entry *entry)
{
	struct rollup_plan *plan = &planning->plan;
	struct rollup_job *job = plan->n ? &plan->job[plan->n - 1] : NULL;
	const struct manifest_entry **input;

	if (!job || !continues(planning, job, entry)) {
		job = record_grow((void **)&plan->job, &plan->n, &plan->max,
				  sizeof(*job));
		if (!job)
			return -ENOMEM;
		job->level = planning->level;
		job->input_level = planning->input_level;
	}
	input = record_grow((void **)&job->input, &job->n_inputs,
			    &job->max_inputs, sizeof(*input));
	if (!input)
		return -ENOMEM;
	*input = entry;
	job->n_bytes += entry->n_file_bytes;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct manifest_entry *x =
		*(const struct manifest_entry *const *)a;
	const struct manifest_entry *y =
		*(const struct manifest_entry *const *)b;
	int order = strcmp(x->campaign_uuid, y->campaign_uuid);

	if (order)
		return order;
	return (x->first_seq > y->first_seq) - (x->first_seq < y->first_seq);
}

/* Entries of the input level that no rollup holds, in order. */
static int list_inputs(const struct planning *planning,
		       const struct manifest_entry ***ret_list, size_t *ret_n,
		       const struct manifest_entry **ret_entry)
{
	const struct manifest *manifest = planning->manifest;
	const struct manifest_entry **list =
		calloc(manifest->n + 1, sizeof(struct manifest_entry *));
	const struct manifest_entry *entry;
	size_t i, n = 0;
	int err = list ? 0 : -ENOMEM;

	for (i = 0; i < manifest->n && !err; i++) {
		entry = &manifest->entry[i];
		if (level_of(entry) != (int)planning->input_level ||
		    rollup_covering(manifest, planning->level, entry))
			continue;
		if (overlaps_rollup(manifest, planning->level, entry)) {
			*ret_entry = entry;
			err = -EBADMSG;
		}
		list[n++] = entry;
	}
	if (err) {
		free(list);
		return err;
	}
	qsort(list, n, sizeof(*list), compare_entries);
	*ret_list = list;
	*ret_n = n;
	return 0;
}

int rollup_plan_make(const struct manifest *manifest, uint64_t interval_ns,
		     enum segment_level level, int64_t now_ns, bool is_open_too,
		     const struct rollup_unsealed *unsealed,
		     struct rollup_plan *ret_plan,
		     const struct manifest_entry **ret_entry)
{
	struct planning planning = {
		.manifest = manifest,
		.level = level,
		.input_level = rollup_input_level(level, interval_ns),
		.now_ns = now_ns,
		.is_open_too = is_open_too,
		.unsealed = unsealed,
	};
	const struct manifest_entry **list = NULL;
	size_t i, n = 0;
	int err = 0;

	*ret_plan = (struct rollup_plan){ 0 };
	if (!segment_level_is_possible(level, interval_ns))
		return 0;
	err = list_inputs(&planning, &list, &n, ret_entry);
	for (i = 0; i < n && !err; i++)
		if (is_ready(&planning, list[i]))
			err = add_input(&planning, list[i]);
	free(list);
	if (err)
		rollup_plan_fini(&planning.plan);
	else
		*ret_plan = planning.plan;
	return err;
}
