// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_parse.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "epping_field.h"

enum {
	/* What is skipped may be nested so deep. */
	MAX_SKIP_DEPTH = 16,
	/* Text without a single token: a value of this length, or emptiness. */
	MAX_SILENCE_BYTES = 1 << 20,
};

/* What the parser is inside of. */
enum place {
	PLACE_TOP,
	PLACE_LIST,
	PLACE_RECORD,
	PLACE_GROUP,   /* names with counts, or with numbers */
	PLACE_COUNTS,  /* {"packets":1,"bytes":2} */
	PLACE_BINS,    /* [0,1,2] */
	PLACE_SKIPPED, /* whatever */
};

struct epping_parser {
	yajl_handle yajl;
	epping_take *take;
	void *context;
	bool is_stopped;
	const char *problem;
	uint64_t position;     /* of the piece that is being read */
	uint64_t n_silent;     /* bytes since the last token */
	uint64_t records_end;  /* behind the last record */
	enum place place;      /* ... */
	enum place after_skip; /* where the skipped part stands */
	bool is_in_list;       /* the record is an element */
	unsigned int skip_depth;
	const struct epping_field_row *field; /* last key of the record */
	size_t next_field;                    /* keys come in the same order */
	uint32_t seen;    /* keys of this record that may come once */
	uint64_t *number; /* where the next number belongs, or NULL */
	struct epping_counts *counts;
	struct epping_record record;
};

static uint64_t here(const struct epping_parser *parser)
{
	return parser->position + yajl_get_bytes_consumed(parser->yajl);
}

/* The text as a whole is not what is read here. */
static int stop(struct epping_parser *parser, const char *problem)
{
	parser->problem = problem;
	return 0;
}

/* The record cannot be used; parsing goes on. */
static int spoil(struct epping_parser *parser, const char *problem)
{
	if (!parser->record.problem)
		parser->record.problem = problem;
	return 1;
}

static int begin_record(struct epping_parser *parser)
{
	struct epping_record *record = &parser->record;

	memset(record, 0, offsetof(struct epping_record, protocol));
	record->offset = here(parser) - 1;
	parser->is_in_list = parser->place == PLACE_LIST;
	parser->place = PLACE_RECORD;
	parser->field = NULL;
	parser->next_field = 0;
	parser->seen = 0;
	return 1;
}

static int end_record(struct epping_parser *parser)
{
	parser->place = parser->is_in_list ? PLACE_LIST : PLACE_TOP;
	parser->records_end = here(parser);
	if (parser->take(parser->context, &parser->record))
		return 1;
	parser->is_stopped = true;
	return 0;
}

static int begin_skip(struct epping_parser *parser)
{
	parser->after_skip = parser->place;
	parser->place = PLACE_SKIPPED;
	parser->skip_depth = 1;
	return 1;
}

/* A list or an object where something else belongs. */
static int begin_unexpected(struct epping_parser *parser)
{
	if (parser->place != PLACE_RECORD ||
	    parser->field->kind != EPPING_VALUE_IGNORED)
		spoil(parser, "a value of another type than ePPing writes");
	return begin_skip(parser);
}

static int deeper(struct epping_parser *parser)
{
	if (++parser->skip_depth > MAX_SKIP_DEPTH)
		return stop(parser, "nested too deep for ePPing's output");
	return 1;
}

static int take_start_map(void *context)
{
	struct epping_parser *parser = context;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_TOP:
	case PLACE_LIST:
		return begin_record(parser);
	case PLACE_RECORD:
		if (!epping_value_is_group(parser->field->kind))
			return begin_unexpected(parser);
		parser->place = PLACE_GROUP;
		return 1;
	case PLACE_GROUP:
		if (!parser->counts)
			return begin_unexpected(parser);
		parser->place = PLACE_COUNTS;
		return 1;
	case PLACE_SKIPPED:
		return deeper(parser);
	default:
		return begin_unexpected(parser);
	}
}

static int leave_skipped(struct epping_parser *parser)
{
	if (--parser->skip_depth == 0)
		parser->place = parser->after_skip;
	return 1;
}

static int take_end_map(void *context)
{
	struct epping_parser *parser = context;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_RECORD:
		return end_record(parser);
	case PLACE_GROUP:
		parser->place = PLACE_RECORD;
		return 1;
	case PLACE_COUNTS:
		parser->place = PLACE_GROUP;
		return 1;
	default:
		return leave_skipped(parser);
	}
}

