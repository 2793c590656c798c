/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in ePPing's JSON and where their values belong in a record. */
#ifndef IMPORT_EPPING_FIELD_H
#define IMPORT_EPPING_FIELD_H

#include "epping_record.h"

enum epping_value {
	EPPING_VALUE_IGNORED,
	EPPING_VALUE_NUMBER,
	EPPING_VALUE_PREFIX,
	EPPING_VALUE_STATS, /* names with counts: traffic classes */
	EPPING_VALUE_PROTOCOLS,
	EPPING_VALUE_ECN, /* names with numbers */
	EPPING_VALUE_ERRORS,
	EPPING_VALUE_BINS,
};

struct epping_field_row {
	const char *name;
	uint8_t n_name;
	uint8_t kind;    /* enum epping_value */
	uint8_t fields;  /* enum epping_field: what the record then is */
	uint16_t offset; /* in struct epping_record */
	uint32_t once;   /* a bit of its own, or 0: may come again */
};

/* The row of a name; of one that is not known a row that ignores its value.
 * The search begins at *next, which is set behind what was found. */
const struct epping_field_row *epping_field_find(const char *name, size_t n,
						 size_t *next);
uint64_t *epping_field_number(struct epping_record *record,
			      const struct epping_field_row *row);
bool epping_value_is_group(enum epping_value kind);

/* Within a group: the counts, or the number, of that name. False when there is
 * none. */
bool epping_group_find(struct epping_record *record,
		       const struct epping_field_row *group, const char *name,
		       size_t n, struct epping_counts **ret_counts,
		       uint64_t **ret_number);

#endif
