// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "crc32c.h"

/*
 * The checksum is linear over GF(2): the entry of a byte is the XOR of the
 * entries of its bits, so eight constants make the table.
 */
#define ENTRY(n)                                                               \
	(((n)&1 ? 0xf26b8303u : 0) ^ ((n)&2 ? 0xe13b70f7u : 0) ^               \
	 ((n)&4 ? 0xc79a971fu : 0) ^ ((n)&8 ? 0x8ad958cfu : 0) ^               \
	 ((n)&16 ? 0x105ec76fu : 0) ^ ((n)&32 ? 0x20bd8edeu : 0) ^             \
	 ((n)&64 ? 0x417b1dbcu : 0) ^ ((n)&128 ? 0x82f63b78u : 0))
#define ENTRIES_4(n) ENTRY(n), ENTRY(n + 1), ENTRY(n + 2), ENTRY(n + 3)
#define ENTRIES_16(n)                                                          \
	ENTRIES_4(n), ENTRIES_4(n + 4), ENTRIES_4(n + 8), ENTRIES_4(n + 12)
#define ENTRIES_64(n)                                                          \
	ENTRIES_16(n), ENTRIES_16(n + 16), ENTRIES_16(n + 32),                 \
		ENTRIES_16(n + 48)

static const uint32_t table[256] = {
	ENTRIES_64(0),
	ENTRIES_64(64),
	ENTRIES_64(128),
	ENTRIES_64(192),
};

static uint32_t add_by_table(uint32_t crc, const uint8_t *byte, size_t n_bytes)
{
	while (n_bytes--)
		crc = table[(crc ^ *byte++) & 0xff] ^ (crc >> 8);
	return crc;
}

#ifdef __x86_64__
/* The instruction of SSE 4.2 is this very checksum: eight bytes at a time. */
__attribute__((target("sse4.2"))) static uint32_t
add_by_instruction(uint32_t crc, const uint8_t *byte, size_t n_bytes)
{
	uint64_t wide = crc, word;

	for (; n_bytes >= sizeof(word); n_bytes -= sizeof(word)) {
		memcpy(&word, byte, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
		byte += sizeof(word);
	}
	crc = (uint32_t)wide;
	while (n_bytes--)
		crc = __builtin_ia32_crc32qi(crc, *byte++);
	return crc;
}
#endif

uint32_t crc32c_add(uint32_t crc, const void *bytes, size_t n_bytes)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~add_by_instruction(~crc, bytes, n_bytes);
#endif
	return ~add_by_table(~crc, bytes, n_bytes);
}
