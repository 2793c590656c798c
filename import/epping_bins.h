/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of a histogram, most of which are zero: half of a file. What is
 * written as ePPing writes it, numbers and commas, is read here, several times
 * faster than token by token; at anything else it is left to yajl.
 */
#ifndef IMPORT_EPPING_BINS_H
#define IMPORT_EPPING_BINS_H

#include <stddef.h>

#include "epping_record.h"

/*
 * `text` begins behind the opening bracket of an array of whole numbers. Adds
 * elements, and returns how many bytes of them were taken: such that the rest,
 * seen as the content of the array, is well-formed exactly if the whole is. So a
 * comma is only taken before a digit, and the closing bracket never.
 */
size_t epping_bins_scan(struct epping_record *record, const char *text,
			size_t n);

/* Adds one element, of which there may be more. */
void epping_bins_add(struct epping_record *record, uint32_t count);

#endif
