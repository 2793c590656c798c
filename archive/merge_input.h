/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign to be merged with others: what it is, and what must agree. The
 * identity of an interval is (vantage point, uuid of the campaign that measured
 * it, sequence number).
 */
#ifndef ARCHIVE_MERGE_INPUT_H
#define ARCHIVE_MERGE_INPUT_H

#include <stdbool.h>
#include <json-c/json.h>

#include "../lib/manifest.h"

/* A campaign that measured, itself or as part of a merged one. */
struct merge_part {
	const char *uuid, *vantage_point; /* borrowed of the root */
	struct json_object *description;  /* an element of `merged` */
};

struct merge_input {
	const char *path;
	int fd;
	struct json_object *root;
	struct manifest manifest;
	struct merge_part *part;
	size_t n_parts;
};

/* Prints one line on failure: not a campaign, damaged, or not sealed. */
int merge_input_open(const char *path, struct merge_input *ret_input);
void merge_input_close(struct merge_input *input);

/* What makes the two different measurements: "intervals", "prefix lengths",
 * "tunnel ends (inner or outer)",
 * "histogram layouts"; NULL: nothing. */
const char *merge_input_difference(const struct merge_input *a,
				   const struct merge_input *b);
const struct merge_part *merge_input_part(const struct merge_input *input,
					  const char *uuid);

#endif
