// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_special.h"

#include <stddef.h>

static const struct {
	uint8_t octet[4];
	uint8_t prefix_len;
	const char *name;
} special[] = {
	{ { 0, 0, 0, 0 }, 8, "this host" },
	{ { 10, 0, 0, 0 }, 8, "private" },
	{ { 100, 64, 0, 0 }, 10, "shared" },
	{ { 127, 0, 0, 0 }, 8, "loopback" },
	{ { 169, 254, 0, 0 }, 16, "link-local" },
	{ { 172, 16, 0, 0 }, 12, "private" },
	{ { 192, 0, 0, 0 }, 24, "protocols" },
	{ { 192, 0, 2, 0 }, 24, "example" },
	{ { 192, 31, 196, 0 }, 24, "AS112" },
	{ { 192, 52, 193, 0 }, 24, "AMT" },
	{ { 192, 88, 99, 0 }, 24, "6to4" },
	{ { 192, 168, 0, 0 }, 16, "private" },
	{ { 192, 175, 48, 0 }, 24, "AS112" },
	{ { 198, 18, 0, 0 }, 15, "benchmark" },
	{ { 198, 51, 100, 0 }, 24, "example" },
	{ { 203, 0, 113, 0 }, 24, "example" },
	{ { 224, 0, 0, 0 }, 4, "multicast" },
	{ { 240, 0, 0, 0 }, 4, "reserved" },
};

const char *hilbert_special_name(uint32_t address, unsigned prefix_len)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		const uint8_t *octet = special[i].octet;
		uint32_t block = (uint32_t)octet[0] << 24 | octet[1] << 16 |
				 octet[2] << 8 | octet[3];
		uint32_t mask = ~0u << (32 - special[i].prefix_len);

		if (prefix_len >= special[i].prefix_len &&
		    (address & mask) == block)
			return special[i].name;
	}
	return NULL;
}
