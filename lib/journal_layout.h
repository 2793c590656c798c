/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a journal, all little-endian, shared by its writer and its reader.
 *
 * File header: magic[8], u32 meta_bytes, u32 CRC-32C of the meta text, u64
 * offset of the first record (a multiple of 8); then the meta text.
 * Record header: u32 magic, u32 CRC-32C of all that follows in the record, u32
 * payload_bytes, u32 record_bytes (decompressed), u64 seq, i64 start_ns, u64
 * duration_ns, u8 flags, 7 zero bytes; then the payload, one zstd frame.
 */
#ifndef LIB_JOURNAL_LAYOUT_H
#define LIB_JOURNAL_LAYOUT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define JOURNAL_MAGIC "SPDRJRN1"
#define JOURNAL_RECORD_MAGIC 0x31524453u /* "SDR1" */

static inline uint32_t journal_get32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return le32toh(v);
}

static inline uint64_t journal_get64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return le64toh(v);
}

static inline void journal_put32(uint8_t *at, uint32_t v)
{
	v = htole32(v);
	memcpy(at, &v, sizeof(v));
}

static inline void journal_put64(uint8_t *at, uint64_t v)
{
	v = htole64(v);
	memcpy(at, &v, sizeof(v));
}

#endif
