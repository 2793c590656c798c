/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row of an export in the forms that other programs read, written at once:
 * nothing is kept.
 *
 * CSV (RFC 4180): a header line; what does not apply is empty. NDJSON: an object
 * a line; what does not apply is null. Graphite's plaintext: a line for each
 * number, `spindrift.GROUP.SIDE.SOURCE.COLUMN VALUE SECONDS`; what is no number
 * has no line. A percentile above the last edge is `>EDGE` in the first two.
 */
#ifndef ANALYSIS_EXPORT_ROW_H
#define ANALYSIS_EXPORT_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "group.h"
#include "quantile.h"

enum export_format { EXPORT_CSV, EXPORT_NDJSON, EXPORT_GRAPHITE };

/* "csv", ...; false: none of them. */
bool export_format_parse(const char *text, enum export_format *ret_format);

/* The header line of CSV. */
void export_row_begin(FILE *stream, enum export_format format);

/* Samples of one source of a group; the group has some. */
void export_row_samples(FILE *stream, enum export_format format,
			const struct group *group, unsigned source,
			const struct segment_layout *layout);

/* The group's traffic. */
void export_row_traffic(FILE *stream, enum export_format format,
			const struct group *group);

#endif
