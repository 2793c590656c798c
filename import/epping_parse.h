/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text of ePPing, in pieces of any length, into records (epping_record.h),
 * on yajl: one array of records, or records one after another, or several
 * arrays. Memory is constant: deep nesting and endless values are refused.
 */
#ifndef IMPORT_EPPING_PARSE_H
#define IMPORT_EPPING_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epping_record.h"

/* Gets each record when its last byte was read; it is borrowed for the call.
 * false stops the parser. */
typedef bool epping_take(void *context, const struct epping_record *record);

struct epping_parser;

/* NULL when memory is short. */
struct epping_parser *epping_parser_new(epping_take *take, void *context);
/* NULL is accepted. */
void epping_parser_free(struct epping_parser *parser);

/* false: stopped by `take`, or by a problem. */
bool epping_parser_feed(struct epping_parser *parser, const uint8_t *bytes,
			size_t n_bytes);
/* After the last piece: false when the text ends where it should not. */
bool epping_parser_end(struct epping_parser *parser);

/* What is wrong with the text, or NULL. */
const char *epping_parser_problem(const struct epping_parser *parser);
/* Where the problem is; without one, how far it was read. */
uint64_t epping_parser_position(const struct epping_parser *parser);
/* Behind the last complete record. */
uint64_t epping_parser_records_end(const struct epping_parser *parser);

#endif
