// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_tokens.h"

#include <string.h>

#include "epping_bins.h"

/* What is skipped may be nested so deep. */
enum { MAX_SKIP_DEPTH = 16 };

uint64_t epping_parser_here(const struct epping_parser *parser)
{
	return parser->position + yajl_get_bytes_consumed(parser->yajl);
}

/* The text as a whole is not what is read here. */
int epping_parser_stop(struct epping_parser *parser, const char *problem)
{
	if (!parser->problem)
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
	record->offset = epping_parser_here(parser) - 1;
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
	parser->records_end = epping_parser_here(parser);
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
		return epping_parser_stop(
			parser, "nested too deep for ePPing's output");
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
		return epping_parser_stop(parser,
					  "a list where a record belongs");
	case PLACE_RECORD:
		if (parser->field->kind != EPPING_VALUE_BINS)
			return begin_unexpected(parser);
		parser->place = PLACE_BINS;
		parser->bins_begin = epping_parser_here(parser);
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
	uint64_t count;

	if (parser->record.n_elements == EPPING_MAX_BINS)
		return spoil(parser, "a histogram of too many bins");
	if (!read_number(text, n, UINT32_MAX, &count))
		return spoil(parser, "a bin that is not a whole number");
	epping_bins_add(&parser->record, (uint32_t)count);
	return 1;
}

static int not_a_record(struct epping_parser *parser)
{
	return epping_parser_stop(parser,
				  "neither a list of records nor records");
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

const yajl_callbacks epping_callbacks = {
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