static int take_start_array(void *context)
{
	struct epping_parser *parser = context;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_TOP:
		parser->place = PLACE_LIST;
		return 1;
	case PLACE_LIST:
		return stop(parser, "a list where a record belongs");
	case PLACE_RECORD:
		if (parser->field->kind != EPPING_VALUE_BINS)
			return begin_unexpected(parser);
		parser->place = PLACE_BINS;
		return 1;
	case PLACE_SKIPPED:
		return deeper(parser);
	default:
		return begin_unexpected(parser);
	}
}

static int take_end_array(void *context)
{
	struct epping_parser *parser = context;

	parser->n_silent = 0;
	if (parser->place == PLACE_SKIPPED)
		return leave_skipped(parser);
	parser->place = parser->place == PLACE_BINS ? PLACE_RECORD : PLACE_TOP;
	return 1;
}

static int take_record_key(struct epping_parser *parser, const char *key,
			   size_t n_key)
{
	struct epping_record *record = &parser->record;
	const struct epping_field_row *field =
		epping_field_find(key, n_key, &parser->next_field);

	parser->field = field;
	parser->number = NULL;
	if (parser->seen & field->once)
		return spoil(parser, "a field that occurs twice");
	parser->seen |= field->once;
	record->fields |= field->fields;
	if (field->kind == EPPING_VALUE_NUMBER)
		parser->number = epping_field_number(record, field);
	return 1;
}

static int take_group_key(struct epping_parser *parser, const char *key,
			  size_t n_key)
{
	parser->number = NULL;
	parser->counts = NULL;
	if (!epping_group_find(&parser->record, parser->field, key, n_key,
			       &parser->counts, &parser->number))
		return spoil(parser, "a counter of unknown name");
	return 1;
}

static int take_counts_key(struct epping_parser *parser, const char *key,
			   size_t n_key)
{
	parser->number = NULL;
	if (n_key == 7 && !memcmp(key, "packets", 7))
		parser->number = &parser->counts->packets;
	else if (n_key == 5 && !memcmp(key, "bytes", 5))
		parser->number = &parser->counts->bytes;
	else
		return spoil(parser, "a counter of unknown name");
	return 1;
}

static int take_key(void *context, const unsigned char *text, size_t n)
{
	struct epping_parser *parser = context;
	const char *key = (const char *)text;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_RECORD:
		return take_record_key(parser, key, n);
	case PLACE_GROUP:
		return take_group_key(parser, key, n);
	case PLACE_COUNTS:
		return take_counts_key(parser, key, n);
	default:
		return 1;
	}
}

/* A whole number without a sign, at most max. */
static bool read_number(const char *text, size_t n, uint64_t max,
			uint64_t *ret_number)
{
	uint64_t number = 0;

	/* 20 digits may pass 2^64. */
	if (n == 0 || n > 19)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*ret_number = number;
	return number <= max;
}

static int take_bin(struct epping_parser *parser, const char *text, size_t n)
{
	struct epping_record *record = &parser->record;
	uint32_t bin = record->n_elements;
	uint64_t count;

	if (bin == EPPING_MAX_BINS)
		return spoil(parser, "a histogram of too many bins");
	record->n_elements++;
	if (n == 1 && text[0] == '0')
		return 1;
	if (!read_number(text, n, UINT32_MAX, &count))
		return spoil(parser, "a bin that is not a whole number");
	if (count)
		record->bin[record->n_bins++] =
			(struct epping_bin){ bin, (uint32_t)count };
	return 1;
}

static int not_a_record(struct epping_parser *parser)
{
	return stop(parser, "neither a list of records nor records");
}

static int take_number(void *context, const char *text, size_t n)
{
	struct epping_parser *parser = context;
	uint64_t *number = parser->number, max = EPPING_MAX_NUMBER;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_BINS:
		return take_bin(parser, text, n);
	case PLACE_TOP:
	case PLACE_LIST:
		return not_a_record(parser);
	case PLACE_SKIPPED:
		return 1;
	case PLACE_RECORD:
		if (parser->field->kind == EPPING_VALUE_IGNORED)
			return 1;
		break;
	default:
		break;
	}
	if (!number)
		return spoil(parser, "a number where none belongs");
	parser->number = NULL;
	if (number == &parser->record.timestamp)
		max = INT64_MAX;
	if (!read_number(text, n, max, number))
		return spoil(parser, "a counter that is not a whole number, or "
				     "is too large");
	return 1;
}

