/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an import found in all, the line that says so, and what the campaign keeps
 * of where its data came from. */
#ifndef IMPORT_IMPORT_TOTALS_H
#define IMPORT_IMPORT_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/record.h"
#include "epping_record.h"
#include "import_files.h"

struct import_totals {
	uint64_t n_records;  /* complete ones */
	uint64_t n_prefixes; /* of them, those of prefixes that were taken */
	uint64_t n_other;    /* of them of kinds that are not imported */
	uint64_t n_refused;  /* of them, because they cannot be right */
	uint64_t n_damaged;  /* files that were not read to their end */
	uint64_t n_left;     /* bytes of incomplete records in them */
	uint64_t n_intervals, n_gaps, n_samples;
	/* What a campaign has no place for. */
	uint64_t ecn[4];
	struct epping_counts non_ip;
};

/* Adds an interval before it is written. */
void import_totals_add(struct import_totals *totals,
		       const struct record *record);
/* Adds global counters that were taken. */
void import_totals_add_global(struct import_totals *totals,
			      const struct epping_record *record);

/* One line on stderr, `NAME: ...`. */
void import_totals_print(const struct import_totals *totals, size_t n_files,
			 const char *name);

/* For campaign.json: a JSON object, malloc()ed; NULL when memory is short. An
 * import that has not come to its end may have been killed. */
char *import_totals_json(const struct import_totals *totals,
			 const struct import_files *files, bool is_old,
			 bool is_complete);

#endif
