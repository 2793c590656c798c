// SPDX-License-Identifier: GPL-2.0-or-later
#include "epping_bins.h"

#include <string.h>

enum { MAX_DIGITS = 9 }; /* all of them fit in 32 bits */

static const char zeros[] = "0,0,0,0,";

enum { N_ZEROS = 4, ZEROS_BYTES = sizeof(zeros) - 1 };

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

void epping_bins_add(struct epping_record *record, uint32_t count)
{
	if (count)
		record->bin[record->n_bins++] =
			(struct epping_bin){ record->n_elements, count };
	record->n_elements++;
}

/* Digits at the beginning of the text, of a number as JSON has them; 0 when it
 * is none, or has too many. */
static size_t read_count(const char *text, size_t n, uint32_t *ret_count)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < n && i < MAX_DIGITS && is_digit(text[i]); i++)
		count = count * 10 + (uint32_t)(text[i] - '0');
	if (i > 1 && text[0] == '0')
		return 0;
	*ret_count = count;
	return i;
}

static size_t skip_zeros(struct epping_record *record, const char *text,
			 size_t n)
{
	size_t at = 0;

	while (n - at > ZEROS_BYTES && !memcmp(text + at, zeros, ZEROS_BYTES) &&
	       is_digit(text[at + ZEROS_BYTES]) &&
	       record->n_elements + N_ZEROS < EPPING_MAX_BINS) {
		record->n_elements += N_ZEROS;
		at += ZEROS_BYTES;
	}
	return at;
}

size_t epping_bins_scan(struct epping_record *record, const char *text,
			size_t n)
{
	size_t at = 0, n_digits;
	uint32_t count;

	while (record->n_elements < EPPING_MAX_BINS) {
		at += skip_zeros(record, text + at, n - at);
		n_digits = read_count(text + at, n - at, &count);
		/* What ends with the piece may go on in the next one. */
		if (n_digits == 0 || n - at - n_digits < 2)
			break;
		if (text[at + n_digits] == ']') {
			epping_bins_add(record, count);
			return at + n_digits;
		}
		if (text[at + n_digits] != ',' ||
		    !is_digit(text[at + n_digits + 1]))
			break;
		epping_bins_add(record, count);
		at += n_digits + 1;
	}
	return at;
}
