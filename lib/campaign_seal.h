/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing: journal -> segment, in a child process, one at a time. The caller
 * never calls libhdf5 and never waits, but in campaign_seal_finish().
 */
#ifndef LIB_CAMPAIGN_SEAL_H
#define LIB_CAMPAIGN_SEAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "campaign_journal.h"

struct campaign_seal {
	const char *path;                     /* of the campaign, borrowed */
	int campaign_fd, journal_fd, lock_fd; /* borrowed */
	bool is_hurried; /* nobody measures meanwhile: full priority */
	pid_t child;     /* 0: none */
	/* First sequence numbers of the journals that wait; the first is the
	 * child's while there is one. */
	uint64_t *waiting;
	size_t n_waiting, max_waiting;
	size_t n_failed;          /* at the end of waiting: tried, and kept */
	int err;                  /* of the last failure */
	uint64_t low_space_bytes; /* free space that stopped it, or 0 */
};

/* The journal of that first sequence number is closed and may be sealed. */
int campaign_seal_add(struct campaign_seal *seal, uint64_t first_seq);
/* Reaps a child that ended and starts the next. */
void campaign_seal_poll(struct campaign_seal *seal);
/* Ends the child, whatever it was at. Nothing more may be asked for. */
void campaign_seal_stop(struct campaign_seal *seal);
/* Seals all that waits, also what failed before; the last failure, or 0. */
int campaign_seal_finish(struct campaign_seal *seal);
void campaign_seal_fini(struct campaign_seal *seal);

/* The child's work, here for tests: seals one journal, durably, and removes
 * it. Calls libhdf5. Prints one line on failure. */
int campaign_seal_journal(const char *path, int campaign_fd, int journal_fd,
			  uint64_t first_seq);

#endif
