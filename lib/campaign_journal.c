// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <json-c/json.h>

#include "campaign_journal.h"
#include "clock.h"
#include "segment_build.h"
#include "segment_columns.h"
#include "../core/hist.h"

#define JOURNAL_SUFFIX ".journal"

enum { SEQ_CHARS = 20 };

void campaign_journal_name(uint64_t first_seq, char name[CAMPAIGN_NAME_MAX])
{
	snprintf(name, CAMPAIGN_NAME_MAX, "%020" PRIu64 JOURNAL_SUFFIX,
		 first_seq);
}

bool campaign_journal_is_name(const char *name)
{
	return strspn(name, "0123456789") == SEQ_CHARS &&
	       !strcmp(name + SEQ_CHARS, JOURNAL_SUFFIX);
}

void campaign_file_name(enum segment_level level, int64_t start_ns,
			uint64_t first_seq, const char *uuid,
			char name[CAMPAIGN_NAME_MAX])
{
	static const char *const directory[N_LEVELS] = {
		[LEVEL_RAW] = "%Y/%m/%d",
		[LEVEL_5MIN] = "%Y/%m",
		[LEVEL_1H] = "%Y",
	};
	int64_t start_s = start_ns / CLOCK_NS_PER_S;
	time_t seconds;
	struct tm utc;
	char period[16], moment[24];

	if (start_ns % CLOCK_NS_PER_S < 0)
		start_s--;
	seconds = (time_t)start_s;
	gmtime_r(&seconds, &utc);
	strftime(period, sizeof(period), directory[level], &utc);
	strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(name, CAMPAIGN_NAME_MAX, "%s%s/%s-%08" PRIu64 "%s%.8s.h5",
		 segment_level_directory(level), period, moment, first_seq,
		 uuid ? "-" : "", uuid ? uuid : "");
}

void campaign_segment_name(int64_t start_ns, uint64_t first_seq,
			   char name[CAMPAIGN_NAME_MAX])
{
	campaign_file_name(LEVEL_RAW, start_ns, first_seq, NULL, name);
}

static int copy_text(struct json_object *run, const char *key, char **ret_text)
{
	struct json_object *value = NULL;
	const char *text = "";

	if (json_object_object_get_ex(run, key, &value))
		text = json_object_is_type(value, json_type_string) ?
			       json_object_get_string(value) :
			       json_object_to_json_string_ext(
				       value,
				       JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE);
	free(*ret_text);
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}

static uint64_t number_of(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!from || !json_object_object_get_ex(from, key, &value))
		return 0;
	return (uint64_t)json_object_get_int64(value);
}

static bool is_linear(struct json_object *histogram)
{
	struct json_object *kind;

	return histogram &&
	       json_object_object_get_ex(histogram, "kind", &kind) &&
	       json_object_is_type(kind, json_type_string) &&
	       !strcmp(json_object_get_string(kind), "linear");
}

/* A journal of a version with another layout cannot be told apart bin by bin:
 * it is left for that version, -EBADMSG. */
static int read_layout(struct json_object *run,
		       struct segment_layout *ret_layout)
{
	struct json_object *histogram = NULL;
	uint64_t n_bins, width_ns;

	json_object_object_get_ex(run, "histogram", &histogram);
	if (is_linear(histogram)) {
		n_bins = number_of(histogram, "n_bins");
		width_ns = number_of(histogram, "bin_width_ns");
		if (!n_bins || n_bins > SEGMENT_MAX_LINEAR_BINS || !width_ns ||
		    width_ns > SEGMENT_MAX_BIN_WIDTH_NS)
			return -EBADMSG;
		return segment_layout_init_linear(ret_layout, (uint32_t)n_bins,
						  width_ns);
	}
	if (number_of(histogram, "sub_bits") != HIST_SUB_BITS ||
	    number_of(histogram, "linear_bits") != HIST_LINEAR_BITS ||
	    number_of(histogram, "limit_bits") != HIST_LIMIT_BITS)
		return -EBADMSG;
	return segment_layout_init(ret_layout);
}

/* Attributes of the segment are keys of the same name, or, for JSON ones,
 * without their ending. */
static int fill_meta(struct json_object *run, struct segment_meta *meta)
{
	const struct segment_attribute *a = segment_attribute;
	char key[64];
	size_t i, n;
	int err = 0;

	meta->schema_major = SEGMENT_SCHEMA_MAJOR;
	meta->schema_minor = SEGMENT_SCHEMA_MINOR;
	meta->interval_ns = number_of(run, "interval_ns");
	for (i = 0; i < n_segment_attributes && !err; i++, a++) {
		if (a->type != N_COLUMN_TYPES || a->is_of_rollup)
			continue;
		snprintf(key, sizeof(key), "%s", a->name);
		n = strlen(key);
		if (n > 5 && !strcmp(key + n - 5, "_json"))
			key[n - 5] = 0;
		err = copy_text(run, key, (char **)((char *)meta + a->offset));
	}
	return err;
}

static int add_records(const struct journal_reader *journal, uint64_t after_seq,
		       struct segment_builder *builder,
		       const char **ret_problem)
{
	struct record record = { 0 };
	bool is_any = false;
	size_t i;
	int err = 0;

	for (i = 0; i < journal->n_entries && !err; i++) {
		if (journal->entry[i].seq <= after_seq)
			continue;
		err = journal_read(journal, i, &record);
		if (err == -EBADMSG)
			*ret_problem = "record with impossible content";
		if (!err)
			err = segment_builder_add(builder, &record);
		is_any = true;
	}
	record_fini(&record);
	return !err && !is_any ? -ENODATA : err;
}

/* Takes ownership of layout->edge_ns. */
static int build(const struct journal_reader *journal, uint64_t after_seq,
		 const struct segment_layout *layout,
		 struct segment *ret_segment, const char **ret_problem)
{
	struct segment_builder *builder;
	uint64_t seed = 0;
	int err;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = 0;
	builder = segment_builder_new(seed);
	err = builder ? add_records(journal, after_seq, builder, ret_problem) :
			-ENOMEM;
	if (err) {
		free(layout->edge_ns);
	} else {
		err = segment_builder_finish(builder, layout, ret_segment);
		if (err == -EBADMSG || err == -ERANGE)
			*ret_problem = "histogram bin out of range";
	}
	segment_builder_free(builder);
	return err;
}

int campaign_journal_layout(const struct journal_reader *journal,
			    struct segment_layout *ret_layout)
{
	struct json_object *run = json_tokener_parse(journal->meta_json);
	int err = -EBADMSG;

	if (run && json_object_is_type(run, json_type_object))
		err = read_layout(run, ret_layout);
	json_object_put(run);
	return err;
}

int campaign_journal_build(const struct journal_reader *journal,
			   uint64_t after_seq, struct segment *ret_segment,
			   const char **ret_problem)
{
	struct json_object *run = json_tokener_parse(journal->meta_json);
	struct segment_layout layout;
	struct segment segment;
	int err = -EBADMSG;

	*ret_problem = NULL;
	if (run && json_object_is_type(run, json_type_object) &&
	    number_of(run, "interval_ns"))
		err = read_layout(run, &layout);
	if (err) {
		json_object_put(run);
		if (err == -EBADMSG)
			*ret_problem = "header of another version";
		return err;
	}
	err = build(journal, after_seq, &layout, &segment, ret_problem);
	if (!err) {
		err = fill_meta(run, &segment.meta);
		if (err)
			segment_fini(&segment);
		else
			*ret_segment = segment;
	}
	json_object_put(run);
	return err;
}
