// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "campaign_gaps.h"

enum { MAX_KEPT_EVENTS = 1024 };

static int compare_gaps(const void *a, const void *b)
{
	const struct record_gap *x = a, *y = b;

	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int add_gap(struct record *record, int64_t start_ns, int64_t end_ns,
		   enum gap_cause cause)
{
	struct record_gap *gap = record_add(&record->gap);

	if (!gap)
		return -ENOMEM;
	*gap = (struct record_gap){ start_ns, end_ns, (uint8_t)cause };
	return 0;
}

static int take_kept(const struct campaign_gaps *gaps, struct record *record)
{
	struct record_event *event;
	struct record_gap *gap;
	size_t i;

	for (i = 0; i < gaps->gap.n; i++) {
		gap = record_add(&record->gap);
		if (!gap)
			return -ENOMEM;
		*gap = gaps->gap.row[i];
	}
	for (i = 0; i < gaps->events.n; i++) {
		event = record_add(&record->events);
		if (!event)
			return -ENOMEM;
		*event = gaps->events.row[i];
	}
	return 0;
}

int campaign_gaps_fill(const struct campaign_gaps *gaps, int64_t end_ns,
		       enum gap_cause cause, struct record *record)
{
	bool has_end = end_ns != INT64_MIN;
	size_t i, n;
	int err = take_kept(gaps, record);

	if (err)
		return err;
	if (record->gap.n)
		qsort(record->gap.row, record->gap.n, sizeof(struct record_gap),
		      compare_gaps);
	n = record->gap.n;
	for (i = 0; i < n && !err; i++) {
		if (has_end && record->gap.row[i].start_ns > end_ns)
			err = add_gap(record, end_ns,
				      record->gap.row[i].start_ns, cause);
		if (record->gap.row[i].end_ns > end_ns)
			end_ns = record->gap.row[i].end_ns;
	}
	if (!err && has_end && end_ns < record->start_ns)
		err = add_gap(record, end_ns, record->start_ns, cause);
	if (record->gap.n) {
		record->flags |= INTERVAL_GAP;
		qsort(record->gap.row, record->gap.n, sizeof(struct record_gap),
		      compare_gaps);
	}
	return err;
}

static int keep_gap(struct campaign_gaps *gaps, const struct record_gap *gap)
{
	struct record_gap *last = NULL;

	if (gaps->gap.n)
		last = &gaps->gap.row[gaps->gap.n - 1];
	if (last && last->cause == gap->cause &&
	    last->end_ns == gap->start_ns) {
		last->end_ns = gap->end_ns;
		return 0;
	}
	last = record_add(&gaps->gap);
	if (!last)
		return -ENOMEM;
	*last = *gap;
	return 0;
}

int campaign_gaps_keep(struct campaign_gaps *gaps, const struct record *record,
		       enum gap_cause cause)
{
	const struct record_gap lost = { record->start_ns,
					 record->start_ns +
						 (int64_t)record->duration_ns,
					 (uint8_t)cause };
	struct record_event *event;
	size_t i;
	int err = 0;

	/* The record has taken over what was kept. */
	campaign_gaps_clear(gaps);
	for (i = 0; i < record->gap.n && !err; i++)
		err = keep_gap(gaps, &record->gap.row[i]);
	if (!err)
		err = keep_gap(gaps, &lost);
	for (i = 0; i < record->events.n && i < MAX_KEPT_EVENTS && !err; i++) {
		event = record_add(&gaps->events);
		if (event)
			*event = record->events.row[i];
		else
			err = -ENOMEM;
	}
	return err;
}

void campaign_gaps_clear(struct campaign_gaps *gaps)
{
	gaps->gap.n = 0;
	gaps->events.n = 0;
}

void campaign_gaps_fini(struct campaign_gaps *gaps)
{
	free(gaps->gap.row);
	free(gaps->events.row);
	*gaps = (struct campaign_gaps){ 0 };
}
