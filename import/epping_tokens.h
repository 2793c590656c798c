/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser's state, and what each token that yajl finds does to it: private to
 * epping_parse.c and epping_tokens.c.
 */
#ifndef IMPORT_EPPING_TOKENS_H
#define IMPORT_EPPING_TOKENS_H

#include <yajl/yajl_parse.h>

#include "epping_field.h"
#include "epping_parse.h"

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
	enum place place;      /* of the next token */
	enum place after_skip; /* where the skipped part stands */
	bool is_in_list;       /* the record is an element */
	unsigned int skip_depth;
	const struct epping_field_row *field; /* last key of the record */
	size_t next_field;                    /* keys come in the same order */
	uint64_t bins_begin; /* behind the bracket of the last histogram */
	uint32_t seen;       /* keys of this record that may come once */
	uint64_t *number;    /* where the next number belongs, or NULL */
	struct epping_counts *counts;
	struct epping_record record;
};

/* Their context is a struct epping_parser; 0 stops yajl: is_stopped or problem
 * say why. */
extern const yajl_callbacks epping_callbacks;

/* The text as a whole is not what is read here; 0. */
int epping_parser_stop(struct epping_parser *parser, const char *problem);
/* The place behind the last token. */
uint64_t epping_parser_here(const struct epping_parser *parser);

#endif
