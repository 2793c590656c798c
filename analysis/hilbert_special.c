// SPDX-License-Identifier: GPL-2.0-or-later
#include "hilbert_special.h"

#include <string.h>

#define V4(a, b, c, d) 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d

/* What has a name of its own stands before the block that holds it: the first
 * match names a prefix. */
static const struct {
	struct prefix block;
	const char *name;
} special[] = {
	{ { { V4(0, 0, 0, 0) }, 8, 4 }, "this host" },
	{ { { V4(10, 0, 0, 0) }, 8, 4 }, "private" },
	{ { { V4(100, 64, 0, 0) }, 10, 4 }, "shared" },
	{ { { V4(127, 0, 0, 0) }, 8, 4 }, "loopback" },
	{ { { V4(169, 254, 0, 0) }, 16, 4 }, "link-local" },
	{ { { V4(172, 16, 0, 0) }, 12, 4 }, "private" },
	{ { { V4(192, 0, 0, 0) }, 24, 4 }, "protocols" },
	{ { { V4(192, 0, 2, 0) }, 24, 4 }, "example" },
	{ { { V4(192, 31, 196, 0) }, 24, 4 }, "AS112" },
	{ { { V4(192, 52, 193, 0) }, 24, 4 }, "AMT" },
	{ { { V4(192, 88, 99, 0) }, 24, 4 }, "6to4" },
	{ { { V4(192, 168, 0, 0) }, 16, 4 }, "private" },
	{ { { V4(192, 175, 48, 0) }, 24, 4 }, "AS112" },
	{ { { V4(198, 18, 0, 0) }, 15, 4 }, "benchmark" },
	{ { { V4(198, 51, 100, 0) }, 24, 4 }, "example" },
	{ { { V4(203, 0, 113, 0) }, 24, 4 }, "example" },
	{ { { V4(224, 0, 0, 0) }, 4, 4 }, "multicast" },
	{ { { V4(240, 0, 0, 0) }, 4, 4 }, "reserved" },
	{ { { 0x01, 0x00 }, 64, 6 }, "discard" },
	{ { { 0x20, 0x01, 0x00, 0x00 }, 32, 6 }, "Teredo" },
	{ { { 0x20, 0x01, 0x00, 0x02 }, 48, 6 }, "benchmark" },
	{ { { 0x20, 0x01, 0x00, 0x03 }, 32, 6 }, "AMT" },
	{ { { 0x20, 0x01, 0x00, 0x04, 0x01, 0x12 }, 48, 6 }, "AS112" },
	{ { { 0x20, 0x01, 0x00, 0x20 }, 28, 6 }, "ORCHID" },
	{ { { 0x20, 0x01, 0x00, 0x00 }, 23, 6 }, "protocols" },
	{ { { 0x20, 0x01, 0x0d, 0xb8 }, 32, 6 }, "example" },
	{ { { 0x20, 0x02 }, 16, 6 }, "6to4" },
	{ { { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48, 6 }, "AS112" },
	{ { { 0x3f, 0xff }, 20, 6 }, "example" },
	{ { { 0x5f, 0x00 }, 16, 6 }, "SRv6" },
	{ { { 0xfc, 0x00 }, 7, 6 }, "private" },
	{ { { 0xfe, 0x80 }, 10, 6 }, "link-local" },
	{ { { 0xff, 0x00 }, 8, 6 }, "multicast" },
};

enum { N_SPECIAL = sizeof(special) / sizeof(special[0]) };

const char *hilbert_special_name(const struct prefix *prefix)
{
	for (size_t i = 0; i < N_SPECIAL; i++)
		if (prefix_contains(&special[i].block, prefix))
			return special[i].name;
	return NULL;
}

bool hilbert_special_get(size_t i, struct prefix *ret_block)
{
	if (i >= N_SPECIAL)
		return false;
	*ret_block = special[i].block;
	return true;
}
