/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a writer finds at its start. The caller holds the lock. Idempotent: an
 * interrupted recovery is followed by another.
 */
#ifndef LIB_CAMPAIGN_RECOVER_H
#define LIB_CAMPAIGN_RECOVER_H

#include <stdint.h>

#include "campaign_seal.h"

/*
 * Removes temporary files, cuts torn tails off journals and manifest, removes
 * journals that are sealed already, and hands the others to `seal`.
 * *ret_last_seq and *ret_end_ns are those of the last interval; 0 and INT64_MIN
 * when there is none. Prints one line for all that it cut, and on failure.
 */
int campaign_recover(const char *path, int campaign_fd, int journal_fd,
		     struct campaign_seal *seal, uint64_t *ret_last_seq,
		     int64_t *ret_end_ns);

#endif
