/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of AS: a JSON object {"64500": "NAME"}, or lines `64500<blank>NAME` or
 * `AS64500<blank>NAME`, comments with ; or #; plain or gzip. Names are UTF-8
 * without control characters: what is none is refused with its line.
 */
#ifndef ANALYSIS_AS_NAMES_H
#define ANALYSIS_AS_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct as_names;

struct as_names *as_names_new(void);
void as_names_free(struct as_names *names);
/* The last of several names is kept. -EILSEQ: no text; -E2BIG, -ENOMEM. */
int as_names_add(struct as_names *names, uint32_t asn, const char *text,
		 size_t n);
/* NULL: none. */
const char *as_names_find(const struct as_names *names, uint32_t asn);

/* -ENOENT, -EBADMSG and others, each with its line. */
int as_names_load(const char *path, struct as_names **ret_names);
/* The same of a text in memory, with a NUL behind it: nothing printed, the line
 * (0: none) and what is wrong in *ret_line and *ret_problem. */
int as_names_parse(struct as_names *names, const char *text, size_t n,
		   size_t *ret_line, const char **ret_problem);

#endif
