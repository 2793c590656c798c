/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rollup file: made, verified, published. */
#ifndef ARCHIVE_ROLLUP_BUILD_H
#define ARCHIVE_ROLLUP_BUILD_H

#include "rollup_plan.h"

/*
 * Calls libhdf5: run it in a process that ends with _exit(). The file is the
 * sum of its inputs, read back and compared with them before it gets its name
 * and its line in the manifest. `own_uuid` is the campaign's. One line is
 * printed on failure, and nothing is left but, after a failure of the disk, a
 * file without a line.
 */
int rollup_build(const char *campaign, int campaign_fd, const char *own_uuid,
		 const struct rollup_job *job);

#endif
