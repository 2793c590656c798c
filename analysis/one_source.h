/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of one source: --source, else tcp_ts, else what an import has.
 */
#ifndef ANALYSIS_ONE_SOURCE_H
#define ANALYSIS_ONE_SOURCE_H

#include "query.h"

/* After the options: false after its line when --source named several. Else
 * the query is of that source, or of those to choose from. */
bool one_source_check(struct query *query);
/* -ENODATA with its line when there is no sample of these. */
int one_source_choose(const struct query *query,
		      const struct scan_result *result, uint8_t *ret_source);

#endif
