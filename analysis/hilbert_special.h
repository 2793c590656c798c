/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Special-purpose blocks: the IANA registries of RFC 6890 and its updates, and
 * multicast (RFC 5771, RFC 4291 2.7).
 */
#ifndef ANALYSIS_HILBERT_SPECIAL_H
#define ANALYSIS_HILBERT_SPECIAL_H

#include <stddef.h>

#include "../lib/prefix.h"

/* The name of the special-purpose block that holds the whole prefix, or NULL. */
const char *hilbert_special_name(const struct prefix *prefix);
/* One block after the other; false after the last. */
bool hilbert_special_get(size_t i, struct prefix *ret_block);

#endif
