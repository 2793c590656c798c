/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration file, line by line: `[section]`, `key = value`, and lines
 * that begin with # or ;. Blanks around keys and values do not count; a value
 * goes to the end of its line, without quotes, escapes or continuation, so what
 * stands there is what is meant. Bytes below 32 but for the tab, and NUL, are
 * refused: the file was made by people, and its values reach a terminal.
 */
#ifndef LIB_INI_H
#define LIB_INI_H

#include <stddef.h>

enum { INI_MAX_BYTES = 1 << 16 };

/* Strings are parts of the text. */
struct ini_entry {
	const char *section, *key, *value;
};

struct ini {
	unsigned int line; /* of the last entry or problem, from 1 */
	/* private */
	char *next, *end;
	const char *section;
};

/* The text is cut into strings in place and must have room for one byte more
 * than n_bytes. */
void ini_init(struct ini *ini, char *text, size_t n_bytes);

/* 1 with the next entry, 0 at the end, or -EBADMSG with what is wrong with
 * ini->line; nothing follows then. */
int ini_next(struct ini *ini, struct ini_entry *ret_entry,
	     const char **ret_problem);

#endif
