/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4): reflected polynomial 0x82f63b78,
 * initial value and final XOR 0xffffffff. Pure.
 */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Checksum of `bytes` put after what gave `crc`; 0 is that of nothing. */
uint32_t crc32c_add(uint32_t crc, const void *bytes, size_t n_bytes);

#endif
