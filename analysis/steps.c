// SPDX-License-Identifier: GPL-2.0-or-later
#include "steps.h"

#include <errno.h>

#include "../lib/progress.h"
#include "export_period.h"

/* Of one piece: some hundred MB if every group has samples in every step. */
enum {
	STEPS_OF_FEW_GROUPS = 32768,
	STEPS_OF_OCTETS = 256,
	STEPS_OF_MANY_GROUPS = 24,
};

/* Ten years: steps of a piece may not overflow. */
#define MAX_PIECE_NS (3650 * 86400000000000ull)

static uint64_t piece_steps(const struct group_spec *by)
{
	if (by->by == GROUP_BY_PREFIX || by->by == GROUP_BY_SUBNET ||
	    by->by == GROUP_BY_AS)
		return STEPS_OF_MANY_GROUPS;
	return by->by == GROUP_BY_SLASH8 ? STEPS_OF_OCTETS :
					   STEPS_OF_FEW_GROUPS;
}

static int take_groups(const struct query *query,
		       const struct scan_result *result, steps_take *take,
		       void *context)
{
	struct steps_moment moment = { .start_ns = INT64_MIN };
	int err = 0;

	for (size_t i = 0; i < result->table.n && !err; i++) {
		const struct group *group = result->table.group[i];
		int64_t start_ns = group->key.step_ns;
		int64_t end_ns = start_ns + (int64_t)query->scan.step_ns;

		if (start_ns != moment.start_ns) {
			moment.start_ns = start_ns;
			moment.covered_s = (double)scan_covered_ns(
						   result, start_ns, end_ns) /
					   1e9;
		}
		err = take(context, &moment, group, &result->layout);
	}
	return err;
}

/* A scan shows its own progress where it is all that there is to do. */
static int scan_piece(const struct query *query, const struct scan_span *piece,
		      bool is_all, steps_take *take, void *context,
		      uint64_t *n_intervals)
{
	struct scan_query scan = query->scan;
	struct scan_result result = { 0 };
	int err;

	scan.from_ns = piece->start_ns;
	scan.to_ns = piece->end_ns;
	scan.may_be_empty = true;
	scan.is_quiet = query->is_quiet || !is_all;
	err = scan_campaigns(query->campaign, query->n_campaigns, &scan,
			     &result);
	if (err)
		return err;
	*n_intervals += result.n_intervals;
	err = take_groups(query, &result, take, context);
	if (err)
		cli_error("%s: cannot be analysed: no memory",
			  query->campaign[0]);
	scan_result_fini(&result);
	return err;
}

int steps_scan(const struct query *query, steps_take *take, void *context)
{
	struct export_period period;
	struct progress progress;
	struct scan_span piece;
	uint64_t n_intervals = 0, n_bytes, n_done = 0;
	int err = export_period_init(&period, query->campaign,
				     query->n_campaigns, &query->scan);

	period.piece_ns = MAX_PIECE_NS;
	period.piece_steps = piece_steps(&query->scan.by);
	n_bytes = export_period_n_bytes(&period);
	progress_init(&progress, "reading", n_bytes, query->is_quiet);
	while (!err && export_period_next(&period, &piece)) {
		bool is_all = !n_done &&
			      export_period_n_done(&period) == n_bytes;

		err = scan_piece(query, &piece, is_all, take, context,
				 &n_intervals);
		n_done = export_period_n_done(&period);
		if (!is_all)
			progress_update(&progress, n_done);
	}
	progress_hide(&progress);
	export_period_fini(&period);
	if (!err && !n_intervals) {
		cli_error("%s: no data: no interval in the period",
			  query->campaign[0]);
		err = -ENODATA;
	}
	return err;
}
