/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a writer finds at its start. The caller holds the lock. Idempotent: an
 * interrupted recovery is followed by another.
 */
#ifndef LIB_CAMPAIGN_RECOVER_H
#define LIB_CAMPAIGN_RECOVER_H

#include <stdint.h>

#include "campaign_seal.h"

struct campaign_recovery {
	const char *path;            /* all is borrowed */
	int campaign_fd, journal_fd; /* the campaign and its journal/ */
	struct campaign_seal *seal;
	const char *campaign_uuid;
	const char *spare_meta; /* for a journal whose header is damaged */
};

/*
 * Removes temporary files, cuts torn tails off journals and manifest, mends what
 * is damaged in either, removes journals that are sealed already, and hands the
 * others to `seal`. *ret_last_seq and *ret_end_ns are those of the last
 * interval; 0 and INT64_MIN when there is none. Prints one line for all that it
 * cut or found damaged, and on failure.
 */
int campaign_recover(const struct campaign_recovery *from,
		     uint64_t *ret_last_seq, int64_t *ret_end_ns);

#endif
