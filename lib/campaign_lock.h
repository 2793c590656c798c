/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of a campaign's writer: flock(2) on the file `lock`, which holds its
 * process id as text. The kernel releases it however the writer ends.
 */
#ifndef LIB_CAMPAIGN_LOCK_H
#define LIB_CAMPAIGN_LOCK_H

#define CAMPAIGN_LOCK_NAME "lock"
/* Of whoever makes rollups; beside a writer, which has the other. */
#define CAMPAIGN_ROLLUP_LOCK_NAME "rollup.lock"

/* *ret_fd is the caller's; closing it releases the lock. -EBUSY while another
 * process holds it: *ret_pid is its id, or 0 when not known. */
int campaign_lock_take(int campaign_fd, const char *name, int *ret_fd,
		       int *ret_pid);

#endif
