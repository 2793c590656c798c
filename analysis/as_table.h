/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which AS announces a prefix: a table of announced prefixes, of one of
 *
 *   - a pyasn .dat file: `PREFIX/LENGTH<blank>ASN`, comments with ; or #
 *   - a CAIDA pfx2as file: `ADDRESS<blank>LENGTH<blank>ORIGIN`, where ORIGIN is
 *     several ASN with _ (several origins) or , (an AS set) between them
 *   - a MaxMind database (.mmdb) that has autonomous_system_number
 *
 * the first two plain or gzip. Files are foreign: every length and number of
 * entries is bounded, and what is refused gets a line that names file and line.
 * A table is read once and not changed; processes that are forked share it.
 */
#ifndef ANALYSIS_AS_TABLE_H
#define ANALYSIS_AS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/prefix.h"

enum { AS_ORIGIN_MAX = 4 };

/* Distinct ASN, ascending; unused ones are 0. */
struct as_origin {
	uint32_t asn[AS_ORIGIN_MAX];
	uint8_t n; /* 1 .. AS_ORIGIN_MAX, or one more: there are others */
	uint8_t reserved[3]; /* 0: compared as bytes */
};

struct as_table;

/* -ENOENT, -EBADMSG and others, each with its line. */
int as_table_load(const char *path, struct as_table **ret_table);
void as_table_free(struct as_table *table);

/*
 * The origin of the longest prefix that contains the subnet. Where none does,
 * but prefixes inside the subnet are announced, the origins of these. False:
 * not routed.
 */
bool as_table_find(const struct as_table *table, const struct prefix *subnet,
		   struct as_origin *ret_origin);

/* What the file says of its date, "2023-11-01": in its comments, its meta data
 * or its name; "-" where it does not. */
const char *as_table_snapshot(const struct as_table *table);
size_t as_table_n_prefixes(const struct as_table *table);
/* Of a MaxMind file, where it has names; else NULL. */
const char *as_table_name(const struct as_table *table, uint32_t asn);

void as_origin_add(struct as_origin *origin, uint32_t asn);
void as_origin_unite(struct as_origin *origin, const struct as_origin *other);

#endif
