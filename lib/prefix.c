// SPDX-License-Identifier: GPL-2.0-or-later
#include "prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* RFC 4291 2.5.5.2: 80 zero bits and 16 one bits stand before the address. */
enum { MAPPED_BITS = 96, MAPPED_BYTES = MAPPED_BITS / 8 };

static unsigned int bits_before(const struct prefix *prefix)
{
	return prefix->family == 4 ? MAPPED_BITS : 0;
}

/* Clears all but the first n_bits of 16 bytes. */
static void keep_bits(uint8_t address[16], unsigned int n_bits)
{
	unsigned int whole = n_bits / 8;

	if (whole >= 16)
		return;
	address[whole] &= (uint8_t)(0xff00 >> (n_bits % 8));
	memset(address + whole + 1, 0, 15 - whole);
}

/* One to three digits, nothing else, at most max. */
static int parse_length(const char *text, uint8_t max, uint8_t *ret_len)
{
	unsigned int len = 0, n_digits = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		if (++n_digits > 3)
			return -EINVAL;
		len = len * 10 + (unsigned int)(*text - '0');
	}
	if (n_digits == 0 || *text || len > max)
		return -EINVAL;
	*ret_len = (uint8_t)len;
	return 0;
}

static int parse_address(const char *text, struct prefix *ret_prefix)
{
	struct prefix prefix = { 0 };

	if (strchr(text, ':')) {
		prefix.family = 6;
		if (inet_pton(AF_INET6, text, prefix.address) != 1)
			return -EINVAL;
	} else {
		prefix.family = 4;
		prefix.address[10] = prefix.address[11] = 0xff;
		if (inet_pton(AF_INET, text, prefix.address + MAPPED_BYTES) !=
		    1)
			return -EINVAL;
	}
	*ret_prefix = prefix;
	return 0;
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct prefix prefix, cut;
	uint8_t max;

	if (n >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, n);
	address[n] = '\0';
	if (parse_address(address, &prefix) < 0)
		return -EINVAL;
	max = prefix.family == 4 ? 32 : 128;
	prefix.prefix_len = max;
	if (slash && parse_length(slash + 1, max, &prefix.prefix_len) < 0)
		return -EINVAL;
	cut = prefix;
	prefix_cut(&cut, prefix.prefix_len);
	if (memcmp(cut.address, prefix.address, sizeof(cut.address)) != 0)
		return -EINVAL;
	*ret_prefix = prefix;
	return 0;
}

void prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX])
{
	char address[INET6_ADDRSTRLEN];

	if (prefix->family == 4)
		inet_ntop(AF_INET, prefix->address + MAPPED_BYTES, address,
			  sizeof(address));
	else
		inet_ntop(AF_INET6, prefix->address, address, sizeof(address));
	snprintf(text, PREFIX_TEXT_MAX, "%s/%u", address, prefix->prefix_len);
}

void prefix_cut(struct prefix *prefix, uint8_t prefix_len)
{
	keep_bits(prefix->address, bits_before(prefix) + prefix_len);
	prefix->prefix_len = prefix_len;
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	struct prefix cut = *inner;

	if (outer->family != inner->family ||
	    outer->prefix_len > inner->prefix_len)
		return false;
	prefix_cut(&cut, outer->prefix_len);
	return memcmp(cut.address, outer->address, sizeof(cut.address)) == 0;
}