static int take_string(void *context, const unsigned char *text, size_t n)
{
	struct epping_parser *parser = context;
	struct epping_record *record = &parser->record;

	parser->n_silent = 0;
	switch (parser->place) {
	case PLACE_TOP:
	case PLACE_LIST:
		return not_a_record(parser);
	case PLACE_SKIPPED:
		return 1;
	case PLACE_RECORD:
		if (parser->field->kind == EPPING_VALUE_IGNORED)
			return 1;
		break;
	default:
		break;
	}
	if (parser->place != PLACE_RECORD ||
	    parser->field->kind != EPPING_VALUE_PREFIX)
		return spoil(parser, "text where none belongs");
	if (n >= sizeof(record->prefix) || memchr(text, 0, n))
		return spoil(parser, "a prefix that is too long");
	memcpy(record->prefix, text, n);
	record->prefix[n] = '\0';
	return 1;
}

static int take_word(struct epping_parser *parser)
{
	parser->n_silent = 0;
	if (parser->place == PLACE_TOP || parser->place == PLACE_LIST)
		return not_a_record(parser);
	if (parser->place == PLACE_SKIPPED ||
	    (parser->place == PLACE_RECORD &&
	     parser->field->kind == EPPING_VALUE_IGNORED))
		return 1;
	return spoil(parser, "null, true or false where none belongs");
}

static int take_null(void *context)
{
	return take_word(context);
}

static int take_boolean(void *context, int value)
{
	return take_word(context);
}

static const yajl_callbacks callbacks = {
	.yajl_null = take_null,
	.yajl_boolean = take_boolean,
	.yajl_number = take_number,
	.yajl_string = take_string,
	.yajl_start_map = take_start_map,
	.yajl_map_key = take_key,
	.yajl_end_map = take_end_map,
	.yajl_start_array = take_start_array,
	.yajl_end_array = take_end_array,
};

struct epping_parser *epping_parser_new(epping_take *take, void *context)
{
	struct epping_parser *parser = calloc(1, sizeof(*parser));

	if (!parser)
		return NULL;
	parser->take = take;
	parser->context = context;
	parser->yajl = yajl_alloc(&callbacks, NULL, parser);
	if (!parser->yajl) {
		free(parser);
		return NULL;
	}
	yajl_config(parser->yajl, yajl_allow_multiple_values, 1);
	/* Of text only prefixes are used, which are parsed. */
	yajl_config(parser->yajl, yajl_dont_validate_strings, 1);
	return parser;
}

void epping_parser_free(struct epping_parser *parser)
{
	if (!parser)
		return;
	yajl_free(parser->yajl);
	free(parser);
}

bool epping_parser_feed(struct epping_parser *parser, const uint8_t *bytes,
			size_t n_bytes)
{
	yajl_status status;

	if (parser->problem || parser->is_stopped)
		return false;
	parser->n_silent += n_bytes;
	status = yajl_parse(parser->yajl, bytes, n_bytes);
	if (status == yajl_status_ok) {
		parser->position += n_bytes;
		if (parser->n_silent > MAX_SILENCE_BYTES)
			stop(parser, "a value without an end");
		return !parser->problem;
	}
	parser->position = here(parser);
	if (status == yajl_status_error)
		stop(parser, "not JSON");
	return false;
}

/* A list that is not closed is one that ePPing had no time to close, or that
 * was cut. */
bool epping_parser_end(struct epping_parser *parser)
{
	if (parser->problem || parser->is_stopped)
		return false;
	if (parser->place != PLACE_TOP)
		return stop(parser, "cut off");
	if (yajl_complete_parse(parser->yajl) != yajl_status_ok)
		return stop(parser, "cut off");
	return true;
}

const char *epping_parser_problem(const struct epping_parser *parser)
{
	return parser->problem;
}

uint64_t epping_parser_position(const struct epping_parser *parser)
{
	return parser->position;
}

uint64_t epping_parser_records_end(const struct epping_parser *parser)
{
	return parser->records_end;
}
