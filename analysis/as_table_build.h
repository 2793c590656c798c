/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the readers of each format fill a table. They print nothing: a problem
 * is said in *ret_fault. Bounds: AS_TABLE_MAX_PREFIXES, AS_TABLE_MAX_BYTES of
 * text.
 */
#ifndef ANALYSIS_AS_TABLE_BUILD_H
#define ANALYSIS_AS_TABLE_BUILD_H

#include "as_names.h"
#include "as_table.h"

/* Ten times what is announced, both families. */
enum { AS_TABLE_MAX_PREFIXES = 12 << 20, AS_TABLE_MAX_BYTES = 1 << 30 };

struct as_entry {
	struct prefix prefix;
	uint32_t parent; /* position + 1 of the next longer cover, or 0 */
	struct as_origin origin;
};

struct as_table {
	struct as_entry *entry; /* by family, address, length */
	size_t n, max;
	struct as_names *names; /* NULL: none */
	char snapshot[16];      /* "" until known */
};

/* What is wrong, and in which line; 0 where there are none. */
struct as_fault {
	size_t line;
	const char *problem;
};

/* -ENOMEM, -E2BIG. */
int as_table_add(struct as_table *table, const struct prefix *prefix,
		 const struct as_origin *origin);
/* Sorts, unites the origins of equal prefixes, finds covers. -ENOMEM. */
int as_table_finish(struct as_table *table);

/* .dat and pfx2as, told apart line by line; an empty file is refused. */
int as_table_parse(struct as_table *table, const char *text, size_t n_text,
		   struct as_fault *ret_fault);
int as_table_read_mmdb(struct as_table *table, const char *path,
		       struct as_fault *ret_fault);

/* A date YYYYMMDD in a name like `rib.20231101.0000.bz2`, the first that is
 * one; false without. `n` bytes. */
bool as_table_find_date(const char *text, size_t n, char date[16]);

#endif
