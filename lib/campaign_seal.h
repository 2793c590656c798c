/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing: journal -> segment, in a child process, one at a time. The caller
 * never calls libhdf5 and never waits, but in campaign_seal_finish().
 */
#ifndef LIB_CAMPAIGN_SEAL_H
#define LIB_CAMPAIGN_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "campaign_journal.h"

/* How much room the file system has, by what sealing one journal needs. */
enum campaign_space {
	CAMPAIGN_SPACE_ENOUGH,
	CAMPAIGN_SPACE_LOW, /* it is time to make room */
	CAMPAIGN_SPACE_NONE /* journals are not sealed: they are the safer place */
};

struct campaign_seal {
	const char *path;                     /* of the campaign, borrowed */
	int campaign_fd, journal_fd, lock_fd; /* borrowed */
	bool is_hurried;  /* nobody measures meanwhile: full priority */
	int64_t limit_ns; /* a child that takes longer is killed; 0: 30 min */
	pid_t child;      /* 0: none */
	int64_t child_start_ns; /* monotonic */
	/* First sequence numbers of the journals that wait; the first is the
	 * child's while there is one. */
	uint64_t *waiting;
	size_t n_waiting, max_waiting;
	size_t n_failed; /* at the end of waiting: tried, and kept */
	int err;         /* of the last failure */
	enum campaign_space space;
	uint64_t free_bytes; /* when last looked at */
};

/* The journal of that first sequence number is closed and may be sealed. */
int campaign_seal_add(struct campaign_seal *seal, uint64_t first_seq);
/*
 * Looks at the free space, for journals of that size, and says so when it gets
 * low. Sealing stops at CAMPAIGN_SPACE_NONE and goes on when there is room.
 */
void campaign_seal_look_at_space(struct campaign_seal *seal,
				 uint64_t journal_bytes);
/* The level after `last`: a level is left only with a quarter more room than
 * it takes to enter it. */
enum campaign_space campaign_space_level(uint64_t free_bytes,
					 uint64_t journal_bytes,
					 enum campaign_space last);

/* Reaps a child that ended, kills one that takes too long, and starts the
 * next. */
void campaign_seal_poll(struct campaign_seal *seal);
/* Ends the child, whatever it was at. Nothing more may be asked for. */
void campaign_seal_stop(struct campaign_seal *seal);
/* Seals all that waits, also what failed before; the last failure, or 0. Takes
 * limit_ns for each journal at most. */
int campaign_seal_finish(struct campaign_seal *seal);
void campaign_seal_fini(struct campaign_seal *seal);

/* The child's work, here for tests: seals one journal, durably, and removes
 * it. Calls libhdf5. Prints one line on failure. */
int campaign_seal_journal(const char *path, int campaign_fd, int journal_fd,
			  uint64_t first_seq);
/* Also for a child: a segment whose line in the manifest was lost is checked
 * and gets a new one. Prints a line. */
int campaign_relist_segment(const char *path, int campaign_fd, const char *name,
			    const char *campaign_uuid);
/* Runs that in a child and waits for it. */
int campaign_seal_relist(struct campaign_seal *seal, const char *name,
			 const char *campaign_uuid);

#endif
