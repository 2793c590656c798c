/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `info` for machines: one JSON object, or the same flattened to TSV rows of
 * `key value` (spindrift-info(1)).
 */
#ifndef ANALYSIS_INFO_JSON_H
#define ANALYSIS_INFO_JSON_H

#include <json-c/json.h>
#include <stdio.h>

#include "info_gather.h"

/* The caller's, for json_object_put(); NULL when memory is short. */
struct json_object *info_json_new(const struct info *info,
				  const struct campaign_reader *reader);
/* Rows `period.start<TAB>2026-...`; positions in arrays count from 0. */
void info_json_print_tsv(struct json_object *object, FILE *stream);

#endif
