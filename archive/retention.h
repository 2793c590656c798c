/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removal of raw segments whose sums are kept in a rollup. Nothing else removes
 * measured data.
 */
#ifndef ARCHIVE_RETENTION_H
#define ARCHIVE_RETENTION_H

#include "../lib/manifest.h"

/*
 * Removes every raw segment that is part of a rollup that ended before
 * `before_ns`, that is in the manifest, hence durable, and whose file is the one
 * that was hashed; of the finest level there is. The manifest says so before
 * the file goes; a call that was interrupted is completed by the next. Prints
 * one line on failure. *ret_n_removed files were removed, also on failure.
 */
int retention_remove_raw(const char *campaign, int campaign_fd,
			 uint64_t interval_ns, int64_t before_ns,
			 uint64_t *ret_n_removed);

#endif
