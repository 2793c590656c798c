/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over campaigns: every interval that lies wholly inside the period
 * and every row that passes the filters, added up into groups.
 *
 * Parts are read one at a time in each process, so memory is that of one part
 * and of the answer. Where a whole part is inside the period (and inside one
 * step) and the grouping is no finer than the first octet, only its small
 * tables per first octet are read; both ways give the same sums. (Spin classes
 * have no such table: participation always reads rows.) So do rollups, which
 * are read in the place of raw segments where no step and no end of the period
 * cuts their rows. With n_processes > 1 parts are dealt to forked processes; the
 * answer does not depend on their number.
 */
#ifndef ANALYSIS_SCAN_H
#define ANALYSIS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/campaign.h"
#include "group.h"

/*
 * A phase for each step of step_ns from first_ns on, below n_phases, or
 * SCAN_NO_PHASE: groups are then also told apart by the phase of the interval,
 * and intervals without one are not read. step_ns divides the query's step, and
 * is a multiple of every interval.
 */
enum { SCAN_NO_PHASE = 255 };

struct scan_phases {
	int64_t first_ns;
	uint64_t step_ns;
	const uint8_t *phase; /* n of them; borrowed */
	size_t n;
	uint8_t n_phases;
};

/* An interval is in the period when from_ns <= start and end <= to_ns. */
struct scan_query {
	int64_t from_ns, to_ns; /* UTC; INT64_MIN, INT64_MAX: no limit */
	uint32_t sources;       /* bit i: samples of source i; 0 reads none */
	uint32_t sides;         /* bit i: rows of enum side i */
	bool has_participation; /* fill that of the groups */
	bool has_classes;       /* fill traffic->class of the groups */
	bool has_ecn;           /* and traffic->ecn, of which rows are read */
	bool has_protocols;     /* fill `protocol` of the result */
	bool skips_traffic;     /* no traffic where rows are read */
	struct group_spec by;
	uint64_t step_ns; /* 0: one answer; else one for each step */
	const struct scan_phases *phases; /* NULL: none; needs a step */
	bool may_be_empty; /* no interval in the period is no error */
	enum segment_level max_level; /* the coarsest rows that are read */
	/* Only subnets inside this prefix. */
	bool has_subnet;
	struct prefix subnet;
	unsigned n_processes; /* 1 .. SCAN_MAX_PROCESSES */
	bool is_quiet;        /* no progress bar */
};

enum { SCAN_MAX_PROCESSES = 64 };

struct scan_span {
	int64_t start_ns, end_ns;
};

struct scan_result {
	struct group_table table;     /* sorted */
	struct segment_layout layout; /* that of all campaigns; owned */
	struct protocol_count
		protocol[N_IP_PROTOCOLS]; /* whatever the groups */
	/* The intervals that were used: ascending, without overlap (those of
	 * several campaigns are united), adjacent ones joined. */
	struct scan_span *span;
	size_t n_spans, max_spans;
	uint64_t n_intervals; /* counted per campaign */
};

/*
 * Opens, scans and closes the campaigns. Prints its line for each failure:
 * -EBADMSG damaged, -EINVAL layouts or lengths that do not go together,
 * -ENODATA no interval in the period, and what the reader returns.
 */
int scan_campaigns(const char *const *path, size_t n_campaigns,
		   const struct scan_query *query,
		   struct scan_result *ret_result);
void scan_result_fini(struct scan_result *result);

/* Nanoseconds of [start_ns, end_ns) that the used intervals cover. */
uint64_t scan_covered_ns(const struct scan_result *result, int64_t start_ns,
			 int64_t end_ns);

/* Steps are aligned to 1970-01-01T00:00:00Z; step_ns > 0. */
int64_t scan_step_start_ns(int64_t time_ns, uint64_t step_ns);

#endif
