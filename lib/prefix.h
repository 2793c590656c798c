/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP prefixes as text and as 16 bytes in network order, IPv4 as v4-mapped
 * (RFC 4291 2.5.5.2), prefix_len in the family's own terms.
 */
#ifndef LIB_PREFIX_H
#define LIB_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prefix {
	uint8_t address[16];
	uint8_t prefix_len;
	uint8_t family; /* 4 or 6 */
};

enum { PREFIX_TEXT_MAX = 50 };

/* "192.0.2.0/24", "2001:db8::/32"; without a length a host. Host bits set, or
 * anything else: -EINVAL, nothing printed. */
int prefix_parse(const char *text, struct prefix *ret_prefix);
/* The canonical text (RFC 5952), always with its length. */
void prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX]);
/* Clears the bits beyond prefix_len and sets it. */
void prefix_cut(struct prefix *prefix, uint8_t prefix_len);
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);

#endif
