/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Special-purpose IPv4 blocks: the IANA registry of RFC 6890 and its updates,
 * and multicast (RFC 5771).
 */
#ifndef ANALYSIS_HILBERT_SPECIAL_H
#define ANALYSIS_HILBERT_SPECIAL_H

#include <stdint.h>

/* The name of the special-purpose block that holds the whole prefix (address in
 * host byte order), or NULL. */
const char *hilbert_special_name(uint32_t address, unsigned prefix_len);

#endif
