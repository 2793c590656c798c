// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

#include "audit.h"
#include "verify_rollup.h"
#include "../lib/segment_build.h"

/* The sums of the sources, to be compared with the rollup. */
struct sums {
	struct segment_interval interval; /* as long as the rollup's */
	struct segment_slash8_sums *slash8;
	size_t n_gaps, n_events;
};

#define NEW_COLUMN(column, n) ((column) = calloc((n) + 1, sizeof(*(column))))

static int new_sums(const struct segment *whole, struct sums *sums)
{
	size_t n = whole->interval.n, c;
	bool ok;

	sums->slash8 = segment_slash8_new(whole->layout.n_bins);
	ok = sums->slash8 && NEW_COLUMN(sums->interval.n_intervals, n) &&
	     NEW_COLUMN(sums->interval.covered_ns, n);
	for (c = 0; c < N_OUTCOMES && ok; c++)
		ok = NEW_COLUMN(sums->interval.outcome[c], n);
	for (c = 0; c < N_EVENTS && ok; c++)
		ok = NEW_COLUMN(sums->interval.event[c], n);
	return ok ? 0 : -ENOMEM;
}

static void free_sums(struct sums *sums)
{
	struct segment segment = { .interval = sums->interval };

	segment_fini(&segment);
	segment_slash8_free(sums->slash8);
}

static int add_intervals(const struct segment *whole,
			 const struct segment *source, struct sums *sums,
			 struct segment_fault *fault)
{
	const struct segment_interval *from = &source->interval;
	const struct segment_interval *rows = &whole->interval;
	struct segment_interval *to = &sums->interval;
	size_t i, c, row = 0;

	for (i = 0; i < from->n; i++) {
		while (row < rows->n && rows->last_seq[row] < from->seq[i])
			row++;
		if (row == rows->n || rows->seq[row] > from->seq[i] ||
		    rows->last_seq[row] < from->last_seq[i])
			return segment_fault_set(fault, "interval", "seq",
						 "leaves out intervals of its "
						 "sources");
		to->n_intervals[row] += from->n_intervals[i];
		to->covered_ns[row] += from->covered_ns[i];
		for (c = 0; c < N_OUTCOMES; c++)
			to->outcome[c][row] += from->outcome[c][i];
		for (c = 0; c < N_EVENTS; c++)
			to->event[c][row] += from->event[c][i];
	}
	return 0;
}

static bool is_same_layout(const struct segment *a, const struct segment *b)
{
	return a->layout.n_bins == b->layout.n_bins &&
	       !memcmp(a->layout.edge_ns, b->layout.edge_ns,
		       (a->layout.n_bins + 1) * sizeof(*a->layout.edge_ns));
}

/* 1: it cannot be read, which is found where it is itself looked at. */
static int add_source(const char *campaign, const struct manifest_entry *entry,
		      const struct segment *whole, struct sums *sums,
		      struct segment_fault *fault)
{
	struct segment_fault unused;
	struct segment source;
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", campaign, entry->path) < 0)
		return -ENOMEM;
	err = segment_read(path, SEGMENT_SLASH8, &source, &unused);
	free(path);
	if (err)
		return err == -ENOMEM ? err : 1;
	if (!is_same_layout(whole, &source))
		err = segment_fault_set(fault, "hist", "bin_edge_ns",
					"another layout than its sources");
	if (!err)
		err = add_intervals(whole, &source, sums, fault);
	if (!err)
		err = segment_slash8_add_tables(sums->slash8, &source);
	sums->n_gaps += source.gap.n;
	sums->n_events += source.event.n;
	segment_fini(&source);
	return err;
}

static const char *text_of(struct json_object *row, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(row, json_type_object) ||
	    !json_object_object_get_ex(row, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

/* 1: one is not kept as it was, or cannot be read. */
static int add_sources(const char *campaign, const struct manifest *manifest,
		       const struct segment *whole, struct json_object *list,
		       struct sums *sums, struct segment_fault *fault)
{
	const struct manifest_entry *entry;
	struct json_object *row;
	size_t i;
	int err = 0;

	for (i = 0; i < json_object_array_length(list) && !err; i++) {
		row = json_object_array_get_idx(list, i);
		entry = manifest_find(manifest, text_of(row, "path"));
		/* A salvaged file is not the one that was added up. */
		if (!entry || entry->is_removed ||
		    strcmp(entry->sha256, text_of(row, "sha256")) != 0)
			return 1;
		err = add_source(campaign, entry, whole, sums, fault);
	}
	return err;
}

#define DIFFERS(column)                                                        \
	memcmp(sums->interval.column, whole->interval.column,                  \
	       whole->interval.n * sizeof(*whole->interval.column))

static int compare(const struct segment *whole, const struct sums *sums,
		   struct segment_fault *fault)
{
	size_t c;

	if (DIFFERS(n_intervals))
		return segment_fault_set(fault, "interval", "n_intervals",
					 "not the sums of its sources");
	if (DIFFERS(covered_ns))
		return segment_fault_set(fault, "interval", "covered_ns",
					 "not the sums of its sources");
	for (c = 0; c < N_OUTCOMES; c++)
		if (DIFFERS(outcome[c]))
			return segment_fault_set(fault, "interval", "outcome",
						 "not the sums of its sources");
	for (c = 0; c < N_EVENTS; c++)
		if (DIFFERS(event[c]))
			return segment_fault_set(fault, "interval", "event",
						 "not the sums of its sources");
	if (whole->gap.n != sums->n_gaps)
		return segment_fault_set(fault, "gap", "start_ns",
					 "not the gaps of its sources");
	if (whole->event.n != sums->n_events)
		return segment_fault_set(fault, "event", "time_ns",
					 "not the events of its sources");
	return audit_slash8_sums(whole, sums->slash8,
				 "not the sums of its sources", fault);
}

int verify_rollup(const char *campaign, const struct manifest *manifest,
		  const struct segment *whole, struct segment_fault *ret_fault)
{
	struct json_object *list = json_tokener_parse(whole->meta.sources_json);
	struct sums sums = { 0 };
	int err;

	if (!list || !json_object_is_type(list, json_type_array)) {
		json_object_put(list);
		return segment_fault_set(ret_fault, "@sources_json", "",
					 "not an array");
	}
	err = new_sums(whole, &sums);
	if (!err)
		err = add_sources(campaign, manifest, whole, list, &sums,
				  ret_fault);
	if (!err)
		err = compare(whole, &sums, ret_fault);
	free_sums(&sums);
	json_object_put(list);
	return err > 0 ? 0 : err;
}
