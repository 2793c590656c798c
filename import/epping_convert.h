/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of ePPing -> rows of a struct record, and what its metadata says.
 *
 * - rx is what the prefix sent, here and there. In the flat layout of before
 *   2023-10-17 it is the other way round (is_old).
 * - Round-trip times stand with the prefix of the host that replied, here and
 *   there. Its last bin also takes what is longer: it is `overflow`, and the
 *   layout ends where it begins.
 * - The sum is estimated: each sample of a bin counts as the middle of the bin,
 *   or as the minimum or maximum where that is nearer, so it is wrong by at most
 *   half a bin for each sample; one of the last bin counts as the middle between
 *   the bin's edge and the maximum.
 * - 0.0.0.0/0 and ::/0, where ePPing counts what finds no room in its tables, are
 *   the overflow rows.
 *
 * Nothing here prints; a problem is a static text.
 */
#ifndef IMPORT_EPPING_CONVERT_H
#define IMPORT_EPPING_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/prefix.h"
#include "../lib/record.h"
#include "epping_record.h"

/* What must be the same in all of a campaign. */
struct epping_settings {
	uint64_t n_bins, bin_width_ns, interval_ns;
	uint8_t v4_prefix_len, v6_prefix_len;
};

struct epping_convert {
	struct epping_settings settings;
	bool is_old; /* the flat layout is expected, not the one of today */
	const struct prefix *lan; /* n_lan, borrowed; none is longer than */
	size_t n_lan;             /* the prefixes that are converted */
};

/* The problem with the metadata, or NULL and what they say. */
const char *epping_settings_read(const struct epping_record *record,
				 struct epping_settings *ret_settings);
/* The name of the first one that differs, or NULL. */
const char *epping_settings_difference(const struct epping_settings *a,
				       const struct epping_settings *b);

/* Why a record of a prefix is not of the layout that is expected, or NULL. */
const char *epping_check_layout(bool is_flat, bool is_old);

/* The timestamp as time, or a problem. */
const char *epping_time(const struct epping_record *record,
			int64_t *ret_time_ns);

/* The problem with the record of a prefix, or NULL and its subnet. */
const char *epping_check_prefix(const struct epping_convert *convert,
				const struct epping_record *record,
				struct record_subnet *ret_subnet);
/* Adds its rows, once it was checked. -ENOMEM. */
int epping_add_prefix(const struct epping_convert *convert,
		      const struct epping_record *record,
		      const struct record_subnet *subnet, struct record *to);
/* Adds protocols, and what ePPing could not follow, as events. -ENOMEM. */
int epping_add_global(const struct epping_record *record, struct record *to);

#endif
