// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_intervals.h"

#include <errno.h>

/* A start within this part of an interval cannot be told from a late report. */
enum { LATE_PART = 20 };

/* ePPing was started after what was appended. */
static bool is_restart(const struct epping_intervals *intervals)
{
	int64_t width_ns = intervals->width_ns;

	return intervals->has_metadata &&
	       intervals->end_ns - intervals->metadata_ns >= width_ns &&
	       intervals->end_ns - intervals->last_end_ns >
		       width_ns + width_ns / LATE_PART;
}

static int add_gap(struct epping_intervals *intervals, bool is_restarted)
{
	struct record *record = &intervals->record;
	struct record_gap *gap = record_add(&record->gap);

	if (!gap)
		return -ENOMEM;
	gap->start_ns = intervals->last_end_ns;
	gap->end_ns = record->start_ns;
	gap->cause = GAP_UNKNOWN;
	if (is_restarted)
		gap->cause = GAP_NOT_RUNNING;
	else if (intervals->is_new_file)
		gap->cause = GAP_NO_CAPTURE;
	record->flags |= INTERVAL_GAP;
	if (is_restarted)
		record->flags |= INTERVAL_RESTART;
	return 0;
}

/* Opens the interval that ends then. */
static int begin(struct epping_intervals *intervals, int64_t end_ns)
{
	int64_t width_ns = intervals->width_ns;
	struct record *record = &intervals->record;
	bool is_restarted;
	int err = 0;

	intervals->is_open = true;
	intervals->end_ns = end_ns;
	record->start_ns = end_ns - width_ns;
	if (intervals->has_last) {
		is_restarted = is_restart(intervals);
		if (is_restarted ||
		    end_ns - intervals->last_end_ns > width_ns + width_ns / 2)
			err = add_gap(intervals, is_restarted);
		else
			record->start_ns = intervals->last_end_ns;
	}
	record->duration_ns = (uint64_t)(end_ns - record->start_ns);
	intervals->is_new_file = intervals->has_metadata = false;
	return err;
}

int epping_intervals_end(struct epping_intervals *intervals)
{
	int err;

	if (!intervals->is_open)
		return 0;
	err = intervals->append(intervals->context, &intervals->record);
	record_clear(&intervals->record);
	intervals->is_open = false;
	intervals->has_last = true;
	intervals->last_end_ns = intervals->end_ns;
	return err;
}

void epping_intervals_begin_file(struct epping_intervals *intervals)
{
	intervals->is_new_file = true;
}

int epping_intervals_add_metadata(struct epping_intervals *intervals,
				  int64_t time_ns)
{
	intervals->has_metadata = true;
	intervals->metadata_ns = time_ns;
	return epping_intervals_end(intervals);
}

static bool is_full(const struct record *record)
{
	return record->subnet.n >= EPPING_MAX_SUBNETS ||
	       record->bin.n >= EPPING_MAX_INTERVAL_BINS ||
	       record->protocol.n >= EPPING_MAX_SUBNETS;
}

static bool is_of_open(const struct epping_intervals *intervals,
		       int64_t time_ns)
{
	int64_t half_ns = intervals->width_ns / 2;

	return intervals->is_open && time_ns > intervals->end_ns - half_ns &&
	       time_ns < intervals->end_ns + half_ns;
}

static bool is_before(const struct epping_intervals *intervals, int64_t time_ns)
{
	if (intervals->is_open)
		return time_ns < intervals->end_ns;
	return intervals->has_last &&
	       time_ns < intervals->last_end_ns + intervals->width_ns / 2;
}

int epping_intervals_find(struct epping_intervals *intervals, int64_t time_ns,
			  struct record **ret_record)
{
	int err;

	if (is_of_open(intervals, time_ns)) {
		/* A file that was cut in pieces within an interval. */
		intervals->is_new_file = false;
		*ret_record = &intervals->record;
		return is_full(&intervals->record) ? EPPING_IS_FULL : 0;
	}
	if (is_before(intervals, time_ns)) {
		/* A file that begins before the end of the one before it may
		 * have records of the open interval again. */
		err = intervals->is_new_file ? epping_intervals_end(intervals) :
					       0;
		return err ? err : EPPING_IS_BEFORE;
	}
	err = epping_intervals_end(intervals);
	if (!err)
		err = begin(intervals, time_ns);
	*ret_record = &intervals->record;
	return err;
}

void epping_intervals_fini(struct epping_intervals *intervals)
{
	record_fini(&intervals->record);
}
