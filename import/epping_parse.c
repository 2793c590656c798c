// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_parse.h"

#include <stdlib.h>
#include <string.h>

#include "epping_bins.h"
#include "epping_tokens.h"

/* Text without a single token: a value of this length, or emptiness. */
enum { MAX_SILENCE_BYTES = 1 << 20 };

struct epping_parser *epping_parser_new(epping_take *take, void *context)
{
	struct epping_parser *parser = calloc(1, sizeof(*parser));

	if (!parser)
		return NULL;
	parser->take = take;
	parser->context = context;
	parser->yajl = yajl_alloc(&epping_callbacks, NULL, parser);
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

static size_t skip_bins(struct epping_parser *parser, const uint8_t *bytes,
			size_t n_bytes)
{
	size_t n =
		epping_bins_scan(&parser->record, (const char *)bytes, n_bytes);

	parser->position += n;
	return n;
}

static bool feed_yajl(struct epping_parser *parser, const uint8_t *bytes,
		      size_t n_bytes)
{
	yajl_status status = yajl_parse(parser->yajl, bytes, n_bytes);

	if (status == yajl_status_ok) {
		parser->position += n_bytes;
		return !parser->problem;
	}
	parser->position = epping_parser_here(parser);
	if (status == yajl_status_error)
		epping_parser_stop(parser, "not JSON");
	return false;
}

/* How many bytes up to where a histogram seems to begin. */
static size_t up_to_bins(const uint8_t *bytes, size_t n_bytes)
{
	static const char key[] = "\"histogram\":[";
	const uint8_t *found = memmem(bytes, n_bytes, key, sizeof(key) - 1);

	return found ? (size_t)(found - bytes) + sizeof(key) - 1 : n_bytes;
}

/* yajl says whether it is one: then it has just seen the bracket, and sees an
 * array without the elements that were taken here. */
bool epping_parser_feed(struct epping_parser *parser, const uint8_t *bytes,
			size_t n_bytes)
{
	size_t n;

	if (parser->problem || parser->is_stopped)
		return false;
	parser->n_silent += n_bytes;
	while (n_bytes > 0) {
		n = up_to_bins(bytes, n_bytes);
		if (!feed_yajl(parser, bytes, n))
			return false;
		if (n < n_bytes && parser->place == PLACE_BINS &&
		    parser->bins_begin == parser->position)
			n += skip_bins(parser, bytes + n, n_bytes - n);
		bytes += n;
		n_bytes -= n;
	}
	if (parser->n_silent > MAX_SILENCE_BYTES)
		epping_parser_stop(parser, "a value without an end");
	return !parser->problem;
}

/* A list that is not closed is one that ePPing had no time to close, or that
 * was cut. */
bool epping_parser_end(struct epping_parser *parser)
{
	if (parser->problem || parser->is_stopped)
		return false;
	if (parser->place != PLACE_TOP)
		return epping_parser_stop(parser, "cut off");
	if (yajl_complete_parse(parser->yajl) != yajl_status_ok)
		return epping_parser_stop(parser, "cut off");
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
